"""Kỳ báo cáo: ngày, tuần, tháng, và bốn kỳ cải cách hành chính có mốc chốt số liệu riêng; thuần."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from broadcaster.airlog.queries import Period
from broadcaster.enums import Word


class PeriodKind(Word):
    """Các kỳ người ta phải nộp. Kỳ CCHC không theo quý dương lịch: năm chạy từ 15/12 năm trước tới 14/12."""

    DAY = "day", "Ngày"
    WEEK = "week", "Tuần"
    MONTH = "month", "Tháng"
    QUARTER_1 = "quarter_1", "Quý I"
    HALF = "half", "6 tháng đầu năm"
    QUARTER_3 = "quarter_3", "Quý III"
    YEAR = "year", "Năm"


REFORM = (PeriodKind.QUARTER_1, PeriodKind.HALF, PeriodKind.QUARTER_3, PeriodKind.YEAR)
"""Bốn kỳ báo cáo CCHC theo thứ tự phải nộp."""


@dataclass(frozen=True)
class NamedPeriod:
    """Một kỳ có tên: “quý I năm 2026”, tính cả hai đầu; ``due``: hạn nộp, là ngày liền sau ngày chốt số liệu."""

    kind: PeriodKind
    name: str
    span: Period

    @property
    def due(self) -> date:
        """Hạn nộp."""
        return self.span.last + timedelta(days=1)


def reform_period(kind: PeriodKind, year: int) -> NamedPeriod:
    """Kỳ CCHC của ``year``: quý I 15/12-14/3, 6 tháng 15/12-14/6, quý III 15/6-14/9, năm 15/12-14/12."""
    opening = date(year - 1, 12, 15)
    first, last = {
        PeriodKind.QUARTER_1: (opening, date(year, 3, 14)),
        PeriodKind.HALF: (opening, date(year, 6, 14)),
        PeriodKind.QUARTER_3: (date(year, 6, 15), date(year, 9, 14)),
        PeriodKind.YEAR: (opening, date(year, 12, 14)),
    }[kind]
    label = "năm" if kind is PeriodKind.YEAR else f"{kind.label[0].lower()}{kind.label[1:]} năm"
    return NamedPeriod(kind, f"{label.replace('đầu năm năm', 'đầu năm')} {year}", Period(first, last))


def calendar_period(kind: PeriodKind, day: date) -> NamedPeriod:
    """Ngày, tuần (thứ Hai tới Chủ nhật) hoặc tháng chứa ``day``."""
    if kind is PeriodKind.DAY:
        return NamedPeriod(kind, f"ngày {day:%d/%m/%Y}", Period(day, day))
    if kind is PeriodKind.WEEK:
        first = day - timedelta(days=day.weekday())
        last = first + timedelta(days=6)
        return NamedPeriod(kind, f"tuần từ {first:%d/%m/%Y} đến {last:%d/%m/%Y}", Period(first, last))
    days = calendar.monthrange(day.year, day.month)[1]
    return NamedPeriod(kind, f"tháng {day.month} năm {day.year}", Period(day.replace(day=1), day.replace(day=days)))


def next_due(today: date) -> NamedPeriod:
    """Kỳ CCHC phải nộp sắp tới: kỳ có hạn gần nhất từ hôm nay trở đi."""
    periods = [reform_period(kind, year) for year in (today.year, today.year + 1) for kind in REFORM]
    return min((one for one in periods if one.due >= today), key=lambda one: one.due)
