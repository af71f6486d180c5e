"""Khung giờ: giờ phát hằng tuần, ngày nghỉ hoặc phát thêm, và phép phát trong giờ yên tĩnh."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.signing_in import Signed
from broadcaster.accounts.tables import Station, Zone
from broadcaster.errors import Invalid
from broadcaster.traffic import exceptions, queries
from broadcaster.traffic.enums import DayExceptionKind
from broadcaster.traffic.exceptions import DayForm, QuietForm
from broadcaster.traffic.slots import SlotForm, create_slot, edit_slot, end_slot
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, local, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter()

WEEKDAYS = tuple((str(number), name) for number, name in enumerate(("Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "CN"), start=1))
_EMPTY: dict[str, Any] = {
    "ten": "",
    "gio": "",
    "phut": "15",
    "ngay": ["1", "2", "3", "4", "5"],
    "tdp": [],
    "khuon": "",
    "dien_tap": "",
    "tu_ngay": "",
    "den_ngay": "",
}
_FIELDS = {
    "name": "ten",
    "starts_at": "gio",
    "length_ms": "phut",
    "weekdays": "ngay",
    "zone_ids": "tdp",
    "format_id": "khuon",
    "valid_from": "tu_ngay",
    "valid_to": "den_ngay",
}


@router.get("/khung-gio")
def listing(request: Request, signed: SignedIn) -> Response:
    """Khung giờ đang và sắp có hiệu lực, ngày ngoại lệ, phép phát trong giờ yên tĩnh."""
    return _page(request, signed, _EMPTY)


@router.post("/khung-gio")
def create(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ô: ten, gio (06:00 hoặc 06:00:30), phut, ngay* (1..7), tdp*, khuon, dien_tap, tu_ngay, den_ngay."""
    services = services_of(request)
    try:
        wanted = _slot(form)
        with services.database.writing() as session:
            create_slot(session, signed.actor, wanted, now=services.clock.now())
    except Invalid as error:
        return _again(request, signed, form, error)
    return back_to("/khung-gio", "Đã thêm khung giờ. Các buổi phát đang được lập.")


@router.get("/khung-gio/{slot_id}")
def one(request: Request, signed: SignedIn, slot_id: Id) -> Response:
    """Biểu mẫu sửa một khung giờ."""
    with services_of(request).database.reading() as session:
        found = next((slot for slot in queries.slots(session, signed.actor, _today(request)) if slot.id == slot_id), None)
        typed = dict(_EMPTY) if found is None else _typed_of(found)
    return _page(request, signed, typed, slot_id=slot_id if found else None)


@router.post("/khung-gio/{slot_id}")
def change(request: Request, signed: SignedIn, slot_id: Id, form: Form) -> Response:
    """Ô như khi thêm; buổi đã chốt giữ nguyên, buổi sau theo khung mới và giữ thứ tự người đã xếp."""
    services = services_of(request)
    try:
        wanted = _slot(form)
        with services.database.writing() as session:
            edit_slot(session, signed.actor, slot_id, wanted, now=services.clock.now())
    except Invalid as error:
        return _again(request, signed, form, error, slot_id=slot_id)
    return back_to("/khung-gio", "Đã sửa khung giờ.")


@router.post("/khung-gio/{slot_id}/ket-thuc")
def end(request: Request, signed: SignedIn, slot_id: Id, form: Form) -> Response:
    """Thôi phát khung giờ này. Ô: ngay_cuoi (để trống là hôm nay)."""
    services = services_of(request)
    with services.database.writing() as session:
        end_slot(session, signed.actor, slot_id, last_day=form.day("ngay_cuoi"), now=services.clock.now())
    return back_to("/khung-gio", "Đã thôi khung giờ. Các buổi đã phát vẫn còn trong nhật ký.")


@router.post("/khung-gio/ngoai-le/them")
def add_day(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ngày nghỉ hoặc phát thêm. Ô: ngay_le, loai (off|extra), khung (để trống là mọi khung), ly_do."""
    services = services_of(request)
    try:
        day = form.day("ngay_le")
        if day is None:
            raise Invalid(problems={"ngay_le": "Hãy chọn ngày."})
        kind = form.word("loai", DayExceptionKind, DayExceptionKind.OFF)
        with services.database.writing() as session:
            wanted = DayForm(day, kind, form.text("ly_do"), slot_id=form.maybe("khung"))
            exceptions.add_day_exception(session, signed.actor, wanted, now=services.clock.now())
    except Invalid as error:
        problems = {{"day": "ngay_le", "reason": "ly_do"}.get(name, name): text for name, text in error.problems.items()}
        return _page(request, signed, _EMPTY, status=422, problems=problems or {"ngay_le": error.message}, day=form)
    return back_to("/khung-gio", "Đã ghi ngày ngoại lệ.")


@router.post("/khung-gio/ngoai-le/{exception_id}/bo")
def remove_day(request: Request, signed: SignedIn, exception_id: Id) -> Response:
    """Bỏ một ngày ngoại lệ."""
    services = services_of(request)
    with services.database.writing() as session:
        exceptions.remove_day_exception(session, signed.actor, exception_id, now=services.clock.now())
    return back_to("/khung-gio", "Đã bỏ ngày ngoại lệ.")


@router.post("/khung-gio/yen-tinh/them")
def add_quiet(request: Request, signed: SignedIn, form: Form) -> Response:
    """Cho phát trong giờ yên tĩnh. Ô: tu, den (ngày giờ địa phương), so_van_ban, ly_do_yt."""
    services = services_of(request)
    try:
        with services.database.writing() as session:
            zone = ZoneInfo(session.get_one(Station, signed.actor.station_id).timezone)
            wanted = QuietForm(
                starts_at=form.moment("tu").replace(tzinfo=zone),
                ends_at=form.moment("den").replace(tzinfo=zone),
                document_number=form.text("so_van_ban"),
                reason=form.text("ly_do_yt"),
            )
            exceptions.add_quiet_exception(session, signed.actor, wanted, now=services.clock.now())
    except Invalid as error:
        names = {"starts_at": "tu", "ends_at": "den", "document_number": "so_van_ban", "reason": "ly_do_yt"}
        problems = {names.get(name, name): text for name, text in error.problems.items()}
        return _page(request, signed, _EMPTY, status=422, problems=problems or {"tu": error.message}, quiet=form)
    return back_to("/khung-gio", "Đã cho phép phát trong giờ yên tĩnh.")


@router.post("/khung-gio/yen-tinh/{exception_id}/thu-hoi")
def revoke_quiet(request: Request, signed: SignedIn, exception_id: Id) -> Response:
    """Thu hồi một phép."""
    services = services_of(request)
    with services.database.writing() as session:
        exceptions.revoke_quiet_exception(session, signed.actor, exception_id, now=services.clock.now())
    return back_to("/khung-gio", "Đã thu hồi.")


def _slot(form: Posted) -> SlotForm:
    return SlotForm(
        name=form.text("ten"),
        starts_at=form.clock_time("gio"),
        length_ms=round(form.decimal("phut", 0, 240) * 60_000),
        weekdays="".join(sorted(form.texts("ngay"))),
        format_id=form.whole("khuon"),
        zone_ids=form.ids("tdp"),
        valid_from=form.day("tu_ngay"),
        valid_to=form.day("den_ngay"),
        rehearsal=form.checked("dien_tap"),
    )


def _typed_of(slot: Any) -> dict[str, Any]:
    return {
        "ten": slot.name,
        "gio": slot.starts_at.isoformat(),
        "phut": f"{slot.length_ms / 60_000:g}",
        "ngay": list(slot.weekdays),
        "tdp": [zone.id for zone in slot.zones],
        "khuon": slot.format_id,
        "dien_tap": "1" if slot.rehearsal else "",
        "tu_ngay": "",
        "den_ngay": slot.valid_to or "",
    }


def _again(request: Request, signed: Signed, form: Posted, error: Invalid, *, slot_id: int | None = None) -> Response:
    many = ("ngay", "tdp")
    typed = {name: form.texts(name) if name in many else form.text(name) for name in _EMPTY}
    problems = {_FIELDS.get(name, name): text for name, text in error.problems.items()}
    return _page(request, signed, typed, status=422, problems=problems or {"chung": error.message}, slot_id=slot_id)


def _today(request: Request) -> Any:
    return local(services_of(request).clock.now()).date()


def _page(
    request: Request,
    signed: Signed,
    typed: dict[str, Any],
    *,
    status: int = 200,
    problems: dict[str, str] | None = None,
    slot_id: int | None = None,
    day: Posted | None = None,
    quiet: Posted | None = None,
) -> Response:
    today = _today(request)
    with services_of(request).database.reading() as session:
        zones = session.scalars(select(Zone).where(Zone.station_id == signed.actor.station_id, Zone.valid_to.is_(None)))
        return render(
            request,
            "khung_gio.html",
            signed=signed,
            status=status,
            typed=typed,
            problems=problems or {},
            slot_id=slot_id,
            slots=queries.slots(session, signed.actor, today),
            formats=[(one.id, one.name) for one in queries.formats(session, signed.actor)],
            zones=[(zone.id, zone.name) for zone in sorted(zones, key=lambda zone: zone.position)],
            weekdays=WEEKDAYS,
            days=exceptions.day_exceptions(session, signed.actor, today, today + timedelta(days=400)),
            quiets=exceptions.quiet_exceptions(session, signed.actor),
            kinds=list(DayExceptionKind),
            day={name: day.text(name) if day else "" for name in ("ngay_le", "loai", "khung", "ly_do")},
            quiet={name: quiet.text(name) if quiet else "" for name in ("tu", "den", "so_van_ban", "ly_do_yt")},
        )
