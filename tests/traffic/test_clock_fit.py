"""Khuôn co giãn theo khung giờ: đúng tới mili giây, nhạc hiệu và lời mẫu không đổi."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.newsroom.enums import Priority
from broadcaster.traffic.clock_fit import MIN_FILLER_MS, Piece, fit, share_out
from broadcaster.traffic.enums import ItemKind

STRETCHES = st.lists(st.tuples(st.booleans(), st.integers(1, 3_600_000)), min_size=1, max_size=12)


@given(STRETCHES, st.integers(10_000, 14_400_000))
def test_a_format_stretches_to_the_slot_to_the_millisecond(stretches: list[tuple[bool, int]], length_ms: int) -> None:
    given_ms = share_out(stretches, length_ms)
    fixed = sum(target for elastic, target in stretches if not elastic)
    assert [ms for (elastic, _), ms in zip(stretches, given_ms, strict=True) if not elastic] == [
        target for elastic, target in stretches if not elastic
    ]
    assert min(given_ms) >= 0
    if any(elastic for elastic, _ in stretches):
        assert sum(given_ms) == max(fixed, length_ms)


def test_the_quarter_hour_in_an_hour_gives_every_segment_its_share() -> None:
    assert share_out([(False, 70_000), (True, 200_000), (True, 510_000), (True, 120_000)], 3_600_000) == [
        70_000,
        850_602,
        2_169_036,
        510_362,
    ]


OPENING, CLOSING = Piece(1, ItemKind.SOUND, 15_000), Piece(9, ItemKind.TEMPLATE, 10_000)
REFORM = Piece(5, ItemKind.SCRIPT, 100_000, reform=True)


def kept(pieces: list[Piece], budget_ms: int) -> list[tuple[int, int]]:
    return [(one.item_id, one.planned_ms) for one in fit(pieces, budget_ms).placed]


def test_the_frame_gives_way_from_its_end_only_for_a_reform_item_that_fits_the_slot() -> None:
    pieces = [OPENING, REFORM, CLOSING]
    assert kept(pieces, 125_000) == [(1, 15_000), (5, 100_000), (9, 10_000)]
    assert kept(pieces, 124_999) == [(1, 15_000), (5, 100_000)]
    assert kept(pieces, 114_999) == [(5, 100_000)]
    assert kept(pieces, 100_000) == [(5, 100_000)]
    assert kept(pieces, 99_999) == [(1, 15_000), (9, 10_000)], "không vừa cả khung thì không đuổi ai"


def test_an_urgent_item_stays_before_reform_and_reform_before_the_preferred() -> None:
    urgent = Piece(2, ItemKind.SCRIPT, 60_000, Priority.URGENT)
    reform = Piece(3, ItemKind.SCRIPT, 60_000, reform=True)
    preferred = Piece(4, ItemKind.SCRIPT, 60_000, Priority.PREFERRED, by_person=True)
    assert kept([preferred, reform, urgent], 60_000) == [(2, 60_000)]
    assert kept([preferred, reform, urgent], 120_000) == [(3, 60_000), (2, 60_000)]


def test_music_is_never_shorter_than_it_may_be_and_shares_the_rest_by_weight() -> None:
    one, two = Piece(1, ItemKind.FILLER, 30_000), Piece(2, ItemKind.FILLER, 10_000)
    assert kept([one, two], MIN_FILLER_MS - 1) == []
    assert kept([one, two], 2 * MIN_FILLER_MS - 1) == [(1, 2 * MIN_FILLER_MS - 1)]
    assert kept([one, two], 2 * MIN_FILLER_MS) == [(1, MIN_FILLER_MS), (2, MIN_FILLER_MS)]
    assert kept([one, two], 2 * MIN_FILLER_MS + 40_000) == [(1, MIN_FILLER_MS + 30_000), (2, MIN_FILLER_MS + 10_000)]


def test_a_hard_time_later_than_the_slot_is_the_slots_end_and_the_first_may_be_hard() -> None:
    first = Piece(1, ItemKind.SCRIPT, 20_000, hard_ms=0)
    music = Piece(2, ItemKind.FILLER, 10_000)
    news = Piece(3, ItemKind.SCRIPT, 30_000, hard_ms=500_000)
    fitted = fit([first, music, news], 60_000)
    assert [(one.item_id, one.offset_ms, one.planned_ms) for one in fitted.placed] == [(1, 0, 20_000), (2, 20_000, 40_000)]
    assert [(one.item_id, one.offset_ms, one.reason) for one in fitted.left_out] == [
        (3, 60_000, "Không còn đủ thời lượng: mục dài 30 giây.")
    ]


def test_every_hard_time_is_met_to_the_millisecond_though_a_bulletin_before_it_was_left_out() -> None:
    pieces = [
        *(Piece(1, ItemKind.SCRIPT, 90_000), Piece(2, ItemKind.SCRIPT, 40_000), Piece(3, ItemKind.FILLER, 10_000)),
        *(Piece(4, ItemKind.SCRIPT, 20_000, hard_ms=100_000), Piece(5, ItemKind.FILLER, 10_000)),
        *(Piece(6, ItemKind.SCRIPT, 30_000, hard_ms=200_000), Piece(7, ItemKind.FILLER, 10_000)),
        Piece(8, ItemKind.SCRIPT, 30_000, hard_ms=300_000),
    ]
    placed = {one.item_id: one.offset_ms for one in fit(pieces, 400_000).placed}
    assert placed == {1: 0, 3: 90_000, 4: 100_000, 5: 120_000, 6: 200_000, 7: 230_000, 8: 300_000}


def test_what_is_left_out_says_why() -> None:
    fitted = fit([Piece(1, ItemKind.FILLER, 60_000), Piece(2, ItemKind.SCRIPT, 61_999)], 2_000)
    assert [one.reason for one in fitted.left_out] == [
        "Nhạc đệm được cắt để nhường chỗ cho tin bài.",
        "Không còn đủ thời lượng: mục dài 61 giây.",
    ]
    assert (fitted.placed, fitted.total_ms) == ((), 0)
