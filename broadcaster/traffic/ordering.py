"""Đặt một mục vào đúng chỗ trong thứ tự phát bằng hạng phân số; hết chỗ thì đánh số lại cả buổi."""

from __future__ import annotations

from broadcaster.traffic.enums import PlacedBy
from broadcaster.traffic.rules import between, numbered
from broadcaster.traffic.tables import Item


def place(order: list[Item], item: Item, *, after: Item | None) -> None:
    """Đưa ``item`` xuống ngay dưới ``after`` (``None``: lên đầu) trong ``order`` và đặt hạng cho nó; ``order`` đổi tại chỗ."""
    if item in order:
        order.remove(item)
    at = 0 if after is None else order.index(after) + 1
    rank = between(order[at - 1].rank if at else None, order[at].rank if at < len(order) else None)
    order.insert(at, item)
    if rank is not None:
        item.rank = rank
        return
    for one, new in zip(order, numbered(len(order)), strict=True):
        one.rank = new


def anchor(order: list[Item], position: int, previous: Item | None) -> Item | None:
    """Mục mà tin bài mới của đoạn ``position`` phải đứng ngay sau.

    ``previous``: tin bài trước nó trong cùng đoạn. Mục người đã dời không làm mốc, vì nó không còn ở chỗ của khuôn.
    """
    if previous is not None:
        return previous
    framed = [item for item in order if item.segment is not None and item.placed_by is PlacedBy.RULE]
    before = [item for item in framed if item.segment is not None and item.segment.position < position]
    if before:
        return before[-1]
    after = next((item for item in framed if item.segment is not None and item.segment.position > position), None)
    if after is None:
        return order[-1] if order else None
    at = order.index(after)
    return order[at - 1] if at else None
