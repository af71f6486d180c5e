"""Chương trình cho mọi người xem: giờ, khung giờ, TDP, tiêu đề bản tin đã duyệt; không tên người, không nội dung, không lý do.

Chỉ khi đài bật cài đặt ấy; chưa bật thì như không có trang này.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.tables import Station
from broadcaster.errors import NotFound
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.snapshots import LINEUP
from broadcaster.traffic.tables import Programme

_UNHEARD = (ItemState.DROPPED, ItemState.SKIPPED, ItemState.FAILED, ItemState.PREEMPTED)
_SHOWN = (ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING, ProgrammeState.CLOSED)


@dataclass(frozen=True)
class PublicProgramme:
    """Một buổi; ``zones`` rỗng là cả phường; giờ UTC."""

    id: int
    day: date
    name: str
    starts_at: datetime
    ends_at: datetime
    zones: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(frozen=True)
class PublicDay:
    """Các buổi từ hôm nay của một đài."""

    station: str
    today: date
    zone: ZoneInfo
    programmes: tuple[PublicProgramme, ...]


def public_day(session: Session, code: str, now: datetime, *, days: int = 1) -> PublicDay:
    """Chương trình của ``days`` ngày từ hôm nay. Lỗi: ``NotFound`` khi không có đài ấy, hay đài chưa mở cho mọi người xem."""
    station = session.scalar(select(Station).where(Station.code == code))
    if station is None or not settings.get(session, station.id, settings.PUBLIC_PROGRAMME):
        raise NotFound("Đài này không mở chương trình cho mọi người xem.")
    zone = ZoneInfo(station.timezone)
    today = now.astimezone(zone).date()
    query = select(Programme).where(
        Programme.station_id == station.id,
        Programme.day.between(today, today + timedelta(days=days - 1)),
        Programme.rehearsal.is_(False),
        Programme.state.in_(_SHOWN),
    )
    found = session.scalars(query.options(*LINEUP).order_by(Programme.starts_at, Programme.id))
    return PublicDay(station.name, today, zone, tuple(_programme(one) for one in found))


def _programme(programme: Programme) -> PublicProgramme:
    return PublicProgramme(
        id=programme.id,
        day=programme.day,
        name=programme.slot.name,
        starts_at=programme.starts_at,
        ends_at=programme.ends_at,
        zones=tuple(zone.name for zone in programme.slot.zones),
        titles=tuple(item.revision.title for item in programme.items if item.revision and item.state not in _UNHEARD),
    )
