"""Đồng hồ của cạc không phải đồng hồ của máy: cạc chạy nhanh thì đệm cạn, chạy chậm thì đệm đầy.

Luật thuần: chỉ thêm hoặc bớt một khung, chỉ giữa khoảng lặng đã dài, không bao giờ trong lời; sửa không quá 0,1 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from broadcaster.sound.frames import FRAME, FRAMES_PER_SECOND, Samples

TARGET = 5 * FRAME
"""Số mẫu đệm trong thiết bị: 100 ms."""
_SLACK = 2 * FRAME
LATE_FRAMES = 2
"""Khung xếp hàng lâu hơn thế là tiếng đang muộn, không phải đồng hồ lệch."""
_FAR = 10 * FRAME
_QUIET_PEAK = 33  # -60 dBFS
_QUIET_RUN = FRAMES_PER_SECOND // 5
_EVERY = 20 * FRAMES_PER_SECOND
"""Một khung trong 20 giây là 0,1 %: không cạc nào lệch hơn thế, lệch hơn là số đo sai."""


class Step(StrEnum):
    """Làm gì với khung này."""

    WRITE = "write"
    DROP = "drop"
    DOUBLE = "double"


@dataclass
class Drift:
    """Theo dõi một thiết bị kể từ lúc mở."""

    quiet: int = 0
    since: int = 0

    def step(self, lag: int, *, quiet: bool, late_frames: int = 0) -> Step:
        """``lag``: số mẫu thiết bị đã nhận mà chưa phát; ``quiet``: khung này không ai nghe thấy.

        ``late_frames``: còn mấy khung xếp hàng sau khung này.

        Muộn (thiết bị mở chậm, máy vấp) thì đuổi kịp ngay ở khoảng lặng đầu tiên; đồng hồ lệch thì sửa từ từ.
        """
        self.since += 1
        self.quiet = self.quiet + 1 if quiet else 0
        if self.quiet < _QUIET_RUN:
            return Step.WRITE
        if late_frames > LATE_FRAMES:
            return Step.DROP
        due = self.since >= _EVERY
        if lag > TARGET + _SLACK and (due or lag > TARGET + _FAR):
            return self._corrected(Step.DROP)
        if lag < TARGET - _SLACK and due:
            return self._corrected(Step.DOUBLE)
        return Step.WRITE

    def _corrected(self, step: Step) -> Step:
        self.since = 0
        return step


def quiet_frames(block: Samples) -> list[bool]:
    """Từng khung của khối: không ai nghe thấy nó?"""
    frames = block.reshape(-1, FRAME)
    quiet: list[bool] = ((frames.max(axis=1) <= _QUIET_PEAK) & (frames.min(axis=1) >= -_QUIET_PEAK)).tolist()
    return quiet
