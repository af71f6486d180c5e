"""Mục được đặt đúng chỗ trong thứ tự phát, và tin bài mới của một đoạn đứng ngay sau mục nào."""

from __future__ import annotations

import pytest

from broadcaster.traffic.enums import PlacedBy
from broadcaster.traffic.ordering import anchor, place
from broadcaster.traffic.rules import between, numbered
from broadcaster.traffic.tables import Item, Segment

CLOSE = 2.0**-20


def _item(rank: float = 0.0, segment: int | None = None, placed_by: PlacedBy = PlacedBy.RULE) -> Item:
    made = Item(rank=rank, placed_by=placed_by)
    made.segment = None if segment is None else Segment(position=segment)
    return made


@pytest.mark.parametrize(
    ("before", "after", "rank"),
    [
        (None, None, 1024.0),
        (None, 10.0, -1014.0),
        (10.0, None, 1034.0),
        (1.0, 2.0, 1.5),
        (0.0, CLOSE, None),
        (0.0, 2 * CLOSE, CLOSE),
    ],
)
def test_a_rank_lies_between_its_neighbours_until_there_is_no_room(
    before: float | None, after: float | None, rank: float | None
) -> None:
    assert between(before, after) == rank


def test_fresh_ranks_are_evenly_spaced() -> None:
    assert numbered(3) == [1024.0, 2048.0, 3072.0]


def test_an_item_goes_right_below_its_neighbour_and_only_its_rank_changes() -> None:
    first, second, third, new = (_item(rank) for rank in (1024.0, 2048.0, 3072.0, 0.0))
    order = [first, second, third]
    place(order, new, after=first)
    assert (order, new.rank) == ([first, new, second, third], 1536.0)
    place(order, third, after=None)
    assert (order, third.rank) == ([third, first, new, second], 0.0)
    place(order, third, after=second)
    assert (order, third.rank) == ([first, new, second, third], 3072.0)
    assert [first.rank, new.rank, second.rank] == [1024.0, 1536.0, 2048.0]
    alone: list[Item] = []
    place(alone, first, after=None)
    assert (alone, first.rank) == ([first], 1024.0)


def test_without_room_between_two_ranks_the_whole_programme_is_numbered_anew() -> None:
    first, second, new = _item(1.0), _item(1.0 + CLOSE), _item()
    order = [first, second]
    place(order, new, after=first)
    assert order == [first, new, second]
    assert [one.rank for one in order] == [1024.0, 2048.0, 3072.0]


def test_a_new_item_of_a_segment_stands_where_the_format_has_that_segment() -> None:
    ident, news, closing, loose = _item(segment=1), _item(segment=2), _item(segment=5), _item()
    moved = _item(segment=1, placed_by=PlacedBy.PERSON)
    order = [ident, news, closing]
    assert anchor(order, 3, loose) is loose, "sau tin bài trước nó trong cùng đoạn"
    assert anchor(order, 3, None) is news
    assert anchor(order, 2, None) is ident, "đầu đoạn, trước tin đã có của đoạn"
    assert anchor([ident, news, closing, moved], 9, None) is closing, "mục người đã dời không làm mốc"
    assert anchor([loose, news, closing], 2, None) is news, "chưa có đoạn nào trước thì ngay trên đoạn sau"
    assert anchor([loose, closing, news], 1, None) is loose
    assert anchor([closing], 3, None) is None, "lên đầu buổi"
    assert anchor([loose, loose, moved], 3, None) is moved, "không mốc nào thì xuống cuối"
    assert anchor([], 3, None) is None
