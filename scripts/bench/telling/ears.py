"""Người nghe đứng ngoài: từng khung 20 ms với giờ của đồng hồ, nhận ra bản ghi bằng mẫu tiếng, không hỏi đài điều gì."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import soundfile

from broadcaster.clock import ManualClock
from broadcaster.sound.frames import FRAME, FRAME_MS, Samples
from broadcaster.sound.library import Library
from broadcaster.sound.outputs.simulated import RecordingSink

Heard = list[tuple[datetime, int]]
"""(Giờ nhận, dấu của khung); khung lặng mang dấu 0."""


class Recorder(RecordingSink):
    """Cạc thế chỗ và máy thu bên ngoài."""

    def __init__(self, name: str, clock: ManualClock) -> None:
        super().__init__(name, keep=False)
        self.clock = clock
        self.heard: Heard = []
        self.refused = 0
        """Số khung bị từ chối vì cạc mất hay kẹt."""

    def push(self, frame_number: int, frame: Samples) -> bool:
        before = self.count
        taken = super().push(frame_number, frame)
        self.refused += not taken
        if self.count > before:
            self.heard.append((self.clock.now(), zlib.crc32(frame.tobytes()) if frame.any() else 0))
        return taken

    def begin(self) -> None:
        """Một ngày mới: cạc lành, băng trắng."""
        self.fail(None)
        self.takes, self.refused = 1.0, 0
        self.heard.clear()


@dataclass
class Known:
    """Một bản ghi: dấu khung → chỗ của nó, chỉ những khung không lẫn với khung nào khác trong bản ghi."""

    frames: int
    places: dict[int, int]


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
            self._known[sha256] = Known(len(marks), {mark: n for n, mark in enumerate(marks) if mark and count[mark] == 1})
        return self._known[sha256]

    def listen(self, heard: Heard, sha256: str, span: tuple[datetime, datetime] | None) -> tuple[datetime | None, float]:
        """(giờ của mẫu đầu tiên, đã nghe mấy ms) của bản ghi ấy trong khoảng giờ ``span`` (``None``: cả băng)."""
        known = self.known(sha256)
        found = [
            (at, known.places[mark]) for at, mark in heard if mark in known.places and (span is None or span[0] <= at <= span[1])
        ]
        if not found:
            return None, 0.0
        first = found[0][0] - found[0][1] * timedelta(milliseconds=FRAME_MS)
        places = {place for _, place in found}
        last = max(places)
        possible = sum(place <= last for place in known.places.values())
        final = known.frames if last == max(known.places.values()) else last + 1
        return first, final * len(places) / possible * FRAME_MS  # khung lặng, khung trùng: nghe được theo cùng tỉ lệ
