"""Nhật ký phát thanh: gộp theo buổi, tìm, nhảy tới một ngày; một lượt với dòng gốc; đính chính; xác nhận đã nghe tại loa."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.stations import zone_labels
from broadcaster.airlog.checking import confirm
from broadcaster.airlog.correcting import correct
from broadcaster.airlog.enums import Mode, Reason, Result
from broadcaster.airlog.programmes import programmes_of
from broadcaster.airlog.queries import airing_of, entries_of, head, silent_programmes
from broadcaster.airlog.searching import choices, first_programmes, matched
from broadcaster.errors import Invalid
from broadcaster.newsroom.enums import Genre
from broadcaster.playout.network_admin import fault_spans
from broadcaster.reports.jobs import ask_log
from broadcaster.reports.log_files import count_log
from broadcaster.reports.log_filter import filter_words, params_of, read_filter
from broadcaster.web.exporting import TYPES, export_file
from broadcaster.web.forms import Form, Posted
from broadcaster.web.log_query import read_query
from broadcaster.web.pages import back_to, local, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter()
PAGE, PROGRAMMES = 100, 10
"""Một trang nhiều nhất chừng ấy lượt, của chừng ấy buổi."""


@router.get("/nhat-ky")
def listing(request: Request, signed: SignedIn) -> Response:
    """Các buổi của một kỳ, mới trước. Tham số: tu, den, ngay (nhảy tới), tim, nguoi, tdp, cum, chuyen_muc, noi_dung,
    ket_qua, ly_do, che_do, the_loai, truoc (trang sau)."""
    services, actor = services_of(request), signed.actor
    query = read_query(request, local(services.clock.now()).date())
    wanted = query.wanted
    with services.database.reading() as session:
        found, page = first_programmes(*matched(session, actor, wanted, before=query.before, limit=PAGE), PROGRAMMES)
        programmes = programmes_of(session, actor, found, fault_spans(session, actor))
        silent = silent_programmes(session, actor, wanted.period) if wanted.whole and query.before is None else []
        seq, digest = head(session, actor)
        offered = choices(session, actor)
        labels = zone_labels(session, actor.station_id)
    return render(
        request,
        "nhat_ky.html",
        signed=signed,
        status=422 if query.problems else 200,
        programmes=programmes,
        silent=silent,
        query=query,
        reached=None if page.full else page.next,
        next=page.next,
        count=len(found),
        offered=offered,
        zones=[(code, labels.get(code, code)) for code in offered["zone"]],
        words={"ket_qua": list(Result), "ly_do": list(Reason), "che_do": list(Mode), "the_loai": list(Genre)},
        problems=query.problems,
        seq=seq,
        digest=digest,
    )


@router.get("/nhat-ky/xuat.{kind}")
def export(request: Request, signed: SignedIn, kind: str) -> Response:
    """Tải mọi lượt khớp bộ lọc của trang (cùng tham số), dạng csv hoặc xlsx."""
    services = services_of(request)
    if kind not in TYPES:
        raise Invalid("Chỉ xuất được tệp csv hoặc xlsx.")
    query = read_query(request, local(services.clock.now()).date())
    if query.problems:
        raise Invalid(problems=query.problems)
    wanted = read_filter(query.typed, query.wanted.period)
    with services.database.reading() as session:
        lines = count_log(session, signed.actor, wanted)
    if lines <= services.long_log or not signed.actor.may(Action.REPORT_MAKE):
        return export_file(services, signed.actor, wanted, kind)
    return render(request, "nhat_ky_tep.html", signed=signed, lines=lines, kind=kind, words=filter_words(wanted), query=query)


@router.post("/nhat-ky/tep")
def long_export(request: Request, signed: SignedIn, kind: str) -> Response:
    """Nhờ phòng thu làm một tệp lớn; bộ lọc nằm trong địa chỉ như ở trang."""
    services = services_of(request)
    if kind not in TYPES:
        raise Invalid("Chỉ xuất được tệp csv hoặc xlsx.")
    query = read_query(request, local(services.clock.now()).date())
    if query.problems:
        raise Invalid(problems=query.problems)
    params, title = params_of(query.wanted), filter_words(query.wanted)
    with services.database.writing() as session:
        job_id = ask_log(session, signed.actor, params, kind=kind, title=title, now=services.clock.now()).id
    return back_to(f"/bao-cao/viec/{job_id}")


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
        return _one_page(request, signed, airing_id, error.problems, status=422, form=form)
    return back_to(f"/nhat-ky/{airing_id}", "Đã ghi dòng đính chính. Dòng cũ vẫn còn nguyên.")


@router.post("/nhat-ky/{airing_id}/xac-nhan")
def confirmation(request: Request, signed: SignedIn, airing_id: Id, form: Form) -> Response:
    """Ghi “đã nghe tại cụm …”. Ô: cum (nhiều), nguoi_nghe, ghi_nghe, ca_buoi."""
    services, whole = services_of(request), form.text("ca_buoi") == "1"
    try:
        with services.database.writing() as session:
            told = confirm(
                session,
                signed.actor,
                airing_id,
                form.ids("cum"),
                name=form.text("nguoi_nghe"),
                note=form.text("ghi_nghe"),
                programme=whole,
                now=services.clock.now(),
            )
    except Invalid as error:
        return _one_page(request, signed, airing_id, error.problems, status=422, form=form)
    said = f"Đã ghi {told} lời xác nhận, mang tên người nghe." if told else "Những cụm ấy đã có người xác nhận từ trước."
    return back_to(f"/nhat-ky/{airing_id}", said)


def _one_page(
    request: Request, signed: SignedIn, airing_id: Id, problems: dict[str, str], *, status: int, form: Posted | None = None
) -> Response:
    typed = {"ket_qua": Result.PARTIAL.value, "ly_do": "", "ghi_chu": "", "nguoi_nghe": signed.actor.name, "ghi_nghe": ""}
    chosen = form.texts("cum") if form else []
    if form:
        kept = dict(form.kept())
        typed |= {name: kept[name] for name in (*typed, "ca_buoi") if name in kept}
    with services_of(request).database.reading() as session:
        airing = airing_of(session, signed.actor, airing_id)
        [programme] = programmes_of(session, signed.actor, [airing], fault_spans(session, signed.actor))
        return render(
            request,
            "nhat_ky_luot.html",
            signed=signed,
            status=status,
            airing=airing,
            programme=programme,
            entries=entries_of(session, signed.actor, airing),
            results=list(Result),
            reasons=list(Reason),
            problems=problems,
            typed=typed,
            chosen=chosen,
            may_confirm=signed.actor.may(Action.LOG_CORRECT),
        )
