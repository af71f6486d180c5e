"""Đọc lịch cho trang web: buổi với thứ tự phát và tổng thời lượng, tiến độ kế hoạch, khung giờ, bản tin thêm được."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.newsroom.listing import matching
from broadcaster.newsroom.tables import Revision
from broadcaster.traffic import candidates
from broadcaster.traffic.autofill import Candidate
from broadcaster.traffic.enums import ItemKind, ItemState, ProgrammeState
from broadcaster.traffic.formats import formats_in_use
from broadcaster.traffic.snapshots import LINEUP, Line, programme_lineup
from broadcaster.traffic.tables import Format, Item, Programme, Slot

RESUMABLE = timedelta(days=30)
"""Khung giờ đã thôi phát còn hiện chừng này, để lấy lại được."""


@dataclass(frozen=True)
class ProgrammeView:
    """Một buổi như trang hiện: các dòng theo thứ tự, mục đã gỡ hoặc bỏ qua, tổng so với khung giờ."""

    programme: Programme
    lines: tuple[Line, ...]
    left: tuple[Item, ...]
    total_ms: int
    slot_ms: int

    @property
    def spare_ms(self) -> int:
        """Chỗ còn cho tin bài (nhạc đệm sẽ nhường); âm khi riêng nhạc hiệu và lời mẫu đã quá giờ."""
        return self.slot_ms - self.total_ms + self.filler_ms

    @property
    def filler_ms(self) -> int:
        """Nhạc đệm đang lấp bao nhiêu."""
        return sum(line.planned_ms for line in self.lines if line.fits and line.item.kind is ItemKind.FILLER)


def programmes_between(session: Session, actor: Actor, first: date, last: date) -> list[ProgrammeView]:
    """Các buổi của những ngày ấy (cả hai đầu), theo giờ phát. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    query = select(Programme).where(Programme.station_id == actor.station_id, Programme.day.between(first, last))
    found = session.scalars(query.options(*LINEUP).order_by(Programme.starts_at, Programme.id))
    return [_view(programme) for programme in found]


def programme_view(session: Session, actor: Actor, programme_id: int) -> ProgrammeView:
    """Một buổi. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.PROGRAMME_READ)
    return _view(owned(session, Programme, programme_id, actor))


def next_programme(session: Session, actor: Actor, now: datetime) -> ProgrammeView | None:
    """Buổi đang phát hoặc sắp phát gần nhất. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    ahead = (ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING)
    query = select(Programme).where(Programme.station_id == actor.station_id, Programme.state.in_(ahead), Programme.ends_at > now)
    found = session.scalar(query.options(*LINEUP).order_by(Programme.starts_at, Programme.id).limit(1))
    return None if found is None else _view(found)


def soonest(session: Session, actor: Actor, revision: Revision, now: datetime) -> Programme | None:
    """Buổi sớm nhất mà một bản sửa duyệt lúc này còn kịp vào: chưa chốt, đúng hiệu lực, phủ đúng TDP. Lỗi: ``NotAllowed``.

    Chưa hẳn buổi ấy còn chỗ: đây là lúc sớm nhất, không phải lời hứa.
    """
    actor.require(Action.PROGRAMME_READ)
    lock = timedelta(minutes=settings.get(session, actor.station_id, settings.LOCK_BEFORE_MIN))
    query = select(Programme).where(
        Programme.station_id == actor.station_id,
        Programme.state == ProgrammeState.PLANNED,
        Programme.rehearsal.is_(False),
        Programme.starts_at > now + lock,
        Programme.day >= (revision.valid_from or date.min),
        Programme.day <= (revision.valid_to or date.max),
    )
    chosen = {zone.id for zone in revision.zones}
    for programme in session.scalars(query.options(*LINEUP).order_by(Programme.starts_at, Programme.id)):
        zones = {zone.id for zone in programme.slot.zones}
        if not chosen or (zones and zones <= chosen):
            return programme
    return None


def addable(session: Session, actor: Actor, programme_id: int, text: str = "") -> list[Candidate]:
    """Bản tin đã duyệt, còn hiệu lực vào ngày phát, chưa có trong buổi và có đủ các từ ``text``, khớp đúng trước.

    Lỗi: ``NotAllowed``, ``NotFound``.
    """
    actor.require(Action.PROGRAMME_READ)
    programme = owned(session, Programme, programme_id, actor)
    gone = (ItemState.DROPPED, ItemState.SKIPPED)
    taken = {item.revision.script_id for item in programme.items if item.revision and item.state not in gone}
    found = candidates.candidates(session, actor.station_id, programme.day)
    free = [one for one in found if one.valid_on(programme.day) and one.script_id not in taken]
    if not text.strip():
        return free
    ranks = matching(session, actor.station_id, text)
    return sorted((one for one in free if one.revision_id in ranks), key=lambda one: ranks[one.revision_id])


def slots(session: Session, actor: Actor, day: date) -> list[Slot]:
    """Khung giờ còn hiệu lực từ ``day``, và khung vừa thôi phát còn lấy lại được, theo giờ bắt đầu. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    query = select(Slot).where(
        Slot.station_id == actor.station_id,
        (Slot.valid_to.is_(None)) | (Slot.valid_to >= day),
        (Slot.stopped_on.is_(None)) | (Slot.stopped_on > day - RESUMABLE),
    )
    found = session.scalars(query.options(selectinload(Slot.zones), selectinload(Slot.format)))
    return sorted(found, key=lambda slot: (slot.starts_at, slot.valid_from, slot.id))


def formats(session: Session, actor: Actor) -> list[Format]:
    """Khuôn chương trình còn dùng của đài, với các đoạn. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    return formats_in_use(session, actor.station_id)


def _view(programme: Programme) -> ProgrammeView:
    lines = tuple(programme_lineup(programme))
    shown = {line.item.id for line in lines}
    return ProgrammeView(
        programme=programme,
        lines=lines,
        left=tuple(item for item in programme.items if item.id not in shown),
        total_ms=sum(line.planned_ms for line in lines if line.fits),
        slot_ms=programme.length_ms,
    )
