"""Diễn tập: một buổi ba phút ngay bây giờ, chỉ nghe trong trình duyệt; không ra loa, không tính vào số liệu."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.errors import Conflict, Invalid
from broadcaster.traffic.calendar import slot_rule, zone_of
from broadcaster.traffic.enums import ProgrammeState
from broadcaster.traffic.format_presets import REHEARSAL
from broadcaster.traffic.formats import default_format
from broadcaster.traffic.planning import create
from broadcaster.traffic.slots import SlotForm, create_slot
from broadcaster.traffic.tables import Programme
from broadcaster.traffic.timetable import occurrence

LENGTH_MS = 180_000
SOON = timedelta(seconds=30)
"""Từ lúc bấm tới lúc vang: đủ để lập buổi, xếp tin và viết bản phát."""
_NEAR = timedelta(minutes=10)
_GOING = (ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING)
_TRIES = 24 * 60


def rehearse(session: Session, actor: Actor, *, after: timedelta = SOON, now: datetime) -> Programme:
    """Buổi diễn tập ở chỗ trống đầu tiên sau ``after``, hay buổi đang chờ sẵn nếu nó sắp tới.

    Lỗi: ``NotAllowed``; ``Invalid`` khi cả ngày không còn chỗ trống nào.
    """
    actor.require(Action.SLOT_EDIT)
    ahead = _ahead(session, actor.station_id, now)
    if waiting := next((one for one in ahead if one.rehearsal and one.starts_at < now + after + _NEAR), None):
        return waiting
    format_id = default_format(session, actor.station_id, REHEARSAL).id
    starts_at = _free(ahead, now + after).replace(microsecond=0)
    for minute in range(_TRIES):  # khung giờ chưa được lập thành buổi thì chỉ create_slot biết
        form = _form(starts_at + timedelta(minutes=minute), format_id, session, actor)
        try:
            with session.begin_nested():
                slot = create_slot(session, actor, form, now=now)
        except Invalid as problem:
            clash = problem
            continue
        assert form.valid_from is not None
        one = occurrence(slot_rule(slot), form.valid_from, zone_of(session, actor.station_id))
        programme = create(session, actor.station_id, one, now)
        if programme is None:
            raise Conflict("Buổi diễn tập này vừa được lập. Hãy mở lại trang Trực tiếp.")
        return programme
    raise clash


def _ahead(session: Session, station_id: int, now: datetime) -> list[Programme]:
    query = select(Programme).where(
        Programme.station_id == station_id,
        Programme.state.in_(_GOING),
        Programme.ends_at > now,
        Programme.starts_at < now + timedelta(days=1),
    )
    return list(session.scalars(query.order_by(Programme.starts_at)))


def _free(ahead: list[Programme], wanted: datetime) -> datetime:
    for one in ahead:
        if one.starts_at < wanted + timedelta(milliseconds=LENGTH_MS) and wanted < one.ends_at:
            wanted = one.ends_at
    return wanted


def _form(starts_at: datetime, format_id: int, session: Session, actor: Actor) -> SlotForm:
    local = starts_at.astimezone(zone_of(session, actor.station_id))
    day = local.date()
    return SlotForm(
        name="Diễn tập",
        starts_at=local.time(),
        length_ms=LENGTH_MS,
        weekdays=str(day.isoweekday()),
        format_id=format_id,
        valid_from=day,
        valid_to=day,
        rehearsal=True,
    )
