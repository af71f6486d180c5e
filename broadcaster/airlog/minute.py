"""Một phút trên sóng: mục nào đang vang, và nhật ký ghi những dòng nào trong phút ấy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.actor import Action, Actor
from broadcaster.airlog.tables import Airing, LogEntry

MINUTE = timedelta(minutes=1)
_LONGEST = timedelta(hours=6)
_MOST_LINES = 60


@dataclass(frozen=True)
class Minute:
    """``airings``: mục vang chạm vào phút ấy, theo giờ; ``entries``: dòng nhật ký của phút ấy."""

    at: datetime
    airings: tuple[Airing, ...]
    entries: tuple[LogEntry, ...]

    def place(self, airing: Airing) -> str:
        """Chỗ của phút này trong mục, ví dụ “từ giây 30 của mục”."""
        start = airing.started_at or airing.planned_at
        seconds = round((self.at - start).total_seconds())
        return f"từ giây {seconds} của mục" if seconds > 0 else "mục bắt đầu trong phút này"


def minute_of(session: Session, actor: Actor, at: datetime) -> Minute:
    """Phút bắt đầu lúc ``at``. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    near = Airing.planned_at.between(at - _LONGEST, at + MINUTE)
    query = select(Airing).where(Airing.station_id == actor.station_id, near).options(selectinload(Airing.reach))
    airings = [one for one in session.scalars(query) if _sounds(one, at)]
    lines = select(LogEntry).where(
        LogEntry.station_id == actor.station_id, LogEntry.happened_at >= at, LogEntry.happened_at < at + MINUTE
    )
    first = lines.order_by(LogEntry.happened_at, LogEntry.seq).limit(_MOST_LINES)
    entries = sorted(session.scalars(first), key=lambda one: one.seq)
    return Minute(at, tuple(sorted(airings, key=lambda one: (one.started_at or one.planned_at, one.id))), tuple(entries))


def _sounds(airing: Airing, at: datetime) -> bool:
    start = airing.started_at
    if start is None:
        return False
    end = airing.ended_at or start + timedelta(milliseconds=airing.planned_ms)
    return start < at + MINUTE and end > at
