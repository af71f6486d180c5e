"""Đồng hồ là một cổng: nơi nào cần giờ thì nhận ``Clock``, nên phép thử quay cả tháng trong một giây."""

from __future__ import annotations

import re
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from typing import Protocol

_YEARS = range(1900, 2200)
"""Năm ngoài khoảng này là gõ nhầm, và sát hai đầu lịch thì đổi múi giờ là tràn."""


_TYPED_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_TYPED_TIME = re.compile(r"(\d{1,2})(?:[:hgH.](\d{2})?)")


def read_day(text: str) -> date:
    """Ngày như người Việt gõ, ``01/03/2026`` hay ``1/3/2026``, hoặc dạng ``2026-03-01``. Lỗi: ``ValueError``."""
    typed = _TYPED_DAY.fullmatch(text)
    if typed is not None:
        day, month, year = map(int, typed.groups())
        return _within(date(year, month, day))
    return _within(date.fromisoformat(text))


def read_time(text: str) -> clock_time:
    """Giờ 24 giờ của đài: ``06:00``, ``6:00``, ``17h30``, ``17h``, ``06:00:30``; không kèm múi giờ. Lỗi: ``ValueError``."""
    typed = _TYPED_TIME.fullmatch(text)
    if typed is not None:
        return clock_time(int(typed[1]), int(typed[2] or 0))
    found = clock_time.fromisoformat(text)
    if found.tzinfo is not None or found.microsecond:
        raise ValueError(text)
    return found


def read_moment(text: str) -> datetime:
    """Ngày giờ của đài: ``01/03/2026 06:00`` hoặc ``2026-03-01T06:00``, không kèm múi giờ. Lỗi: ``ValueError``."""
    day, _, at = text.partition(" ")
    if at and _TYPED_DAY.fullmatch(day):
        return datetime.combine(read_day(day), read_time(at.strip()))
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
        """Số giây không bao giờ lùi, trôi cả khi máy ngủ, chỉ để đo khoảng."""
        ...

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Chờ ``event`` tối đa ``seconds`` giây; trả về tín hiệu có tới không."""
        ...


_ASLEEP_TOO = "CLOCK_MONOTONIC_RAW" if sys.platform == "darwin" else "CLOCK_BOOTTIME"
"""Linux, macOS: ``time.monotonic`` đứng lại khi máy ngủ, đồng hồ này thì không; Windows: ``time.monotonic`` tính cả lúc ngủ."""
_CLOCK_ID: int | None = getattr(time, _ASLEEP_TOO, None)


class SystemClock:
    """Đồng hồ của máy."""

    def now(self) -> datetime:
        """Giờ tường của máy, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Không đổi khi NTP chỉnh giờ; giấc ngủ của máy cũng tính, nên máy thức dậy là thấy mình đã vắng bao lâu."""
        return time.monotonic() if _CLOCK_ID is None else time.clock_gettime(_CLOCK_ID)

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Chờ thật."""
        return event.wait(max(0.0, seconds))


class JumpWatch:
    """Giờ tường vừa nhảy so với giờ đơn điệu không: việc lâu dài (lập lịch, dọn thứ cũ) đợi máy phát nói có tin giờ ấy không."""

    FAR_S = 3600.0
    PATIENCE_S = 5.0

    def __init__(self, clock: Clock) -> None:
        """Tin giờ lúc này."""
        self._clock = clock
        self._offset, self._until = self._measured(), clock.monotonic()

    def recent(self) -> bool:
        """Có lần nhảy quá ``FAR_S`` trong ``PATIENCE_S`` vừa qua, kể từ lần hỏi đầu tiên thấy nó."""
        offset, monotonic = self._measured(), self._clock.monotonic()
        if abs(offset - self._offset) > self.FAR_S:
            self._offset, self._until = offset, monotonic + self.PATIENCE_S
        return monotonic < self._until

    def _measured(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()


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
