"""Giọng trực tuyến của Google qua gTTS, cắt đoạn và kiểm đủ đoạn theo cách của ta: hoặc trọn bản tin, hoặc báo hỏng.

Hỏng giữa chừng thì các đoạn đã xin được vẫn nằm trong ngăn nhớ, lần sau chỉ xin phần thiếu.
"""

from __future__ import annotations

import importlib.metadata
import random
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from broadcaster.clock import Clock
from broadcaster.errors import BadRecording, Invalid, VoiceFailed
from broadcaster.sound.decoding import read_any
from broadcaster.sound.pcm import RATE, Samples, frame_levels, length_ms
from broadcaster.sound.voices._google_request import Refused, Trouble, request
from broadcaster.sound.voices.breaker import Breaker
from broadcaster.sound.voices.cache import ChunkCache
from broadcaster.sound.voices.port import Progress, Speech, stop_if
from broadcaster.sound.voices.tape import Tape
from broadcaster.sound.voices.text import Chunk, lines, pack, syllables

MAX_CHARS = 100  # máy chủ của Google cắt cụt đoạn dài hơn

_TLD = re.compile(r"[a-z]{2,3}(\.[a-z]{2})?")
_RETRIED = frozenset({Trouble.BUSY, Trouble.NO_NETWORK})
_NOT_THE_SERVER = frozenset({Trouble.BAD_AUDIO})
_SHORTEST_SYLLABLE_MS = 100
_SOUNDING_SYLLABLE_MS = 110
"""Phần có tiếng của một âm tiết: espeak ở nhịp phát thanh ít nhất 214 ms, nhanh hơn một phần tư thì 172."""
_SOUNDING_WITHIN_DB = 30.0
_MUTE_DB = -55.0
_FRAME_MS = 20
_LONGEST_SYLLABLE_MS = 1_000
_SLACK_MS = 1_500


@dataclass(frozen=True)
class Patience:
    """Kiên nhẫn tới đâu với máy chủ; tính bằng giây."""

    answer: float = 8.0  # một lần xin, kể cả tra tên miền
    tries: int = 3
    first_wait: float = 1.0  # gấp đôi sau mỗi lần
    waits_in_all: float = 12.0  # tổng thời gian chờ để thử lại trong một bản tin
    spacing: float = 0.2  # giữa hai lần xin, để không bị chặn


@dataclass
class _Attempt:
    """Trạng thái của một lần đọc bản tin."""

    cancelled: threading.Event
    waits_left: float
    answered: bool = False


class GoogleVoice:
    """Giọng nữ tiếng Việt của Google Translate."""

    name = "gtts:vi"
    label = "Giọng Google (cần mạng)"
    online = True

    def __init__(
        self,
        *,
        cache: Path,
        clock: Clock,
        tld: str = "com",
        slow: bool = False,
        patience: Patience = Patience(),
        authority: Path | None = None,
    ) -> None:
        """``cache``: thư mục ngăn nhớ. ``tld``: đuôi tên miền Google, như ``com.vn``; đuôi lạ bị từ chối vì đổi được máy chủ.

        ``authority``: tệp PEM của nơi cấp chứng thư mà đài tin thêm.
        """
        if not _TLD.fullmatch(tld):
            raise Invalid("Đuôi tên miền của Google không hợp lệ. Hãy dùng com hoặc com.vn.")
        self._tld = tld
        self._slow = slow
        self._patience = patience
        self._authority = authority
        self._clock = clock
        self._cache = ChunkCache(cache)
        self._breaker = Breaker(clock)
        self._turn = threading.Lock()
        self.version = f"{importlib.metadata.version('gtts')}-{tld}{'-cham' if slow else ''}"

    def speak(
        self,
        sentences: Sequence[str],
        *,
        on_progress: Progress | None = None,
        cancelled: threading.Event | None = None,
    ) -> Speech:
        """Như ``Voice.speak``; mất mạng thì báo ngay, không chờ."""
        packed = [pack(line, MAX_CHARS) if line.text else () for line in lines(sentences)]
        total = len(list(chain.from_iterable(packed)))
        attempt = _Attempt(cancelled or threading.Event(), self._patience.waits_in_all)
        tape = Tape(RATE)
        done = 0
        for chunks in packed:
            tape.begin_sentence()
            for chunk in chunks:
                tape.add(self._sound(chunk, attempt, f"{done + 1}/{total}"), chunk.pause_ms)
                done += 1
                if on_progress is not None:
                    on_progress(done, total)
        self._cache.trim()
        return tape.speech()

    def _sound(self, chunk: Chunk, attempt: _Attempt, place: str) -> Samples:
        """Tiếng của một đoạn, từ ngăn nhớ hoặc từ mạng; chỉ tiếng đã kiểm mới được nhớ."""
        stop_if(attempt.cancelled)
        key = f"gtts|{self._tld}|{self._slow}|{chunk.text}"
        try:
            if (remembered := self._remembered(key, chunk.text)) is not None:
                return remembered
            self._breaker.check()
            content = self._fetch(chunk.text, attempt)
            signal = _decoded(content, chunk.text)
        except Refused as refused:
            if refused.trouble not in _NOT_THE_SERVER:
                self._breaker.failed()
            raise VoiceFailed(f"Giọng trực tuyến hỏng ở đoạn {place}: {refused.trouble.value}.") from refused
        self._cache.put(key, content)
        self._breaker.succeeded()
        return signal

    def _remembered(self, key: str, text: str) -> Samples | None:
        content = self._cache.get(key)
        if content is None:
            return None
        try:
            return _decoded(content, text)
        except Refused:
            self._cache.drop(key)
            return None

    def _fetch(self, text: str, attempt: _Attempt) -> bytes:
        waits = self._waits()
        while True:
            try:
                return self._ask(text, attempt)
            except Refused as refused:
                wait = next(waits, None)
                if wait is None or not _worth_waiting(refused.trouble, wait, attempt):
                    raise
            attempt.waits_left -= wait
            self._clock.wait(attempt.cancelled, wait)
            stop_if(attempt.cancelled)

    def _ask(self, text: str, attempt: _Attempt) -> bytes:
        with self._turn:
            if attempt.answered:
                self._clock.wait(attempt.cancelled, self._patience.spacing)
            answer_seconds = self._patience.answer
            content = request(text, tld=self._tld, slow=self._slow, answer_seconds=answer_seconds, authority=self._authority)
        attempt.answered = True
        return content

    def _waits(self) -> Iterator[float]:
        """Khoảng chờ trước mỗi lần thử lại, gấp đôi và xê dịch ngẫu nhiên."""
        wait = self._patience.first_wait
        for _ in range(self._patience.tries - 1):
            yield wait * random.uniform(0.5, 1.5)  # noqa: S311 - chỉ để các đài không thử lại cùng lúc
            wait *= 2


def _worth_waiting(trouble: Trouble, wait: float, attempt: _Attempt) -> bool:
    """Chưa lần nào nối được mà mất mạng thì thôi ngay: giọng ngoại tuyến đang chờ sẵn."""
    if trouble is Trouble.NO_NETWORK and not attempt.answered:
        return False
    return trouble in _RETRIED and wait <= attempt.waits_left


def _decoded(content: bytes, text: str) -> Samples:
    """Giải mã, rồi đòi có tiếng thật và độ dài hợp với số âm tiết: một mẩu MP3 lành lặn nhưng câm là mất cả câu."""
    try:
        samples = read_any(content)
    except BadRecording as bad:
        raise Refused(Trouble.BAD_AUDIO) from bad
    count = syllables(text)
    longest = count * _LONGEST_SYLLABLE_MS + _SLACK_MS
    length = length_ms(samples)
    too_long = length > longest and not any(map(str.isdigit, text))  # chữ số đọc ra dài hơn số từ
    if length < count * _SHORTEST_SYLLABLE_MS or too_long or _sounding_ms(samples) < count * _SOUNDING_SYLLABLE_MS:
        raise Refused(Trouble.BAD_AUDIO)
    return samples


def _sounding_ms(samples: Samples) -> int:
    """Bao nhiêu mili giây có tiếng: khung kém mức to của chính mẩu ấy không quá 30 dB; mẩu câm thì 0."""
    levels = frame_levels(samples, _FRAME_MS)
    loud = float(np.percentile(levels, 95)) if len(levels) else _MUTE_DB
    return int(np.count_nonzero(levels > loud - _SOUNDING_WITHIN_DB)) * _FRAME_MS if loud > _MUTE_DB else 0
