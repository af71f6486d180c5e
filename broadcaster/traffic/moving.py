"""Dời một buổi sang ngày giờ khác, cùng mọi mục người đã xếp trong nó; khung giờ hằng tuần không đổi, và lấy lại được.

Buổi của khung giờ hằng tuần: ngày cũ nghỉ (có lý do), ngày mới có một khung giờ chỉ của ngày ấy. Khung giờ vốn chỉ một ngày thì
chính nó đổi ngày.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.airlog.enums import Event
from broadcaster.errors import Conflict
from broadcaster.traffic.autofill import Paths
from broadcaster.traffic.calendar import day_rules, slot_rule, slots_between, zone_of
from broadcaster.traffic.enums import DayExceptionKind, ProgrammeState
from broadcaster.traffic.exceptions import record_day, refuse_day_off
from broadcaster.traffic.framing import follow_format
from broadcaster.traffic.overlaps import refuse_overlap
from broadcaster.traffic.planning import create, log_programme
from broadcaster.traffic.slots import copy_for_day
from broadcaster.traffic.tables import DayException, Programme, Slot
from broadcaster.traffic.timetable import WEEKDAYS, occurrence, why_off

_TOO_LATE = "Buổi này đã chốt, đã phát hoặc đã huỷ nên không dời được nữa."
_GONE = "Không lấy lại được: buổi này đã được sửa tiếp sau khi dời. Hãy dời nó bằng tay."


@dataclass(frozen=True)
class Moved:
    """Buổi đã dời; ``exception_id``: ngày nghỉ đã ghi cho ngày cũ, để lấy lại (trống: khung giờ của riêng ngày ấy)."""

    programme_id: int
    exception_id: int | None


def move_programme(
    session: Session,
    actor: Actor,
    slot_id: int,
    day: date,
    *,
    to_day: date,
    at: time | None = None,
    now: datetime,
    paths: Paths | None = None,
) -> Moved:
    """Dời buổi ngày ``day`` của một khung giờ sang ``to_day``, lúc ``at`` (trống: giờ cũ).

    Lỗi: ``NotAllowed``, ``NotFound``; ``Conflict`` khi buổi đã chốt hay lúc ấy đã qua; ``Invalid`` như khi tạo khung giờ.
    """
    actor.require(Action.SLOT_EDIT)
    slot = owned(session, Slot, slot_id, actor, lock=True)
    at = at or slot.starts_at
    programme = _programme(session, slot, day, now)
    if (to_day, at) == (day, slot.starts_at):
        return Moved(programme.id, None)
    refuse_day_off(session, actor.station_id, to_day)
    before = programme.starts_at
    if slot.valid_from == slot.valid_to:
        exception_id, new = None, _shifted(slot, to_day, at)
    else:
        reason = f"Dời sang {at:%H:%M} {WEEKDAYS[to_day.weekday()]} {to_day:%d/%m/%Y}"
        exception_id = record_day(session, actor, day, DayExceptionKind.OFF, series=slot.series, reason=reason, now=now).id
        new = copy_for_day(session, actor, slot, to_day, at, now=now, paths=paths)
    _settle(session, programme, new, to_day, now)
    refuse_overlap(session, actor.station_id, [day, to_day], field="chung", paths=paths)
    told = {"from": before.isoformat(), "to": programme.starts_at.isoformat(), "name": slot.name}
    note(session, actor, "programme_moved", f"programme:{programme.id}", now=now, **told)
    return Moved(programme.id, exception_id)


def undo_move(
    session: Session, actor: Actor, programme_id: int, exception_id: int, *, now: datetime, paths: Paths | None = None
) -> Programme:
    """Trả buổi vừa dời về ngày giờ cũ.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Conflict`` khi đã chốt hay đã sửa tiếp; ``Invalid`` khi chỗ cũ nay đã có buổi khác.
    """
    actor.require(Action.SLOT_EDIT)
    programme = owned(session, Programme, programme_id, actor, lock=True)
    off = owned(session, DayException, exception_id, actor)
    borrowed, day = programme.slot, off.day
    old = next((one for one in slots_between(session, actor.station_id, day, day) if one.series == off.series), None)
    fits = old is not None and (old.name, old.length_ms) == (borrowed.name, borrowed.length_ms)
    fits = fits and off.kind is DayExceptionKind.OFF and off.last_day is None and borrowed.valid_from == borrowed.valid_to
    if old is None or not fits or programme.state is not ProgrammeState.PLANNED:
        raise Conflict(_GONE)
    session.delete(off)
    _settle(session, programme, old, day, now)
    session.delete(borrowed)
    refuse_overlap(session, actor.station_id, [day, borrowed.valid_from], field="chung", paths=paths)
    note(session, actor, "programme_move_undone", f"programme:{programme.id}", now=now, to=programme.starts_at.isoformat())
    return programme


def _programme(session: Session, slot: Slot, day: date, now: datetime) -> Programme:
    """Buổi của ngày ấy; chưa tới hạn lập thì lập ngay."""
    query = select(Programme).where(Programme.slot_id == slot.id, Programme.day == day).with_for_update()
    found = session.scalar(query)
    if found is None:
        rule, zone = slot_rule(slot), zone_of(session, slot.station_id)
        why = why_off(rule, day, day_rules(session, slot.station_id, day, day))
        if why or occurrence(rule, day, zone).starts_at <= now:
            raise Conflict(f"Ngày ấy không có buổi này để dời. {why}".strip())
        found = create(session, slot.station_id, occurrence(rule, day, zone), now)
    if found is None or found.state is not ProgrammeState.PLANNED or found.starts_at <= now:
        raise Conflict(_TOO_LATE)
    return found


def _shifted(slot: Slot, to_day: date, at: time) -> Slot:
    slot.valid_from = slot.valid_to = to_day
    slot.weekdays, slot.starts_at = str(to_day.isoweekday()), at
    return slot


def _settle(session: Session, programme: Programme, slot: Slot, day: date, now: datetime) -> None:
    """Buổi sang khung giờ và ngày mới; mục người đã xếp đi cùng. Lỗi: ``Conflict`` khi lúc ấy đã qua."""
    session.flush()
    one = occurrence(slot_rule(slot), day, zone_of(session, programme.station_id))
    if one.starts_at <= now:
        raise Conflict("Lúc ấy đã qua. Hãy chọn ngày giờ sắp tới.")
    programme.slot, programme.day, programme.rehearsal = slot, day, slot.rehearsal
    programme.starts_at, programme.ends_at = one.starts_at, one.ends_at
    programme.version += 1
    follow_format(session, programme)
    log_programme(session, programme, Event.PROGRAMME_PLANNED, now=now)
