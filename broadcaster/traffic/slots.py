"""Khung giờ: thêm, sửa, thôi phát; sửa là mở một đoạn hiệu lực mới, buổi chưa chốt theo sang và giữ thứ tự người đã xếp."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from broadcaster.accounts import wordings
from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.accounts.enums import WordingKind
from broadcaster.accounts.names import clean_name, readable
from broadcaster.accounts.tables import Zone
from broadcaster.errors import Conflict, Invalid
from broadcaster.traffic.autofill import Paths
from broadcaster.traffic.calendar import day_rules, quiet_hours, slot_rule, zone_of
from broadcaster.traffic.enums import ProgrammeState
from broadcaster.traffic.formats import fitting_format
from broadcaster.traffic.framing import follow_format
from broadcaster.traffic.overlaps import refuse_clash, refuse_overlap
from broadcaster.traffic.planning import cancel
from broadcaster.traffic.stopping import in_progress, settle
from broadcaster.traffic.tables import Format, Programme, Slot
from broadcaster.traffic.timetable import DAY, WEEKDAYS, Occurrence, SlotRule, local_day, occurrence, occurrences

SHOWN = 41 * DAY
"""Trước khi lưu, người xem từng ngày của sáu tuần."""
LOOKED_AHEAD = 400 * DAY


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
    stop_today: bool | None = None
    """Buổi hôm nay đã chốt hay đang phát: dừng cả buổi (đúng), để phát hết (sai), chưa trả lời (trống)."""


def create_slot(session: Session, actor: Actor, form: SlotForm, *, now: datetime, paths: Paths | None = None) -> Slot:
    """Khung giờ mới; ``paths``: TDP nào chung đường ra với ai (thiếu: mỗi TDP một đường ra).

    Lỗi: ``NotAllowed``; ``Invalid`` khi đè khung giờ khác, chạm giờ yên tĩnh, hoặc không ngày nào có buổi.
    """
    actor.require(Action.SLOT_EDIT)
    valid_from = form.valid_from or _today(session, actor, now)
    slot = _checked(
        session, actor, form, series=str(uuid.uuid4()), valid_from=valid_from, valid_to=form.valid_to, now=now, paths=paths
    )
    session.add(slot)
    refuse_overlap(session, actor.station_id, _special_days(session, slot, now), field="starts_at", paths=paths)
    note(session, actor, "slot_created", f"slot:{slot.id}", now=now, name=slot.name, starts_at=slot.starts_at.isoformat())
    return slot


def copy_for_day(session: Session, actor: Actor, slot: Slot, day: date, at: time, *, now: datetime, paths: Paths | None) -> Slot:
    """Khung giờ chỉ của ngày ``day``, lúc ``at``, còn lại như ``slot``. Lỗi: như ``create_slot``."""
    form = SlotForm(
        slot.name,
        at,
        slot.length_ms,
        str(day.isoweekday()),
        slot.format_id,
        tuple(zone.id for zone in slot.zones),
        day,
        day,
        slot.rehearsal,
    )
    return create_slot(session, actor, form, now=now, paths=paths)


def edit_slot(session: Session, actor: Actor, slot_id: int, form: SlotForm, *, now: datetime, paths: Paths | None = None) -> Slot:
    """Sửa khung giờ từ ``form.valid_from`` (sớm nhất là sau buổi đã chốt cuối cùng): trả về đoạn hiệu lực mới.

    Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi khung giờ đã thôi, ``Invalid`` như khi tạo, và ở ô ``stop_today``
    khi có buổi hôm nay đã chốt hay đang phát mà chưa ai trả lời dừng hay để phát hết.
    """
    actor.require(Action.SLOT_EDIT)
    old, today = owned(session, Slot, slot_id, actor, lock=True), _today(session, actor, now)
    wanted = max(form.valid_from or today, today)
    ends_on = slot_rule(old).ends_on
    if ends_on is not None and ends_on < today:
        raise Conflict("Khung giờ này đã thôi phát. Hãy tạo khung giờ mới.")
    _settle_today(session, actor, old, form, wanted=wanted, now=now)
    start = _earliest(session, old, wanted)
    last = _last(session, old, form.valid_to)
    new = _checked(session, actor, form, series=old.series, valid_from=start, valid_to=last, now=now, paths=paths)
    if start <= old.valid_from:
        changed = _overwrite(old, new)
    else:
        old.valid_to = start - DAY
        session.add(new)
        changed = new
    refuse_overlap(session, actor.station_id, _special_days(session, changed, now), field="starts_at", paths=paths)
    _move_programmes(session, old, changed, start, now=now)
    note(session, actor, "slot_edited", f"slot:{changed.id}", now=now, old=old.id, name=changed.name, since=start.isoformat())
    return changed


def end_slot(
    session: Session, actor: Actor, slot_id: int, *, last_day: date | None = None, stop_today: bool | None = None, now: datetime
) -> Slot:
    """Thôi khung giờ sau ``last_day`` (mặc định: từ hôm nay); ``resume_slot`` đưa nó trở lại y như cũ.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Invalid`` ở ô ``stop_today`` khi buổi hôm nay đã chốt hay đang phát mà chưa ai trả lời.
    """
    actor.require(Action.SLOT_EDIT)
    slot, today = owned(session, Slot, slot_id, actor, lock=True), _today(session, actor, now)
    first_off = max(today, today if last_day is None else last_day + DAY)
    if first_off == today:
        fixed = in_progress(session, actor.station_id, now, first=today, last=today, series=slot.series)
        settle(session, fixed, stop=stop_today, reason="Khung giờ thôi phát", by=actor.name, now=now)
    slot.stopped_on = _earliest(session, slot, first_off)
    note(session, actor, "slot_ended", f"slot:{slot.id}", now=now, name=slot.name, first_day_off=slot.stopped_on.isoformat())
    return slot


def resume_slot(session: Session, actor: Actor, slot_id: int, *, now: datetime, paths: Paths | None = None) -> Slot:
    """Gỡ lệnh thôi phát: khung giờ phát lại y như cũ, các buổi bị huỷ theo nó được lên lịch lại.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Conflict`` khi khung giờ không bị thôi; ``Invalid`` khi chỗ ấy nay đã có khung khác.
    """
    actor.require(Action.SLOT_EDIT)
    slot = owned(session, Slot, slot_id, actor, lock=True)
    if slot.stopped_on is None:
        raise Conflict("Khung giờ này đang phát bình thường.")
    slot.stopped_on = None
    refuse_clash(session, slot, paths)
    refuse_overlap(session, actor.station_id, _special_days(session, slot, now), field="starts_at", paths=paths)
    note(session, actor, "slot_resumed", f"slot:{slot.id}", now=now, name=slot.name)
    return slot


def slot_of(session: Session, actor: Actor, slot_id: int) -> Slot:
    """Một khung giờ để sửa. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.SLOT_EDIT)
    return owned(session, Slot, slot_id, actor)


def going(session: Session, actor: Actor, slot_id: int, first_off: date, now: datetime) -> list[Programme]:
    """Những buổi sẽ bị huỷ nếu khung giờ thôi phát từ ``first_off``, theo giờ phát. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.SLOT_EDIT)
    slot = owned(session, Slot, slot_id, actor)
    query = select(Programme).where(
        Programme.slot_id == slot.id,
        Programme.day >= first_off,
        Programme.starts_at > now,
        Programme.state == ProgrammeState.PLANNED,
    )
    return list(session.scalars(query.order_by(Programme.starts_at)))


def dates(
    session: Session, actor: Actor, form: SlotForm, *, slot_id: int | None = None, now: datetime, paths: Paths | None = None
) -> list[date]:
    """Những ngày khung giờ này sẽ phát trong sáu tuần tới (hay tới hết hạn của nó), để người xem trước khi lưu.

    Lỗi: như ``create_slot`` hay ``edit_slot``; không ghi gì, nên người gọi dùng phiên đọc.
    """
    actor.require(Action.SLOT_EDIT)
    today = _today(session, actor, now)
    old = None if slot_id is None else owned(session, Slot, slot_id, actor)
    start = max(form.valid_from or today, today)
    series = str(uuid.uuid4()) if old is None else old.series
    rule = slot_rule(
        _drafted(session, actor, form, series=series, valid_from=start, valid_to=form.valid_to, now=now, paths=paths)
    )
    last = start + SHOWN if form.valid_to is None else min(form.valid_to, start + SHOWN)
    found = occurrences(
        [rule], day_rules(session, actor.station_id, start, last), start, last, zone_of(session, actor.station_id)
    )
    return [one.day for one in found if one.starts_at > now]


def _settle_today(session: Session, actor: Actor, old: Slot, form: SlotForm, *, wanted: date, now: datetime) -> None:
    """Đổi giờ, ngày, thời lượng hay vùng vào lúc buổi hôm nay đã chốt hay đang phát: phải có câu trả lời."""
    today = _today(session, actor, now)
    zones = {zone.id for zone in old.zones}
    asked = (form.starts_at, form.length_ms, "".join(sorted(form.weekdays)), set(form.zone_ids), form.rehearsal)
    if wanted > today or asked == (old.starts_at, old.length_ms, old.weekdays, zones, old.rehearsal):
        return
    fixed = in_progress(session, actor.station_id, now, first=today, last=today, series=old.series)
    reason = f"Khung giờ được đổi sang {form.starts_at:%H:%M}"
    settle(session, fixed, stop=form.stop_today, reason=reason, by=actor.name, now=now)


def _special_days(session: Session, slot: Slot, now: datetime) -> list[date]:
    """Ngày từ nay có ngoại lệ: phép so hai khung giờ theo tuần không thấy những ngày ấy."""
    today = local_day(now, zone_of(session, slot.station_id))
    return [rule.day for rule in day_rules(session, slot.station_id, today, today + LOOKED_AHEAD)]


def _earliest(session: Session, slot: Slot, wanted: date) -> date:
    """Ngày sớm nhất đổi được: không đụng buổi đã chốt hay đã phát, kể cả buổi bị dừng giữa chừng."""
    untouched = or_(
        Programme.state == ProgrammeState.PLANNED,
        and_(Programme.state == ProgrammeState.CANCELLED, or_(Programme.cancelled_by == "", Programme.locked_at.is_(None))),
    )
    fixed = session.scalar(select(func.max(Programme.day)).where(Programme.slot_id == slot.id, ~untouched))
    return wanted if fixed is None else max(wanted, fixed + DAY)


def _checked(
    session: Session,
    actor: Actor,
    form: SlotForm,
    *,
    series: str,
    valid_from: date,
    valid_to: date | None,
    now: datetime,
    paths: Paths | None,
) -> Slot:
    """Dòng khung giờ đã qua mọi phép kiểm và có khuôn, chưa thêm vào phiên."""
    slot = _drafted(session, actor, form, series=series, valid_from=valid_from, valid_to=valid_to, now=now, paths=paths)
    slot.format_id = slot.format_id or fitting_format(session, actor.station_id, form.length_ms).id
    wordings.propose(session, actor, WordingKind.SLOT, slot.name, now=now)
    return slot


def _drafted(
    session: Session,
    actor: Actor,
    form: SlotForm,
    *,
    series: str,
    valid_from: date,
    valid_to: date | None,
    now: datetime,
    paths: Paths | None,
) -> Slot:
    """Như ``_checked`` mà chưa chọn khuôn hộ, nên không ghi gì."""
    _check_form(form, valid_from, valid_to)
    if form.format_id is not None:
        owned(session, Format, form.format_id, actor)
    slot = Slot(
        station_id=actor.station_id,
        series=series,
        name=clean_name(form.name),
        starts_at=form.starts_at,
        weekdays="".join(sorted(set(form.weekdays))),
        length_ms=form.length_ms,
        format_id=form.format_id,
        rehearsal=form.rehearsal,
        valid_from=valid_from,
        valid_to=valid_to,
        zones=[owned(session, Zone, zone_id, actor) for zone_id in dict.fromkeys(form.zone_ids)],
    )
    with session.no_autoflush:
        refuse_clash(session, slot, paths)
        _refuse_quiet(session, slot, now)
        _refuse_empty(session, slot, now)
    return slot


def _check_form(form: SlotForm, valid_from: date, valid_to: date | None) -> None:
    problems: dict[str, str] = {}
    if not readable(form.name):
        problems["name"] = "Hãy đặt tên cho khung giờ, ví dụ “Buổi sáng”."
    if not form.weekdays or set(form.weekdays) - set("1234567"):
        problems["weekdays"] = "Hãy chọn ít nhất một ngày trong tuần."
    if not 10_000 <= form.length_ms <= 14_400_000:
        problems["length_ms"] = "Thời lượng phải từ 10 giây đến 4 giờ."
    if valid_to is not None and valid_to < valid_from:
        problems["valid_to"] = "Ngày cuối đứng trước ngày đầu. Hãy đổi lại."
    if problems:
        raise Invalid(problems=problems)


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


def _refuse_empty(session: Session, slot: Slot, now: datetime) -> None:
    """Khung giờ có hạn mà không ngày nào có buổi là gõ nhầm: nói ngay, đừng nhận rồi im lặng."""
    if slot.valid_to is None:
        return
    zone = zone_of(session, slot.station_id)
    rules = day_rules(session, slot.station_id, slot.valid_from, slot.valid_to)
    if not any(one.starts_at > now for one in occurrences([slot_rule(slot)], rules, slot.valid_from, slot.valid_to, zone)):
        chosen = ", ".join(WEEKDAYS[int(day) - 1] for day in slot.weekdays)
        span = f"từ {WEEKDAYS[slot.valid_from.weekday()]} {slot.valid_from:%d/%m/%Y} đến {slot.valid_to:%d/%m/%Y}"
        raise Invalid(problems={"weekdays": f"Không ngày nào có buổi phát: {span} không có {chosen} nào chưa qua giờ."})


def _next(rule: SlotRule, zone: ZoneInfo, now: datetime) -> Occurrence | None:
    """Buổi sắp tới đầu tiên theo hiệu lực và ngày trong tuần."""
    start = max(rule.valid_from, local_day(now, zone))
    found = occurrences([rule], [], start, start + 7 * DAY, zone)
    return next((one for one in found if one.starts_at > now), None)


def _overwrite(old: Slot, new: Slot) -> Slot:
    """Chưa buổi nào chốt dưới dòng cũ: sửa tại chỗ, không để lại một đoạn hiệu lực rỗng."""
    for name in ("name", "starts_at", "weekdays", "length_ms", "format_id", "rehearsal", "valid_from", "valid_to", "stopped_on"):
        setattr(old, name, getattr(new, name))
    old.zones = list(new.zones)
    return old


def _move_programmes(session: Session, old: Slot, new: Slot, start: date, *, now: datetime) -> None:
    """Buổi chưa chốt theo khung giờ mới; mục người đã xếp đi cùng. Buổi không còn ngày phát thì lên lịch sẽ huỷ.

    Buổi đã huỷ cũng đi theo: người huỷ thì khung giờ mới không được gọi nó dậy, luật huỷ thì nó trở lại đúng giờ mới.
    """
    zone = zone_of(session, old.station_id)
    states = (ProgrammeState.PLANNED, ProgrammeState.CANCELLED)
    query = select(Programme).where(Programme.slot_id == old.id, Programme.day >= start, Programme.state.in_(states))
    for programme in session.scalars(query):
        one = occurrence(slot_rule(new), programme.day, zone)
        programme.slot, programme.rehearsal = new, new.rehearsal
        programme.starts_at, programme.ends_at = one.starts_at, one.ends_at
        programme.version += 1
        if programme.state is ProgrammeState.CANCELLED:
            continue
        follow_format(session, programme)
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
