"""Nhật ký phát thanh: tìm theo kỳ, xem từng dòng gốc, đính chính, xuất tệp."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.airlog.correcting import correct
from broadcaster.airlog.enums import Mode, Reason, Result
from broadcaster.airlog.queries import PAGE, AiringFilter, Period, airing_of, airings, entries_of, head, silent_programmes
from broadcaster.clock import read_day
from broadcaster.enums import Word
from broadcaster.errors import Invalid
from broadcaster.web.exporting import TYPES, export_file
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, local, render, services_of
from broadcaster.web.params import Id, PageNumber
from broadcaster.web.session import SignedIn

router = APIRouter()
W = TypeVar("W", bound=Word)


@router.get("/nhat-ky")
def listing(
    request: Request, signed: SignedIn, tu: str = "", den: str = "", ket_qua: str = "", che_do: str = "", trang: PageNumber = 1
) -> Response:
    """Lượt phát của một kỳ; lọc: tu, den (ngày), ket_qua, che_do; trang."""
    services = services_of(request)
    today = local(services.clock.now()).date()
    problems: dict[str, str] = {}
    try:
        period = _period(tu, den, today)
    except Invalid as error:
        problems, period = error.problems, Period(today, today)
    wanted = AiringFilter(period, result=_one(Result, ket_qua), mode=_one(Mode, che_do))
    with services.database.reading() as session:
        found, total = airings(session, signed.actor, wanted, page=trang)
        seq, digest = head(session, signed.actor)
        silent = silent_programmes(session, signed.actor, period) if wanted == AiringFilter(period) and trang == 1 else []
        return render(
            request,
            "nhat_ky.html",
            signed=signed,
            status=422 if problems else 200,
            airings=found,
            silent=silent,
            total=total,
            period=period,
            typed={"tu": tu or period.first, "den": den or period.last},
            results=list(Result),
            modes=list(Mode),
            chosen={"ket_qua": ket_qua, "che_do": che_do},
            page=trang,
            pages=max(1, -(-total // PAGE)),
            problems=problems,
            seq=seq,
            digest=digest,
        )


@router.get("/nhat-ky/xuat.{kind}")
def export(request: Request, signed: SignedIn, kind: str, tu: str = "", den: str = "") -> Response:
    """Tải cả kỳ về dạng csv hoặc xlsx: tu, den (ngày)."""
    services = services_of(request)
    if kind not in TYPES:
        raise Invalid("Chỉ xuất được tệp csv hoặc xlsx.")
    period = _period(tu, den, local(services.clock.now()).date())
    return export_file(services, signed.actor, period, kind)


@router.get("/nhat-ky/{airing_id}")
def one(request: Request, signed: SignedIn, airing_id: Id) -> Response:
    """Một lượt phát: kết quả, từng cụm loa, mọi dòng gốc với mã băm."""
    return _one_page(request, signed, airing_id, {}, status=200)


@router.post("/nhat-ky/{airing_id}/dinh-chinh")
def correction(request: Request, signed: SignedIn, airing_id: Id, form: Form) -> Response:
    """Nối một dòng đính chính. Ô: ket_qua, ly_do, ghi_chu."""
    services = services_of(request)
    reason = form.text("ly_do")
    try:
        with services.database.writing() as session:
            correct(
                session,
                signed.actor,
                airing_id,
                result=form.word("ket_qua", Result, Result.PARTIAL),
                reason=form.word("ly_do", Reason, Reason.OTHER) if reason else None,
                note=form.text("ghi_chu"),
                now=services.clock.now(),
            )
    except Invalid as error:
        typed = {name: form.text(name) for name in ("ket_qua", "ly_do", "ghi_chu")}
        return _one_page(request, signed, airing_id, error.problems, status=422, typed=typed)
    return back_to(f"/nhat-ky/{airing_id}", "Đã ghi dòng đính chính. Dòng cũ vẫn còn nguyên.")


def _one_page(
    request: Request,
    signed: SignedIn,
    airing_id: Id,
    problems: dict[str, str],
    *,
    status: int,
    typed: dict[str, str] | None = None,
) -> Response:
    with services_of(request).database.reading() as session:
        airing = airing_of(session, signed.actor, airing_id)
        return render(
            request,
            "nhat_ky_luot.html",
            signed=signed,
            status=status,
            airing=airing,
            entries=entries_of(session, signed.actor, airing),
            results=list(Result),
            reasons=list(Reason),
            problems=problems,
            typed=typed or {"ket_qua": Result.PARTIAL.value, "ly_do": "", "ghi_chu": ""},
        )


def _period(first: str, last: str, today: date) -> Period:
    try:
        begin = read_day(first) if first else today - timedelta(days=6)
        end = read_day(last) if last else max(today, begin)
    except ValueError as error:
        raise Invalid(problems={"tu": "Hãy nhập ngày dạng năm-tháng-ngày, ví dụ 2026-03-01."}) from error
    return Period(begin, end)


def _one(words: type[W], value: str) -> W | None:
    return next((word for word in words if word.value == value), None)
