"""Khung giờ: giờ phát hằng tuần và phát một lần; người xem đúng những ngày sẽ phát rồi mới lưu, thôi phát lấy lại được."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.accounts.tables import Zone
from broadcaster.clock import read_day
from broadcaster.errors import Conflict, Invalid
from broadcaster.service.hearing import heard_beyond, heard_with
from broadcaster.traffic import exceptions, queries, slots
from broadcaster.traffic.enums import DayExceptionKind
from broadcaster.traffic.once import OnceForm, air_once, slot_form, stock_on
from broadcaster.traffic.slots import SlotForm
from broadcaster.traffic.tables import Slot
from broadcaster.traffic.timetable import DAY, WEEKDAYS
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, day_name, local, render, services_of, typed
from broadcaster.web.params import Id, id_in
from broadcaster.web.session import SignedIn

router = APIRouter()

SHORT_DAYS = tuple((str(number), name) for number, name in enumerate(("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "CN"), start=1))
OFFERED = 50
"""Bấy nhiêu bản tin mới duyệt nhất được chọn ngay ở đây; các bản khác chọn từ trang Chờ phát."""
NAMED = 12
"""Bấy nhiêu ngày đầu được nêu từng ngày; phần sau nói số buổi."""
MINUTES = (1 / 6, 240)
EMPTY: dict[str, Any] = {
    "ten": "",
    "gio": "",
    "phut": "15",
    "ngay": ["1", "2", "3", "4", "5"],
    "tdp": [],
    "khuon": "",
    "dien_tap": "",
    "tu_ngay": "",
    "den_ngay": "",
    "buoi_nay": "",
}
ONCE: dict[str, str] = {"mot_ngay": "", "mot_gio": "", "mot_gi": ""}
_FIELDS = {
    "name": "ten",
    "starts_at": "gio",
    "length_ms": "phut",
    "weekdays": "ngay",
    "zone_ids": "tdp",
    "format_id": "khuon",
    "valid_from": "tu_ngay",
    "valid_to": "den_ngay",
    "stop_today": "buoi_nay",
}
_ONCE_FIELDS = {
    "what": "mot_gi",
    "day": "mot_ngay",
    "name": "mot_gi",
    "starts_at": "mot_gio",
    "weekdays": "mot_ngay",
    "length_ms": "mot_gi",
}
STOPPING = {"dung": True, "het": False}


@router.get("/khung-gio")
def listing(request: Request, signed: SignedIn) -> Response:
    """Khung giờ đang và sắp có hiệu lực, ngày ngoại lệ, phép phát trong giờ yên tĩnh. ``?bai=``: điền sẵn cho bản tin ấy."""
    return page(request, signed)


@router.post("/khung-gio")
def create(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ô: ten, gio, phut, ngay* (1..7), tdp*, khuon, dien_tap, tu_ngay, den_ngay; da_xem: dấu của những ngày người đã xem.

    Chưa xem, hoặc đã sửa sau khi xem, thì trang hiện đúng những ngày sẽ phát và hỏi lại.
    """
    return _save(request, signed, form)


@router.get("/khung-gio/{slot_id}")
def one(request: Request, signed: SignedIn, slot_id: Id) -> Response:
    """Biểu mẫu sửa một khung giờ."""
    with services_of(request).database.reading() as session:
        found = next((slot for slot in queries.slots(session, signed.actor, today(request)) if slot.id == slot_id), None)
        chosen = None if found is None else _typed_of(found)
    return page(request, signed, chosen, slot_id=slot_id if found else None)


@router.post("/khung-gio/{slot_id}")
def change(request: Request, signed: SignedIn, slot_id: Id, form: Form) -> Response:
    """Ô như khi thêm; buoi_nay: dung hay het, khi buổi hôm nay đã chốt. Buổi sau theo khung mới, giữ thứ tự người đã xếp."""
    return _save(request, signed, form, slot_id=slot_id)


@router.get("/khung-gio/{slot_id}/ket-thuc")
def ask_end(request: Request, signed: SignedIn, slot_id: Id, ngay_cuoi: str = "") -> Response:
    """Thôi phát sẽ huỷ những buổi nào."""
    return _ask_end(request, signed, slot_id, {"ngay_cuoi": ngay_cuoi, "buoi_nay": ""}, {})


@router.post("/khung-gio/{slot_id}/ket-thuc")
def end(request: Request, signed: SignedIn, slot_id: Id, form: Form) -> Response:
    """Thôi phát khung giờ này. Ô: ngay_cuoi (để trống là từ hôm nay), buoi_nay."""
    services = services_of(request)
    try:
        with services.database.writing() as session:
            slots.end_slot(
                session,
                signed.actor,
                slot_id,
                last_day=form.day("ngay_cuoi"),
                stop_today=STOPPING.get(form.text("buoi_nay")),
                now=services.clock.now(),
            )
    except Invalid as error:
        chosen = {"ngay_cuoi": form.text("ngay_cuoi"), "buoi_nay": form.text("buoi_nay")}
        return _ask_end(request, signed, slot_id, chosen, _renamed(error, _FIELDS), status=422)
    return back_to(f"/khung-gio?vua_thoi={slot_id}")


@router.post("/khung-gio/{slot_id}/phat-lai")
def resume(request: Request, signed: SignedIn, slot_id: Id) -> Response:
    """Lấy lại lệnh thôi phát."""
    services = services_of(request)
    try:
        with services.database.writing() as session:
            paths = heard_with(session, signed.actor.station_id)
            slots.resume_slot(session, signed.actor, slot_id, now=services.clock.now(), paths=paths)
    except Invalid as error:
        return page(request, signed, status=422, problems={"chung": error.message})
    return back_to("/khung-gio", "Khung giờ phát lại như cũ. Các buổi đang được lập lại.")


@router.post("/khung-gio/phat-mot-lan/them")
def once(request: Request, signed: SignedIn, form: Form) -> Response:
    """Phát một lần. Ô: mot_ngay, mot_gio, mot_gi (khuon:mã hoặc bai:mã), da_xem như khi thêm khung giờ."""
    services, now = services_of(request), services_of(request).clock.now()
    chosen = {name: form.text(name) for name in ONCE}
    try:
        wanted = _once(form)
        with services.database.reading() as session:
            plain = slot_form(session, signed.actor, wanted, now=now)
            slots.dates(session, signed.actor, plain, now=now, paths=heard_with(session, signed.actor.station_id))
        seen = _seal([wanted.day], chosen)
        if form.text("da_xem") != seen:
            text = f"{day_name(wanted.day)}, lúc {typed(wanted.at)}, dài {_length(plain.length_ms)}: {plain.name}."
            return page(request, signed, once=chosen, preview={"mot_lan": text, "da_xem": seen})
        with services.database.writing() as session:
            programme = air_once(session, signed.actor, wanted, now=now, paths=heard_with(session, signed.actor.station_id))
    except Invalid as error:
        return page(request, signed, status=422, once=chosen, problems=_renamed(error, _ONCE_FIELDS, "mot_gi"))
    except Conflict as error:
        return page(request, signed, status=409, once=chosen, problems={"mot_gi": error.message})
    return back_to(f"/chuong-trinh/{programme.id}", "Đã lập buổi phát một lần.")


def _save(request: Request, signed: Signed, form: Posted, *, slot_id: int | None = None) -> Response:
    """Xem ngày trước, lưu sau; sửa gì sau khi xem thì xem lại."""
    services, now = services_of(request), services_of(request).clock.now()
    chosen = {name: form.texts(name) if name in ("ngay", "tdp") else form.text(name) for name in EMPTY}
    try:
        wanted = _slot(form)
        with services.database.reading() as session:
            paths = heard_with(session, signed.actor.station_id)
            found = slots.dates(session, signed.actor, wanted, slot_id=slot_id, now=now, paths=paths)
            also = _names(heard_beyond(frozenset(wanted.zone_ids), paths), dict(_zones(session, signed)))
        seen = _seal(found, {name: value for name, value in chosen.items() if name != "buoi_nay"})
        if form.text("da_xem") != seen:
            preview = {"ngay": _in_words(found, wanted), "cung_nghe": also, "da_xem": seen}
            return page(request, signed, chosen, slot_id=slot_id, preview=preview)
        with services.database.writing() as session:
            if slot_id is None:
                slots.create_slot(session, signed.actor, wanted, now=now, paths=paths)
            else:
                slots.edit_slot(session, signed.actor, slot_id, wanted, now=now, paths=paths)
    except Invalid as error:
        problems = _renamed(error, _FIELDS)
        preview = {"da_xem": form.text("da_xem")} if "buoi_nay" in problems else {}
        return page(request, signed, chosen, status=422, problems=problems, slot_id=slot_id, preview=preview)
    return back_to("/khung-gio", "Đã sửa khung giờ." if slot_id else "Đã thêm khung giờ. Các buổi phát đang được lập.")


def _slot(form: Posted) -> SlotForm:
    return SlotForm(
        name=form.text("ten"),
        starts_at=form.clock_time("gio"),
        length_ms=round(form.decimal("phut", *MINUTES) * 60_000),
        weekdays="".join(sorted(form.texts("ngay"))),
        format_id=form.maybe("khuon"),
        zone_ids=form.ids("tdp"),
        valid_from=form.day("tu_ngay"),
        valid_to=form.day("den_ngay"),
        rehearsal=form.checked("dien_tap"),
        stop_today=STOPPING.get(form.text("buoi_nay")),
    )


def _once(form: Posted) -> OnceForm:
    day = form.day("mot_ngay")
    if day is None:
        raise Invalid(problems={"mot_ngay": "Hãy nhập ngày phát, dạng 05/12/2026."})
    kind, _, number = form.text("mot_gi").partition(":")
    chosen = id_in(number)
    return OnceForm(
        day,
        form.clock_time("mot_gio"),
        format_id=chosen if kind == "khuon" else None,
        script_id=chosen if kind == "bai" else None,
    )


def _typed_of(slot: Slot) -> dict[str, Any]:
    return EMPTY | {
        "ten": slot.name,
        "gio": slot.starts_at,
        "phut": f"{slot.length_ms / 60_000:g}",
        "ngay": list(slot.weekdays),
        "tdp": [zone.id for zone in slot.zones],
        "khuon": slot.format_id,
        "dien_tap": "1" if slot.rehearsal else "",
        "den_ngay": slot.valid_to or "",
    }


def _seal(days: Sequence[date], chosen: Mapping[str, object]) -> str:
    """Dấu của đúng điều người đã xem: đổi một ô là dấu khác."""
    return hashlib.sha256(repr(([day.isoformat() for day in days], sorted(chosen.items()))).encode()).hexdigest()[:16]


def _in_words(days: Sequence[date], form: SlotForm) -> list[str]:
    """Những ngày sẽ phát, từng ngày một, rồi phần còn lại."""
    lines = [day_name(day) for day in days[:NAMED]]
    rest = days[NAMED:]
    if rest:
        lines.append(f"và {len(rest)} buổi nữa tới {rest[-1]:%d/%m/%Y}")
    chosen = ", ".join(WEEKDAYS[int(number) - 1] for number in form.weekdays)
    lines.append(f"hết ngày {form.valid_to:%d/%m/%Y} thì thôi" if form.valid_to else f"rồi cứ thế mỗi tuần vào {chosen}")
    return lines if days else ["Sáu tuần tới không có buổi nào (ngày nghỉ, hoặc chưa tới ngày đầu).", *lines]


def _length(length_ms: int) -> str:
    minutes, seconds = divmod(length_ms // 1000, 60)
    return f"{minutes} phút" + (f" {seconds} giây" if seconds else "")


def _renamed(error: Invalid, names: Mapping[str, str], default: str = "chung") -> dict[str, str]:
    return {names.get(name, name): text for name, text in error.problems.items()} or {default: error.message}


def _ask_end(
    request: Request, signed: Signed, slot_id: int, chosen: dict[str, str], problems: dict[str, str], *, status: int = 200
) -> Response:
    services = services_of(request)
    now = services.clock.now()
    last = None
    try:
        last = read_day(chosen["ngay_cuoi"].strip()) if chosen["ngay_cuoi"].strip() else None
    except ValueError:
        problems = {**problems, "ngay_cuoi": "Hãy nhập ngày dạng 05/12/2026."}
    first_off = max(today(request), today(request) if last is None else last + DAY)
    with services.database.reading() as session:
        going = slots.going(session, signed.actor, slot_id, first_off, now)
        return render(
            request,
            "khung_gio_thoi.html",
            signed=signed,
            status=status,
            slot=slots.slot_of(session, signed.actor, slot_id),
            going=going,
            first_off=first_off,
            typed=chosen,
            problems=problems,
        )


def today(request: Request) -> date:
    """Hôm nay ở đài."""
    return local(services_of(request).clock.now()).date()


def page(
    request: Request,
    signed: Signed,
    chosen: Mapping[str, Any] | None = None,
    *,
    status: int = 200,
    problems: Mapping[str, str] | None = None,
    slot_id: int | None = None,
    once: Mapping[str, str] | None = None,
    preview: Mapping[str, Any] | None = None,
    day: Mapping[str, str] | None = None,
    quiet: Mapping[str, str] | None = None,
) -> Response:
    """Trang Khung giờ với chữ đã gõ của đúng biểu mẫu vừa gửi; ``preview``: điều người xem trước khi lưu."""
    now_day = today(request)
    with services_of(request).database.reading() as session:
        found, zones = queries.slots(session, signed.actor, now_day), _zones(session, signed)
        stopped = request.query_params.get("vua_thoi", "")
        stock = stock_on(session, signed.actor, now_day)
        asked = next((one for one in stock if str(one.script_id) == request.query_params.get("bai")), None)
        if asked is not None and chosen is None and once is None:
            own = [zone_id for zone_id, _ in zones if zone_id in asked.zones]
            chosen = EMPTY | {"tdp": own if len(own) < len(zones) else []}
            once = ONCE | {"mot_gi": f"bai:{asked.script_id}"}
        picked = (once or ONCE)["mot_gi"]
        newest = sorted(stock, key=lambda one: (f"bai:{one.script_id}" != picked, -one.revision_id))[:OFFERED]
        return render(
            request,
            "khung_gio.html",
            signed=signed,
            status=status,
            typed=chosen or EMPTY,
            problems=problems or {},
            slot_id=slot_id,
            once=once or ONCE,
            preview=preview or {},
            slots=found,
            just_stopped=next((slot for slot in found if str(slot.id) == stopped and slot.stopped_on), None),
            formats=[(one.id, one.name) for one in queries.formats(session, signed.actor)],
            stock=[(f"bai:{one.script_id}", one.title) for one in newest],
            more=len(stock) - len(newest),
            asked=asked,
            zones=zones,
            also=_also(session, signed, found),
            weekdays=SHORT_DAYS,
            days=exceptions.day_exceptions(session, signed.actor, now_day, now_day + timedelta(days=400)),
            quiets=exceptions.quiet_exceptions(session, signed.actor),
            kinds=list(DayExceptionKind),
            day=day or dict.fromkeys(("ngay_le", "den_le", "loai", "khung", "ly_do", "buoi_nay_le"), ""),
            quiet=quiet or dict.fromkeys(("tu", "den", "so_van_ban", "ly_do_yt"), ""),
            may_edit=signed.actor.may(Action.SLOT_EDIT),
        )


def _also(session: Session, signed: Signed, found: Sequence[Slot]) -> dict[int, str]:
    """Khung giờ → những TDP khác cũng nghe vì chung đường ra."""
    paths, names = heard_with(session, signed.actor.station_id), dict(_zones(session, signed))
    own = {slot.id: frozenset(zone.id for zone in slot.zones) for slot in found}
    return {key: also for key, zones in own.items() if (also := _names(heard_beyond(zones, paths), names))}


def _names(zones: Collection[int], names: Mapping[int, str]) -> str:
    return ", ".join(name for zone_id, name in names.items() if zone_id in zones)


def _zones(session: Session, signed: Signed) -> list[tuple[int, str]]:
    query = select(Zone).where(Zone.station_id == signed.actor.station_id, Zone.valid_to.is_(None))
    return [(zone.id, zone.label) for zone in session.scalars(query.order_by(Zone.position))]
