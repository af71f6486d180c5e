"""Đăng nhập, đăng xuất, đổi mật khẩu. Băm mật khẩu luôn ở ngoài giao dịch."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.passwords import hash_password, is_password
from broadcaster.accounts.signing_in import change_password, check_throttle, normal_login, sign_in, sign_out, stored_hash
from broadcaster.errors import BroadcasterError, Invalid, TooManyAttempts
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.session import COOKIE, AnySigned, keep, safe_next

router = APIRouter()

WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng. Hãy gõ lại; quên mật khẩu thì nhờ quản trị đài đặt lại."
_KEPT = "giu_"


@router.get("/dang-nhap")
def form(request: Request, tiep: str = "/") -> Response:
    """Trang đăng nhập; ``tiep``: trang sẽ mở sau đó."""
    return render(request, "dang_nhap.html", next_path=safe_next(tiep), kept=[], problem="", login="")


@router.post("/dang-nhap")
def enter(request: Request, form: Form) -> Response:
    """Ô: ten, mat_khau, tiep, và các ô giu_* của biểu mẫu đang gửi dở khi phiên hết."""
    services, now = services_of(request), services_of(request).clock.now()
    login, address = normal_login(form.text("ten")), request.client.host if request.client else ""
    next_path, kept = safe_next(form.text("tiep") or "/"), _kept(form)
    try:
        with services.database.reading() as session:
            check_throttle(session, login, address, now=now)
            stored = stored_hash(session, login)
    except TooManyAttempts as error:
        return _again(request, error, next_path, kept, login=login, status=429)
    matched = is_password(form.text("mat_khau"), stored)
    with services.database.writing() as session:
        token = sign_in(
            session,
            login,
            address,
            matched=matched,
            device=request.headers.get("user-agent", ""),
            hours=services.session_hours,
            now=now,
        )
    if token is None:
        return _again(request, BroadcasterError(WRONG), next_path, kept, login=login, status=401)
    response = render(request, "gui_lai.html", next_path=next_path, kept=kept) if kept else back_to(next_path)
    keep(response, request, token)
    return response


@router.post("/dang-xuat")
def leave(request: Request, _signed: AnySigned) -> Response:
    """Kết thúc phiên này."""
    services = services_of(request)
    with services.database.writing() as session:
        sign_out(session, request.cookies[COOKIE], now=services.clock.now())
    response = back_to("/dang-nhap")
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/doi-mat-khau")
def password_form(request: Request, signed: AnySigned) -> Response:
    """Trang đổi mật khẩu."""
    return render(request, "doi_mat_khau.html", signed=signed, problems={})


@router.post("/doi-mat-khau")
def change(request: Request, signed: AnySigned, form: Form) -> Response:
    """Ô: cu, moi, lai."""
    services = services_of(request)
    with services.database.reading() as session:
        stored = stored_hash(session, signed.login)
    try:
        if not is_password(form.text("cu"), stored):
            raise Invalid(problems={"cu": "Mật khẩu hiện tại chưa đúng."})
        if form.text("moi") != form.text("lai"):
            raise Invalid(problems={"lai": "Hai lần gõ mật khẩu mới chưa giống nhau."})
        if form.text("moi") == form.text("cu"):
            raise Invalid(problems={"moi": "Hãy chọn mật khẩu khác mật khẩu hiện tại."})
        hashed = hash_password(form.text("moi"), about=(signed.login, signed.actor.name, signed.actor.job_title))
    except Invalid as error:
        return render(request, "doi_mat_khau.html", signed=signed, status=422, problems=error.problems)
    with services.database.writing() as session:
        change_password(session, signed.actor, hashed, keep_token=request.cookies[COOKIE], now=services.clock.now())
    return back_to("/", "Đã đổi mật khẩu. Các phiên khác của bạn đã được đăng xuất.")


def _kept(form: Posted) -> list[tuple[str, str]]:
    return [(name.removeprefix(_KEPT), value) for name, value in form.kept() if name.startswith(_KEPT)]


def _again(
    request: Request, error: BroadcasterError, next_path: str, kept: list[tuple[str, str]], *, login: str, status: int
) -> Response:
    return render(request, "dang_nhap.html", status=status, next_path=next_path, kept=kept, problem=error.message, login=login)
