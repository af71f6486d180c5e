"""Khung giờ: thêm, sửa, thôi phát; sửa là mở một đoạn hiệu lực mới, buổi chưa chốt theo sang và giữ thứ tự người đã xếp."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.accounts.tables import Zone
from broadcaster.errors import Conflict, Invalid
from broadcaster.traffic.calendar import quiet_hours, slot_rule, slots_between, zone_of
from broadcaster.traffic.enums import ProgrammeState
from broadcaster.traffic.formats import fitting_format
from broadcaster.traffic.planning import cancel, relay_skeleton
from broadcaster.traffic.tables import Format, Programme, Slot
from broadcaster.traffic.timetable import DAY, Occurrence, SlotRule, clash, local_day, occurrence, occurrences


@dataclass(frozen=True)
class SlotForm:
    """Điều người dùng nhập; ``zone_ids`` rỗng là cả phường, ``valid_from`` rỗng là từ hôm nay,
    ``format_id`` rỗng là khuôn hợp với thời lượng."""

    name: str
    starts_at: time
    length_ms: int
    weekdays: str
    format_id: int | None = None
    zone_ids: tuple[int, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    rehearsal: bool = False


def create_slot(session: Session, actor: Actor, form: SlotForm, *, now: datetime) -> Slot:
    """Khung giờ mới. Lỗi: ``NotAllowed``; ``Invalid`` khi đè khung giờ khác hoặc chạm giờ yên tĩnh."""
    actor.require(Action.SLOT_EDIT)
    valid_from = form.valid_from or _today(session, actor, now)
    slot = _checked(session, actor, form, series=str(uuid.uuid4()), valid_from=valid_from, valid_to=form.valid_to, now=now)
    session.add(slot)
    session.flush()
    note(session, actor, "slot_created", f"slot:{slot.id}", now=now, name=slot.name, starts_at=slot.starts_at.isoformat())
    return slot


def edit_slot(session: Session, actor: Actor, slot_id: int, form: SlotForm, *, now: datetime) -> Slot:
    """Sửa khung giờ từ ``form.valid_from`` (sớm nhất là sau buổi đã chốt cuối cùng): trả về đoạn hiệu lực mới.

    Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi khung giờ đã thôi, ``Invalid`` như khi tạo.
    """
    actor.require(Action.SLOT_EDIT)
    old = owned(session, Slot, slot_id, actor, lock=True)
    start = _earliest(session, old, form.valid_from or _today(session, actor, now), _today(session, actor, now))
    if old.valid_to is not None and old.valid_to < start:
        raise Conflict("Khung giờ này đã thôi phát. Hãy tạo khung giờ mới.")
    last = _last(session, old, form.valid_to)
    new = _checked(session, actor, form, series=old.series, valid_from=start, valid_to=last, now=now)
    new_format = old.format_id != new.format_id
    if start <= old.valid_from:
        changed = _overwrite(old, new)
    else:
        old.valid_to = start - DAY
        session.add(new)
        changed = new
    session.flush()
    _move_programmes(session, old, changed, start, new_format=new_format, now=now)
    note(session, actor, "slot_edited", f"slot:{changed.id}", now=now, old=old.id, name=changed.name, since=start.isoformat())
    return changed


def end_slot(session: Session, actor: Actor, slot_id: int, *, last_day: date | None = None, now: datetime) -> Slot:
    """Thôi khung giờ sau ``last_day`` (mặc định: từ hôm nay, trừ buổi đã chốt). Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.SLOT_EDIT)
    slot = owned(session, Slot, slot_id, actor, lock=True)
    today = _today(session, actor, now)
    first_off = _earliest(session, slot, today if last_day is None else last_day + DAY, today)
    slot.valid_to = max(first_off - DAY, slot.valid_from)
    if first_off <= slot.valid_from:
        # Chưa có buổi nào phát dưới khung giờ này: không ngày nào trong tuần còn phát.
        slot.weekdays = ""
    note(session, actor, "slot_ended", f"slot:{slot.id}", now=now, name=slot.name, last_day=slot.valid_to.isoformat())
    return slot


def _earliest(session: Session, slot: Slot, wanted: date, today: date) -> date:
    """Ngày sớm nhất đổi được: không sửa quá khứ, không đụng buổi đã chốt hay đã phát."""
    query = select(func.max(Programme.day)).where(
        Programme.slot_id == slot.id, Programme.state.not_in([ProgrammeState.PLANNED, ProgrammeState.CANCELLED])
    )
    fixed = session.scalar(query)
    return max(wanted, today, today if fixed is None else fixed + DAY)


def _checked(
    session: Session, actor: Actor, form: SlotForm, *, series: str, valid_from: date, valid_to: date | None, now: datetime
) -> Slot:
    """Dòng khung giờ đã qua mọi phép kiểm, chưa thêm vào phiên."""
    _check_form(form, valid_from, valid_to)
    format_id = form.format_id or fitting_format(session, actor.station_id, form.length_ms).id
    owned(session, Format, format_id, actor)
    slot = Slot(
        station_id=actor.station_id,
        series=series,
        name=form.name.strip(),
        starts_at=form.starts_at,
        weekdays="".join(sorted(set(form.weekdays))),
        length_ms=form.length_ms,
        format_id=format_id,
        rehearsal=form.rehearsal,
        valid_from=valid_from,
        valid_to=valid_to,
        zones=[owned(session, Zone, zone_id, actor) for zone_id in dict.fromkeys(form.zone_ids)],
    )
    with session.no_autoflush:
        _refuse_clash(session, slot)
        _refuse_quiet(session, slot, now)
    return slot


def _check_form(form: SlotForm, valid_from: date, valid_to: date | None) -> None:
    problems: dict[str, str] = {}
    if not form.name.strip():
        problems["name"] = "Hãy đặt tên cho khung giờ, ví dụ “Buổi sáng”."
    if not form.weekdays or set(form.weekdays) - set("1234567"):
        problems["weekdays"] = "Hãy chọn ít nhất một ngày trong tuần."
    if not 10_000 <= form.length_ms <= 14_400_000:
        problems["length_ms"] = "Thời lượng phải từ 10 giây đến 4 giờ."
    if valid_to is not None and valid_to < valid_from:
        problems["valid_to"] = "Ngày cuối đứng trước ngày đầu. Hãy đổi lại."
    if problems:
        raise Invalid(problems=problems)


def _refuse_clash(session: Session, slot: Slot) -> None:
    rule = slot_rule(slot)
    for other in slots_between(session, slot.station_id, slot.valid_from - DAY, slot.valid_to and slot.valid_to + DAY):
        if other.series != slot.series and clash(rule, slot_rule(other)):
            raise Invalid(
                problems={
                    "starts_at": f"Đè lên khung giờ “{other.name}” lúc {other.starts_at:%H:%M} ở cùng TDP. "
                    "Hãy đổi giờ, đổi ngày hoặc chọn TDP khác."
                }
            )


def _refuse_quiet(session: Session, slot: Slot, now: datetime) -> None:
    if slot.rehearsal:
        return
    quiet = quiet_hours(session, slot.station_id, now)
    first = _next(slot_rule(slot), quiet.zone, now)
    if first is not None and quiet.touches(first.starts_at, first.ends_at):
        raise Invalid(
            problems={
                "starts_at": f"Chạm giờ yên tĩnh {quiet.starts:%H:%M}-{quiet.ends:%H:%M}. Hãy đổi giờ, "
                "hoặc nhờ lãnh đạo nhập ngoại lệ có số văn bản trước."
            }
        )


def _next(rule: SlotRule, zone: ZoneInfo, now: datetime) -> Occurrence | None:
    """Buổi sắp tới đầu tiên theo hiệu lực và ngày trong tuần."""
    start = max(rule.valid_from, local_day(now, zone))
    found = occurrences([rule], [], start, start + 7 * DAY, zone)
    return next((one for one in found if one.starts_at > now), None)


def _overwrite(old: Slot, new: Slot) -> Slot:
    """Chưa buổi nào chốt dưới dòng cũ: sửa tại chỗ, không để lại một đoạn hiệu lực rỗng."""
    for name in ("name", "starts_at", "weekdays", "length_ms", "format_id", "rehearsal", "valid_from", "valid_to"):
        setattr(old, name, getattr(new, name))
    old.zones = list(new.zones)
    return old


def _move_programmes(session: Session, old: Slot, new: Slot, start: date, *, new_format: bool, now: datetime) -> None:
    """Buổi chưa chốt theo khung giờ mới; mục người đã xếp đi cùng. Buổi không còn ngày phát thì lên lịch sẽ huỷ."""
    zone = zone_of(session, old.station_id)
    query = select(Programme).where(
        Programme.slot_id == old.id, Programme.day >= start, Programme.state == ProgrammeState.PLANNED
    )
    for programme in session.scalars(query):
        one = occurrence(slot_rule(new), programme.day, zone)
        programme.slot, programme.rehearsal = new, new.rehearsal
        programme.starts_at, programme.ends_at = one.starts_at, one.ends_at
        programme.version += 1
        if new_format:
            relay_skeleton(session, programme)
        if one.starts_at <= now:
            cancel(session, programme, "Khung giờ được đổi sang giờ đã qua của ngày này.", by="", now=now)


def _last(session: Session, old: Slot, wanted: date | None) -> date | None:
    """Ngày cuối của đoạn hiệu lực mới: không lấn sang đoạn sau đã có của cùng khung giờ."""
    query = select(func.min(Slot.valid_from)).where(Slot.series == old.series, Slot.valid_from > old.valid_from)
    later = session.scalar(query)
    ends = [day for day in (wanted, later and later - DAY) if day is not None]
    return min(ends, default=None)


def _today(session: Session, actor: Actor, now: datetime) -> date:
    return local_day(now, zone_of(session, actor.station_id))
