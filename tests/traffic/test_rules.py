"""Hạng phân số, bảng trạng thái, và phép xếp vừa giờ."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.newsroom.enums import Genre, Priority
from broadcaster.traffic.autofill import Candidate
from broadcaster.traffic.clock_fit import FILLER_STRETCH, MIN_FILLER_MS, Piece, fit
from broadcaster.traffic.enums import ItemKind, ItemState, ProgrammeState
from broadcaster.traffic.rules import ITEM, PROGRAMME, between, moved, numbered

PIECES = st.lists(
    st.tuples(st.sampled_from(ItemKind), st.integers(1_000, 300_000), st.sampled_from(Priority), st.booleans()), max_size=12
).map(lambda rows: [Piece(n, kind, ms, priority, person) for n, (kind, ms, priority, person) in enumerate(rows)])


@given(PIECES, st.integers(10_000, 3_600_000))
def test_starts_are_exact_sums_in_order(pieces: list[Piece], budget: int) -> None:
    fitted = fit(pieces, budget)
    offset = 0
    for one in fitted.placed:
        assert one.offset_ms == offset
        offset += one.planned_ms
    assert fitted.total_ms == offset
    order = [piece.item_id for piece in pieces]
    assert [one.item_id for one in fitted.placed] == [one for one in order if one in {p.item_id for p in fitted.placed}]
    assert {one.item_id for one in (*fitted.placed, *fitted.left_out)} == set(order)


@given(PIECES, st.integers(10_000, 3_600_000))
def test_the_total_stays_in_the_slot_unless_the_frame_alone_exceeds_it(pieces: list[Piece], budget: int) -> None:
    frame = sum(piece.planned_ms for piece in pieces if piece.kind in (ItemKind.SOUND, ItemKind.TEMPLATE))
    assert fit(pieces, budget).total_ms <= max(budget, frame)


@given(PIECES, st.integers(10_000, 3_600_000))
def test_fillers_are_cut_before_any_script(pieces: list[Piece], budget: int) -> None:
    fitted = fit(pieces, budget)
    without = fit([piece for piece in pieces if piece.kind is not ItemKind.FILLER], budget)
    fillers = {piece.item_id for piece in pieces if piece.kind is ItemKind.FILLER}
    assert {one.item_id for one in fitted.left_out} - fillers == {one.item_id for one in without.left_out}


@given(PIECES, st.integers(10_000, 3_600_000))
def test_only_fillers_stretch_and_never_to_a_blip(pieces: list[Piece], budget: int) -> None:
    by_id = {piece.item_id: piece for piece in pieces}
    for one in fit(pieces, budget).placed:
        piece = by_id[one.item_id]
        if piece.kind is ItemKind.FILLER:
            assert one.planned_ms >= MIN_FILLER_MS
        else:
            assert one.planned_ms == piece.planned_ms


@given(PIECES, st.integers(10_000, 3_600_000))
def test_a_filler_ends_the_programme_to_the_millisecond(pieces: list[Piece], budget: int) -> None:
    fitted = fit([*pieces, Piece(99, ItemKind.FILLER, budget)], budget)
    assert budget - MIN_FILLER_MS < fitted.total_ms <= budget or fitted.total_ms > budget
    if any(one.item_id == 99 for one in fitted.placed):
        assert fitted.total_ms == budget


@given(PIECES, st.integers(10_000, 3_600_000))
def test_music_has_a_ceiling_where_bulletins_are_few(pieces: list[Piece], budget: int) -> None:
    asked = {piece.item_id: piece.planned_ms for piece in pieces if piece.kind is ItemKind.FILLER}
    music = sum(one.planned_ms for one in fit(pieces, budget).placed if one.item_id in asked)
    assert music <= sum(max(MIN_FILLER_MS, FILLER_STRETCH * ms) for ms in asked.values())


def test_a_programme_short_of_bulletins_ends_early_instead_of_repeating_its_music() -> None:
    pieces = [Piece(1, ItemKind.SCRIPT, 60_000), Piece(2, ItemKind.FILLER, 120_000), Piece(3, ItemKind.SOUND, 10_000)]
    assert [one.planned_ms for one in fit(pieces, 900_000).placed] == [60_000, 240_000, 10_000]


def test_idents_are_fitted_before_bulletins_and_the_filler_gives_way_by_a_millisecond() -> None:
    frame = [Piece(1, ItemKind.SOUND, 15_000), Piece(9, ItemKind.SOUND, 10_000)]
    full = [frame[0], Piece(2, ItemKind.SCRIPT, 95_001), Piece(3, ItemKind.FILLER, 60_000), frame[1]]
    assert [one.item_id for one in fit(full, 120_000).placed] == [1, 3, 9]
    full[1] = Piece(2, ItemKind.SCRIPT, 89_999)
    assert [(one.item_id, one.planned_ms) for one in fit(full, 120_000).placed][2] == (3, 5_001)


def test_a_hard_time_is_kept_by_the_music_before_it_and_late_bulletins_give_way() -> None:
    pieces = [
        Piece(1, ItemKind.SCRIPT, 50_000),
        Piece(2, ItemKind.FILLER, 10_000),
        Piece(3, ItemKind.SCRIPT, 100_000, hard_ms=120_000),
        Piece(4, ItemKind.SCRIPT, 30_000),
    ]
    assert [(one.item_id, one.offset_ms) for one in fit(pieces, 300_000).placed] == [
        (1, 0),
        (2, 50_000),
        (3, 120_000),
        (4, 220_000),
    ]
    pieces[0] = Piece(1, ItemKind.SCRIPT, 130_000)
    fitted = fit(pieces, 300_000)
    assert [(one.item_id, one.offset_ms) for one in fitted.placed] == [(2, 0), (3, 120_000), (4, 220_000)]


def test_priority_then_the_persons_hand_then_order_decide_who_stays() -> None:
    pieces = [
        Piece(1, ItemKind.SCRIPT, 60_000),
        Piece(2, ItemKind.SCRIPT, 60_000, by_person=True),
        Piece(3, ItemKind.SCRIPT, 60_000, Priority.PREFERRED),
    ]
    fitted = fit(pieces, 120_000)
    assert [one.item_id for one in fitted.placed] == [2, 3]
    assert "60 giây" in fitted.left_out[0].reason


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=200))
def test_ranks_between_neighbours_keep_any_order(moves: list[tuple[int, bool]]) -> None:
    ranks = numbered(3)
    order = [0, 1, 2]
    for place, _ in moves:
        at = place % (len(ranks) + 1)
        new = between(ranks[at - 1] if at else None, ranks[at] if at < len(ranks) else None)
        order.insert(at, len(order))
        if new is None:
            ranks = numbered(len(order))
        else:
            ranks.insert(at, new)
        assert ranks == sorted(set(ranks))


@given(st.permutations(range(6)), st.integers(0, 5), st.integers(0, 5) | st.none())
def test_moving_puts_the_item_right_after_its_neighbour(order: list[int], item: int, after: int | None) -> None:
    if item == after:
        return
    result = moved(order, item, after=after)
    assert sorted(result) == sorted(order)
    place = result.index(item)
    assert (result[place - 1] if place else None) == after
    assert [one for one in result if one != item] == [one for one in order if one != item]


def test_a_finished_programme_or_item_goes_nowhere() -> None:
    for state in (ProgrammeState.CLOSED, ProgrammeState.MISSED):
        assert not PROGRAMME.targets(state)
    for item in (ItemState.AIRED, ItemState.CUT, ItemState.SKIPPED, ItemState.PREEMPTED, ItemState.FAILED):
        assert not ITEM.targets(item)


def test_nothing_sounds_without_being_armed() -> None:
    assert not ITEM.allows(ItemState.WAITING, ItemState.ON_AIR)
    assert not PROGRAMME.allows(ProgrammeState.PLANNED, ProgrammeState.AIRING)


@pytest.mark.parametrize(
    ("first", "last", "day", "valid"),
    [
        (2, 5, 1, False),
        (2, 5, 2, True),
        (2, 5, 5, True),
        (2, 5, 6, False),
        (None, 5, 1, True),
        (None, 5, 6, False),
        (2, None, 1, False),
        (2, None, 30, True),
        (None, None, 15, True),
    ],
)
def test_a_bulletin_is_valid_from_its_first_day_to_its_last_both_included(
    first: int | None, last: int | None, day: int, valid: bool
) -> None:
    days = [date(2026, 3, one) if one else None for one in (first, last)]
    one = Candidate(
        1, 1, "Tin", Genre.NEWS, None, False, Priority.NORMAL, (), frozenset(), 1000, valid_from=days[0], valid_to=days[1]
    )
    assert one.valid_on(date(2026, 3, day)) is valid
