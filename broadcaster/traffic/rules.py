"""Luật thuần của phòng lịch phát: trạng thái buổi và mục được đi đâu, và cách chen một mục vào giữa hai mục khác."""

from __future__ import annotations

from collections.abc import Sequence

from broadcaster.states import Transitions
from broadcaster.traffic.enums import ItemState, ProgrammeState

PROGRAMME = Transitions(
    {
        ProgrammeState.PLANNED: {ProgrammeState.LOCKED, ProgrammeState.CANCELLED, ProgrammeState.MISSED},
        ProgrammeState.LOCKED: {ProgrammeState.AIRING, ProgrammeState.CANCELLED, ProgrammeState.MISSED},
        ProgrammeState.AIRING: {ProgrammeState.CLOSED, ProgrammeState.CANCELLED},
        ProgrammeState.CANCELLED: {ProgrammeState.PLANNED},
    }
)
"""Buổi bị luật huỷ (ngày nghỉ) được lên lịch lại khi luật ấy gỡ; buổi do người huỷ thì do người đưa lại.

Đang phát mà huỷ là *dừng cả buổi này*: máy phát thôi ngay.
"""

ITEM = Transitions(
    {
        ItemState.WAITING: {ItemState.ARMED, ItemState.SKIPPED, ItemState.DROPPED},
        ItemState.DROPPED: {ItemState.WAITING},
        ItemState.ARMED: {ItemState.ON_AIR, ItemState.FAILED, ItemState.SKIPPED, ItemState.PREEMPTED},
        ItemState.ON_AIR: {ItemState.AIRED, ItemState.CUT, ItemState.PREEMPTED, ItemState.FAILED},
    }
)

EDITABLE = (ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING)
"""Buổi còn sửa được: kể cả đang phát, với những mục chưa được chuẩn bị."""

STEP = 1024.0
"""Khoảng cách hạng giữa hai mục kề nhau lúc mới đánh số."""
_GAP = 2.0**-20


def between(before: float | None, after: float | None) -> float | None:
    """Hạng nằm giữa hai hạng; ``None`` ở một đầu là không có mục bên ấy. Trả ``None`` khi hết chỗ: phải đánh số lại."""
    if before is None:
        return STEP if after is None else after - STEP
    if after is None:
        return before + STEP
    return (before + after) / 2 if after - before > _GAP else None


def numbered(count: int) -> list[float]:
    """Hạng mới, cách đều, cho ``count`` mục."""
    return [STEP * (n + 1) for n in range(count)]


def moved(order: Sequence[int], item: int, *, after: int | None) -> list[int]:
    """Thứ tự sau khi đưa ``item`` xuống ngay dưới ``after`` (``None``: lên đầu)."""
    rest = [other for other in order if other != item]
    place = 0 if after is None else rest.index(after) + 1
    return [*rest[:place], item, *rest[place:]]
