"""Ai tới lượt trước, ai nhường ai, khi nào phát lại: từng quy tắc của phép xếp trên những buổi nhỏ nhất."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcaster.newsroom.enums import Genre, Priority
from broadcaster.traffic.autofill import Broadcast, Candidate, Composition, History, Kept, Past, Paths, SegmentRule, Topic
from broadcaster.traffic.lookahead import compose, plan
from tests.traffic.test_choosing import LIMITS, MONDAY, WARD, broadcast, candidate, reform

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MINUTE = 60_000
ANY = SegmentRule(1, MINUTE)
COLUMN = SegmentRule(2, MINUTE, column_id=9)
NEWS = SegmentRule(3, MINUTE, genres=frozenset({Genre.NEWS}))
FEATURES = SegmentRule(4, MINUTE, genres=frozenset({Genre.FEATURE}))
TOPIC = Topic(1, "C1", 100, 0, MONDAY - 49 * DAY, MONDAY + 50 * DAY)


def small(number: int, **changes: object) -> Broadcast:
    """Buổi chỉ vừa một bản tin một phút."""
    return broadcast(number, **({"room_ms": MINUTE, "segments": (ANY,)} | changes))


def made(
    broadcasts: list[Broadcast],
    *candidates: Candidate,
    topics: list[Topic] | None = None,
    history: History | None = None,
    paths: Paths | None = None,
    limits: object = LIMITS,
) -> Composition:
    return compose(broadcasts, candidates, topics or [], limits, history=history, paths=paths)  # type: ignore[arg-type]


def ids(composition: Composition) -> dict[int, list[int]]:
    return {key: [choice.candidate.script_id for choice in found] for key, found in composition.choices.items()}


def past(*numbers: int, count: int = 1, days_ago: int = 20) -> dict[int, dict[int, Past]]:
    """Những bản tin này đã phát, bấy nhiêu ngày trước."""
    at = broadcast(0).at - days_ago * DAY
    return {number: {zone: Past(count, at, MONDAY - days_ago * DAY) for zone in WARD} for number in numbers}


def one(number: int, **changes: object) -> Candidate:
    return candidate(number, **changes)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"priority": Priority.URGENT}, {"priority": Priority.PREFERRED, "valid_to": MONDAY}),
        ({"priority": Priority.PREFERRED}, {"valid_to": MONDAY}),
        ({"valid_to": MONDAY + 2 * DAY}, {"approved_on": MONDAY - 10 * DAY}),
        ({"approved_on": MONDAY - 10 * DAY}, {"valid_to": MONDAY + 3 * DAY}),
        ({"valid_to": MONDAY + 4 * DAY}, {"valid_to": MONDAY + 5 * DAY}),
        ({"approved_on": MONDAY - 3 * DAY}, {"valid_to": MONDAY + 5 * DAY}),
        ({"valid_to": MONDAY + 6 * DAY}, {}),
        ({"topics": (1,)}, {}),
    ],
)
def test_the_first_airing_goes_to_whom_it_is_more_urgent_for(first: dict[str, object], second: dict[str, object]) -> None:
    later, sooner = one(1, **second), one(2, **first)
    assert ids(made([small(0)], later, sooner, topics=[TOPIC])) == {0: [2]}


def test_equals_go_by_their_number_and_topics_less_than_a_percent_apart_are_equal() -> None:
    assert ids(made([small(0), small(3)], one(2), one(1))) == {0: [1], 3: [2]}
    topics = [TOPIC, replace(TOPIC, id=2, code="C2", target=1000, done=4)]
    # Hôm nay tới hạn 50 %: C1 chậm 50,0 %, C2 chậm 49,6 %; cách nhau chưa tới một phần trăm nhưng khác phần nguyên.
    assert ids(made([small(0), small(3)], one(1, topics=(2,)), one(2, topics=(1,)), topics=topics)) == {0: [2], 3: [1]}
    near = [replace(TOPIC, done=1), replace(TOPIC, id=2, code="C2", target=1000, done=19)]
    assert ids(made([small(0), small(3)], one(1, topics=(2,)), one(2, topics=(1,)), topics=near)) == {0: [2], 3: [1]}
    same = [replace(TOPIC, target=1000, done=11), replace(TOPIC, id=2, code="C2", target=1000, done=19)]
    assert ids(made([small(0), small(3)], one(1, topics=(2,)), one(2, topics=(1,)), topics=same)) == {0: [1], 3: [2]}


def test_a_bulletin_that_expires_is_rescued_by_taking_another_segment_but_not_the_reserved_column() -> None:
    lost = one(1, valid_to=MONDAY)
    two = [replace(NEWS, target_ms=30_000), FEATURES]
    assert ids(made([small(0, room_ms=90_000, segments=tuple(two))], lost)) == {0: [1]}
    kept = small(0, room_ms=100_000, segments=(replace(NEWS, target_ms=40_000), COLUMN))
    assert ids(made([kept], lost, reform(5, length_ms=50_000))) == {0: [5]}
    assert ids(made([kept], lost, reform(5, length_ms=40_000))) == {0: [1, 5]}


def test_a_bulletin_that_can_wait_makes_way_for_one_that_cannot() -> None:
    waits, dies = one(1, priority=Priority.NORMAL, valid_to=MONDAY + DAY), one(2, valid_to=MONDAY, length_ms=MINUTE - 1)
    two = [small(0), small(3)]
    assert ids(made(two, replace(waits, approved_on=MONDAY - 9 * DAY), dies)) == {0: [2], 3: [1]}
    long = replace(waits, length_ms=MINUTE, valid_to=MONDAY)
    assert ids(made([small(0), small(1, room_ms=MINUTE - 1)], long, dies)) == {0: [1], 1: [2]}


@pytest.mark.parametrize(
    ("changes", "swapped"),
    [
        ({}, True),
        ({"priority": Priority.PREFERRED}, False),
        ({"is_reform": True}, False),
        ({"genre": Genre.QA}, False),
        ({"valid_to": MONDAY}, False),
    ],
)
def test_only_an_ordinary_bulletin_that_fits_elsewhere_makes_way(changes: dict[str, object], swapped: bool) -> None:
    """Bản số 1 vào trước nhờ hạn chót gần hơn; bản số 2 chỉ còn buổi đầu, bản số 1 còn buổi sau."""
    placed = one(1, **({"valid_to": MONDAY + DAY, "length_ms": MINUTE} | changes))
    dies = one(2, valid_to=MONDAY + DAY, length_ms=MINUTE, genre=Genre.QA)
    both = SegmentRule(1, MINUTE, genres=frozenset({Genre.NEWS, Genre.QA}))
    done = (Kept(8, None, 0, True),)
    first, second = small(0, segments=(both,), kept=done), small(3, segments=(NEWS,), kept=done)
    assert ids(made([first, second], placed, dies))[0] == [2 if swapped else 1]


def test_it_makes_way_on_a_day_without_a_reform_item_too_but_never_takes_the_columns_room() -> None:
    both = SegmentRule(1, MINUTE, genres=frozenset({Genre.NEWS, Genre.QA}))
    waits, dies = one(1, valid_to=MONDAY + DAY), one(2, valid_to=MONDAY + DAY, genre=Genre.QA)
    assert ids(made([small(0, segments=(both,)), small(3, segments=(NEWS,))], waits, dies)) == {0: [2], 3: [1]}
    reserved = small(0, room_ms=2 * MINUTE, segments=(both, COLUMN))
    longer = replace(dies, length_ms=MINUTE + 1)
    assert ids(made([reserved, small(3, segments=(NEWS,))], waits, longer, reform(5)))[0] == [1, 5]


def test_every_day_has_its_reform_item_even_from_a_segment_that_does_not_take_it() -> None:
    composition = made([small(0, segments=(NEWS,))], reform(5))
    assert ids(composition) == {0: [5]}
    assert composition.choices[0][0].why == "Mỗi ngày phải có ít nhất một mục CCHC; chưa phát lần nào"
    assert composition.without_reform == ()
    without = made([small(0), small(2), small(3, rehearsal=True)], one(1))
    assert without.without_reform == (MONDAY, MONDAY + DAY)
    assert made([small(3, rehearsal=True)], one(1)).without_reform == ()


def test_the_reform_item_waits_for_the_last_programme_of_its_day_and_goes_before_ordinary_news_there() -> None:
    two = [small(0), small(1)]
    assert ids(made(two, one(1), one(2), reform(5))) == {0: [1], 1: [5]}
    assert ids(made([small(0, kept=(Kept(8, None, 0, True),)), small(1)], one(1), one(2), reform(5))) == {0: [1], 1: [2]}
    rehearsed = [small(0), small(1, rehearsal=True)]
    assert ids(made(rehearsed, one(1), reform(5)))[0] == [5], "diễn tập không phải buổi cuối của ngày"


def test_the_reform_item_of_the_day_is_the_one_whose_turn_it_is() -> None:
    day = [small(0)]
    assert ids(made(day, reform(5), reform(6), history=past(5))) == {0: [6]}, "chưa phát lần nào trước"
    assert ids(made(day, reform(5, valid_to=MONDAY + 3 * DAY), reform(6, valid_to=MONDAY + 2 * DAY))) == {0: [6]}
    assert ids(made(day, reform(5), reform(6, topics=(1,)), topics=[TOPIC], history=past(5, 6))) == {0: [6]}
    both = past(5, days_ago=10) | past(6, days_ago=12)
    assert ids(made(day, reform(5, valid_to=MONDAY + DAY), reform(6), history=both)) == {0: [6]}, "lâu chưa phát trước"
    assert ids(made(day, reform(6), reform(5), history=past(5, 6))) == {0: [5]}


@pytest.mark.parametrize(
    ("numbers", "total", "relaxed"),
    [((), 0, None), ((), 10, "giới hạn phát lại"), ((0,), 1, "giới hạn phát lại và khoảng cách")],
)
def test_only_when_no_reform_item_is_left_within_the_limits_are_they_widened_and_it_says_which(
    numbers: tuple[int, ...], total: int, relaxed: str | None
) -> None:
    """Ngày hôm trước đã phát tối, nên sáng nay chưa đủ mười hai giờ."""
    closed = [small(-1, open=False, at=small(0).at - 11 * HOUR, kept=(Kept(5, 1, MINUTE, True, ahead=False),)) for _ in numbers]
    composition = made([*closed, small(0)], reform(5), history=past(5, count=total) if total else None)
    (choice,) = composition.choices[0]
    assert choice.why.startswith("Mỗi ngày phải có ít nhất một mục CCHC")
    told = f"chưa có bản tin CCHC khác nên nới {relaxed};"
    assert (told in choice.why) if relaxed else ("nới" not in choice.why)


def test_a_rerun_segment_takes_what_the_slot_aired_last_if_it_still_may() -> None:
    again = SegmentRule(5, 3 * MINUTE, rerun_of="s1", column_id=9)
    evening = small(1, open=False, kept=tuple(Kept(n, 2, MINUTE, True, ahead=False) for n in (99, 7, 6, 5)))
    morning = broadcast(2, room_ms=3 * MINUTE, segments=(again,))
    stock = [reform(5), reform(6), reform(7, column_id=8)]
    composition = made([evening, morning], *stock, history=past(5, 6, 7))
    assert ids(composition)[2] == [5, 6]
    assert {choice.segment_id for choice in composition.choices[2]} == {5}
    near = replace(evening, at=morning.at - 11 * HOUR)
    assert len(ids(made([near, morning], *stock, history=past(5, 6, 7)))[2]) <= 1, "chỉ mục CCHC bắt buộc của ngày"


def test_what_has_aired_fills_the_room_by_whose_turn_it_is() -> None:
    day = [small(0, segments=(NEWS,))]
    assert ids(made(day, one(1), one(2), history=past(1))) == {0: [2]}, "chưa phát lần nào trước"
    both = past(1, days_ago=10) | past(2, days_ago=12)
    assert ids(made(day, one(1), one(2), history=both)) == {0: [2]}, "lâu chưa phát trước"
    assert ids(made(day, one(1), one(2, topics=(1,)), topics=[TOPIC], history=both | past(1, days_ago=14))) == {0: [2]}
    assert ids(made(day, one(2), one(1), history=past(1, 2))) == {0: [1]}
    favoured = one(2, priority=Priority.PREFERRED)
    assert ids(made(day, one(1), favoured, history=past(1) | past(2, count=2))) == {0: [2]}
    assert ids(made(day, one(1), favoured, history=past(1, days_ago=21) | past(2, count=3))) == {0: [1]}


def test_another_hour_of_the_day_comes_before_the_same_one() -> None:
    day = [small(0, segments=(NEWS,))]
    at = small(0).at
    told = {
        n: {zone: Past(1, at - 20 * DAY + shift, MONDAY - 20 * DAY) for zone in WARD}
        for n, shift in ((1, timedelta(0)), (2, 11 * HOUR))
    }
    assert ids(made(day, one(1), one(2), history=told)) == {0: [2]}
    near = {
        n: {zone: Past(1, at - 20 * DAY + shift, MONDAY - 20 * DAY) for zone in WARD}
        for n, shift in ((1, -HOUR + timedelta(minutes=1)), (2, HOUR))
    }
    assert ids(made(day, one(1), one(2), history=near)) == {0: [2]}


def test_the_room_left_is_filled_to_the_fiftieth_by_one_or_two_that_fit() -> None:
    room = small(0, room_ms=200_000, segments=(replace(NEWS, target_ms=200_000),))
    stock = [one(1, length_ms=90_000), one(2, length_ms=80_000), one(3, length_ms=107_000)]
    assert set(ids(made([room], *stock, history=past(1, 2, 3)))[0]) in ({1, 3}, {1, 2})
    single = [one(1, length_ms=150_000), one(2, length_ms=197_000)]
    whole = small(0, room_ms=200_000, segments=(replace(NEWS, target_ms=90_000), replace(FEATURES, target_ms=110_000)))
    assert ids(made([whole], *single, history=past(1, 2))) == {0: [2]}
    pair = [one(1, length_ms=150_000), one(2, length_ms=100_000), one(3, length_ms=96_000)]
    assert ids(made([whole], *pair, history=past(1, 2, 3))) == {0: [2, 3]}
    for length_ms in (196_000, 200_000):
        assert ids(made([whole], single[0], one(2, length_ms=length_ms), history=past(1, 2))) == {0: [2]}
    exact = [one(1, length_ms=150_000), one(2, length_ms=100_000), one(3, length_ms=100_000)]
    assert ids(made([whole], *exact, history=past(1, 2, 3))) == {0: [2, 3]}
    loose = [one(1, length_ms=150_000), one(2, length_ms=100_000), one(3, length_ms=95_999)]
    assert ids(made([whole], *loose, history=past(1, 2, 3)))[0][0] == 1


def test_an_item_for_one_zone_tells_where_and_who_else_hears() -> None:
    own = one(1, zones=frozenset({1}), length_ms=10_000)
    (choice,) = made([small(0)], own, paths={1: WARD, 2: WARD}).choices[0]
    assert (choice.segment_id, choice.zones, choice.also) == (1, frozenset({1}), frozenset({2}))
    (whole,) = made([small(0)], one(1)).choices[0]
    assert (whole.zones, whole.also) == (frozenset(), frozenset())


def test_a_year_of_empty_stock_and_no_programme_at_all_are_fine() -> None:
    assert made([], one(1)) == Composition({}, ())
    assert made([small(0, open=False)], one(1)) == Composition({}, (MONDAY,))
    assert ids(made([small(0), small(1)])) == {0: [], 1: []}


AHEAD = Topic(2, "C2", 1000, 504, MONDAY - 49 * DAY, MONDAY + 50 * DAY)
"""Hôm nay tới hạn 50 %, đã 50,4 %."""


@pytest.mark.parametrize("history", [None, past(1, 2), past(5, 6)])
def test_a_topic_ahead_of_the_plan_by_little_yields_to_none(history: History | None) -> None:
    make = reform if history and 5 in history else one
    first = 5 if make is reform else 1
    day = [small(0, segments=(ANY,))]
    assert ids(made(day, make(first, topics=(2,)), make(first + 1), topics=[AHEAD], history=history)) == {0: [first + 1]}


@pytest.mark.parametrize(("column_ms", "found"), [(40_000, [1, 5]), (40_001, [5])])
def test_the_room_the_day_owes_to_its_reform_item_is_kept_to_the_millisecond(column_ms: int, found: list[int]) -> None:
    """Mục CCHC đã phát rồi nên được xếp sau các bản mới; bản số 1 sắp hết hạn và dài hơn đoạn của nó."""
    lost, again = one(1, valid_to=MONDAY), reform(5, length_ms=column_ms)
    day = small(0, room_ms=100_000, segments=(replace(NEWS, target_ms=40_000), replace(COLUMN, target_ms=column_ms)))
    assert ids(made([day], lost, again, history=past(5))) == {0: found}
    done = small(-1, at=day.at - 2 * HOUR, day=MONDAY, open=False, kept=(Kept(8, None, 0, True),))
    assert 1 in ids(made([done, day], lost, again, history=past(5)))[0], "ngày đã có mục CCHC thì không nợ nữa"
    evening = small(1, room_ms=45_000, segments=(replace(COLUMN, target_ms=45_000),))
    assert ids(made([day, evening], lost, again, history=past(5))) == {0: [1], 1: [5]}, "chỉ buổi cuối ngày phải giữ chỗ"


def test_new_bulletins_take_over_idle_segments_but_not_the_room_of_a_column() -> None:
    again, told = reform(5), past(5)
    two = small(0, room_ms=2 * MINUTE, segments=(NEWS, COLUMN))
    assert ids(made([two], one(1), one(2), again, history=told)) == {0: [1, 5]}
    three = small(0, room_ms=3 * MINUTE, segments=(NEWS, FEATURES, COLUMN))
    assert ids(made([three], one(1), one(2), one(3), again, history=told)) == {0: [1, 2, 5]}


def test_the_second_makes_way_where_the_first_may_not_and_an_endless_one_displaces_nobody() -> None:
    both = SegmentRule(1, 2 * MINUTE, genres=frozenset({Genre.NEWS, Genre.QA}))
    done = (Kept(8, None, 0, True),)
    end = MONDAY + DAY
    spots = [small(0, room_ms=2 * MINUTE, segments=(both,), kept=done), small(3, segments=(NEWS,), kept=done)]
    stock = [one(1, priority=Priority.PREFERRED, valid_to=end), one(2, valid_to=end), one(3, valid_to=end, genre=Genre.QA)]
    assert ids(made(spots, *stock)) == {0: [1, 3], 3: [2]}
    single = [small(0, segments=(both,), kept=done), spots[1]]
    endless = one(3, genre=Genre.QA, approved_on=MONDAY - 9 * DAY)
    assert ids(made(single, one(2, valid_to=end), endless))[0] == [2]


def test_a_topic_far_behind_is_repeated_as_often_as_the_limits_allow() -> None:
    """Giãn đều là ba ngày, nội dung chậm xa là bảy phần ba ngày: sau hai ngày rưỡi chỉ nó tới lượt."""
    at = small(0).at - 60 * HOUR
    told = {number: {zone: Past(1, at, MONDAY - 3 * DAY) for zone in WARD} for number in (1, 2)}
    stock = [one(1, priority=Priority.PREFERRED), one(2, topics=(1,))]
    assert ids(made([small(0)], *stock, topics=[TOPIC], history=told)) == {0: [2]}
    assert ids(made([small(0)], *stock, history=told)) == {0: [1]}


def test_the_plan_keeps_the_board_it_was_made_on() -> None:
    assert [place.room for place in plan([small(0)], [one(1)], [], LIMITS).board.places] == [0]
