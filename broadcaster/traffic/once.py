"""Phát một lần: một ngày, một giờ, một chương trình hay một bản tin; không phải lập khung giờ rồi nhớ đóng nó lại."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.errors import Conflict, Invalid
from broadcaster.traffic import candidates
from broadcaster.traffic.autofill import Candidate
from broadcaster.traffic.calendar import slot_rule, zone_of
from broadcaster.traffic.editing import add_script
from broadcaster.traffic.enums import ItemKind
from broadcaster.traffic.format_presets import ONCE
from broadcaster.traffic.formats import default_format, length_on
from broadcaster.traffic.planning import create
from broadcaster.traffic.slots import SlotForm, create_slot
from broadcaster.traffic.tables import Format, Programme
from broadcaster.traffic.timetable import occurrence

_STEP_MS = 5_000
"""Buổi của một bản tin dài tới bội số này, để chỗ làm tròn không cắt mất nhạc hiệu kết."""


@dataclass(frozen=True)
class OnceForm:
    """Điều người dùng nhập: chọn ``format_id`` (máy xếp theo khuôn) hoặc ``script_id`` (chỉ bản tin ấy)."""

    day: date
    at: time
    format_id: int | None = None
    script_id: int | None = None


def air_once(session: Session, actor: Actor, form: OnceForm, *, now: datetime) -> Programme:
    """Một buổi duy nhất, được lập ngay dù ngày ấy còn xa.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Invalid`` khi đã qua, đè buổi khác hay chạm giờ yên tĩnh; ``Conflict`` khi bản tin
    chưa được duyệt hoặc hết hiệu lực vào ngày ấy.
    """
    actor.require(Action.SLOT_EDIT)
    wanted = slot_form(session, actor, form, now=now)
    if form.script_id is not None:
        wanted = replace(wanted, format_id=default_format(session, actor.station_id, ONCE).id)
    slot = create_slot(session, actor, wanted, now=now)
    one = occurrence(slot_rule(slot), form.day, zone_of(session, actor.station_id))
    programme = create(session, actor.station_id, one, now)
    if programme is None:
        raise Conflict("Buổi này vừa được lập ở nơi khác. Hãy tải lại trang.")
    if form.script_id is not None:
        call = [item for item in programme.items if item.kind is ItemKind.TEMPLATE][:1]
        after_id, version = (call[0].id if call else None), programme.version
        add_script(session, actor, programme.id, form.script_id, after_id=after_id, version=version, now=now)
    return programme


def slot_form(session: Session, actor: Actor, form: OnceForm, *, now: datetime) -> SlotForm:
    """Khung giờ của đúng một ngày ứng với ``form``; không ghi gì. Lỗi: như ``air_once``."""
    if form.script_id is None and form.format_id is None:
        raise Invalid(problems={"what": "Hãy chọn phát gì: một chương trình theo khuôn, hay một bản tin."})
    if datetime.combine(form.day, form.at, tzinfo=zone_of(session, actor.station_id)) <= now:
        raise Invalid(problems={"day": "Lúc ấy đã qua. Hãy chọn ngày giờ sắp tới, hoặc dùng Phát khẩn cấp nếu phải phát ngay."})
    weekday = str(form.day.isoweekday())
    if form.script_id is not None:
        one = _approved(session, actor, form.script_id, form.day)
        frame = ONCE.length_ms - ONCE.open_ms
        name, length_ms = f"Phát một lần: {one.title}", -(-(frame + one.length_ms) // _STEP_MS) * _STEP_MS
    else:
        chosen = owned(session, Format, form.format_id or 0, actor)
        name, length_ms = f"Phát một lần: {chosen.name}", length_on(chosen.segments, weekday)
    return SlotForm(name, form.at, length_ms, weekday, form.format_id, valid_from=form.day, valid_to=form.day)


def stock_on(session: Session, actor: Actor, day: date) -> list[Candidate]:
    """Bản tin đã duyệt còn hiệu lực từ ``day`` trở đi, để chọn. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    return candidates.candidates(session, actor.station_id, day)


def _approved(session: Session, actor: Actor, script_id: int, day: date) -> Candidate:
    found = (one for one in stock_on(session, actor, day) if one.script_id == script_id and one.valid_on(day))
    one = next(found, None)
    if one is None:
        raise Conflict("Bản tin này chưa được duyệt, đã rút hoặc hết hiệu lực vào ngày ấy.")
    return one
