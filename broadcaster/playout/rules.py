"""Luật phát sóng thuần: khi nào nhận buổi, khi nào chuẩn bị mục, và kết quả của một lượt phát."""

from __future__ import annotations

from datetime import datetime, timedelta

from broadcaster.airlog.words import Reason, Result
from broadcaster.database.states import Transitions
from broadcaster.playout.words import RunState

RUN = Transitions({RunState.CLAIMED: [RunState.AIRING, RunState.LOST], RunState.AIRING: [RunState.CLOSED, RunState.LOST]})
CLAIM_AHEAD = timedelta(seconds=5)
ARM_AHEAD = timedelta(seconds=3)
"""Mục được ghi bền vào nhật ký trước khi vang chừng này, nên commit chậm cũng không làm hở giữa hai mục."""
LATE_START = timedelta(milliseconds=1500)
LEASE = timedelta(seconds=180)


def first_sound(planned: datetime, now: datetime) -> datetime:
    """Mục đầu vang đúng giờ; đã muộn thì sớm nhất có thể mà vẫn kịp ghi nhật ký trước."""
    return max(planned, now + LATE_START)


def result_of(*, heard_ms: int, planned_ms: int, complete: bool) -> tuple[Result, Reason | None]:
    """Đủ khi mọi mẫu đã ra; nghe được chút ít là phát thiếu; không nghe được gì là không phát."""
    if complete and heard_ms >= planned_ms - 40:
        return Result.FULL, None
    return (Result.PARTIAL, Reason.DEVICE) if heard_ms else (Result.NONE, Reason.DEVICE)
