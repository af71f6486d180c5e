"""Bản tin phát tới hết ngày nào: mặc định theo thể loại, hỏi lúc gửi; tin ưu tiên không bao giờ không có ngày cuối."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.newsroom.enums import Genre, Priority

PREFERRED_NEEDS_END = "Tin ưu tiên được xếp trước mọi tin khác nên phải có ngày cuối. Hãy chọn ngày, hoặc hạ xuống thông thường."
_DAYS = {
    Genre.NEWS: settings.VALID_DAYS_NEWS,
    Genre.FEATURE: settings.VALID_DAYS_FEATURE,
    Genre.NOTICE: settings.VALID_DAYS_NOTICE,
    Genre.QA: settings.VALID_DAYS_QA,
    Genre.COMPLAINT_ANSWER: settings.VALID_DAYS_COMPLAINT_ANSWER,
}


def default_end(session: Session, station_id: int, genre: Genre, priority: Priority, start: date) -> date:
    """Ngày cuối nên có của bản tin phát từ ``start``: theo thể loại, tin ưu tiên thì không quá hạn của tin ưu tiên."""
    days = settings.get(session, station_id, _DAYS.get(genre, settings.VALID_DAYS_NEWS))
    if priority is Priority.PREFERRED:
        days = min(days, settings.get(session, station_id, settings.VALID_DAYS_PREFERRED))
    return start + timedelta(days=days - 1)


def default_ends(session: Session, station_id: int, start: date) -> dict[Genre, date]:
    """Thể loại → ngày cuối mặc định của tin thông thường, cho trang soạn."""
    return {genre: default_end(session, station_id, genre, Priority.NORMAL, start) for genre in _DAYS}
