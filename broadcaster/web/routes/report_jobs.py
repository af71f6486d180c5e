"""Việc dài của phòng báo cáo: nhờ gói minh chứng, xem tới đâu, thôi, tải về khi xong."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import NotFound
from broadcaster.reports.enums import JobKind, JobState
from broadcaster.reports.jobs import OPEN, ask_evidence, ask_site, cancel, job_of, mark_seen, open_pack
from broadcaster.web.exporting import TYPES
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter(prefix="/bao-cao")


@router.post("/{report_id}/minh-chung")
def evidence(request: Request, signed: SignedIn, report_id: Id, form: Form) -> Response:
    """Nhờ làm gói minh chứng của một báo cáo. Ô: tieng (kèm tiếng đã thu)."""
    services = services_of(request)
    with services.database.writing() as session:
        job_id = ask_evidence(session, signed.actor, report_id, captures=form.checked("tieng"), now=services.clock.now()).id
    return back_to(f"/bao-cao/viec/{job_id}")


@router.post("/nghe-lai")
def listen_again(request: Request, signed: SignedIn) -> Response:
    """Nhờ ghi lại trang Nghe lại vào thư mục đã khai."""
    services = services_of(request)
    with services.database.writing() as session:
        job_id = ask_site(session, signed.actor, now=services.clock.now()).id
    return back_to(f"/bao-cao/viec/{job_id}")


@router.get("/viec/{job_id}")
def job(request: Request, signed: SignedIn, job_id: Id) -> Response:
    """Một việc: tới đâu rồi, hay kết quả."""
    return _page(request, signed, job_id, "bao_cao_viec.html")


@router.get("/viec/{job_id}/manh")
def piece(request: Request, signed: SignedIn, job_id: Id) -> Response:
    """Mảnh trang tự cập nhật của việc ấy."""
    return _page(request, signed, job_id, "bao_cao_viec_manh.html")


@router.post("/viec/{job_id}/thoi")
def call_off(request: Request, signed: SignedIn, job_id: Id) -> Response:
    """Thôi một việc chưa xong."""
    services = services_of(request)
    with services.database.writing() as session:
        cancel(session, signed.actor, job_id, now=services.clock.now())
    return back_to("/bao-cao", "Đã thôi. Phần làm dở được bỏ, không để lại gì.")


@router.get("/viec/{job_id}/goi.zip")
def download(request: Request, signed: SignedIn, job_id: Id) -> Response:
    """Tải gói đã làm; có tệp thì mới ghi sổ đã xuất."""
    services = services_of(request)
    with services.database.reading() as session:
        name = job_of(session, signed.actor, job_id).file
    path = services.packs / name
    if name and not path.is_file():
        raise NotFound("Máy này không còn giữ gói ấy. Hãy mở báo cáo rồi làm lại gói minh chứng.")
    with services.database.writing() as session:
        open_pack(session, signed.actor, job_id, now=services.clock.now())
    return FileResponse(path, media_type="application/zip", filename=name)


@router.get("/viec/{job_id}/tep/{name}")
def log_file(request: Request, signed: SignedIn, job_id: Id, name: str) -> Response:
    """Tải tệp nhật ký lớn đã làm."""
    services = services_of(request)
    with services.database.reading() as session:
        found = job_of(session, signed.actor, job_id)
    path = services.packs / found.file
    if found.kind is not JobKind.LOG or name != found.file or not path.is_file():
        raise NotFound("Máy này không còn giữ tệp ấy. Hãy làm lại từ trang Nhật ký.")
    with services.database.writing() as session:
        open_pack(session, signed.actor, job_id, now=services.clock.now())
    return FileResponse(path, media_type=TYPES[path.suffix[1:]], filename=name)


def _page(request: Request, signed: Signed, job_id: int, template: str) -> Response:
    services = services_of(request)
    with services.database.reading() as session:
        found = job_of(session, signed.actor, job_id)
        unseen = found.seen_at is None and found.state not in OPEN and found.asked_by_id == signed.actor.user_id
        page = render(request, template, signed=signed, job=found, states=JobState)
    if unseen:
        with services.database.writing() as session:
            mark_seen(signed.actor, job_of(session, signed.actor, job_id), now=services.clock.now())
    return page
