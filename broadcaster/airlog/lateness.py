"""Trễ bao nhiêu là đáng nói, và nói thế nào: một chỗ cho cảnh báo, trang nhật ký, tệp xuất và báo cáo."""

from __future__ import annotations

from datetime import datetime, timedelta

LATE_TOLD = timedelta(seconds=30)
"""Lệch giờ dự kiến hơn chừng này thì nhật ký và báo cáo phải nói ra."""


def lateness(planned_at: datetime, started_at: datetime | None) -> timedelta | None:
    """Mục vang trễ bao lâu; đúng giờ, sớm, hoặc không vang thì ``None``."""
    late = None if started_at is None else started_at - planned_at
    return late if late is not None and late > LATE_TOLD else None


def lateness_words(late: timedelta) -> str:
    """“trễ 4 phút 05 giây”, “trễ 31 giây”, “trễ 1 giờ 02 phút”."""
    minutes, seconds = divmod(round(late.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"trễ {hours} giờ {minutes:02} phút"
    return f"trễ {minutes} phút {seconds:02} giây" if minutes else f"trễ {seconds} giây"


def late_note(planned_at: datetime, started_at: datetime | None) -> str:
    """Lời trễ của một lượt phát; không trễ thì rỗng."""
    late = lateness(planned_at, started_at)
    return lateness_words(late) if late is not None else ""
