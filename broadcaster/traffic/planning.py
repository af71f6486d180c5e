"""Lên lịch: khung giờ × những ngày tới thành buổi, mỗi buổi đúng một lần dù báo thức reo trễ hay reo hai lần.

Cơ sở dữ liệu quyết cuộc đua (một buổi cho một khung giờ một ngày); buổi mà luật không còn cho phép thì bị huỷ, có lý do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.airlog.enums import Event
from broadcaster.airlog.writing import append
from broadcaster.database.upsert import insert_if_absent
from broadcaster.traffic.calendar import day_rules, quiet_hours, slot_rule, slots_between
from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy, ProgrammeState, SegmentKind
from broadcaster.traffic.formats import segments_of
from broadcaster.traffic.quiet import QuietHours
from broadcaster.traffic.rules import PROGRAMME, STEP
from broadcaster.traffic.snapshots import programme_body
from broadcaster.traffic.tables import Item, Programme, Slot
from broadcaster.traffic.timetable import DAY, Occurrence, local_day, occurrences

OFF_REASON = "Khung giờ không còn phát vào ngày này (nghỉ phát, đổi khung giờ hoặc giờ yên tĩnh)."


@dataclass(frozen=True)
class Gap:
    """Khoảng cách giữa lịch phải có và lịch đang có."""

    create: tuple[Occurrence, ...] = ()
    revive: tuple[int, ...] = ()
    cancel: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Số buổi phải đổi."""
        return len(self.create) + len(self.revive) + len(self.cancel)


def plan_days(session: Session, station_id: int, now: datetime, *, at_most: int | None = None) -> int:
    """Đóng khoảng cách của lịch những ngày tới, nhiều nhất ``at_most`` buổi mới mỗi lần; trả về số buổi đã đổi."""
    gap = planning_gap(session, station_id, now)
    changed = sum(_create(session, station_id, one, now) for one in gap.create[:at_most])
    for programme in _by_id(session, gap.cancel):
        cancel(session, programme, OFF_REASON, by="", now=now)
    for programme in _by_id(session, gap.revive):
        programme.state, programme.reason = PROGRAMME.check(programme.state, ProgrammeState.PLANNED), ""
        log_programme(session, programme, Event.PROGRAMME_PLANNED, now=now)
    return changed + len(gap.cancel) + len(gap.revive)


def planning_gap(session: Session, station_id: int, now: datetime) -> Gap:
    """Buổi nào phải thêm, lên lịch lại, huỷ; chỉ đọc."""
    query = select(Programme.id, Programme.slot_id, Programme.day, Programme.state, Programme.cancelled_by).where(
        Programme.station_id == station_id, Programme.starts_at > now
    )
    known = {(row.slot_id, row.day): row for row in session.execute(query)}
    quiet = quiet_hours(session, station_id, now)
    horizon = local_day(now, quiet.zone) + (settings.get(session, station_id, settings.PLAN_DAYS) - 1) * DAY
    allowed = _allowed(session, station_id, quiet, now, max([horizon, *(day for _, day in known)]))
    back = (ProgrammeState.CANCELLED, "")
    return Gap(
        create=tuple(one for key, one in allowed.items() if key not in known and one.day <= horizon),
        revive=tuple(row.id for key, row in known.items() if key in allowed and (row.state, row.cancelled_by) == back),
        cancel=tuple(row.id for key, row in known.items() if key not in allowed and row.state is ProgrammeState.PLANNED),
    )


def cancel(session: Session, programme: Programme, reason: str, *, by: str, now: datetime) -> None:
    """Huỷ một buổi chưa phát và ghi nhật ký; ``by`` rỗng là luật huỷ. Lỗi: ``Conflict`` khi buổi đã phát."""
    programme.state = PROGRAMME.check(programme.state, ProgrammeState.CANCELLED)
    programme.reason, programme.cancelled_by = reason, by
    programme.version += 1
    log_programme(session, programme, Event.PROGRAMME_CANCELLED, now=now, reason=reason, by=by or "tự động")


def log_programme(session: Session, programme: Programme, event: Event, *, now: datetime, **more: str) -> None:
    """Một dòng nhật ký về cả buổi."""
    session.flush()
    body = {"programme": programme_body(session, programme), **more}
    append(session, programme.station_id, event, body, happened_at=now, now=now)


def lay_skeleton(session: Session, programme: Programme) -> None:
    """Các mục có sẵn của khuôn: nhạc hiệu, lời mẫu, nhạc đệm. Tin bài do xếp tự động thêm."""
    for segment, target_ms in segments_of(programme):
        kind = _SKELETON.get(segment.kind)
        if kind is None:
            continue
        template = segment.kind is SegmentKind.TEMPLATE
        session.add(
            Item(
                programme_id=programme.id,
                segment_id=segment.id,
                rank=STEP * (segment.position + 1),
                kind=kind,
                sound_id=None if template else segment.sound_id,
                template_code=segment.template_code if template else None,
                planned_ms=segment.sound.duration_ms if kind is ItemKind.SOUND and segment.sound else target_ms,
                placed_by=PlacedBy.RULE,
                why="Theo khuôn chương trình",
            )
        )
    session.flush()


def relay_skeleton(session: Session, programme: Programme) -> None:
    """Dựng lại theo khuôn mới: bỏ mọi mục máy xếp, giữ mục người xếp (không còn thuộc đoạn nào)."""
    for item in list(programme.items):
        if item.placed_by is PlacedBy.RULE and item.state is ItemState.WAITING:
            session.delete(item)
        else:
            item.segment_id = None
    session.flush()
    lay_skeleton(session, programme)
    session.expire(programme, ["items"])


_SKELETON = {
    SegmentKind.SOUND: ItemKind.SOUND,
    SegmentKind.TEMPLATE: ItemKind.TEMPLATE,
    SegmentKind.FILLER: ItemKind.FILLER,
}


def _allowed(
    session: Session, station_id: int, quiet: QuietHours, now: datetime, last: date
) -> dict[tuple[int, date], Occurrence]:
    """Buổi chưa tới giờ mà khung giờ, ngày ngoại lệ và giờ yên tĩnh cùng cho phép."""
    today = local_day(now, quiet.zone)
    slots = {slot.id: slot for slot in slots_between(session, station_id, today, last)}
    rules = day_rules(session, station_id, today, last)
    found = occurrences([slot_rule(slot) for slot in slots.values()], rules, today, last, quiet.zone)
    return {
        (one.slot_id, one.day): one
        for one in found
        if one.starts_at > now and (slots[one.slot_id].rehearsal or not quiet.touches(one.starts_at, one.ends_at))
    }


def _create(session: Session, station_id: int, one: Occurrence, now: datetime) -> int:
    slot = session.scalars(select(Slot).where(Slot.id == one.slot_id, Slot.station_id == station_id)).one()
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
        return 0
    programme = session.scalars(select(Programme).where(Programme.slot_id == slot.id, Programme.day == one.day)).one()
    lay_skeleton(session, programme)
    log_programme(session, programme, Event.PROGRAMME_PLANNED, now=now)
    return 1


def _by_id(session: Session, ids: tuple[int, ...]) -> list[Programme]:
    if not ids:
        return []
    return list(session.scalars(select(Programme).where(Programme.id.in_(ids)).order_by(Programme.starts_at)))
