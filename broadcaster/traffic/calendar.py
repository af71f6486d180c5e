"""Từ dòng cơ sở dữ liệu sang giá trị thuần mà luật của lịch cần: khung giờ, ngày ngoại lệ, giờ yên tĩnh, múi giờ."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts import settings
from broadcaster.accounts.tables import Station, Zone
from broadcaster.errors import NotFound
from broadcaster.traffic.quiet import QuietHours, Span
from broadcaster.traffic.tables import DayException, QuietException, Slot
from broadcaster.traffic.timetable import DayRule, SlotRule, days

_TIMEZONE = select(Station.timezone).where(Station.id == bindparam("station"))
"""Dựng sẵn: hỏi ở gần như mọi bước."""


def zone_of(session: Session, station_id: int) -> ZoneInfo:
    """Múi giờ của đài. Lỗi: ``NotFound``."""
    name = session.scalar(_TIMEZONE, {"station": station_id})
    if name is None:
        raise NotFound
    return ZoneInfo(name)


def slots_between(session: Session, station_id: int, first: date, last: date | None) -> list[Slot]:
    """Khung giờ có hiệu lực vào ít nhất một ngày của khoảng; ``last`` rỗng là không có điểm cuối."""
    query = select(Slot).where(
        Slot.station_id == station_id,
        or_(Slot.valid_to.is_(None), Slot.valid_to >= first),
        or_(Slot.stopped_on.is_(None), Slot.stopped_on > first),
    )
    if last is not None:
        query = query.where(Slot.valid_from <= last)
    return list(session.scalars(query.options(selectinload(Slot.zones)).order_by(Slot.starts_at, Slot.id)))


def slot_rule(slot: Slot) -> SlotRule:
    """Phần của khung giờ mà lịch cần."""
    return SlotRule(
        slot_id=slot.id,
        series=slot.series,
        name=slot.name,
        starts_at=slot.starts_at,
        length_ms=slot.length_ms,
        weekdays=slot.weekdays,
        valid_from=slot.valid_from,
        valid_to=slot.valid_to,
        zones=frozenset(zone.id for zone in slot.zones),
        stopped_on=slot.stopped_on,
    )


def day_rules(session: Session, station_id: int, first: date, last: date) -> list[DayRule]:
    """Ngày ngoại lệ trong khoảng, mỗi ngày một luật; ``reason`` kèm tên người nhập."""
    query = select(DayException).where(
        DayException.station_id == station_id,
        DayException.day <= last,
        func.coalesce(DayException.last_day, DayException.day) >= first,
    )
    return [
        DayRule(day, row.kind, row.series, f"{row.reason} ({row.created_by})")
        for row in session.scalars(query.order_by(DayException.id))
        for day in days(max(first, row.day), min(last, row.last_day or row.day))
    ]


def quiet_hours(session: Session, station_id: int, now: datetime) -> QuietHours:
    """Giờ yên tĩnh của đài với mọi ngoại lệ còn dùng được từ ``now``."""
    query = select(QuietException).where(
        QuietException.station_id == station_id, QuietException.revoked_at.is_(None), QuietException.ends_at > now
    )
    return QuietHours(
        starts=settings.get(session, station_id, settings.QUIET_FROM),
        ends=settings.get(session, station_id, settings.QUIET_TO),
        zone=zone_of(session, station_id),
        exceptions=tuple(Span(row.starts_at, row.ends_at) for row in session.scalars(query)),
    )


def zones_on(session: Session, station_id: int, day: date) -> list[Zone]:
    """Các TDP của đài có hiệu lực vào ngày ấy."""
    query = select(Zone).where(
        Zone.station_id == station_id, Zone.valid_from <= day, or_(Zone.valid_to.is_(None), Zone.valid_to >= day)
    )
    return list(session.scalars(query.order_by(Zone.position, Zone.id)))
