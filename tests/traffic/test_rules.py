"""Hạng phân số, bảng trạng thái, và phép xếp vừa giờ."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.newsroom.enums import Priority
from broadcaster.traffic.clock_fit import MIN_FILLER_MS, Piece, fit
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
def test_only_fillers_are_shortened_and_never_to_a_blip(pieces: list[Piece], budget: int) -> None:
    by_id = {piece.item_id: piece for piece in pieces}
    for one in fit(pieces, budget).placed:
        piece = by_id[one.item_id]
        if piece.kind is ItemKind.FILLER:
            assert min(MIN_FILLER_MS, piece.planned_ms) <= one.planned_ms <= piece.planned_ms
        else:
            assert one.planned_ms == piece.planned_ms


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
