"""Dừng cả một buổi đã chốt hay đang phát: điều nhập vào phút chót phải được hỏi, rồi có hiệu lực ngay hoặc nói rõ là chưa."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.airlog.enums import Reason
from broadcaster.errors import Invalid
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.locking import leave_waiting, log_skipped
from broadcaster.traffic.planning import cancel
from broadcaster.traffic.snapshots import programme_lineup
from broadcaster.traffic.tables import Programme, Slot

FIXED = (ProgrammeState.LOCKED, ProgrammeState.AIRING)
ASKED = "stop_today"
"""Tên ô mà người phải trả lời: dừng cả buổi này, hay để nó phát hết."""


def in_progress(
    session: Session, station_id: int, now: datetime, *, first: date, last: date, series: str | None = None
) -> list[Programme]:
    """Buổi đã chốt hoặc đang phát trong khoảng ngày, của một khung giờ hay của mọi khung giờ (``series`` rỗng)."""
    query = select(Programme).where(
        Programme.station_id == station_id,
        Programme.state.in_(FIXED),
        Programme.ends_at > now,
        Programme.day.between(first, last),
    )
    if series is not None:
        query = query.join(Slot, Slot.id == Programme.slot_id).where(Slot.series == series)
    return list(session.scalars(query.order_by(Programme.starts_at, Programme.id)))


def settle(session: Session, programmes: Sequence[Programme], *, stop: bool | None, reason: str, by: str, now: datetime) -> None:
    """Làm theo câu trả lời về những buổi đã chốt hay đang phát: dừng ngay, hoặc để phát hết.

    Buổi chưa phát bị dừng như luật dừng, nên gỡ điều đã nhập thì buổi trở lại; buổi đang phát thì không.
    Lỗi: ``Invalid`` ở ô ``stop_today`` khi có buổi như thế mà chưa ai trả lời.
    """
    if programmes and stop is None:
        raise Invalid(problems={ASKED: _question(session, programmes)})
    if not stop:
        return
    for programme in programmes:
        airing = programme.state is ProgrammeState.AIRING
        stop_programme(session, programme, f"{reason} ({by})", by=by if airing else "", now=now)


def stop_programme(session: Session, programme: Programme, reason: str, *, by: str, now: datetime) -> None:
    """Huỷ cả buổi; mục chưa phát của buổi đã chốt có dòng không phát với đúng lý do. Lỗi: ``Conflict`` khi buổi đã xong."""
    lines = programme_lineup(programme) if programme.state in FIXED else []
    cancel(session, programme, reason, by=by, now=now)
    for line in lines:
        if line.item.state is ItemState.WAITING and leave_waiting(session, line.item.id, ItemState.SKIPPED, reason=reason):
            log_skipped(session, programme, line, Reason.CANCELLED, reason, now=now)
    session.expire(programme, ["items"])


def _question(session: Session, programmes: Sequence[Programme]) -> str:
    zone = zone_of(session, programmes[0].station_id)
    names = ", ".join(
        f"“{one.slot.name}” {one.starts_at.astimezone(zone):%H:%M} ({one.state.label.lower()})" for one in programmes
    )
    return f"Buổi {names} không tự dừng nữa. Hãy chọn: dừng cả buổi này, hay để buổi này phát hết rồi mới áp dụng."
