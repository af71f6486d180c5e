"""Khuôn chương trình: danh sách, khuôn có sẵn, và trang sửa các đoạn với tổng thời lượng so với khung giờ dùng nó."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import Conflict, Invalid, StaleForm
from broadcaster.newsroom import plan_admin
from broadcaster.newsroom.enums import Genre
from broadcaster.studio.enums import TemplateCode
from broadcaster.studio.tables import Sound
from broadcaster.traffic import format_admin, queries
from broadcaster.traffic.enums import SegmentFill, SegmentKind
from broadcaster.traffic.format_admin import FormatForm, SegmentForm
from broadcaster.traffic.format_presets import PRESETS
from broadcaster.traffic.formats import UNBUILT
from broadcaster.traffic.tables import Slot
from broadcaster.traffic.timetable import WEEKDAYS
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.routes.slots import SHORT_DAYS, today
from broadcaster.web.session import SignedIn

router = APIRouter()

WRITTEN = (Genre.NEWS, Genre.FEATURE, Genre.NOTICE, Genre.QA, Genre.COMPLAINT_ANSWER)
_FIELDS = {
    "name": "ten",
    "target_ms": "dai",
    "sound_id": "am",
    "template_code": "mau",
    "weekdays": "ngay",
    "segments": "chung",
}


@dataclass(frozen=True)
class Total:
    """Tổng của khuôn vào một số ngày, và phần cố định (nhạc hiệu, lời mẫu) trong đó; ``unbuilt_ms``: chỗ của tiếp âm."""

    days: str
    total_ms: int
    fixed_ms: int
    unbuilt_ms: int


@router.get("/khuon")
def listing(request: Request, signed: SignedIn) -> Response:
    """Khuôn đang dùng, khuôn có sẵn chưa lấy, khuôn đã cất."""
    return _list(request, signed)


@router.post("/khuon/co-san/{code}")
def add_preset(request: Request, signed: SignedIn, code: str) -> Response:
    """Lấy một khuôn có sẵn về làm khuôn của đài."""
    services = services_of(request)
    with services.database.writing() as session:
        made = format_admin.add_preset(session, signed.actor, code, now=services.clock.now())
        format_id = made.id
    return back_to(f"/khuon/{format_id}", "Đã thêm khuôn. Sửa tuỳ ý, rồi chọn nó ở khung giờ.")


@router.get("/khuon/{format_id}")
def one(request: Request, signed: SignedIn, format_id: Id) -> Response:
    """Các đoạn của một khuôn."""
    with services_of(request).database.reading() as session:
        form = format_admin.form_of(format_admin.format_of(session, signed.actor, format_id))
    return _page(request, signed, format_id, form)


@router.post("/khuon/{format_id}")
def save(request: Request, signed: SignedIn, format_id: Id, form: Form) -> Response:
    """Ô của đoạn thứ n: doan_n, ten_n, loai_n, dai_n (phút:giây), the_loai_n*, chuyen_muc_n, mau_n, am_n, lai_n, ai_n, cung_n,
    ngay_n*.

    viec: luu; hoặc len:n, xuong:n, bo:n, them:loại — chỉ đổi trên trang, chưa lưu.
    """
    services, deed = services_of(request), form.text("viec")
    signed.actor.require(Action.SLOT_EDIT)
    typed, problems = _typed(form)
    if deed != "luu":
        return _page(request, signed, format_id, _reworked(typed, deed), version=form.text("version"), problems=problems)
    if problems:
        return _page(request, signed, format_id, typed, status=422, problems=problems, version=form.text("version"))
    try:
        with services.database.writing() as session:
            version, now = form.whole("version"), services.clock.now()
            followed = format_admin.save_format(session, signed.actor, format_id, typed, version=version, now=now)
    except Invalid as error:
        named = {_renamed(name): text for name, text in error.problems.items()}
        return _page(request, signed, format_id, typed, status=422, problems=named, version=form.text("version"))
    except StaleForm as error:
        return _page(request, signed, format_id, typed, status=409, problems={"chung": error.message})
    return back_to(f"/khuon/{format_id}?vua_luu=1", f"Đã lưu khuôn. {followed} buổi chưa chốt đã theo khuôn mới.")


@router.post("/khuon/{format_id}/tong")
def totals(request: Request, signed: SignedIn, format_id: Id, form: Form) -> Response:
    """Mảnh trang tổng thời lượng, cho trang tự cập nhật trong lúc gõ."""
    typed, _ = _typed(form)
    services = services_of(request)
    with services.database.reading() as session:
        slots = format_admin.used_by(session, signed.actor, services.clock.now()).get(format_id, [])
        return render(request, "khuon_tong.html", totals=_totals(typed), slots=slots)


@router.post("/khuon/{format_id}/chep")
def copy(request: Request, signed: SignedIn, format_id: Id) -> Response:
    """Khuôn mới y như khuôn này."""
    services = services_of(request)
    with services.database.writing() as session:
        form = format_admin.form_of(format_admin.format_of(session, signed.actor, format_id))
        fresh = FormatForm(f"{form.name} (bản chép)", tuple(replace(one, segment_id=None) for one in form.segments))
        made = format_admin.create_format(session, signed.actor, fresh, now=services.clock.now())
        made_id = made.id
    return back_to(f"/khuon/{made_id}", "Đã chép khuôn. Đặt tên và sửa các đoạn ở đây.")


@router.post("/khuon/{format_id}/lui")
def undo(request: Request, signed: SignedIn, format_id: Id, form: Form) -> Response:
    """Lùi về bản trước. Ô: version."""
    services = services_of(request)
    with services.database.writing() as session:
        version, now = form.whole("version"), services.clock.now()
        followed = format_admin.undo_format(session, signed.actor, format_id, version=version, now=now)
    return back_to(f"/khuon/{format_id}?vua_luu=1", f"Đã lùi về bản trước. {followed} buổi chưa chốt đã theo.")


@router.post("/khuon/{format_id}/cat")
def retire(request: Request, signed: SignedIn, format_id: Id) -> Response:
    """Cất khuôn không còn dùng."""
    services = services_of(request)
    try:
        with services.database.writing() as session:
            format_admin.retire_format(session, signed.actor, format_id, now=services.clock.now())
    except Conflict as error:
        return _list(request, signed, status=409, problem=error.message)
    return back_to("/khuon", "Đã cất khuôn. Đưa lại ở cuối trang.")


@router.post("/khuon/{format_id}/dua-lai")
def restore(request: Request, signed: SignedIn, format_id: Id) -> Response:
    """Đưa khuôn đã cất ra dùng."""
    services = services_of(request)
    with services.database.writing() as session:
        format_admin.restore_format(session, signed.actor, format_id, now=services.clock.now())
    return back_to("/khuon", "Đã đưa khuôn trở lại.")


def _typed(form: Posted) -> tuple[FormatForm, dict[str, str]]:
    """Khuôn như đang gõ; ô nào không đọc được thì có lời nhắn và mang giá trị an toàn."""
    problems: dict[str, str] = {}
    rows: list[SegmentForm] = []
    number = 0
    while form.text(f"loai_{number}") and number < format_admin.MOST:
        try:
            rows.append(_segment(form, number))
        except Invalid as error:
            problems |= error.problems
            rows.append(SegmentForm(form.text(f"ten_{number}"), SegmentKind.SCRIPTS, 60_000))
        number += 1
    return FormatForm(form.text("ten"), tuple(rows)), problems


def _segment(form: Posted, number: int) -> SegmentForm:
    code = form.text(f"mau_{number}")
    return SegmentForm(
        name=form.text(f"ten_{number}"),
        kind=form.word(f"loai_{number}", SegmentKind, SegmentKind.SCRIPTS),
        target_ms=_length(form, f"dai_{number}"),
        segment_id=form.maybe(f"doan_{number}"),
        genres=tuple(genre for genre in WRITTEN if genre.value in form.texts(f"the_loai_{number}")),
        column_id=form.maybe(f"chuyen_muc_{number}"),
        template_code=form.word(f"mau_{number}", TemplateCode, TemplateCode.OPENING) if code else None,
        sound_id=form.maybe(f"am_{number}"),
        rerun_of=form.maybe(f"lai_{number}"),
        fill=form.word(f"ai_{number}", SegmentFill, SegmentFill.AUTO),
        hard=form.checked(f"cung_{number}"),
        weekdays="".join(sorted(form.texts(f"ngay_{number}"))),
    )


def _length(form: Posted, name: str) -> int:
    """``4:30``, ``4`` phút hay ``45 giây`` thành mili giây."""
    minutes, colon, seconds = form.text(name).strip().partition(":")
    if re.fullmatch("[0-9]{1,3}", minutes) and re.fullmatch("[0-5]?[0-9]" if colon else "", seconds):
        return (int(minutes) * 60 + int(seconds or 0)) * 1000
    raise Invalid(problems={name: "Hãy nhập phút:giây, ví dụ 4:30."})


def _reworked(typed: FormatForm, deed: str) -> FormatForm:
    """Đổi thứ tự, bỏ hay thêm đoạn trên trang."""
    rows, (what, _, detail) = list(typed.segments), deed.partition(":")
    at = int(detail) if re.fullmatch("[0-9]{1,3}", detail) else -1
    if what == "bo" and at in range(len(rows)):
        del rows[at]
    elif what in ("len", "xuong") and at in range(len(rows)):
        to = min(max(0, at + (1 if what == "xuong" else -1)), len(rows) - 1)
        rows.insert(to, rows.pop(at))
    elif what == "them" and len(rows) < format_admin.MOST:
        kind = next((kind for kind in SegmentKind if kind.value == detail), SegmentKind.SCRIPTS)
        closing = next((n for n, row in enumerate(rows) if row.template_code is TemplateCode.CLOSING), len(rows))
        rows.insert(closing, SegmentForm(kind.label.partition(" (")[0], kind, 60_000))
    return replace(typed, segments=tuple(rows))


def _totals(typed: FormatForm) -> list[Total]:
    """Tổng theo nhóm ngày có cùng tổng."""
    found: dict[tuple[int, int, int], list[int]] = {}
    for weekday in range(1, 8):
        here = [one for one in typed.segments if not one.weekdays or str(weekday) in one.weekdays]
        fixed = sum(one.target_ms for one in here if one.kind in (SegmentKind.SOUND, SegmentKind.TEMPLATE))
        unbuilt = sum(one.target_ms for one in here if one.kind in UNBUILT)
        found.setdefault((sum(one.target_ms for one in here), fixed, unbuilt), []).append(weekday)
    if len(found) == 1:
        return [Total("Mọi ngày", *key) for key in found]
    return [Total(", ".join(WEEKDAYS[day - 1] for day in days), *key) for key, days in found.items()]


def _renamed(name: str) -> str:
    field, _, number = name.rpartition("_")
    return f"{_FIELDS.get(field, field)}_{number}" if number.isdecimal() else _FIELDS.get(name, name)


def _list(request: Request, signed: Signed, *, status: int = 200, problem: str = "") -> Response:
    services = services_of(request)
    with services.database.reading() as session:
        mine = format_admin.formats(session, signed.actor)
        taken = {one.preset for one in mine}
        return render(
            request,
            "khuon.html",
            signed=signed,
            status=status,
            problem=problem,
            formats=[(one, _totals(format_admin.form_of(one))) for one in mine],
            retired=format_admin.formats(session, signed.actor, retired=True),
            used=format_admin.used_by(session, signed.actor, services.clock.now()),
            presets=[preset for preset in PRESETS.values() if preset.code not in taken],
            may_edit=signed.actor.may(Action.SLOT_EDIT),
        )


def _page(
    request: Request,
    signed: Signed,
    format_id: int,
    form: FormatForm,
    *,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
    version: str = "",
) -> Response:
    services = services_of(request)
    with services.database.reading() as session:
        chosen = format_admin.format_of(session, signed.actor, format_id)
        history = format_admin.versions(session, signed.actor, format_id)
        return render(
            request,
            "khuon_sua.html",
            signed=signed,
            status=status,
            chosen=chosen,
            form=form,
            rows=[_row(one) for one in form.segments],
            version=version or chosen.version,
            problems=problems or {},
            opened={int(name.rpartition("_")[2]) for name in problems or {} if name.startswith(("am_", "mau_", "ngay_"))},
            totals=_totals(form),
            slots=format_admin.used_by(session, signed.actor, services.clock.now()).get(format_id, []),
            history=history,
            just_saved=bool(request.query_params.get("vua_luu")) and len(history) > 1,
            may_edit=signed.actor.may(Action.SLOT_EDIT),
            **_choices(session, signed, request),
        )


def _row(one: SegmentForm) -> dict[str, Any]:
    seconds = one.target_ms // 1000
    return asdict(one) | {"kind": one.kind, "length": f"{seconds // 60}:{seconds % 60:02}", "unbuilt": one.kind in UNBUILT}


def _choices(session: Session, signed: Signed, request: Request) -> dict[str, Any]:
    sounds = select(Sound).where(Sound.station_id == signed.actor.station_id, Sound.retired_at.is_(None))
    slots: Sequence[Slot] = queries.slots(session, signed.actor, today(request))
    return {
        "kinds": list(SegmentKind),
        "genres": [(genre.value, genre.label) for genre in WRITTEN],
        "columns": [(column.id, column.name) for column in plan_admin.columns(session, signed.actor)],
        "sounds": [(sound.id, sound.name) for sound in session.scalars(sounds.order_by(Sound.name))],
        "templates": [(code.value, code.label) for code in TemplateCode if not code.urgent],
        "fills": [(fill.value, fill.label) for fill in SegmentFill],
        "reruns": [(slot.id, f"{slot.name} {slot.starts_at:%H:%M}") for slot in slots],
        "weekdays": SHORT_DAYS,
    }
