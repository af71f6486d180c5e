"""Giờ yên tĩnh: một khoảng địa phương nửa mở, có thể qua nửa đêm, trừ các ngoại lệ có số văn bản.

Thuần: máy phát hỏi ở mỗi mục trước khi mở loa, không ai được tin vào một ô trên biểu mẫu.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """Khoảng nửa mở [``starts_at``, ``ends_at``), UTC."""

    starts_at: datetime
    ends_at: datetime

    def holds(self, instant: datetime) -> bool:
        """Thời điểm có nằm trong khoảng không."""
        return self.starts_at <= instant < self.ends_at


@dataclass(frozen=True)
class QuietHours:
    """Giờ yên tĩnh của một đài; ``starts == ends`` nghĩa là đài không có giờ yên tĩnh."""

    starts: time
    ends: time
    zone: ZoneInfo
    exceptions: tuple[Span, ...] = ()

    def quiet_at(self, instant: datetime) -> bool:
        """Lúc này có phải im lặng không (khẩn cấp không hỏi ở đây)."""
        return self._inside(instant) and not any(span.holds(instant) for span in self.exceptions)

    def next_quiet_start(self, instant: datetime) -> datetime | None:
        """Thời điểm yên tĩnh đầu tiên không sớm hơn ``instant``: điểm dừng cứng cho trực tiếp, tiếp âm. ``None`` khi không có."""
        if self.starts == self.ends:
            return None
        return next((at for at in self._edges(instant) if self.quiet_at(at)), None)

    def touches(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Khoảng [``starts_at``, ``ends_at``) có chạm giờ yên tĩnh không."""
        start = self.next_quiet_start(starts_at)
        return start is not None and start < ends_at

    def _inside(self, instant: datetime) -> bool:
        at = instant.astimezone(self.zone).time()
        if self.starts <= self.ends:
            return self.starts <= at < self.ends
        return at >= self.starts or at < self.ends

    def _edges(self, instant: datetime) -> Iterator[datetime]:
        """Mọi chỗ mà im lặng có thể bắt đầu, theo thứ tự: ngay lúc này, đầu giờ yên tĩnh của từng ngày, cuối từng ngoại lệ."""
        last = max([instant, *(span.ends_at for span in self.exceptions)]) + 2 * _DAY
        found = {instant, *(span.ends_at for span in self.exceptions if span.ends_at >= instant)}
        day = instant.astimezone(self.zone).date()
        while (start := datetime.combine(day, self.starts, tzinfo=self.zone).astimezone(UTC)) <= last:
            found.add(start)
            day += _DAY
        yield from sorted(at for at in found if at >= instant)
