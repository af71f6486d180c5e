"""Phản ánh của người dân: ghi, gắn với phút đã phát, trả lời bằng lời hoặc bằng một bản tin sẽ phát."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.newsroom.queries import approved_titles
from broadcaster.reports.complaints import PAGE, answer, complaint_of, complaints, receive
from broadcaster.web.form_actions import attempt
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import VIETNAM, local, render, services_of
from broadcaster.web.paging import paged
from broadcaster.web.params import Id, PageNumber
from broadcaster.web.session import SignedIn
from broadcaster.web.typed_minute import read_minute

router = APIRouter(prefix="/phan-anh")


@router.get("")
def listing(request: Request, signed: SignedIn, trang: PageNumber = 1, ngay: str = "", luc: str = "") -> Response:
    """Phản ánh đã nhận; ``ngay`` và ``luc`` điền sẵn phút bị phản ánh."""
    return _list_page(request, signed, 200, {"ngay": ngay, "luc": luc}, {}, page=trang)


@router.post("")
def enter(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ghi một phản ánh. Ô: nguoi, noi_dung, ngay và luc (phút bị phản ánh, để trống được), nhan_ngay."""

    def deed(session: Session, now: datetime) -> None:
        received = form.day("nhan_ngay")
        receive(
            session,
            signed.actor,
            resident=form.text("nguoi"),
            text=form.text("noi_dung"),
            about_at=_about(form, local(now)),
            received_at=now if received in (None, local(now).date()) else _midnight(received),
            now=now,
        )

    return attempt(request, signed, form, deed, show=_list_page, back="/phan-anh", said="Đã ghi phản ánh.")


@router.get("/{complaint_id}")
def one(request: Request, signed: SignedIn, complaint_id: Id) -> Response:
    """Một phản ánh, phút của nó, và ô trả lời."""
    return _one_page(request, signed, complaint_id, 200, {}, {})


@router.post("/{complaint_id}")
def reply(request: Request, signed: SignedIn, complaint_id: Id, form: Form) -> Response:
    """Trả lời. Ô: tra_loi, bai (mã bản tin trả lời, để trống được), truoc."""

    def deed(session: Session, now: datetime) -> None:
        text, seen = form.text("tra_loi"), form.text("truoc")
        answer(session, signed.actor, complaint_id, text=text, script_id=form.maybe("bai"), seen=seen, now=now)

    def show(request: Request, signed: SignedIn, status: int, typed: Mapping[str, str], problems: Mapping[str, str]) -> Response:
        return _one_page(request, signed, complaint_id, status, typed, problems)

    back = f"/phan-anh/{complaint_id}"
    return attempt(request, signed, form, deed, show=show, back=back, said="Đã ghi câu trả lời.")


def _midnight(day: date | None) -> datetime:
    assert day is not None
    return datetime.combine(day, time(), VIETNAM)


def _about(form: Posted, now: datetime) -> datetime | None:
    day = form.day("ngay")
    if not form.text("luc").strip():
        return None if day is None else _midnight(day)
    return datetime.combine(day or now.date(), read_minute(form.text("luc")), VIETNAM)


def _list_page(
    request: Request, signed: SignedIn, status: int, typed: Mapping[str, str], problems: Mapping[str, str], *, page: int = 1
) -> Response:
    services = services_of(request)
    with services.database.reading() as session:
        found, total = complaints(session, signed.actor, page=page)
        return render(
            request,
            "phan_anh.html",
            signed=signed,
            status=status,
            found=found,
            may=signed.actor.may(Action.REPORT_MAKE),
            typed=typed,
            problems=problems,
            **paged(total, page, PAGE),
            today=local(services.clock.now()).date(),
        )


def _one_page(
    request: Request, signed: SignedIn, complaint_id: int, status: int, typed: Mapping[str, str], problems: Mapping[str, str]
) -> Response:
    with services_of(request).database.reading() as session:
        told = complaint_of(session, signed.actor, complaint_id)
        return render(
            request,
            "phan_anh_xem.html",
            signed=signed,
            status=status,
            told=told,
            row=told.complaint,
            scripts=approved_titles(session, signed.actor, told.complaint.answer_script_id),
            may=signed.actor.may(Action.REPORT_MAKE),
            typed=typed,
            problems=problems,
        )
