"""Kỳ báo cáo đúng từng ngày: bốn kỳ CCHC có mốc chốt riêng, tuần từ thứ Hai, tháng trọn; hạn nộp là ngày liền sau."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.reports.periods import REFORM, PeriodKind, calendar_period, next_due, reform_period


@pytest.mark.parametrize(
    ("kind", "first", "last", "name"),
    [
        (PeriodKind.QUARTER_1, date(2025, 12, 15), date(2026, 3, 14), "quý I năm 2026"),
        (PeriodKind.HALF, date(2025, 12, 15), date(2026, 6, 14), "6 tháng đầu năm 2026"),
        (PeriodKind.QUARTER_3, date(2026, 6, 15), date(2026, 9, 14), "quý III năm 2026"),
        (PeriodKind.YEAR, date(2025, 12, 15), date(2026, 12, 14), "năm 2026"),
    ],
)
def test_the_reform_periods_are_cut_on_their_days(kind: PeriodKind, first: date, last: date, name: str) -> None:
    found = reform_period(kind, 2026)
    assert (found.kind, found.name, found.span.first, found.span.last) == (kind, name, first, last)
    assert found.due == last + timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "day", "first", "last", "name"),
    [
        (PeriodKind.DAY, date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 1), "ngày 01/03/2026"),
        (PeriodKind.WEEK, date(2026, 3, 1), date(2026, 2, 23), date(2026, 3, 1), "tuần từ 23/02/2026 đến 01/03/2026"),
        (PeriodKind.WEEK, date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 8), "tuần từ 02/03/2026 đến 08/03/2026"),
        (PeriodKind.MONTH, date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29), "tháng 2 năm 2024"),
        (PeriodKind.MONTH, date(2026, 12, 1), date(2026, 12, 1), date(2026, 12, 31), "tháng 12 năm 2026"),
    ],
)
def test_calendar_periods_hold_their_day_and_are_named_as_people_say(
    kind: PeriodKind, day: date, first: date, last: date, name: str
) -> None:
    found = calendar_period(kind, day)
    assert (found.kind, found.name, found.span.first, found.span.last) == (kind, name, first, last)


@given(st.dates(date(2020, 1, 1), date(2099, 12, 31)))
def test_the_next_due_is_the_first_that_is_not_past(day: date) -> None:
    found = next_due(day)
    periods = [reform_period(kind, year) for year in (day.year, day.year + 1) for kind in REFORM]
    assert found in periods
    assert found.due >= day
    assert not any(day <= other.due < found.due for other in periods)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 3, 15), PeriodKind.QUARTER_1),
        (date(2026, 3, 16), PeriodKind.HALF),
        (date(2026, 12, 15), PeriodKind.YEAR),
        (date(2026, 12, 16), PeriodKind.QUARTER_1),
    ],
)
def test_on_its_last_day_a_period_is_still_the_next(day: date, kind: PeriodKind) -> None:
    assert next_due(day).kind is kind
