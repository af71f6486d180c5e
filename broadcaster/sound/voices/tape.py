"""Cuộn băng: nối các mẩu tiếng của máy đọc, tự đặt khoảng nghỉ và nhớ chỗ bắt đầu từng câu.

Máy đọc nào cũng chừa lặng đầu đuôi theo ý nó; ta cắt đi rồi đặt khoảng nghỉ của mình, để nhịp đọc giống nhau ở mọi giọng.
"""

from __future__ import annotations

import numpy as np
import soxr

from broadcaster.sound.pcm import RATE, Samples, frames, sounding_span
from broadcaster.sound.voices.port import Speech

_EDGE_MS = 15
_TAIL_MS = 100
_SILENCE_BELOW_DB = 45.0


class Tape:
    """Băng ghi ở tần số ``rate`` của máy đọc; ``speech()`` đổi cả cuộn về 48 kHz một lần."""

    def __init__(self, rate: int) -> None:
        """``rate``: số mẫu mỗi giây của mọi mẩu sẽ thêm vào."""
        self._rate = rate
        self._parts: list[Samples] = []
        self._starts: list[int] = []
        self._length = 0
        self._pause = 0

    def begin_sentence(self) -> None:
        """Câu kế tiếp bắt đầu ở mẩu tiếng kế tiếp."""
        self._starts.append(self._length + self._pause)

    def add(self, samples: Samples, pause_ms: int) -> None:
        """Nối một mẩu tiếng; khoảng nghỉ ``pause_ms`` chỉ được đặt nếu sau nó còn tiếng."""
        trimmed = _trim(samples, self._rate)
        self._parts += [np.zeros(self._pause, dtype=np.int16), trimmed]
        self._length += self._pause + len(trimmed)
        self._pause = frames(pause_ms, self._rate)

    def speech(self) -> Speech:
        """Cả cuộn, 48 kHz."""
        tail = np.zeros(frames(_TAIL_MS, self._rate), dtype=np.int16)  # cuối bài phải lặng hẳn, kẻo bị coi là cụt
        whole = np.concatenate([*self._parts, tail])
        if self._rate != RATE:
            whole = soxr.resample(whole, self._rate, RATE, quality="HQ")
        end = round(self._length * 1000 / self._rate)
        starts = tuple(min(round(start * 1000 / self._rate), end) for start in self._starts)
        return Speech(whole, starts)


def _trim(samples: Samples, rate: int) -> Samples:
    first, last = sounding_span(samples, below_loud_db=_SILENCE_BELOW_DB, rate=rate)
    edge = frames(_EDGE_MS, rate)
    return samples[max(0, first - edge) : last + edge]
