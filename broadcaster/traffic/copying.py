"""Chép lịch một ngày sang ngày khác: ngày ấy phát thêm những buổi còn thiếu, kèm bản tin người đã xếp; lấy lại được."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.errors import Conflict, Invalid
from broadcaster.traffic.agenda import Entry, agenda
from broadcaster.traffic.autofill import Paths
from broadcaster.traffic.calendar import day_rules, quiet_hours, slot_rule, zone_of
from broadcaster.traffic.editing import give_place
from broadcaster.traffic.enums import DayExceptionKind, ItemKind, ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.exceptions import record_day, refuse_day_off, remove_day_exception
from broadcaster.traffic.overlaps import refuse_overlap
from broadcaster.traffic.planning import create
from broadcaster.traffic.slots import copy_for_day, end_slot, slot_of
from broadcaster.traffic.tables import Programme, Slot
from broadcaster.traffic.timetable import DAY, occurrence

_AIRS = (None, ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING, ProgrammeState.CLOSED, ProgrammeState.MISSED)


@dataclass
class Copied:
    """Đã thêm mấy buổi, bằng ngày phát thêm và khung giờ một ngày nào (để lấy lại), mấy bản tin người xếp đi cùng."""

    exception_ids: list[int] = field(default_factory=list)
    slot_ids: list[int] = field(default_factory=list)
    bulletins: int = 0

    @property
    def programmes(self) -> int:
        """Số buổi đã thêm."""
        return len(self.exception_ids) + len(self.slot_ids)


def copy_day(session: Session, actor: Actor, day: date, to: date, *, now: datetime, paths: Paths | None = None) -> Copied:
    """Ngày ``to`` phát cả những buổi của ``day`` mà nó chưa có; buổi đã có của ``to`` giữ nguyên.

    Lỗi: ``NotAllowed``; ``Invalid`` khi ``to`` đã qua, hai ngày là một, hay buổi chép sang đè buổi đã có;
    ``Conflict`` khi không có gì để chép.
    """
    actor.require(Action.SLOT_EDIT)
    quiet = quiet_hours(session, actor.station_id, now)
    if to == day or to < now.astimezone(quiet.zone).date():
        raise Invalid(problems={"sang": "Hãy chọn một ngày khác, từ hôm nay trở đi."})
    refuse_day_off(session, actor.station_id, to)
    resting = {rule.series for rule in day_rules(session, actor.station_id, to, to) if rule.kind is DayExceptionKind.OFF}
    airs = {
        one_day: [one for one in agenda(session, actor, one_day, one_day, now) if one.state in _AIRS] for one_day in (day, to)
    }
    has = {_alike(one) for one in airs[to]}
    wanted = [one.slot_id for one in airs[day] if _alike(one) not in has]
    copied = Copied()
    for slot in session.scalars(select(Slot).where(Slot.id.in_(wanted)).order_by(Slot.starts_at, Slot.id)):
        one = occurrence(slot_rule(slot), to, quiet.zone)
        if slot.series in resting or one.starts_at <= now or (not slot.rehearsal and quiet.touches(one.starts_at, one.ends_at)):
            continue
        target, reason = slot, f"Chép lịch ngày {day:%d/%m/%Y}"
        if slot_rule(slot).valid_on(to):
            extra = record_day(session, actor, to, DayExceptionKind.EXTRA, series=slot.series, reason=reason, now=now)
            copied.exception_ids.append(extra.id)
        else:
            target = copy_for_day(session, actor, slot, to, slot.starts_at, now=now, paths=paths)
            copied.slot_ids.append(target.id)
        refuse_overlap(session, actor.station_id, [to], field="sang", paths=paths)
        copied.bulletins += _carry(session, actor, slot, day, target=target, to=to, now=now)
    if not copied.programmes:
        raise Conflict(f"Ngày {to:%d/%m/%Y} đã có đủ các buổi của ngày {day:%d/%m/%Y}, hoặc các buổi ấy nghỉ, đã qua giờ.")
    note(session, actor, "day_copied", f"day:{to.isoformat()}", now=now, source=day.isoformat(), programmes=copied.programmes)
    return copied


def _alike(one: Entry) -> tuple[object, ...]:
    """Hai buổi của hai ngày là một: cùng tên, cùng giờ trong ngày, cùng TDP."""
    return one.name, one.starts_at.time(), one.zones


def undo_copy(session: Session, actor: Actor, exception_ids: Sequence[int], slot_ids: Sequence[int], *, now: datetime) -> None:
    """Bỏ những buổi vừa chép. Lỗi: ``NotAllowed``, ``NotFound``."""
    for exception_id in exception_ids:
        remove_day_exception(session, actor, exception_id, now=now)
    for slot_id in slot_ids:
        last_day = slot_of(session, actor, slot_id).valid_from - DAY
        end_slot(session, actor, slot_id, last_day=last_day, stop_today=False, now=now)


def _carry(session: Session, actor: Actor, slot: Slot, day: date, *, target: Slot, to: date, now: datetime) -> int:
    """Bản tin người đã xếp ở buổi cũ sang buổi mới, nếu ngày ấy còn hiệu lực; trả về số bản tin."""
    source = session.scalar(select(Programme).where(Programme.slot_id == slot.id, Programme.day == day))
    placed = [
        item.revision.script_id
        for item in (source.items if source else ())
        if item.kind is ItemKind.SCRIPT
        and item.revision
        and item.placed_by is PlacedBy.PERSON
        and item.state not in (ItemState.DROPPED, ItemState.SKIPPED)
    ]
    if not placed:
        return 0
    made = session.scalar(select(Programme).where(Programme.slot_id == target.id, Programme.day == to))
    made = made or create(session, actor.station_id, occurrence(slot_rule(target), to, zone_of(session, actor.station_id)), now)
    if made is None:
        return 0
    count = 0
    for script_id in placed:
        with suppress(Conflict, Invalid):  # hết hiệu lực, hay đã có trong buổi
            give_place(session, actor, made.id, script_id, now=now)
            count += 1
    return count
