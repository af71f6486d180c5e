"""Phép chọn tin bài: giới hạn phát lại, ưu tiên, kế hoạch, CCHC mỗi ngày — cho mọi tập dữ liệu."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from broadcaster.newsroom.enums import Genre, Priority
from broadcaster.traffic.autofill import (
    WEEK,
    Airtime,
    Broadcast,
    Candidate,
    Kept,
    Limits,
    Past,
    SegmentRule,
    Topic,
    permitted,
)
from broadcaster.traffic.lookahead import compose

MONDAY = date(2026, 3, 2)
WARD = frozenset({1, 2})
LIMITS = Limits(3, timedelta(hours=12))
NEWS = SegmentRule(1, 200_000, genres=frozenset({Genre.NEWS}))
REFORM = SegmentRule(2, 270_000, column_id=9)


def candidate(script_id: int, **changes: object) -> Candidate:
    one = Candidate(
        script_id=script_id,
        revision_id=script_id * 10,
        title=f"Tin {script_id}",
        genre=Genre.NEWS,
        column_id=None,
        is_reform=False,
        priority=Priority.NORMAL,
        topics=(),
        zones=WARD,
        length_ms=60_000,
    )
    return replace(one, **changes)  # type: ignore[arg-type]


def reform(script_id: int, **changes: object) -> Candidate:
    return candidate(script_id, **({"column_id": 9, "is_reform": True, "genre": Genre.FEATURE} | changes))


def broadcast(number: int, **changes: object) -> Broadcast:
    """Hai buổi một ngày: 06:00 và 17:00 giờ Việt Nam."""
    day = MONDAY + timedelta(days=number // 2)
    hour = timedelta(hours=-1) if number % 2 == 0 else timedelta(hours=10)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + hour
    one = Broadcast(number, f"s{number % 2}", day, at, WARD, room_ms=590_000, segments=(NEWS, REFORM))
    return replace(one, **changes)  # type: ignore[arg-type]


CANDIDATES = st.lists(
    st.builds(
        lambda reformed, genre, priority, zones, length, first, span: candidate(
            1,
            is_reform=reformed,
            column_id=9 if reformed else None,
            genre=genre,
            priority=priority,
            zones=zones,
            length_ms=length,
            valid_from=first,
            valid_to=first + timedelta(days=span) if first else None,
            topics=(1,) if reformed else (),
        ),
        st.booleans(),
        st.sampled_from([Genre.NEWS, Genre.FEATURE]),
        st.sampled_from(Priority),
        st.sampled_from([WARD, frozenset({1})]),
        st.integers(10_000, 400_000),
        st.none() | st.dates(MONDAY - timedelta(days=3), MONDAY + timedelta(days=7)),
        st.integers(0, 7),
    ),
    max_size=10,
).map(lambda found: [replace(one, script_id=n + 1, revision_id=n + 101) for n, one in enumerate(found)])
TOPICS = [Topic(1, "C1", 100, 2, date(2025, 12, 15), date(2026, 12, 14))]


@given(CANDIDATES, st.integers(1, 14), st.sets(st.integers(1, 10)))
def test_what_is_chosen_is_always_allowed(candidates: list[Candidate], count: int, excluded: set[int]) -> None:
    broadcasts = [broadcast(n, excluded=frozenset(excluded)) for n in range(count)]
    made = compose(broadcasts, candidates, TOPICS, LIMITS)
    for one in broadcasts:
        chosen = [choice.candidate for choice in made.choices[one.programme_id]]
        assert len({script.script_id for script in chosen}) == len(chosen)
        assert sum(script.length_ms for script in chosen) <= one.room_ms
        assert all(choice.why for choice in made.choices[one.programme_id])
        for choice in made.choices[one.programme_id]:
            assert (choice.zones or one.zones) <= choice.candidate.zones
        for script in chosen:
            assert script.valid_on(one.day)
            assert script.script_id not in excluded


@given(CANDIDATES, st.integers(1, 14))
def test_repeat_limit_and_spacing_hold_except_for_the_daily_reform_item(candidates: list[Candidate], count: int) -> None:
    broadcasts = {one.programme_id: one for one in (broadcast(n) for n in range(count))}
    made = compose(list(broadcasts.values()), candidates, TOPICS, LIMITS)
    times: dict[int, list[datetime]] = {}
    for programme_id, choices in made.choices.items():
        for choice in choices:
            if "nới giới hạn" not in choice.why:
                times.setdefault(choice.candidate.script_id, []).append(broadcasts[programme_id].at)
            else:
                same_day = [made.choices[n] for n, one in broadcasts.items() if one.day == broadcasts[programme_id].day]
                assert sum(other.candidate.is_reform for found in same_day for other in found) == 1
    for found in times.values():
        found.sort()
        assert all(later - earlier >= LIMITS.spacing for earlier, later in pairwise(found))
        assert all(sum(start <= at < start + WEEK for at in found) <= LIMITS.per_week for start in found)


@given(CANDIDATES, st.integers(1, 14))
def test_every_day_has_a_reform_item_whenever_one_could_air(candidates: list[Candidate], count: int) -> None:
    broadcasts = [broadcast(n) for n in range(count)]
    made = compose(broadcasts, candidates, TOPICS, LIMITS)
    for day in {one.day for one in broadcasts}:
        last = max((one for one in broadcasts if one.day == day), key=lambda one: one.at)
        chosen = [choice.candidate for one in broadcasts if one.day == day for choice in made.choices[one.programme_id]]
        used = sum(choice.candidate.length_ms for choice in made.choices[last.programme_id])
        able = [
            one
            for one in candidates
            if one.is_reform and one.valid_on(day) and one.zones >= WARD and one.length_ms <= last.room_ms - used
        ]
        has = any(one.is_reform for one in chosen)
        assert has or not able
        assert (day in made.without_reform) == (not has)


@given(CANDIDATES, st.integers(1, 14))
def test_composing_is_deterministic_whatever_the_order_of_rows(candidates: list[Candidate], count: int) -> None:
    broadcasts = [broadcast(n) for n in range(count)]
    one = compose(broadcasts, candidates, TOPICS, LIMITS)
    other = compose(broadcasts[::-1], candidates[::-1], TOPICS, LIMITS)
    assert one.choices == other.choices


def choose(*candidates: Candidate, **changes: object) -> list[int]:
    made = compose([broadcast(0, **changes)], candidates, TOPICS, LIMITS)
    return [choice.candidate.script_id for choice in made.choices[0]]


def test_priority_then_the_plan_then_rest_decide() -> None:
    behind = candidate(3, topics=(1,))
    assert choose(candidate(1), candidate(2, priority=Priority.PREFERRED), behind) == [2, 3, 1]


def test_why_is_said_in_words() -> None:
    one = reform(1, priority=Priority.PREFERRED, topics=(1,))
    made = compose([broadcast(0)], [one], TOPICS, LIMITS)
    # Ngày thứ 78 của năm kế hoạch: tới hạn 21 %, đã phát 2 %.
    assert made.choices[0][0].why == "Ưu tiên; nội dung C1 chậm 19 % so với kế hoạch; chưa phát lần nào"


def test_a_segment_takes_only_its_genre_and_column() -> None:
    assert choose(candidate(1, genre=Genre.QA), reform(2)) == [2]


def test_bulletins_come_before_music_and_never_over_the_room() -> None:
    long = [candidate(n, length_ms=150_000) for n in range(1, 6)]
    assert choose(*long) == [1, 2, 3]
    assert choose(candidate(1, length_ms=590_001)) == []


def test_what_a_person_placed_takes_its_room_and_counts() -> None:
    kept = Kept(script_id=1, segment_id=1, planned_ms=190_000, is_reform=False)
    assert choose(candidate(1), candidate(2, length_ms=400_000), candidate(3, length_ms=400_001), kept=(kept,)) == [2]


def test_a_reform_item_placed_by_a_person_fulfils_the_day() -> None:
    kept = Kept(script_id=7, segment_id=None, planned_ms=60_000, is_reform=True)
    made = compose([broadcast(0, kept=(kept,)), broadcast(1, segments=(NEWS,))], [reform(7)], TOPICS, LIMITS)
    assert made.without_reform == ()
    assert made.choices[1] == ()


def test_a_rehearsal_never_counts_and_is_never_limited() -> None:
    rehearsal = broadcast(1, rehearsal=True)
    made = compose([broadcast(0), rehearsal, broadcast(2)], [reform(1)], TOPICS, Limits(1, timedelta(hours=12)))
    assert [len(made.choices[n]) for n in (0, 1)] == [1, 1]
    alone = compose([replace(rehearsal, day=MONDAY)], [reform(1)], TOPICS, LIMITS)
    assert alone.without_reform == ()


def test_a_rerun_segment_repeats_the_column_of_the_slot_before() -> None:
    rerun = SegmentRule(5, 270_000, column_id=9, rerun_of="s1")
    made = compose([broadcast(1), broadcast(2, segments=(rerun,))], [reform(1), reform(2), reform(3)], TOPICS, LIMITS)
    first = [choice.candidate.script_id for choice in made.choices[1]]
    again = [choice.candidate.script_id for choice in made.choices[2]]
    assert again == first
    assert made.choices[2][0].why.startswith("Phát lại chuyên mục")


def test_a_closed_programme_is_counted_and_never_refilled() -> None:
    kept = Kept(script_id=1, segment_id=2, planned_ms=60_000, is_reform=True)
    made = compose([broadcast(0, open=False, kept=(kept,)), broadcast(1)], [reform(1)], TOPICS, LIMITS)
    # 11 giờ sau: chưa đủ 12 giờ, và ngày đã có mục CCHC.
    assert made.choices == {1: ()}


def test_spacing_is_per_zone() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    times = [Airtime(at, frozenset({1}))]
    assert not permitted(times, at + timedelta(hours=11, minutes=59), WARD, LIMITS)
    assert permitted(times, at + timedelta(hours=12), WARD, LIMITS)
    assert permitted(times, at, frozenset({2}), LIMITS)


def test_the_limit_looks_at_every_week_that_holds_the_new_airing() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    day = timedelta(days=1)
    around = [Airtime(at + n * day, WARD) for n in (-4, -2, 2)]
    assert not permitted(around, at, WARD, LIMITS)
    assert permitted([Airtime(at + n * day, WARD) for n in (-7, -2, 2)], at, WARD, LIMITS)


@given(st.integers(1, 400), st.integers(0, 400), st.integers(0, 20), st.dates(date(2025, 12, 15), date(2026, 12, 14)))
def test_behind_is_a_share_of_the_target_so_a_small_topic_weighs_as_much_as_a_big_one(
    target: int, done: int, scheduled: int, day: date
) -> None:
    one = replace(TOPICS[0], target=target, done=done)
    behind = one.behind(scheduled, day)
    assert behind <= 100
    assert math.isclose(one.behind(scheduled + 1, day), behind - 100 / target, abs_tol=1e-9)
    assert math.isclose(replace(one, target=target * 7, done=done * 7).behind(scheduled * 7, day), behind, abs_tol=1e-9)
    assert math.isclose(replace(one, done=target).behind(0, date(2026, 12, 14)), 0, abs_tol=1e-9)
    assert one.behind(0, date(2026, 12, 15)) == 0


def test_the_earliest_end_goes_first_and_nothing_that_could_air_is_lost() -> None:
    """Tám thông báo hạn mười ngày không bao giờ làm đói bốn thông báo hạn một, hai ngày."""
    long = [candidate(n, valid_to=MONDAY + timedelta(days=10), length_ms=190_000) for n in range(1, 9)]
    short = [candidate(n, valid_to=MONDAY + timedelta(days=n - 9), length_ms=190_000) for n in range(9, 13)]
    broadcasts = [broadcast(n, segments=(NEWS,), room_ms=200_000) for n in range(20)]
    made = compose(broadcasts, [*long, *short], [], LIMITS)
    first = {choice.candidate.script_id: number for number in reversed(range(20)) for choice in made.choices[number]}
    assert first.keys() == set(range(1, 13))


def test_looking_ahead_gives_the_only_place_to_the_one_that_cannot_wait() -> None:
    """Buổi sáng là buổi cuối của bản ngắn hạn ở một TDP; bản kia còn buổi chiều: xếp tham lam từng buổi sẽ mất một bản."""
    waits = candidate(1, valid_to=MONDAY, length_ms=190_000)
    late = candidate(2, valid_to=MONDAY, length_ms=195_000)
    morning = broadcast(0, segments=(NEWS,), room_ms=195_000)
    afternoon = broadcast(1, segments=(NEWS,), room_ms=190_000)
    made = compose([morning, afternoon], [waits, late], [], LIMITS)
    assert [[choice.candidate.script_id for choice in made.choices[n]] for n in (0, 1)] == [[2], [1]]


def test_a_preferred_item_without_an_end_lets_go() -> None:
    one = candidate(1, priority=Priority.PREFERRED, length_ms=190_000)
    rest = [candidate(n, length_ms=190_000) for n in range(2, 6)]
    past = {1: {zone: Past(3, _ago(5), MONDAY - timedelta(days=5)) for zone in WARD}}
    made = compose([broadcast(0, segments=(NEWS,), room_ms=200_000)], [one, *rest], [], LIMITS, history=past)
    assert [choice.candidate.script_id for choice in made.choices[0]] == [2]


def test_the_total_cap_holds_over_a_whole_life() -> None:
    past = {1: {zone: Past(LIMITS.total, _ago(90), MONDAY - timedelta(days=90)) for zone in WARD}}
    made = compose([broadcast(n) for n in range(10)], [candidate(1)], [], LIMITS, history=past)
    assert all(not found for found in made.choices.values())


def test_an_endless_bulletin_grows_stale() -> None:
    old = candidate(1, approved_on=MONDAY - timedelta(days=31))
    past = {1: {zone: Past(1, _ago(20), MONDAY - timedelta(days=20)) for zone in WARD}}
    assert compose([broadcast(0)], [old], [], LIMITS, history=past).choices == {0: ()}
    assert compose([broadcast(0)], [old], [], LIMITS).choices[0], "chưa phát lần nào thì cũ mấy cũng còn chỗ"


def test_of_many_equals_none_waits_for_ever() -> None:
    """Mười bốn bản giống nhau, ba mươi sáu ngày: bản nào cũng được phát, không bản nào hơn bản khác hai lần."""
    stock = [candidate(n, length_ms=95_000, approved_on=MONDAY) for n in range(1, 15)]
    aired: dict[int, list[int]] = {n: [] for n in range(1, 15)}
    for number in range(36):
        past = {
            n: {zone: Past(len(times), broadcast(times[-1]).at, broadcast(times[-1]).day) for zone in WARD}
            for n, times in aired.items()
            if times
        }
        near = [
            broadcast(n, open=False, kept=tuple(Kept(s, None, 95_000, False, ahead=False) for s, at in aired.items() if n in at))
            for n in range(max(0, number - 16), number)
        ]
        made = compose([*near, broadcast(number, segments=(NEWS,), room_ms=200_000)], stock, [], LIMITS, history=past)
        for choice in made.choices[number]:
            aired[choice.candidate.script_id].append(number)
    counts = [len(times) for times in aired.values()]
    assert min(counts) >= 4
    assert max(counts) - min(counts) <= 2


def test_two_plans_with_the_same_code_do_not_mix() -> None:
    other = replace(TOPICS[0], id=2, done=90)
    mine, theirs = candidate(1, topics=(1,)), candidate(2, topics=(2,))
    made = compose([broadcast(0)], [theirs, mine], [TOPICS[0], other], LIMITS)
    whys = {choice.candidate.script_id: choice.why for choice in made.choices[0]}
    assert "chậm" in whys[1]
    assert "chậm" not in whys[2]


def test_an_item_for_one_zone_sounds_on_its_own_output_and_two_at_most() -> None:
    own = candidate(1, zones=frozenset({1}))
    made = compose([broadcast(n) for n in range(14)], [own], [], LIMITS)
    found = [choice for choices in made.choices.values() for choice in choices]
    assert [choice.zones for choice in found] == [frozenset({1})] * 2
    silent = compose([broadcast(0)], [own], [], LIMITS, paths={2: frozenset({2})})
    assert silent.choices == {0: ()}


def test_a_shared_output_names_who_else_hears_and_a_setting_forbids_it() -> None:
    own, shared = candidate(1, zones=frozenset({1})), {1: WARD, 2: WARD}
    made = compose([broadcast(0)], [own], [], LIMITS, paths=shared)
    assert made.choices[0][0].also == frozenset({2})
    assert compose([broadcast(0)], [own], [], replace(LIMITS, shared=False), paths=shared).choices == {0: ()}


def test_a_bulletin_never_crosses_a_hard_mark() -> None:
    late = SegmentRule(3, 100_000, genres=frozenset({Genre.QA}), block=1)
    news = replace(NEWS, target_ms=100_000)
    two = broadcast(0, segments=(news, late), room_ms=200_000, blocks=(100_000, 100_000))
    assert compose([two], [candidate(1, length_ms=150_000)], [], LIMITS).choices == {0: ()}
    one = replace(two, blocks=(), segments=(news, replace(late, block=0)))
    assert compose([one], [candidate(1, length_ms=150_000)], [], LIMITS).choices[0]


def _ago(days: int) -> datetime:
    return broadcast(0).at - timedelta(days=days)


def test_what_is_already_promised_for_the_week_ahead_counts_too() -> None:
    now = broadcast(0).at
    ahead = [Airtime(now + timedelta(days=day), WARD) for day in (1, 2, 3)]
    assert not permitted(ahead, now, WARD, LIMITS)
    assert permitted(ahead[:2], now, WARD, LIMITS)
    assert permitted(ahead, now, frozenset({3}), LIMITS), "vùng khác không nghe những lần ấy"
    around = [Airtime(now + timedelta(days=day), WARD) for day in (-6, -5, 3)]
    assert permitted(around, now, WARD, LIMITS), "không bảy ngày nào có quá ba lần"
    assert not permitted([*around, Airtime(now - timedelta(days=1), WARD)], now, WARD, LIMITS)
