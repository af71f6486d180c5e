"""Lên lịch: khung giờ × những ngày tới thành buổi, mỗi buổi đúng một lần dù báo thức reo trễ hay reo hai lần.

Cơ sở dữ liệu quyết cuộc đua (một buổi cho một khung giờ một ngày); buổi mà luật không còn cho phép thì bị huỷ, có lý do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.airlog.enums import Event
from broadcaster.airlog.writing import append
from broadcaster.database.upsert import insert_if_absent
from broadcaster.traffic.calendar import day_rules, quiet_hours, slot_rule, slots_between
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.framing import follow_format
from broadcaster.traffic.quiet import QuietHours
from broadcaster.traffic.rules import PROGRAMME
from broadcaster.traffic.snapshots import programme_body
from broadcaster.traffic.tables import Programme, Slot
from broadcaster.traffic.timetable import DAY, DayRule, Occurrence, local_day, occurrences, why_off


@dataclass(frozen=True)
class Gap:
    """Khoảng cách giữa lịch phải có và lịch đang có; ``revive``: mã buổi → lúc nó phải phát, ``cancel``: mã buổi → vì sao."""

    create: tuple[Occurrence, ...]
    revive: Mapping[int, Occurrence]
    cancel: Mapping[int, str]

    @property
    def size(self) -> int:
        """Số buổi phải đổi."""
        return len(self.create) + len(self.revive) + len(self.cancel)


def plan_days(session: Session, station_id: int, now: datetime, *, at_most: int | None = None) -> int:
    """Đóng khoảng cách của lịch những ngày tới, nhiều nhất ``at_most`` buổi mới mỗi lần; trả về số buổi đã đổi."""
    gap = planning_gap(session, station_id, now)
    changed = sum(create(session, station_id, one, now) is not None for one in gap.create[:at_most])
    for programme in _by_id(session, gap.cancel):
        cancel(session, programme, gap.cancel[programme.id], by="", now=now)
    for programme in _by_id(session, gap.revive):
        revive(session, programme, gap.revive[programme.id], now)
    return changed + len(gap.cancel) + len(gap.revive)


def unplanned_past(session: Session, station_id: int, now: datetime) -> list[list[Occurrence]]:
    """Buổi đã tới giờ mà chưa từng được lên lịch, vì máy tắt lâu hơn tầm nhìn của lịch: mỗi phần tử là một ngày, cũ trước.

    Lịch lập tới ngày nào thì từ ngày sau đó không ai lập; mỗi buổi phải có một dòng, dù tắt bao lâu. Chỉ đọc.
    """
    last = session.scalar(select(func.max(Programme.day)).where(Programme.station_id == station_id))
    quiet = quiet_hours(session, station_id, now)
    today = local_day(now, quiet.zone)
    if last is None or last >= today:
        return []
    first = last + DAY
    slots = {slot.id: slot for slot in slots_between(session, station_id, first, today)}
    rules = day_rules(session, station_id, first, today)
    found = occurrences([slot_rule(slot) for slot in slots.values()], rules, first, today, quiet.zone)
    past = [one for one in found if one.starts_at <= now and _permitted(slots[one.slot_id], one, quiet)]
    return [list(group) for _, group in groupby(past, key=lambda one: one.day)]


def planning_gap(session: Session, station_id: int, now: datetime) -> Gap:
    """Buổi nào phải thêm, lên lịch lại, huỷ; chỉ đọc."""
    quiet = quiet_hours(session, station_id, now)
    today = local_day(now, quiet.zone)
    query = select(
        Programme.id, Programme.slot_id, Programme.day, Programme.state, Programme.starts_at, Programme.cancelled_by
    ).where(Programme.station_id == station_id, Programme.day >= today)
    known = {(row.slot_id, row.day): row for row in session.execute(query)}
    horizon = today + (settings.get(session, station_id, settings.PLAN_DAYS) - 1) * DAY
    last = max([horizon, *(day for _, day in known)])
    slots = {slot.id: slot for slot in slots_between(session, station_id, today, last)}
    rules = day_rules(session, station_id, today, last)
    allowed = _allowed(slots, rules, quiet, now, last)
    back = (ProgrammeState.CANCELLED, "")
    gone = [
        row for key, row in known.items() if key not in allowed and row.state is ProgrammeState.PLANNED and row.starts_at > now
    ]
    return Gap(
        create=tuple(one for key, one in allowed.items() if key not in known and one.day <= horizon),
        revive={row.id: allowed[key] for key, row in known.items() if key in allowed and (row.state, row.cancelled_by) == back},
        cancel={row.id: _why_gone(_slot(session, station_id, row.slot_id), row.day, rules, quiet) for row in gone},
    )


def cancel(session: Session, programme: Programme, reason: str, *, by: str, now: datetime) -> None:
    """Huỷ một buổi chưa phát xong và ghi nhật ký; ``by`` rỗng là luật huỷ. Lỗi: ``Conflict`` khi buổi đã phát xong."""
    programme.state = PROGRAMME.check(programme.state, ProgrammeState.CANCELLED)
    programme.reason, programme.cancelled_by = reason, by
    programme.version += 1
    log_programme(session, programme, Event.PROGRAMME_CANCELLED, now=now, reason=reason, by=by or "tự động")


def revive(session: Session, programme: Programme, one: Occurrence, now: datetime) -> None:
    """Lên lịch lại một buổi đã huỷ: giờ, khuôn và diễn tập theo khung giờ của hôm nay, không phải của lúc bị huỷ."""
    for item in programme.items:
        if item.state is ItemState.SKIPPED and item.reason == programme.reason:
            # Không phải một bước của mục: cả buổi chưa hề diễn ra, dòng “không phát” được rút lại khi buổi chốt lần nữa.
            item.state, item.reason = ItemState.WAITING, ""
    programme.state = PROGRAMME.check(programme.state, ProgrammeState.PLANNED)
    programme.reason, programme.cancelled_by, programme.locked_at = "", "", None
    programme.starts_at, programme.ends_at = one.starts_at, one.ends_at
    programme.rehearsal = programme.slot.rehearsal
    programme.version += 1
    follow_format(session, programme)
    log_programme(session, programme, Event.PROGRAMME_PLANNED, now=now)


def log_programme(session: Session, programme: Programme, event: Event, *, now: datetime, **more: str) -> None:
    """Một dòng nhật ký về cả buổi."""
    session.flush()
    body = {"programme": programme_body(session, programme), **more}
    append(session, programme.station_id, event, body, happened_at=now, now=now)


def create(session: Session, station_id: int, one: Occurrence, now: datetime) -> Programme | None:
    """Buổi mới với khung của khuôn và dòng nhật ký; đã có thì ``None``."""
    slot = _slot(session, station_id, one.slot_id)
    made = insert_if_absent(
        session,
        Programme,
        station_id=station_id,
        slot_id=slot.id,
        day=one.day,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        state=ProgrammeState.PLANNED,
        rehearsal=slot.rehearsal,
        version=1,
        reason="",
        cancelled_by="",
    )
    if not made:
        return None
    programme = session.scalars(select(Programme).where(Programme.slot_id == slot.id, Programme.day == one.day)).one()
    follow_format(session, programme)
    log_programme(session, programme, Event.PROGRAMME_PLANNED, now=now)
    return programme


def _allowed(
    slots: Mapping[int, Slot], rules: Iterable[DayRule], quiet: QuietHours, now: datetime, last: date
) -> dict[tuple[int, date], Occurrence]:
    """Buổi chưa tới giờ mà khung giờ, ngày ngoại lệ và giờ yên tĩnh cùng cho phép."""
    found = occurrences([slot_rule(slot) for slot in slots.values()], rules, local_day(now, quiet.zone), last, quiet.zone)
    return {(one.slot_id, one.day): one for one in found if one.starts_at > now and _permitted(slots[one.slot_id], one, quiet)}


def _permitted(slot: Slot, one: Occurrence, quiet: QuietHours) -> bool:
    return slot.rehearsal or not quiet.touches(one.starts_at, one.ends_at)


def _why_gone(slot: Slot, day: date, rules: Iterable[DayRule], quiet: QuietHours) -> str:
    """Vì sao buổi này không còn phát, bằng lời: lý do người đã gõ, hoặc điều gì của khung giờ đã đổi."""
    return why_off(slot_rule(slot), day, rules) or f"Chạm giờ yên tĩnh {quiet.starts:%H:%M}-{quiet.ends:%H:%M}."


def _slot(session: Session, station_id: int, slot_id: int) -> Slot:
    return session.scalars(select(Slot).where(Slot.id == slot_id, Slot.station_id == station_id)).one()


def _by_id(session: Session, ids: Iterable[int]) -> list[Programme]:
    wanted = list(ids)
    if not wanted:
        return []
    return list(session.scalars(select(Programme).where(Programme.id.in_(wanted)).order_by(Programme.starts_at)))
