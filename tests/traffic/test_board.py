"""Bàn xếp: chỗ còn lại của từng đoạn, ai nghe được gì, mỗi bản tin đã và sẽ vang mấy lần; từng con số một."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from broadcaster.newsroom.enums import Genre
from broadcaster.traffic.autofill import (
    Airtime,
    Broadcast,
    Candidate,
    History,
    Kept,
    Limits,
    Past,
    Paths,
    SegmentRule,
    Topic,
    permitted,
    within_week,
)
from broadcaster.traffic.board import Board, Pick, Place
from tests.traffic.test_choosing import LIMITS, MONDAY, NEWS, REFORM, WARD, broadcast, candidate

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ONE, BOTH = frozenset({1}), WARD
AGAIN = SegmentRule(3, 100_000, rerun_of="s1")
LATE = SegmentRule(4, 50_000, genres=frozenset({Genre.QA}), block=1)
KEPT = (Kept(11, 1, 50_000, False), Kept(12, None, 20_000, False), Kept(13, 4, 10_000, False), Kept(14, 99, 5_000, False))
FULL = broadcast(0, segments=(NEWS, REFORM, AGAIN, LATE), room_ms=700_000, blocks=(600_000, 100_000), kept=KEPT)


def board(
    *broadcasts: Broadcast,
    candidates: Iterable[Candidate] = (),
    topics: Iterable[Topic] = (),
    limits: Limits = LIMITS,
    history: History | None = None,
    paths: Paths | None = None,
) -> Board:
    return Board(broadcasts or (broadcast(0),), candidates, topics, limits=limits, history=history or {}, paths=paths)


def past(count: int, days_ago: int = 30, zones: frozenset[int] = BOTH) -> dict[int, Past]:
    at = broadcast(0).at - days_ago * DAY
    return {zone: Past(count, at, MONDAY - days_ago * DAY) for zone in zones}


def test_what_people_placed_takes_its_room_from_its_segment_its_block_and_the_programme() -> None:
    place = Place(FULL)
    assert place.taken == {11, 12, 13, 14}
    assert (place.room, place.rooms, place.narrow) == (615_000, [550_000, 90_000], 140_000)
    assert [segment.segment_id for segment in place.by_width] == [2, 1, 4], "chuyên mục trước, không kể đoạn phát lại"
    assert place.reserved() == 270_000 + 100_000
    assert [place.room_in(segment) for segment in (NEWS, LATE)] == [550_000, 90_000]
    assert place.room_for(NEWS) == 150_000
    assert place.room_for(REFORM) == 270_000 + 55_000, "bản tin đầu được lấn cả chỗ không thuộc đoạn nào"
    assert place.room_for(LATE) == 40_000
    assert Place(broadcast(0)).rooms == [590_000]
    twice = Place(broadcast(0, kept=(Kept(1, 1, 50_000, False), Kept(2, 1, 30_000, False), Kept(3, None, 400_000, False))))
    assert twice.room_for(NEWS) == 110_000, "chỗ của cả buổi còn ít hơn chỗ của đoạn"
    assert twice.used[1] == 80_000


def test_a_segment_that_runs_over_leaves_less_for_the_others_and_never_less_than_nothing() -> None:
    over = Place(replace(FULL, blocks=(), kept=(Kept(11, 1, 230_000, False), Kept(12, 2, 280_000, False))))
    assert over.room_for(AGAIN) == 100_000 + 700_000 - 230_000 - 280_000 - 100_000 - 50_000
    assert over.reserved() == 100_000, "chuyên mục đã quá chỗ thì không giữ thêm"
    tight = Place(replace(FULL, room_ms=600_000, blocks=(600_000, 100_000)))
    assert tight.room_for(REFORM) == 270_000
    assert Place(broadcast(0, room_ms=100_000, segments=(NEWS,))).room_for(NEWS) == 100_000


def test_a_pick_spends_the_room_and_gives_it_back() -> None:
    place, before = Place(FULL), Place(FULL)
    first, own = Pick(candidate(1), NEWS, BOTH), Pick(candidate(2, length_ms=30_000), LATE, ONE)
    place.add(first)
    assert (place.room, place.rooms, place.narrow, place.used[1]) == (555_000, [490_000, 90_000], 140_000, 110_000)
    place.add(own)
    assert (place.room, place.rooms, place.narrow, place.used[4]) == (525_000, [490_000, 60_000], 110_000, 40_000)
    assert place.taken == {1, 2, 11, 12, 13, 14}
    place.remove(first)
    place.remove(own)
    assert (place.room, place.rooms, place.narrow, place.taken) == (before.room, before.rooms, before.narrow, before.taken)
    assert (place.used, place.picks) == (before.used, [])


def test_the_segment_of_a_bulletin_is_the_narrowest_that_still_has_room() -> None:
    everything = SegmentRule(5, 10_000)
    place = Place(replace(FULL, segments=(everything, *FULL.segments)))
    asked = candidate(1, genre=Genre.QA, length_ms=90_000)
    assert Place(FULL).taking(asked) == LATE
    assert Place(FULL).room_to(asked) == 90_000
    assert place.taking(candidate(1, column_id=9)) == REFORM
    assert place.taking(candidate(1, genre=Genre.QA)) == everything, "cùng bề rộng thì theo thứ tự của khuôn"
    late = replace(FULL, segments=(LATE, everything))
    assert Place(late).taking(asked) == LATE
    assert Place(late).taking(replace(asked, length_ms=90_001)) == everything
    assert Place(late).taking(replace(asked, length_ms=700_000)) == LATE, "không đoạn nào còn chỗ thì đoạn đầu nhận nó"
    assert Place(FULL).taking(candidate(1, genre=Genre.MUSIC)) is None
    assert Place(FULL).room_to(candidate(1, genre=Genre.MUSIC)) == 0


def test_picks_are_told_in_the_order_of_the_format_then_as_they_came() -> None:
    place = Place(FULL)
    for number, segment in ((1, LATE), (2, NEWS), (3, REFORM), (4, NEWS)):
        place.add(Pick(candidate(number, length_ms=1), segment, BOTH))
    assert [pick.candidate.script_id for pick in place.in_order()] == [2, 4, 3, 1]


def test_a_bulletin_reaches_the_zones_it_shares_with_the_programme_and_that_have_speakers() -> None:
    three = broadcast(0, zones=frozenset({1, 2, 3}))
    own = candidate(1, zones=frozenset({1, 2, 9}))

    def reached(paths: Paths | None, limits: Limits = LIMITS, one: Candidate = own) -> set[int]:
        made = board(three, limits=limits, paths=paths)
        return set(made.reach(one, made.places[0]))

    assert reached(None) == {1, 2}
    assert reached({1: ONE}) == {1}
    assert reached({1: frozenset({1, 9}), 2: frozenset({2, 3})}) == {1, 2}
    assert reached({1: frozenset({1, 9}), 2: frozenset({2, 3})}, replace(LIMITS, shared=False)) == {1}
    assert reached({1: BOTH, 2: frozenset({2, 3})}, replace(LIMITS, shared=False), candidate(1)) == {1}
    assert reached({}, one=candidate(1, zones=frozenset({1, 2, 3, 4}))) == {1, 2, 3}, "cả buổi thì khỏi hỏi loa từng TDP"
    made = board(three, broadcast(1), paths={1: frozenset({1, 3}), 2: frozenset({2})})
    assert made.reach(own, made.places[0]) == made.reach(own, made.places[1]) == BOTH
    assert made.hearing(own, made.places[0]) == {1, 2, 3}
    assert made.hearing(own, made.places[1]) == BOTH, "nhắm tới cả buổi thì chỉ những TDP của buổi"
    assert board(three).hearing(own, Place(three)) == BOTH


def test_airings_are_counted_where_they_are_heard_most_and_what_aired_is_counted_once() -> None:
    one = candidate(1)
    told = {1: {1: Past(2, broadcast(-8).at, MONDAY - 4 * DAY), 2: Past(5, broadcast(-4).at, MONDAY - 2 * DAY)}}
    aired = broadcast(-4, open=False, kept=(Kept(1, 1, 60_000, False, ahead=False),))
    promised = broadcast(0, kept=(Kept(1, 1, 60_000, False, zones=ONE),))
    rehearsed = broadcast(2, rehearsal=True, kept=(Kept(1, 1, 60_000, False),))
    made = board(aired, promised, rehearsed, history=told)
    assert made.airtimes[1] == [Airtime(aired.at, BOTH, aired.day, False), Airtime(promised.at, ONE, promised.day, True)]
    assert [made.heard(one, zones) for zones in (BOTH, ONE, frozenset({2}), frozenset({3}))] == [6, 3, 5, 0]
    assert made.heard(candidate(7), BOTH) == 0
    assert made.heard_before(one, BOTH, promised.at) == (5, MONDAY - 2 * DAY)
    assert made.heard_before(one, BOTH, promised.at + HOUR) == (6, MONDAY)
    assert made.heard_before(one, frozenset({2}), promised.at + HOUR) == (5, MONDAY - 2 * DAY)
    assert made.heard_before(candidate(7), BOTH, promised.at) == (0, None)
    assert made.last_at(one, promised.at) == aired.at
    assert made.last_at(one, promised.at + HOUR) == promised.at
    assert made.last_at(candidate(7), promised.at) is None
    assert board(history={1: past(1)}).last_at(one, promised.at) == broadcast(0).at - 30 * DAY


def test_a_bulletin_is_open_to_a_programme_it_is_valid_in_and_not_yet_part_of() -> None:
    place_of = board(broadcast(0, excluded=frozenset({2}), kept=(Kept(3, 1, 1_000, False),)))
    place = place_of.places[0]
    assert [place_of.open_to(candidate(n), place) for n in (1, 2, 3)] == [True, False, False]
    assert not place_of.open_to(candidate(1, valid_to=MONDAY - DAY), place)
    assert not place_of.open_to(candidate(1, zones=frozenset({3})), place)
    own = candidate(1, zones=ONE, length_ms=place.narrow)
    assert place_of.open_to(own, place)
    assert not place_of.open_to(replace(own, length_ms=place.narrow + 1), place)
    rehearsal = board(broadcast(0, rehearsal=True))
    assert not rehearsal.open_to(own, rehearsal.places[0])
    assert rehearsal.open_to(candidate(1), rehearsal.places[0])


def test_what_is_used_up_or_too_near_is_not_allowed_except_in_a_rehearsal() -> None:
    one, used = candidate(1), {1: past(9)}
    made = board(history=used)
    assert (made.left(one, made.places[0]), made.allows(one, made.places[0]), made.spent(one)) == (1, True, False)
    assert made.left(candidate(1, zones=ONE), made.places[0]) == 2 - 9, "tin riêng một TDP: nhiều nhất hai lần"
    few = board(limits=replace(LIMITS, total=1))
    assert few.left(candidate(1, zones=ONE), few.places[0]) == 1
    done = board(history={1: past(10)})
    assert (done.left(one, done.places[0]), done.allows(one, done.places[0]), done.spent(one)) == (0, False, True)
    rehearsal = board(broadcast(0, rehearsal=True), history={1: past(10)})
    assert rehearsal.allows(one, rehearsal.places[0])
    near = board(broadcast(1), broadcast(0, open=False, kept=(Kept(1, 1, 1_000, False, ahead=False),)))
    assert (near.spaced(one, near.places[0]), near.apart(one, near.places[0])) == (False, False)
    assert not near.allows(one, near.places[0])
    often = board(broadcast(6), *(broadcast(n, open=False, kept=(Kept(1, 1, 1_000, False),)) for n in (0, 2, 4)))
    assert (often.spaced(one, often.places[0]), often.apart(one, often.places[0])) == (False, True)


def test_an_endless_bulletin_is_stale_after_its_days() -> None:
    made = board()
    old = candidate(1, approved_on=MONDAY - 30 * DAY)
    assert [made.stale(old, day) for day in (MONDAY, MONDAY + DAY)] == [False, True]
    assert not made.stale(replace(old, valid_to=MONDAY + 9 * DAY), MONDAY + DAY)
    assert not made.stale(candidate(1), MONDAY + 99 * DAY)
    assert board(broadcast(2)).spent(old)


def test_putting_and_lifting_leave_the_board_as_it_was() -> None:
    topic = Topic(1, "C1", 100, 0, MONDAY, MONDAY + 99 * DAY)
    made = board(broadcast(0), broadcast(2, rehearsal=True), topics=[topic], paths={1: BOTH, 2: BOTH})
    own = Pick(candidate(1, zones=ONE, topics=(1,)), NEWS, ONE)
    place, rehearsal = made.places
    before = made.behind(candidate(2, topics=(1,)), Place(broadcast(4)))
    made.put(place, own)
    assert made.airtimes[1] == [Airtime(place.broadcast.at, BOTH, MONDAY, True)], "TDP chung đường ra cũng nghe"
    assert made.behind(candidate(2, topics=(1,)), Place(broadcast(4)))[0] == pytest.approx(before[0] - 1)
    made.put(rehearsal, Pick(candidate(3, topics=(1,)), NEWS, BOTH))
    assert (len(rehearsal.picks), made.airtimes[3]) == (1, [])
    last = Pick(candidate(1, zones=ONE, topics=(1,)), NEWS, ONE)
    evening = board(broadcast(0), broadcast(3), topics=[topic])
    for spot, pick in zip(evening.places, (own, last), strict=True):
        evening.put(spot, pick)
    evening.lift(evening.places[1], last)
    assert [time.at for time in evening.airtimes[1]] == [broadcast(0).at]
    made.lift(place, own)
    assert (place.picks, made.airtimes[1]) == ([], [])
    assert made.behind(candidate(2, topics=(1,)), Place(broadcast(4))) == before


def test_a_bulletin_is_as_far_behind_as_its_most_neglected_topic() -> None:
    year = (MONDAY, MONDAY + 9 * DAY)
    topics = [Topic(1, "C1", 10, 1, *year), Topic(2, "C2", 10, 0, *year), Topic(3, "C3", 0, 0, *year)]
    kept = broadcast(0, open=False, kept=(Kept(7, 1, 1_000, False, topics=(2, 2)),))
    made = board(kept, broadcast(2), topics=topics)
    second = made.places[0]
    # Ngày thứ hai của mười ngày: tới hạn 20 %; C1 đã 10 %, C2 đã xếp hai lượt nên 20 %.
    assert made.behind(candidate(1, topics=(1, 2, 99)), second) == (pytest.approx(10.0), "C1")
    assert made.behind(candidate(1, topics=(2,)), second) == (pytest.approx(0.0), "C2")
    assert made.behind(candidate(1, topics=(3,)), second) == (0.0, "C3")
    assert made.behind(candidate(1), second) == (0.0, "")
    first = Place(kept)
    assert made.behind(candidate(1, topics=(2,)), first) == (pytest.approx(10.0), "C2"), "lượt của chính buổi này chưa tính"


def test_the_last_programme_of_a_slot_tells_what_to_air_again() -> None:
    earlier = broadcast(1, open=False, kept=(Kept(1, 1, 1_000, False), Kept(2, 1, 1_000, False)))
    later = broadcast(3)
    made = board(earlier, later, broadcast(5, rehearsal=True, kept=(Kept(9, 1, 1_000, False),)), broadcast(4))
    assert made.together("s1", later.at) == {1, 2}
    assert made.together("s1", earlier.at) == frozenset()
    made.put(made.places[0], Pick(candidate(5), NEWS, BOTH))
    assert made.together("s1", broadcast(7).at) == {5}, "không kể diễn tập"
    assert made.together("s9", broadcast(7).at) == frozenset()


@pytest.mark.parametrize(
    ("changes", "hours"),
    [
        ({}, 30 * 24 / 10),
        ({"valid_to": MONDAY + 13 * DAY, "valid_from": MONDAY}, 14 * 24 / 6),
        ({"valid_to": MONDAY + 14 * DAY, "valid_from": MONDAY}, 15 * 24 / 7),
        ({"valid_to": MONDAY + 13 * DAY, "valid_from": MONDAY - 9 * DAY, "approved_on": MONDAY}, 14 * 24 / 6),
        ({"valid_to": MONDAY - DAY, "approved_on": MONDAY}, 24),
        ({"valid_to": MONDAY + DAY}, 30 * 24 / 10),
        ({"valid_from": MONDAY}, 30 * 24 / 10),
    ],
)
def test_repeats_are_spread_evenly_over_the_days_a_bulletin_is_valid(changes: dict[str, date], hours: float) -> None:
    one, made = candidate(1, **changes), board()
    assert made.interval(one) / HOUR == pytest.approx(hours)
    assert made.interval(one) == made.interval(one)
    assert board(limits=replace(LIMITS, spacing=timedelta(days=9))).interval(one) == 9 * DAY


def test_a_segment_takes_its_genres_and_its_column() -> None:
    both = SegmentRule(1, 1, genres=frozenset({Genre.NEWS}), column_id=9)
    assert [both.takes(candidate(1, **one)) for one in ({}, {"column_id": 9}, {"column_id": 9, "genre": Genre.QA})] == [
        False,
        True,
        False,
    ]


def test_the_topic_is_behind_by_its_share_of_the_year_and_only_inside_it() -> None:
    topic = Topic(1, "C1", 10, 2, MONDAY, MONDAY + 9 * DAY)
    assert topic.behind(0, MONDAY) == pytest.approx(10 - 20)
    assert topic.behind(3, MONDAY + 9 * DAY) == pytest.approx(100 - 50)
    assert (topic.behind(0, MONDAY - DAY), topic.behind(0, MONDAY + 10 * DAY)) == (0.0, 0.0)
    assert replace(topic, target=0).behind(0, MONDAY) == 0.0


def test_seven_days_exactly_are_another_week() -> None:
    now = broadcast(0).at
    times = [Airtime(now - 7 * DAY, BOTH), Airtime(now - DAY, BOTH), Airtime(now + DAY, BOTH), Airtime(now + 7 * DAY, BOTH)]
    assert within_week(times, now, BOTH, LIMITS)
    assert not within_week([*times, Airtime(now + 2 * DAY, BOTH)], now, BOTH, LIMITS)
    assert not within_week([*times, Airtime(now + 2 * DAY, ONE)], now, BOTH, LIMITS), "một TDP nghe quá là quá"
    assert within_week([*times, Airtime(now + 2 * DAY, frozenset({3}))], now, BOTH, LIMITS)
    assert not permitted([Airtime(now + 12 * HOUR - timedelta(microseconds=1), ONE)], now, BOTH, LIMITS)
    assert permitted([Airtime(now + 12 * HOUR, ONE)], now, BOTH, LIMITS)


def test_every_week_around_the_new_airing_is_looked_at_and_another_zone_is_not() -> None:
    now = broadcast(0).at
    around = [Airtime(now + days * DAY, BOTH) for days in (-4, -1, 3)]
    assert within_week(around, now, BOTH, LIMITS), "ngày thứ bảy đã sang tuần khác"
    assert not within_week([Airtime(now + days * DAY, BOTH) for days in (1, 2, 3)], now, BOTH, LIMITS)
    assert permitted([Airtime(now, frozenset({3}))], now, BOTH, LIMITS)
