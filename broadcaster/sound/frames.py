"""Khung tiếng 20 ms và cái đồng hồ đánh số chúng.

Số khung là giờ tường tính bằng đơn vị 20 ms kể từ 1970, nên một con số nói được "lúc nào" sau mọi lần khởi động lại.
Chỉ mối nối giữa số khung và đồng hồ đơn điệu là dời được: lúc không kênh nào mở thì theo mọi lần chỉnh giờ; lúc đang phát thì chỉ
khi giờ nhảy quá hai giây, và dời trọn khung, nên tiếng không xô lệch mà số khung vẫn nói đúng giờ tường.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

from broadcaster.clock import Clock

RATE = 48_000
FRAME_MS = 20
FRAME = RATE * FRAME_MS // 1000
FRAMES_PER_SECOND = 1000 // FRAME_MS

Samples = NDArray[np.int16]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEP = timedelta(milliseconds=FRAME_MS)
_SECONDS = FRAME_MS / 1000
_ROUNDING = 1e-3  # phần của một khung (20 µs): dung sai số thực quanh 1970, không phải dung sai thời gian
JUMP_S = 2.0
"""Giờ lệch quá chừng này là đã bị ai đó chỉnh, không phải NTP nắn dần."""
_STEPPED_S = 0.005  # lệch hơn chừng này mới coi là giờ đã bị chỉnh, để nhiễu khi đọc hai đồng hồ không làm dời khung


def wall_of(frame: int) -> datetime:
    """Giờ tường (UTC) lúc khung ``frame`` bắt đầu."""
    return _EPOCH + frame * _STEP


def frame_at(wall: datetime) -> int:
    """Khung đầu tiên bắt đầu không sớm hơn ``wall`` (phải có múi giờ)."""
    return -((_EPOCH - wall) // _STEP)


def frames_of_ms(duration_ms: int) -> int:
    """Số khung đủ chứa ``duration_ms``, làm tròn lên."""
    return -(-duration_ms // FRAME_MS)


def samples_of_ms(duration_ms: int) -> int:
    """Số mẫu của ``duration_ms``, làm tròn xuống."""
    return duration_ms * RATE // 1000


def ms_of_samples(samples: int) -> int:
    """Độ dài của ``samples`` mẫu, ms, làm tròn xuống."""
    return samples * 1000 // RATE


class FrameClock:
    """Nối số khung với đồng hồ đơn điệu."""

    def __init__(self, clock: Clock) -> None:
        """Neo vào giờ tường lúc tạo."""
        self._clock = clock
        self._origin = self._measure()[0]

    def now(self) -> int:
        """Khung đang chạy ở thời điểm này."""
        return math.floor((self._clock.monotonic() - self._origin) / _SECONDS + _ROUNDING)

    def upcoming(self) -> int:
        """Khung gần nhất chưa bắt đầu, hoặc vừa đúng lúc bắt đầu."""
        return math.ceil((self._clock.monotonic() - self._origin) / _SECONDS - _ROUNDING)

    def due(self, frame: int) -> float:
        """Giờ đơn điệu (giây) lúc khung ``frame`` phải ra khỏi máy."""
        return self._origin + frame * _SECONDS

    def follow(self) -> int:
        """Neo lại vào giờ tường nếu nó bị chỉnh; trả về số khung đã nhảy, 0 khi chỉ nắn lại. Chỉ gọi khi không kênh nào mở."""
        moved_s = self._moved_s(_STEPPED_S)
        self._origin -= moved_s
        return round(moved_s / _SECONDS) if abs(moved_s) > JUMP_S else 0

    def jump(self) -> int:
        """Như ``follow``, cho lúc đang phát: chỉ neo lại khi giờ nhảy quá hai giây, dời trọn khung nên nhịp không đổi."""
        frames = round(self._moved_s(JUMP_S) / _SECONDS)
        self._origin -= frames * _SECONDS
        return frames

    def skew_ms(self) -> int:
        """Giờ tường đang đi trước số khung bao nhiêu ms (âm: đi sau)."""
        return round((self._origin - self._measure()[0]) * 1000)

    def _moved_s(self, least_s: float) -> float:
        """Giờ tường đã chạy trước chỗ neo mấy giây; chưa tới ``least_s``, hay phép đo không tin được, thì 0."""
        origin, spread = self._measure()
        moved_s = self._origin - origin
        return 0.0 if spread > _STEPPED_S / 5 or abs(moved_s) < least_s else moved_s

    def _measure(self) -> tuple[float, float]:
        """(Giờ đơn điệu của năm 1970, khoảng hở giữa hai lần đọc), giây; khoảng hở lớn thì phép đo không tin được."""
        before = self._clock.monotonic()
        wall = self._clock.now()
        after = self._clock.monotonic()
        return (before + after) / 2 - (wall - _EPOCH).total_seconds(), after - before


@cache
def silence(frames: int) -> Samples:
    """``frames`` khung lặng liền nhau, chỉ đọc."""
    block = np.zeros(frames * FRAME, np.int16)
    block.flags.writeable = False
    return block


SILENCE = silence(1)


def reaches(first: int, end: int, every: int) -> bool:
    """Trong các khung ``[first, end)`` có khung nào là bội của ``every`` không."""
    return (end - 1) // every * every >= first


def frames_in(block: Samples) -> int:
    """Số khung của một khối."""
    return len(block) // FRAME


def split(block: Samples) -> list[Samples]:
    """Từng khung của một khối (nhìn vào chính khối ấy)."""
    return [block] if len(block) == FRAME else [block[start : start + FRAME] for start in range(0, len(block), FRAME)]


def mixed(pieces: list[Samples], frames: int = 1) -> Samples:
    """Cộng các mảnh (mỗi mảnh tối đa ``frames`` khung) thành một khối chỉ đọc, bão hoà ở 16 bit."""
    if not pieces:
        return silence(frames)
    if len(pieces) == 1 and len(pieces[0]) == frames * FRAME:
        block = pieces[0]
    else:
        total = np.zeros(frames * FRAME, np.int32)
        for piece in pieces:
            total[: len(piece)] += piece
        block = clipped(total)
    block.flags.writeable = False
    return block


def clipped(values: NDArray[np.int32] | NDArray[np.float64]) -> Samples:
    """Bão hoà ở 16 bit."""
    return np.clip(values, -32768, 32767).astype(np.int16)
