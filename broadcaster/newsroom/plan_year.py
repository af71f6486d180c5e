"""Năm kế hoạch CCHC: từ 15/12 năm trước tới hết 14/12 (kỳ báo cáo cải cách hành chính, không phải năm dương lịch); thuần."""

from __future__ import annotations

from datetime import date

_TURN = (12, 15)


def plan_year(day: date) -> int:
    """Năm kế hoạch chứa ``day``: 15/12/2026 đã thuộc năm 2027."""
    return day.year + ((day.month, day.day) >= _TURN)


def plan_span(year: int) -> tuple[date, date]:
    """Ngày đầu và ngày cuối của năm kế hoạch (tính cả hai đầu)."""
    return date(year - 1, *_TURN), date(year, 12, 14)
