"""Người nghe đứng ngoài: từng khung 20 ms với giờ của đồng hồ, nhận ra bản ghi bằng mẫu tiếng, không hỏi đài điều gì."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
import soundfile

from broadcaster.clock import ManualClock
from broadcaster.sound.frames import FRAME, FRAME_MS, Samples, frames_in
from broadcaster.sound.library import Library
from broadcaster.sound.outputs.simulated import RecordingSink

_AT_START = 5
"""Vài khung đầu nhỏ dần lên nên không khớp."""
_OWN_SHARE = 0.6
_STEP = timedelta(milliseconds=FRAME_MS)
Heard = list[tuple[datetime, int]]
"""(Giờ nhận, dấu của khung); khung lặng mang dấu 0."""


class Recorder(RecordingSink):
    """Cạc thế chỗ và máy thu bên ngoài."""

    def __init__(self, name: str, clock: ManualClock) -> None:
        super().__init__(name, keep=False)
        self.clock = clock
        self.heard: Heard = []
        self.refused = self._pushed = 0
        """Số khung bị từ chối vì cạc mất hay kẹt."""

    def push(self, frame_number: int, block: Samples) -> bool:
        self._pushed = frame_number
        taken = super().push(frame_number, block)
        self.refused += 0 if taken else frames_in(block)
        return taken

    def take(self, number: int, frame: Samples) -> None:
        before = self.count
        super().take(number, frame)
        if self.count > before:
            sounds_at = self.clock.now() + (number - self._pushed) * timedelta(milliseconds=FRAME_MS)
            self.heard.append((sounds_at, zlib.crc32(frame.tobytes()) if frame.any() else 0))

    def begin(self) -> None:
        """Một ngày mới: cạc lành, băng trắng."""
        self.fail(None)
        self.takes, self.refused = 1.0, 0
        self.heard.clear()


@dataclass
class Known:
    """Một bản ghi: dấu từng khung; ``places``: dấu → chỗ, chỉ những khung không lẫn với khung nào khác trong bản ghi."""

    marks: list[int]
    places: dict[int, int]

    @cached_property
    def own(self) -> frozenset[int]:
        """Dấu của mọi khung có tiếng: ở hai mép, cạc bỏ vài khung thì không nối tới chỗ nhận ra được, vẫn là tiếng của nó."""
        return frozenset(self.marks) - {0}


@dataclass(frozen=True)
class Told:
    """Điều nghe được của một bản ghi; hết ở quãng lặng của lời thì không ai nghe ra hết ở đâu, nên là một khoảng."""

    first: datetime | None = None
    least_ms: int = 0
    most_ms: int = 0

    def error_ms(self, heard_ms: int) -> float:
        """Số đã ghi lệch khoảng nghe được bao nhiêu."""
        return float(max(0, self.least_ms - heard_ms, heard_ms - self.most_ms))


class Ears:
    """Nhận ra bản ghi trong điều máy thu nghe được."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[str, Known] = {}

    def known(self, sha256: str) -> Known:
        """Dấu các khung của một bản ghi."""
        if sha256 not in self._known:
            samples = soundfile.read(self._library.path(sha256), dtype="int16")[0]
            blocks = [samples[at : at + FRAME] for at in range(0, len(samples), FRAME)]
            marks = [zlib.crc32(np.pad(one, (0, FRAME - len(one))).tobytes()) if one.any() else 0 for one in blocks]
            count = Counter(marks)
            self._known[sha256] = Known(marks, {mark: n for n, mark in enumerate(marks) if mark and count[mark] == 1})
        return self._known[sha256]

    def listen(self, heard: Heard, sha256: str, span: tuple[datetime, datetime] | None) -> Told:
        """Bản ghi ấy trong khoảng giờ ``span`` (``None``: cả băng): mỗi khung nhận ra được kéo dài hai đầu tới chỗ hết khớp."""
        known = self.known(sha256)
        tape = [(at, mark) for at, mark in heard if span is None or span[0] <= at <= span[1]]
        places: set[int] = set()
        runs: list[tuple[datetime, range]] = []
        reached, silent, scattered = -1, 0, 0
        last: tuple[int, int] | None = None
        for number, (at, mark) in enumerate(tape):
            place = known.places.get(mark)
            if number <= reached or place is None:
                continue
            run = _run(tape, known.marks, number, place, after=reached)
            runs.append((at - place * _STEP, run))
            begins = number + run[0] - place
            if last is not None and begins - last[0] <= run[0] - last[1]:  # cạc bỏ khung: giữa hai chỗ nhận ra vẫn là bản ghi ấy
                scattered += max(0, begins - last[0] - 1)
            places.update(run)
            reached = number + run[-1] - place
            last = reached, run[-1]
            silent = next(n for n, one in enumerate(reversed(run)) if known.marks[one])
        if not runs:
            return Told()
        first, opening = _opening(runs)
        frames = len(places) + scattered
        ends = tape[reached][0], runs[-1][0] + len(known.marks) * _STEP
        edges = sum(first <= at < first + opening * _STEP or ends[0] < at < ends[1] for at, mark in tape if mark in known.own)
        return Told(first, (frames - silent) * FRAME_MS, (frames + edges) * FRAME_MS)


def _opening(runs: list[tuple[datetime, range]]) -> tuple[datetime, int]:
    """(Lúc bản ghi bắt đầu, chỗ đầu tiên nhận ra). Bản tin khác có chung một câu cũng cho một quãng khớp, ngắn và giữa chừng."""
    enough = _OWN_SHARE * max(len(run) for _, run in runs)
    return min((at, run[0]) for at, run in runs if run[0] <= _AT_START or len(run) >= enough)


def _run(tape: Heard, marks: list[int], number: int, place: int, *, after: int) -> range:
    """Các chỗ liền nhau của bản ghi khớp với băng quanh khung ``number``, không lấn lại trước ``after``."""
    begin = end = 0
    while place - begin > 0 and number - begin - 1 > after and tape[number - begin - 1][1] == marks[place - begin - 1]:
        begin += 1
    while place + end + 1 < len(marks) and number + end + 1 < len(tape) and tape[number + end + 1][1] == marks[place + end + 1]:
        end += 1
    return range(place - begin, place + end + 1)
