"""Ngày nghỉ, ngày phát thêm (một ngày hay một khoảng) và phép phát trong giờ yên tĩnh."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.errors import Invalid
from broadcaster.service.hearing import heard_with
from broadcaster.traffic import exceptions
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.enums import DayExceptionKind
from broadcaster.traffic.exceptions import DayForm, QuietForm
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, services_of
from broadcaster.web.params import Id
from broadcaster.web.routes.slots import STOPPING, page
from broadcaster.web.session import SignedIn

router = APIRouter()

_DAY_FIELDS = {"day": "ngay_le", "last_day": "den_le", "reason": "ly_do", "stop_today": "buoi_nay_le"}
_QUIET_FIELDS = {"starts_at": "tu", "ends_at": "den", "document_number": "so_van_ban", "reason": "ly_do_yt"}


@router.post("/khung-gio/ngoai-le/them")
def add_day(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ngày nghỉ hoặc phát thêm. Ô: ngay_le, den_le (trống là một ngày), loai (off|extra), khung (trống là mọi khung), ly_do.

    ``buoi_nay_le``: dung hay het, khi có buổi đã chốt hay đang phát.
    """
    services = services_of(request)
    try:
        wanted = _day(form)
        with services.database.writing() as session:
            paths = heard_with(session, signed.actor.station_id)
            exceptions.add_day_exception(session, signed.actor, wanted, now=services.clock.now(), paths=paths)
    except Invalid as error:
        typed = {name: form.text(name) for name in ("ngay_le", "den_le", "loai", "khung", "ly_do", "buoi_nay_le")}
        problems = {_DAY_FIELDS.get(name, name): text for name, text in error.problems.items()}
        return page(request, signed, status=422, problems=problems or {"ngay_le": error.message}, day=typed)
    return back_to("/khung-gio", "Đã ghi ngày ngoại lệ. Lịch phát và nhật ký mang đúng lý do đã gõ.")


@router.post("/khung-gio/ngoai-le/{exception_id}/bo")
def remove_day(request: Request, signed: SignedIn, exception_id: Id) -> Response:
    """Bỏ một ngày ngoại lệ."""
    services = services_of(request)
    try:
        with services.database.writing() as session:
            paths = heard_with(session, signed.actor.station_id)
            exceptions.remove_day_exception(session, signed.actor, exception_id, now=services.clock.now(), paths=paths)
    except Invalid as error:
        return page(request, signed, status=422, problems={"chung": error.message})
    return back_to("/khung-gio", "Đã bỏ ngày ngoại lệ.")


@router.post("/khung-gio/yen-tinh/them")
def add_quiet(request: Request, signed: SignedIn, form: Form) -> Response:
    """Cho phát trong giờ yên tĩnh. Ô: tu, den (ngày giờ địa phương), so_van_ban, ly_do_yt."""
    services = services_of(request)
    try:
        with services.database.writing() as session:
            zone = zone_of(session, signed.actor.station_id)
            wanted = QuietForm(
                starts_at=form.moment("tu").replace(tzinfo=zone),
                ends_at=form.moment("den").replace(tzinfo=zone),
                document_number=form.text("so_van_ban"),
                reason=form.text("ly_do_yt"),
            )
            exceptions.add_quiet_exception(session, signed.actor, wanted, now=services.clock.now())
    except Invalid as error:
        problems = {_QUIET_FIELDS.get(name, name): text for name, text in error.problems.items()}
        typed = {name: form.text(name) for name in _QUIET_FIELDS.values()}
        return page(request, signed, status=422, problems=problems or {"tu": error.message}, quiet=typed)
    return back_to("/khung-gio", "Đã cho phép phát trong giờ yên tĩnh.")


@router.post("/khung-gio/yen-tinh/{exception_id}/thu-hoi")
def revoke_quiet(request: Request, signed: SignedIn, exception_id: Id) -> Response:
    """Thu hồi một phép."""
    services = services_of(request)
    with services.database.writing() as session:
        exceptions.revoke_quiet_exception(session, signed.actor, exception_id, now=services.clock.now())
    return back_to("/khung-gio", "Đã thu hồi.")


def _day(form: Posted) -> DayForm:
    day = form.day("ngay_le")
    if day is None:
        raise Invalid(problems={"ngay_le": "Hãy nhập ngày, dạng 05/12/2026."})
    return DayForm(
        day,
        form.word("loai", DayExceptionKind, DayExceptionKind.OFF),
        form.text("ly_do"),
        last_day=form.day("den_le"),
        slot_id=form.maybe("khung"),
        stop_today=STOPPING.get(form.text("buoi_nay_le")),
    )
