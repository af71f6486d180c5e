"""Báo cáo: chọn mẫu và kỳ rồi lập; xem, tải Word, PDF, Excel; lập lại để so; mức nhuận bút; phản ánh của người dân."""

from __future__ import annotations

import secrets

from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.audit import note_export
from broadcaster.errors import Invalid
from broadcaster.newsroom.enums import CreditRole, Genre
from broadcaster.reports.deadlines import deadlines
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.jobs import ask_report, is_long, jobs
from broadcaster.reports.making import (
    FORMS,
    PAGE,
    TYPES,
    differences,
    draft_report,
    keep_report,
    period_of,
    report_of,
    reports,
    write_report,
)
from broadcaster.reports.periods import PeriodKind
from broadcaster.reports.rates import coming_rates, current_rates, set_rate
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, local, render, services_of
from broadcaster.web.paging import paged
from broadcaster.web.params import Id, PageNumber
from broadcaster.web.session import SignedIn

router = APIRouter(prefix="/bao-cao")


@router.get("")
def listing(request: Request, signed: SignedIn, trang: PageNumber = 1) -> Response:
    """Mẫu báo cáo, hạn nộp sắp tới, và các báo cáo đã lập."""
    return _list_page(request, signed, {}, page=trang)


@router.post("")
def make(request: Request, signed: SignedIn, form: Form) -> Response:
    """Lập một báo cáo. Ô: mau, ky, ngay (ngày bất kỳ trong kỳ)."""
    services = services_of(request)
    try:
        kind = form.word("mau", ReportKind, ReportKind.REFORM)
        day = form.day("ngay") or local(services.clock.now()).date()
        period = period_of(form.word("ky", PeriodKind, FORMS[kind][1][0]), day)
        now = services.clock.now()
        with services.database.reading() as session:
            long = is_long(session, signed.actor, period)
            drafted = None if long else draft_report(session, signed.actor, kind, period, now=now)
        with services.database.writing() as session:
            if drafted is None:
                job_id = ask_report(session, signed.actor, kind, period, now=now).id
                return back_to(f"/bao-cao/viec/{job_id}")
            report = keep_report(session, signed.actor, drafted, now=now)
    except Invalid as error:
        return _list_page(request, signed, error.problems, typed=form)
    return back_to(f"/bao-cao/{report.id}", "Đã lập báo cáo và giữ lại nguyên văn. Tải về để ký.")


@router.get("/{report_id}")
def one(request: Request, signed: SignedIn, report_id: Id) -> Response:
    """Xem một báo cáo đã lập ngay trên trang."""
    with services_of(request).database.reading() as session:
        report, document = report_of(session, signed.actor, report_id)
        return render(request, "bao_cao_xem.html", signed=signed, report=report, document=document, found=None)


@router.post("/{report_id}/so")
def compare(request: Request, signed: SignedIn, report_id: Id) -> Response:
    """Lập lại từ nhật ký hôm nay rồi nói chỗ khác."""
    services = services_of(request)
    with services.database.reading() as session:
        report, document = report_of(session, signed.actor, report_id)
        found = differences(session, signed.actor, report_id, now=services.clock.now())
        return render(request, "bao_cao_xem.html", signed=signed, report=report, document=document, found=found)


@router.get("/{report_id}/tai.{kind}")
def download(request: Request, signed: SignedIn, report_id: Id, kind: str) -> Response:
    """Tải báo cáo: docx, pdf hoặc xlsx."""
    services = services_of(request)
    if kind not in TYPES:
        raise Invalid("Báo cáo tải được ở ba dạng: Word (docx), PDF (pdf), Excel (xlsx).")
    with services.database.reading() as session:
        report, document = report_of(session, signed.actor, report_id)
        made_at, name, title = report.made_at, f"{report.file}.{kind}", document.title
    services.exports.mkdir(parents=True, exist_ok=True)
    path = services.exports / f"{secrets.token_hex(8)}.{kind}"
    write_report(document, kind, path, made_at=made_at)
    with services.database.writing() as session:
        note_export(session, signed.actor, title, now=services.clock.now(), kind=kind, report=report_id)
    task = BackgroundTask(path.unlink, missing_ok=True)
    return FileResponse(path, media_type=TYPES[kind], filename=name, background=task)


@router.post("/nhuan-but/muc")
def rate(request: Request, signed: SignedIn, form: Form) -> Response:
    """Đặt một mức nhuận bút. Ô: the_loai, vai_tro, so_tien, tu_ngay."""
    services = services_of(request)
    try:
        with services.database.writing() as session:
            set_rate(
                session,
                signed.actor,
                form.word("the_loai", Genre, Genre.NEWS),
                form.word("vai_tro", CreditRole, CreditRole.AUTHOR),
                amount=form.text("so_tien"),
                valid_from=form.day("tu_ngay"),
                now=services.clock.now(),
            )
    except Invalid as error:
        return _list_page(request, signed, error.problems, typed=form)
    return back_to("/bao-cao#nhuan-but", "Đã đặt mức nhuận bút.")


def _list_page(
    request: Request, signed: SignedIn, problems: dict[str, str], *, page: int = 1, typed: Posted | None = None
) -> Response:
    services = services_of(request)
    today = local(services.clock.now()).date()

    def was(name: str, default: str) -> str:
        return (typed.text(name) if typed else "") or default

    with services.database.reading() as session:
        found, total = reports(session, signed.actor, page=page)
        return render(
            request,
            "bao_cao.html",
            signed=signed,
            status=422 if problems else 200,
            forms=[(kind, periods) for kind, (_, periods) in FORMS.items()],
            due=deadlines(session, signed.actor, services.clock.now()),
            today=today,
            may_make=signed.actor.may(Action.REPORT_MAKE),
            reports=found,
            **paged(total, page, PAGE),
            jobs=jobs(session, signed.actor, now=services.clock.now()) if page == 1 else [],
            rates=current_rates(session, signed.actor, today),
            coming=coming_rates(session, signed.actor, today),
            site=services.site,
            genres=list(Genre),
            roles=list(CreditRole),
            problems=problems,
            was=was,
        )
