"""Chốt buổi: từ đây máy không đổi thứ tự nữa, nhật ký có dòng dự kiến cho từng mục."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.airlog.bodies import DeliveryBody, ProgrammeBody
from broadcaster.airlog.enums import Event, Mode, Reason
from broadcaster.airlog.writing import append
from broadcaster.traffic.enums import ItemKind, ItemState, ProgrammeState
from broadcaster.traffic.planning import log_programme
from broadcaster.traffic.snapshots import BODIES, Line, line_body, programme_body, programme_lineup
from broadcaster.traffic.tables import Item, Programme

FRAME = (ItemKind.SOUND, ItemKind.TEMPLATE, ItemKind.FILLER)
"""Loại mục không phải nội dung: chỉ có chúng thì buổi rỗng."""
GONE = (ItemState.DROPPED, ItemState.SKIPPED)


def is_empty(programme: Programme) -> bool:
    """Chỉ có nhạc hiệu, lời mẫu, nhạc đệm; diễn tập thì không bao giờ bị coi là rỗng, vì nó thử cả chuỗi."""
    return not programme.rehearsal and all(item.kind in FRAME or item.state in GONE for item in programme.items)


def to_lock(session: Session, station_id: int, now: datetime) -> list[int]:
    """Buổi tới giờ chốt, theo giờ phát; chỉ đọc."""
    limit = now + timedelta(minutes=settings.get(session, station_id, settings.LOCK_BEFORE_MIN))
    query = select(Programme).where(
        Programme.station_id == station_id,
        Programme.state == ProgrammeState.PLANNED,
        Programme.starts_at <= limit,
        Programme.ends_at > now,
    )
    found = session.scalars(query.order_by(Programme.starts_at, Programme.id))
    return [programme.id for programme in found if not is_empty(programme)]


def lock(session: Session, station_id: int, programme_id: int, now: datetime) -> bool:
    """Chốt một buổi đúng một lần và ghi từng mục dự kiến; buổi đã chốt, đã huỷ hay chưa có bản tin nào thì ``False``.

    Buổi rỗng để ngỏ tới đúng giờ phát: bản tin duyệt phút chót vẫn kịp vào.
    """
    query = select(Programme).where(Programme.id == programme_id, Programme.station_id == station_id)
    programme = session.scalars(query.options(*BODIES).execution_options(populate_existing=True)).one()
    if is_empty(programme):
        return False
    claimed = session.execute(
        update(Programme)
        .where(Programme.id == programme_id, Programme.station_id == station_id, Programme.state == ProgrammeState.PLANNED)
        .values(state=ProgrammeState.LOCKED, locked_at=now, version=Programme.version + 1)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(claimed, CursorResult)
    if claimed.rowcount != 1:
        return False
    session.refresh(programme, ["state", "locked_at", "version"])
    body = programme_body(session, programme)
    for line in programme_lineup(programme):
        log_planned(session, programme, line, now=now, body=body)
    log_programme(session, programme, Event.PROGRAMME_LOCKED, now=now)
    return True


def log_planned(session: Session, programme: Programme, line: Line, *, now: datetime, body: ProgrammeBody | None = None) -> None:
    """Một dòng ``item_planned``: mục này, lúc này, dự kiến bấy nhiêu; ``body``: ảnh chụp buổi, khi người gọi đã có."""
    told = {
        "programme": body or programme_body(session, programme),
        "item": line_body(session, line),
        "mode": mode_of(programme).value,
        "fits": line.fits,
        "note": line.reason,
    }
    append(session, programme.station_id, Event.ITEM_PLANNED, told, happened_at=now, now=now, item_id=line.item.id)


def log_skipped(
    session: Session,
    programme: Programme,
    line: Line,
    reason: Reason,
    note: str,
    *,
    now: datetime,
    deliveries: Sequence[DeliveryBody] = (),
) -> None:
    """Một dòng ``item_skipped``: mục đã dự kiến mà sẽ không phát, vì sao, và cụm loa nào vì thế không nghe."""
    body = {
        "programme": programme_body(session, programme),
        "item": line_body(session, line),
        "mode": mode_of(programme).value,
        "reason": reason.value,
        "note": note,
        "deliveries": list(deliveries),
    }
    append(session, programme.station_id, Event.ITEM_SKIPPED, body, happened_at=now, now=now, item_id=line.item.id)


def mode_of(programme: Programme) -> Mode:
    """Chế độ ghi nhật ký của một buổi theo lịch."""
    return Mode.REHEARSAL if programme.rehearsal else Mode.AUTOMATIC


def leave_waiting(session: Session, item_id: int, state: ItemState, *, reason: str) -> bool:
    """Đưa mục đang chờ sang ``state``; ``False`` khi máy phát đã nhận nó trước."""
    done = session.execute(
        update(Item).where(Item.id == item_id, Item.state == ItemState.WAITING).values(state=state, reason=reason)
    )
    assert isinstance(done, CursorResult)
    return done.rowcount == 1
