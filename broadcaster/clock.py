"""Đồng hồ là một cổng: nơi nào cần giờ thì nhận ``Clock``, nên phép thử quay cả tháng trong một giây."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Protocol

_YEARS = range(1900, 2200)
"""Năm ngoài khoảng này là gõ nhầm, và sát hai đầu lịch thì đổi múi giờ là tràn."""


def read_day(text: str) -> date:
    """Ngày dạng ``2026-03-01``. Lỗi: ``ValueError``."""
    return _within(date.fromisoformat(text))


def read_time(text: str) -> clock_time:
    """Giờ trong ngày dạng ``06:00`` hoặc ``06:00:30``, giờ của đài nên không kèm múi giờ. Lỗi: ``ValueError``."""
    found = clock_time.fromisoformat(text)
    if found.tzinfo is not None or found.microsecond:
        raise ValueError(text)
    return found


def read_moment(text: str) -> datetime:
    """Ngày giờ của đài dạng ``2026-03-01T06:00``, không kèm múi giờ. Lỗi: ``ValueError``."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError(text)
    _within(found.date())
    return found


def _within(day: date) -> date:
    if day.year not in _YEARS:
        raise ValueError(day.isoformat())
    return day


class Clock(Protocol):
    """Giờ tường (UTC, có múi giờ), giờ đơn điệu (giây) và việc chờ một tín hiệu."""

    def now(self) -> datetime:
        """Giờ tường hiện tại, UTC."""
        ...

    def monotonic(self) -> float:
        """Số giây không bao giờ lùi, chỉ để đo khoảng."""
        ...

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Chờ ``event`` tối đa ``seconds`` giây; trả về tín hiệu có tới không."""
        ...


class SystemClock:
    """Đồng hồ của máy."""

    def now(self) -> datetime:
        """Giờ tường của máy, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """``time.monotonic``: không đổi khi NTP chỉnh giờ."""
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Chờ thật."""
        return event.wait(max(0.0, seconds))


class ManualClock:
    """Đồng hồ đứng yên tới khi được đẩy: dùng cho phép thử và mô phỏng."""

    def __init__(self, start: datetime) -> None:
        """``start`` phải có múi giờ."""
        if start.tzinfo is None:
            raise ValueError("giờ bắt đầu phải có múi giờ")
        self._now = start.astimezone(UTC)
        self._monotonic = 0.0

    def now(self) -> datetime:
        """Giờ đang đặt."""
        return self._now

    def monotonic(self) -> float:
        """Tổng số giây đã đẩy tới."""
        return self._monotonic

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Không ngủ: đẩy đồng hồ thẳng tới lúc hết chờ, trừ khi tín hiệu đã có."""
        if not event.is_set():
            self.advance(max(0.0, seconds))
        return event.is_set()

    def advance(self, seconds: float) -> None:
        """Thời gian trôi ``seconds`` giây: cả giờ tường lẫn giờ đơn điệu."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def step(self, seconds: float) -> None:
        """Ai đó chỉnh giờ tường (NTP, pin CMOS hỏng): giờ đơn điệu không đổi."""
        self._now += timedelta(seconds=seconds)
