"""Buổi rỗng thì không phát, buổi mỏng thì có lời: bà con không phải nghe nhạc hiệu rồi lời kết, người ở đài biết từ hôm trước."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.enums import AlertLevel
from broadcaster.airlog.enums import Event, Reason
from broadcaster.newsroom.tables import Revision
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.formats import takes_scripts
from broadcaster.traffic.locking import FRAME, GONE, is_empty, leave_waiting, log_skipped
from broadcaster.traffic.planning import log_programme
from broadcaster.traffic.rules import PROGRAMME
from broadcaster.traffic.snapshots import programme_lineup
from broadcaster.traffic.tables import Format, Item, Programme, Slot
from broadcaster.traffic.timetable import WEEKDAYS

NOTE = "Buổi không có bản tin nào nên không phát."
NOTICE = timedelta(hours=24)
"""Buổi vào tầm này thì bắt đầu bị xét có rỗng, có mỏng không."""
_AHEAD = (ProgrammeState.PLANNED, ProgrammeState.LOCKED)
THIN, EMPTY = "thin:", "empty:"
"""Đầu khoá của cảnh báo buổi mỏng, buổi rỗng; sau nó là mã buổi."""
THIN_BELOW = 95
"""Kể cả nhạc đệm mà chưa đầy chừng này phần trăm khung giờ thì là buổi mỏng."""


def empty_alerts(session: Session, station_id: int, now: datetime) -> dict[str, str]:
    """Khoá cảnh báo → lời, cho ``empty_programmes``; chỉ đọc."""
    return {f"{EMPTY}{key}": text for key, text in empty_programmes(session, station_id, now).items()}


def empty_programmes(session: Session, station_id: int, now: datetime) -> dict[int, str]:
    """Buổi của một ngày tới chưa có bản tin nào → lời; chỉ đọc."""
    return {
        one.id: f"Buổi {_named(session, one)} chưa có bản tin nào nên sẽ không phát. Hãy duyệt hoặc thêm một bản tin vào buổi ấy."
        for one in _empty(session, station_id, now, before=now + NOTICE)
    }


def thin(session: Session, station_id: int, now: datetime) -> dict[str, str]:
    """Khoá cảnh báo → lời, cho ``thin_programmes``; chỉ đọc."""
    return {f"{THIN}{key}": text for key, text in thin_programmes(session, station_id, now).items()}


def thin_programmes(session: Session, station_id: int, now: datetime) -> dict[int, str]:
    """Buổi của một ngày tới (kể cả đã chốt) → lời, khi tin bài và nhạc không đủ giờ; chỉ đọc.

    Buổi chỉ có người xếp (phát một lần) dài ngắn là do người; buổi rỗng đã có lời của nó.
    """
    found: dict[int, str] = {}
    for one in _near(session, station_id, now):
        if is_empty(one) or not any(takes_scripts(segment) for segment in one.slot.format.segments):
            continue
        heard_ms = sum(line.planned_ms for line in programme_lineup(one) if line.fits)
        if heard_ms * 100 < one.length_ms * THIN_BELOW:
            found[one.id] = (
                f"Buổi {_named(session, one)} mới có {_about(heard_ms)} trên {_minutes(one.length_ms)}, kể cả nhạc: "
                f"sẽ kết thúc sớm {_about(one.length_ms - heard_ms)}. Hãy thêm bản tin, hoặc rút ngắn khung giờ."
            )
    return found


def to_miss(session: Session, station_id: int, now: datetime) -> list[int]:
    """Buổi rỗng đã tới giờ phát; chỉ đọc."""
    return [programme.id for programme in _empty(session, station_id, now, before=now) if programme.starts_at <= now]


def miss_empty(session: Session, station_id: int, programme_ids: Sequence[int], now: datetime) -> int:
    """Ghi các buổi rỗng là bỏ lỡ, có lý do; buổi vừa có bản tin thì thôi. Trả về số buổi đã ghi."""
    query = select(Programme).where(Programme.id.in_(programme_ids), Programme.state.in_(_AHEAD)).with_for_update()
    missed = [programme for programme in session.scalars(query) if is_empty(programme)]
    for programme in missed:
        for line in programme_lineup(programme):
            if leave_waiting(session, line.item.id, ItemState.SKIPPED, reason=NOTE):
                log_skipped(session, programme, line, Reason.OTHER, NOTE, now=now)
        programme.state, programme.reason = PROGRAMME.check(programme.state, ProgrammeState.MISSED), NOTE
        log_programme(session, programme, Event.PROGRAMME_MISSED, now=now, reason=Reason.OTHER.value, note=NOTE)
        message = f"Buổi {programme.slot.name} ngày {programme.day:%d/%m/%Y} không phát vì không có bản tin nào."
        raise_alert(session, station_id, f"missed:{programme.id}", message, now=now, level=AlertLevel.CRITICAL)
    return len(missed)


def _named(session: Session, programme: Programme) -> str:
    local = programme.starts_at.astimezone(zone_of(session, programme.station_id))
    return f"“{programme.slot.name}” lúc {local:%H:%M} {WEEKDAYS[local.weekday()]} {local:%d/%m}"


def _about(length_ms: int) -> str:
    told = _minutes(length_ms)
    return f"khoảng {told}" if told[0].isdigit() else told


def _minutes(length_ms: int) -> str:
    """Tròn phút, để bản ghi dài ngắn vài giây không làm cảnh báo thành chuyện mới."""
    minutes = round(length_ms / 60_000)
    return f"{minutes} phút" if minutes else "chưa tới 1 phút"


def _near(session: Session, station_id: int, now: datetime) -> Sequence[Programme]:
    query = select(Programme).where(
        Programme.station_id == station_id,
        Programme.state.in_(_AHEAD),
        Programme.starts_at > now,
        Programme.starts_at <= now + NOTICE,
        Programme.rehearsal.is_(False),
    )
    items = selectinload(Programme.items)
    options = (
        items.selectinload(Item.revision).selectinload(Revision.column),
        items.selectinload(Item.segment),
        selectinload(Programme.slot).selectinload(Slot.format).selectinload(Format.segments),
    )
    return session.scalars(query.options(*options).order_by(Programme.starts_at, Programme.id)).all()


def _empty(session: Session, station_id: int, now: datetime, *, before: datetime) -> list[Programme]:
    spoken = select(Item.id).where(Item.programme_id == Programme.id, Item.kind.not_in(FRAME), Item.state.not_in(GONE))
    query = select(Programme).where(
        Programme.station_id == station_id,
        Programme.state.in_(_AHEAD),
        Programme.starts_at <= before,
        Programme.ends_at > now,
        Programme.rehearsal.is_(False),
        ~spoken.exists(),
    )
    return list(session.scalars(query.order_by(Programme.starts_at, Programme.id)))
