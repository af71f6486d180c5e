"""Ngày nghỉ lễ của Việt Nam, kể cả lễ âm lịch và nghỉ bù, để lịch phát nói trước; nghỉ phát hay không là do người."""

from __future__ import annotations

from datetime import date
from functools import lru_cache


def holidays_between(first: date, last: date) -> dict[date, str]:
    """Ngày → tên ngày lễ, cả hai đầu."""
    every = {day: name for year in range(first.year, last.year + 1) for day, name in _of(year).items()}
    return {day: name for day, name in sorted(every.items()) if first <= day <= last}


@lru_cache(maxsize=8)
def _of(year: int) -> dict[date, str]:
    from holidays import country_holidays  # nạp mất vài trăm mili giây: chỉ khi có người mở lịch

    return dict(country_holidays("VN", years=year, language="vi"))
