"""Đỡ tay người viết: máy tự giữ chữ đang gõ, mẫu bản tin hay dùng, so hai bản sửa cạnh nhau."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import Invalid, NotFound
from broadcaster.newsroom import queries, unsaved
from broadcaster.newsroom.comparing import compared, facts
from broadcaster.newsroom.notice_templates import TEMPLATES, Blank, fill, template_of
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, local, render, services_of
from broadcaster.web.params import Id, Number, id_in
from broadcaster.web.routes import scripts
from broadcaster.web.session import SignedIn

router = APIRouter()


@router.post("/ban-tin/giu")
def keep(request: Request, signed: SignedIn, form: Form) -> Response:
    """Trang soạn tự gửi chữ đang gõ. Ô: cho, và mọi ô của /ban-tin/moi. Trả lời: ``luc``, giờ đã giữ."""
    services = services_of(request)
    typed = scripts.typed_of(form)
    with services.database.writing() as session:
        row = unsaved.keep(session, signed.actor, form.text("cho"), typed, now=services.clock.now())
    return JSONResponse({"luc": f"{local(row.saved_at):%H:%M}"})


@router.post("/ban-tin/giu/bo")
def forget(request: Request, signed: SignedIn, form: Form) -> Response:
    """Bỏ chữ gõ dở. Ô: cho."""
    place = form.text("cho")
    with services_of(request).database.writing() as session:
        unsaved.forget(session, signed.actor, place)
    draft = id_in(place.removeprefix("ban-"))
    return back_to(f"/ban-tin/{draft}/sua" if draft else "/ban-tin/moi", "Đã bỏ chữ gõ dở.")


@router.get("/ban-tin/mau/{code}")
def template(request: Request, signed: SignedIn, code: str) -> Response:
    """Các ô của một mẫu bản tin."""
    return _template_page(request, signed, code, {})


@router.post("/ban-tin/mau/{code}")
def use_template(request: Request, signed: SignedIn, code: str, form: Form) -> Response:
    """Viết theo mẫu rồi mở biểu mẫu soạn, chưa lưu gì. Ô: các ô của mẫu."""
    signed.actor.require(Action.SCRIPT_WRITE)
    chosen, given, problems = template_of(code), dict[str, str](), dict[str, str]()
    for blank in chosen.blanks:
        try:
            given[blank.name] = _written(form, blank)
        except Invalid as error:
            problems |= error.problems
    try:
        filled = fill(chosen, given)
    except Invalid as error:
        problems = {name: problems.get(name, told) for name, told in error.problems.items()}
    if problems:
        return _template_page(request, signed, code, {one.name: form.text(one.name) for one in chosen.blanks}, problems)
    start: dict[str, Any] = {"tieu_de": filled.title, "noi_dung": filled.body, "the_loai": chosen.genre.value}
    start |= {"uu_tien": chosen.priority.value, "den_ngay": form.day(chosen.ends_on) if chosen.ends_on else ""}
    return scripts.started(request, signed, {name: value for name, value in start.items() if value})


@router.get("/ban-tin/bai/{script_id}/so-sanh")
def compare(request: Request, signed: SignedIn, script_id: Id, cu: Number = 0, moi: Number = 0) -> Response:
    """Hai bản sửa cạnh nhau; ``cu``, ``moi``: số của bản, mặc định hai bản mới nhất."""
    with services_of(request).database.reading() as session:
        script = queries.script(session, signed.actor, script_id)
        by_number = {one.number: one for one in script.revisions}
        newest = max(by_number)
        after = by_number.get(moi or newest)
        before = by_number.get(cu or max(1, (moi or newest) - 1))
        if before is None or after is None:
            raise NotFound
        return render(
            request,
            "so_sanh.html",
            signed=signed,
            script=script,
            before=before,
            after=after,
            pairs=compared(before.body, after.body),
            facts=facts(before, after),
        )


def _template_page(
    request: Request, signed: Signed, code: str, typed: dict[str, str], problems: dict[str, str] | None = None
) -> Response:
    signed.actor.require(Action.SCRIPT_WRITE)
    status = 422 if problems else 200
    chosen, wrong = template_of(code), problems or {}
    return render(
        request, "mau_tin.html", signed=signed, status=status, chosen=chosen, templates=TEMPLATES, typed=typed, problems=wrong
    )


def _written(form: Posted, blank: Blank) -> str:
    """Ô như sẽ viết trong bản tin. Lỗi: ``Invalid`` khi ngày, giờ sai dạng."""
    if not form.text(blank.name).strip():
        return ""
    if blank.kind == "date":
        return f"{form.day(blank.name):%d/%m/%Y}"
    if blank.kind == "time":
        at = form.clock_time(blank.name)
        return f"{at.hour} giờ" + (f" {at.minute}" if at.minute else "")
    return form.text(blank.name)
