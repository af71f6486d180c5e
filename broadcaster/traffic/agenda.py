"""Lịch của một tuần, một tháng: buổi đã lập, và buổi khung giờ sẽ cho ra mà chưa tới hạn lập; chỉ đọc."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.actor import Action, Actor
from broadcaster.traffic.calendar import day_rules, quiet_hours, slot_rule, slots_between
from broadcaster.traffic.enums import ProgrammeState
from broadcaster.traffic.tables import Programme, Slot
from broadcaster.traffic.timetable import occurrences


@dataclass(frozen=True)
class Entry:
    """Một buổi trên lịch; ``state`` trống: khung giờ sẽ cho ra buổi này, chưa lập. ``zones`` rỗng là cả phường."""

    slot_id: int
    name: str
    day: date
    starts_at: datetime
    ends_at: datetime
    zones: frozenset[int]
    rehearsal: bool
    programme_id: int | None = None
    state: ProgrammeState | None = None
    reason: str = ""

    def movable(self, now: datetime) -> bool:
        """Còn dời được: chưa chốt, chưa tới giờ."""
        return self.state in (None, ProgrammeState.PLANNED) and self.starts_at > now


def agenda(session: Session, actor: Actor, first: date, last: date, now: datetime) -> list[Entry]:
    """Mọi buổi từ ``first`` đến ``last`` (tính cả hai đầu), theo giờ phát. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    planned = _planned(session, actor.station_id, first, last)
    known = {(one.slot_id, one.day) for one in planned}
    foreseen = [one for one in _foreseen(session, actor.station_id, first, last, now) if (one.slot_id, one.day) not in known]
    return sorted([*planned, *foreseen], key=lambda one: (one.starts_at, one.slot_id))


def _planned(session: Session, station_id: int, first: date, last: date) -> list[Entry]:
    query = select(Programme).where(Programme.station_id == station_id, Programme.day.between(first, last))
    return [
        Entry(
            one.slot_id,
            one.slot.name,
            one.day,
            one.starts_at,
            one.ends_at,
            frozenset(zone.id for zone in one.slot.zones),
            one.rehearsal,
            one.id,
            one.state,
            one.reason,
        )
        for one in session.scalars(query.options(selectinload(Programme.slot).selectinload(Slot.zones)))
    ]


def _foreseen(session: Session, station_id: int, first: date, last: date, now: datetime) -> list[Entry]:
    quiet = quiet_hours(session, station_id, now)
    slots = {slot.id: slot for slot in slots_between(session, station_id, first, last)}
    rules = {key: slot_rule(slot) for key, slot in slots.items()}
    found = occurrences(list(rules.values()), day_rules(session, station_id, first, last), first, last, quiet.zone)
    return [
        Entry(one.slot_id, slot.name, one.day, one.starts_at, one.ends_at, rules[one.slot_id].zones, slot.rehearsal)
        for one in found
        if one.starts_at > now and ((slot := slots[one.slot_id]).rehearsal or not quiet.touches(one.starts_at, one.ends_at))
    ]
