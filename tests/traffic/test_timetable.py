"""Lịch: mỗi ngày đúng thứ một lần, không bao giờ ngoài hiệu lực, ngoại lệ thắng, cuối tháng và cuối năm không lệch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.traffic.enums import DayExceptionKind
from broadcaster.traffic.timetable import (
    DayRule,
    SlotRule,
    clash,
    days,
    local_day,
    occurrence,
    occurrences,
    overlapping,
    shares_path,
    why_off,
)

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
DATES = st.dates(date(2024, 12, 1), date(2027, 2, 1))
WEEKDAYS = st.sets(st.sampled_from("1234567"), min_size=1).map(lambda chosen: "".join(sorted(chosen)))
TIMES = st.times().map(lambda at: at.replace(microsecond=0))


def rule(
    slot_id: int = 1,
    *,
    starts_at: time = time(17),
    length_ms: int = 900_000,
    weekdays: str = "12345",
    valid_from: date = date(2026, 1, 1),
    valid_to: date | None = None,
    zones: frozenset[int] = frozenset(),
) -> SlotRule:
    return SlotRule(slot_id, f"s{slot_id}", f"Khung {slot_id}", starts_at, length_ms, weekdays, valid_from, valid_to, zones)


RULES = st.builds(
    rule,
    slot_id=st.just(1),
    starts_at=TIMES,
    length_ms=st.integers(10_000, 14_400_000),
    weekdays=WEEKDAYS,
    valid_from=DATES,
    valid_to=DATES | st.none(),
)
EXCEPTIONS = st.lists(
    st.builds(DayRule, DATES, st.sampled_from(DayExceptionKind), st.sampled_from([None, "s1", "s2"])), max_size=6
)


@given(RULES, DATES, st.integers(0, 40))
def test_each_valid_day_of_the_right_weekday_occurs_exactly_once(slot: SlotRule, first: date, span: int) -> None:
    last = first + timedelta(days=span)
    found = [one.day for one in occurrences([slot], [], first, last, VIETNAM)]
    assert found == [
        day
        for day in days(first, last)
        if str(day.isoweekday()) in slot.weekdays and slot.valid_from <= day and (slot.valid_to is None or day <= slot.valid_to)
    ]


@given(RULES, EXCEPTIONS, DATES, st.integers(0, 20))
def test_exceptions_win_but_never_outside_validity(slot: SlotRule, exceptions: list[DayRule], first: date, span: int) -> None:
    last = first + timedelta(days=span)
    found = {one.day for one in occurrences([slot], exceptions, first, last, VIETNAM)}
    for day in days(first, last):
        own = {one.kind for one in exceptions if one.day == day and one.series == "s1"}
        whole = {one.kind for one in exceptions if one.day == day and one.series is None}
        kinds = own or whole
        if not slot.valid_on(day) or DayExceptionKind.OFF in kinds:
            assert day not in found
        elif kinds:
            assert day in found
        else:
            assert (day in found) == (str(day.isoweekday()) in slot.weekdays)


@given(RULES, DATES)
def test_the_local_start_is_kept_and_the_length_is_exact(slot: SlotRule, first: date) -> None:
    for one in occurrences([slot], [], first, first + timedelta(days=10), VIETNAM):
        local = one.starts_at.astimezone(VIETNAM)
        assert (local.date(), local.time()) == (one.day, slot.starts_at)
        assert one.ends_at - one.starts_at == timedelta(milliseconds=slot.length_ms)
        assert one.starts_at.tzinfo is UTC


def test_the_year_end_is_a_day_like_any_other() -> None:
    found = occurrences([rule(weekdays="1234567")], [], date(2026, 12, 30), date(2027, 1, 2), VIETNAM)
    assert [one.starts_at for one in found] == [datetime(2026, 12, 30, 10, tzinfo=UTC) + timedelta(days=n) for n in range(4)]


def test_an_early_slot_belongs_to_the_local_day() -> None:
    found = occurrences([rule(starts_at=time(6))], [], date(2026, 3, 2), date(2026, 3, 2), VIETNAM)
    assert [one.starts_at for one in found] == [datetime(2026, 3, 1, 23, tzinfo=UTC)]


@given(RULES, RULES.map(lambda one: SlotRule(**{**vars(one), "slot_id": 2, "series": "s2"})))
def test_a_clash_is_said_exactly_when_two_days_truly_overlap(one: SlotRule, other: SlotRule) -> None:
    first = max(one.valid_from, other.valid_from) - timedelta(days=8)
    found = occurrences([one, other], [], first, first + timedelta(days=24), VIETNAM)
    mine = [item for item in found if item.slot_id == 1]
    theirs = [item for item in found if item.slot_id == 2]
    overlap = any(a.starts_at < b.ends_at and b.starts_at < a.ends_at for a in mine for b in theirs)
    assert clash(one, other) is overlap
    assert clash(other, one) is overlap


def test_slots_of_different_zones_may_air_at_once() -> None:
    one, other = rule(1, zones=frozenset({1})), rule(2, zones=frozenset({2}))
    assert not clash(one, other)
    assert clash(one, rule(3))


MONDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 8)
TUESDAY = MONDAY + timedelta(days=1)
SHARED = {1: frozenset({1, 2}), 2: frozenset({2}), 3: frozenset({3})}


@pytest.mark.parametrize(
    ("one", "other", "paths", "shared"),
    [
        ({1}, {1, 2}, None, True),
        ({1}, {2}, None, False),
        (set(), {2}, None, True),
        ({1}, set(), None, True),
        ({1}, {2}, SHARED, True),
        ({3, 1}, {2}, SHARED, True),
        ({1}, {3}, SHARED, False),
        ({9}, {1}, SHARED, False),
    ],
)
def test_two_programmes_share_a_path_by_zone_or_by_output(
    one: set[int], other: set[int], paths: dict[int, frozenset[int]] | None, shared: bool
) -> None:
    assert shares_path(frozenset(one), frozenset(other), paths) is shared


@pytest.mark.parametrize(
    ("first", "second", "clashes"),
    [
        (("1", time(10), 3_600_000, {}), ("1", time(11), 10_000, {}), False),
        (("1", time(10), 3_600_001, {}), ("1", time(11), 10_000, {}), True),
        (("1", time(10), 1_800_001, {}), ("1", time(10, 30), 10_000, {}), True),
        (("1", time(10), 30_001, {}), ("1", time(10, 0, 30), 10_000, {}), True),
        (("1", time(23, 50), 1_200_001, {}), ("2", time(0, 10), 10_000, {}), True),
        (("1", time(23, 50), 1_200_000, {}), ("2", time(0, 10), 10_000, {}), False),
        (("7", time(23, 50), 1_200_001, {}), ("1", time(0, 10), 10_000, {}), True),
        (("1", time(23, 50), 1_200_001, {"valid_to": MONDAY}), ("2", time(0, 10), 10_000, {"valid_from": TUESDAY}), True),
        (("1", time(23, 50), 1_200_001, {"valid_from": MONDAY}), ("2", time(0, 10), 10_000, {"valid_to": TUESDAY}), True),
        (("1", time(23, 50), 1_200_001, {"valid_from": MONDAY}), ("2", time(0, 10), 10_000, {"valid_to": MONDAY}), False),
        (("13", time(10), 60_000, {"valid_to": MONDAY}), ("35", time(10), 60_000, {"valid_from": MONDAY}), False),
    ],
)
def test_two_slots_clash_by_a_millisecond_a_midnight_and_a_day_both_are_valid(
    first: tuple[str, time, int, dict[str, date]], second: tuple[str, time, int, dict[str, date]], clashes: bool
) -> None:
    one, other = (
        rule(number, weekdays=weekdays, starts_at=at, length_ms=length_ms, **valid)  # type: ignore[arg-type]
        for number, (weekdays, at, length_ms, valid) in enumerate((first, second), start=1)
    )
    assert (clash(one, other), clash(other, one)) == (clashes, clashes)


def test_slots_of_two_zones_clash_on_one_output_only() -> None:
    one, other = rule(1, zones=frozenset({1})), rule(2, zones=frozenset({2}))
    assert (clash(one, other, SHARED), clash(one, other)) == (True, False)
    assert overlapping([one, other], [], [MONDAY], VIETNAM, SHARED) == (one, other, MONDAY)
    assert overlapping([one, other], [], [MONDAY], VIETNAM) is None


def test_where_the_clock_goes_back_an_hour_there_is_an_hour_more_between_two_programmes() -> None:
    night = date(2026, 11, 1)
    long, late = rule(1, starts_at=time(0, 50), length_ms=5_400_000, weekdays="7"), rule(2, starts_at=time(2), weekdays="7")
    assert overlapping([long, late], [], [night], VIETNAM) == (long, late, night)
    assert overlapping([long, late], [], [night], ZoneInfo("America/New_York")) is None


@pytest.mark.parametrize(
    ("valid_to", "stopped_on", "last"),
    [
        (None, None, None),
        (date(2026, 3, 5), None, date(2026, 3, 5)),
        (None, date(2026, 3, 5), date(2026, 3, 4)),
        (date(2026, 3, 3), date(2026, 3, 5), date(2026, 3, 3)),
        (date(2026, 3, 5), date(2026, 3, 5), date(2026, 3, 4)),
    ],
)
def test_a_slot_ends_on_its_last_day_or_the_day_before_it_was_stopped(
    valid_to: date | None, stopped_on: date | None, last: date | None
) -> None:
    slot = replace(rule(valid_from=MONDAY, valid_to=valid_to), stopped_on=stopped_on)
    assert slot.ends_on == last
    assert not slot.valid_on(MONDAY - timedelta(days=1))
    assert slot.valid_on(last or date(2030, 1, 1))
    assert last is None or not slot.valid_on(last + timedelta(days=1))


def test_why_a_slot_is_off_is_said_by_what_rules_the_day() -> None:
    slot = rule(valid_from=MONDAY, valid_to=date(2026, 4, 30))
    off, extra = DayExceptionKind.OFF, DayExceptionKind.EXTRA
    assert why_off(slot, MONDAY, []) == ""
    assert why_off(slot, SUNDAY, []) == "Khung giờ không phát vào Chủ nhật."
    assert why_off(slot, SUNDAY, [DayRule(SUNDAY, extra, "s1")]) == ""
    assert why_off(slot, MONDAY, [DayRule(MONDAY, off, None, "Tết")]) == "Nghỉ phát: Tết"
    assert why_off(slot, MONDAY, [DayRule(MONDAY, off, "s2", "việc khác"), DayRule(SUNDAY, off, None, "hôm khác")]) == ""
    both = [DayRule(MONDAY, off, None, "Tết"), DayRule(MONDAY, extra, "s1")]
    assert why_off(slot, MONDAY, both) == "", "nêu đích danh khung giờ thì thắng cả ngày"
    assert why_off(slot, MONDAY, [DayRule(MONDAY, extra, "s1"), DayRule(MONDAY, off, "s1", "mất điện")]) == "Nghỉ phát: mất điện"
    assert why_off(slot, date(2026, 5, 4), []) == "Khung giờ không có hiệu lực vào ngày này."
    stopped = replace(slot, stopped_on=date(2026, 3, 4))
    assert why_off(stopped, date(2026, 3, 3), []) == ""
    assert why_off(stopped, date(2026, 3, 4), []) == "Khung giờ đã thôi phát từ 04/03/2026."


def test_the_first_overlap_names_both_slots_and_the_day_even_over_midnight() -> None:
    late = rule(1, starts_at=time(23, 50), length_ms=1_200_000, weekdays="1")
    early = rule(2, starts_at=time(0, 5), weekdays="2")
    tuesday = MONDAY + timedelta(days=1)
    assert overlapping([early, late], [], [tuesday], VIETNAM) == (late, early, tuesday)
    assert overlapping([early, late], [], [MONDAY], VIETNAM) == (late, early, MONDAY)
    assert overlapping([early, late], [], [MONDAY - timedelta(days=1), MONDAY + timedelta(days=2)], VIETNAM) is None
    assert overlapping([early, late], [DayRule(MONDAY, DayExceptionKind.OFF)], [tuesday], VIETNAM) is None
    touching = rule(3, starts_at=time(0, 10), weekdays="2")
    assert overlapping([late, touching], [], [tuesday], VIETNAM) is None, "sát nhau không phải là đè nhau"
    elsewhere = replace(early, zones=frozenset({2}))
    assert overlapping([replace(late, zones=frozenset({1})), elsewhere], [], [tuesday], VIETNAM) is None
    assert overlapping([late, elsewhere], [], [tuesday], VIETNAM) is not None, "không nêu vùng là cả phường"
    assert overlapping([early, late], [], [MONDAY + timedelta(days=8), tuesday], VIETNAM) == (late, early, tuesday)


def test_a_week_is_told_in_the_order_it_airs() -> None:
    morning, evening = rule(2, starts_at=time(6)), rule(1, starts_at=time(17))
    found = occurrences([evening, morning, rule(3, starts_at=time(17))], [], MONDAY, MONDAY + timedelta(days=1), VIETNAM)
    assert [(one.day, one.slot_id) for one in found] == [(MONDAY + timedelta(days=n), slot) for n in (0, 1) for slot in (2, 1, 3)]


def test_a_moment_belongs_to_the_day_of_the_station() -> None:
    late = occurrence(rule(starts_at=time(23, 30)), MONDAY, VIETNAM)
    assert (late.slot_id, late.day, local_day(late.starts_at, VIETNAM)) == (1, MONDAY, MONDAY)
    assert local_day(datetime(2026, 3, 2, 17, tzinfo=UTC), VIETNAM) == MONDAY + timedelta(days=1)
    assert local_day(datetime(2026, 3, 2, 16, 59, tzinfo=UTC), VIETNAM) == MONDAY
