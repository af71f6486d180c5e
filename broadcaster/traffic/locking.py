"""Chốt buổi: từ đây máy không đổi thứ tự nữa, nhật ký có dòng dự kiến cho từng mục; và loại mục mất duyệt khỏi buổi đã chốt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, aliased

from broadcaster.accounts import settings
from broadcaster.airlog.words import Event, Mode, Reason
from broadcaster.airlog.writing import append
from broadcaster.newsroom.tables import Revision
from broadcaster.newsroom.words import RevisionState
from broadcaster.traffic.planning import log_programme
from broadcaster.traffic.snapshots import Line, line_body, programme_body, programme_lineup
from broadcaster.traffic.tables import Item, Programme
from broadcaster.traffic.words import ItemState, ProgrammeState


def to_lock(session: Session, station_id: int, now: datetime) -> list[int]:
    """Buổi tới giờ chốt, theo giờ phát; chỉ đọc."""
    limit = now + timedelta(minutes=settings.get(session, station_id, settings.LOCK_BEFORE_MIN))
    query = select(Programme.id).where(
        Programme.station_id == station_id,
        Programme.state == ProgrammeState.PLANNED,
        Programme.starts_at <= limit,
        Programme.ends_at > now,
    )
    return list(session.scalars(query.order_by(Programme.starts_at, Programme.id)))


def lock(session: Session, station_id: int, programme_id: int, now: datetime) -> bool:
    """Chốt một buổi đúng một lần và ghi từng mục dự kiến; buổi đã được chốt hay huỷ thì trả ``False``."""
    claimed = session.execute(
        update(Programme)
        .where(Programme.id == programme_id, Programme.station_id == station_id, Programme.state == ProgrammeState.PLANNED)
        .values(state=ProgrammeState.LOCKED, locked_at=now, version=Programme.version + 1)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(claimed, CursorResult)
    if claimed.rowcount != 1:
        return False
    query = select(Programme).where(Programme.id == programme_id, Programme.station_id == station_id)
    programme = session.scalars(query.execution_options(populate_existing=True)).one()
    for line in programme_lineup(programme):
        log_planned(session, programme, line, now=now)
    log_programme(session, programme, Event.PROGRAMME_LOCKED, now=now)
    return True


def log_planned(session: Session, programme: Programme, line: Line, *, now: datetime) -> None:
    """Một dòng ``item_planned``: mục này, lúc này, dự kiến bấy nhiêu."""
    body = {
        "programme": programme_body(session, programme),
        "item": line_body(session, line),
        "mode": mode_of(programme).value,
        "fits": line.fits,
        "note": line.reason,
    }
    append(session, programme.station_id, Event.ITEM_PLANNED, body, happened_at=now, now=now, item_id=line.item.id)


def log_skipped(session: Session, programme: Programme, line: Line, reason: Reason, note: str, *, now: datetime) -> None:
    """Một dòng ``item_skipped``: mục đã dự kiến mà sẽ không phát, và vì sao."""
    body = {
        "programme": programme_body(session, programme),
        "item": line_body(session, line),
        "mode": mode_of(programme).value,
        "reason": reason.value,
        "note": note,
        "deliveries": [],
    }
    append(session, programme.station_id, Event.ITEM_SKIPPED, body, happened_at=now, now=now, item_id=line.item.id)


def mode_of(programme: Programme) -> Mode:
    """Chế độ ghi nhật ký của một buổi theo lịch."""
    return Mode.REHEARSAL if programme.rehearsal else Mode.AUTOMATIC


def without_approval(session: Session, station_id: int, now: datetime) -> list[int]:
    """Mục chờ phát trong buổi đã chốt mà bản tin đã rút hoặc hết hiệu lực; chỉ đọc.

    Bản sửa cũ vẫn được phát khi bản tin có bản mới đang được duyệt (người có thể tự đổi); bản tin không còn
    bản nào được duyệt thì không bao giờ.
    """
    other = aliased(Revision)
    approved = select(other.id).where(other.script_id == Revision.script_id, other.state == RevisionState.APPROVED).exists()
    query = (
        select(Item.id)
        .join(Programme, Programme.id == Item.programme_id)
        .join(Revision, Revision.id == Item.revision_id)
        .where(
            Programme.station_id == station_id,
            Programme.state.in_([ProgrammeState.LOCKED, ProgrammeState.AIRING]),
            Programme.ends_at > now,
            Item.state == ItemState.WAITING,
            ~approved | (Revision.valid_to < Programme.day),
        )
    )
    return list(session.scalars(query))


def skip_without_approval(session: Session, item_ids: Sequence[int], now: datetime) -> int:
    """Bỏ các mục mất duyệt, có dòng nhật ký; mục vừa được chuẩn bị phát thì máy phát tự quyết. Trả về số mục đã bỏ."""
    note = "Bản tin đã rút hoặc hết hiệu lực sau khi chốt buổi."
    skipped = 0
    for item_id in item_ids:
        programme = session.scalars(select(Item).where(Item.id == item_id)).one().programme
        line = next((one for one in programme_lineup(programme) if one.item.id == item_id), None)
        if line is not None and leave_waiting(session, item_id, ItemState.SKIPPED, reason=note):
            log_skipped(session, programme, line, Reason.NOT_APPROVED, note, now=now)
            skipped += 1
    return skipped


def leave_waiting(session: Session, item_id: int, state: ItemState, *, reason: str) -> bool:
    """Đưa mục đang chờ sang ``state``; ``False`` khi máy phát đã nhận nó trước."""
    done = session.execute(
        update(Item).where(Item.id == item_id, Item.state == ItemState.WAITING).values(state=state, reason=reason)
    )
    assert isinstance(done, CursorResult)
    return done.rowcount == 1
