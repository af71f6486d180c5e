"""Đăng nhập, đăng xuất, đổi mật khẩu. Băm mật khẩu luôn ở ngoài giao dịch."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts import throttle
from broadcaster.accounts.audit import note_stranger
from broadcaster.accounts.own_account import pass_code_of
from broadcaster.accounts.passwords import hash_password, is_password
from broadcaster.accounts.signing_in import Signed, change_password, normal_login, sign_in, sign_out, stored_hash
from broadcaster.accounts.throttle import Attempt
from broadcaster.errors import BroadcasterError, Invalid, TooManyAttempts
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.session import COOKIE, DEVICE, AnySigned, address_of, keep, safe_next

router = APIRouter()

WRONG = "Tên đăng nhập hoặc mật khẩu chưa đúng. Hãy gõ lại; quên mật khẩu thì nhờ quản trị đài đặt lại."
CODE_WANTED = "Tài khoản này cần thêm mã sáu số đang hiện trong ứng dụng trên điện thoại. Hãy gõ lại mật khẩu và mã."
_KEPT = "giu_"
_FEW = 2
_CHANGING = "đổi mật khẩu"
"""Chỗ thử của trang đổi mật khẩu: ai cầm phiên cũng không dò được mật khẩu cũ."""


@router.get("/dang-nhap")
def form(request: Request, tiep: str = "/") -> Response:
    """Trang đăng nhập; ``tiep``: trang sẽ mở sau đó."""
    return render(request, "dang_nhap.html", next_path=safe_next(tiep), kept=[], problem="", login="")


@router.post("/dang-nhap")
def enter(request: Request, form: Form) -> Response:
    """Ô: ten, mat_khau, ma (mã điện thoại, nếu đã bật), tiep, và các ô giu_* của biểu mẫu đang gửi dở khi phiên hết."""
    services, login = services_of(request), normal_login(form.text("ten"))
    next_path, kept = safe_next(form.text("tiep") or "/"), _kept(form)
    try:
        attempt, stored = _begin(request, login, address_of(request))
    except TooManyAttempts as error:
        return _again(request, error, next_path, kept, login=login, status=429)
    token, matched = None, is_password(form.text("mat_khau"), stored)
    with services.database.writing() as session:
        device, address, now = request.headers.get("user-agent", ""), address_of(request), services.clock.now()
        if matched and pass_code_of(session, login, form.text("ma"), now=now):
            throttle.matched(session, attempt)
            token = sign_in(session, login, device=device, address=address, hours=services.session_hours, now=now)
        if token is None:
            note_stranger(session, login, "sign_in_failed", now=now, address=address, code_missing=matched)
    if token is None:
        wrong = CODE_WANTED if matched else WRONG
        return _again(request, BroadcasterError(wrong + _left(attempt)), next_path, kept, login=login, status=401)
    response = render(request, "gui_lai.html", next_path=next_path, kept=kept) if kept else back_to(next_path)
    keep(response, request, token)
    return response


@router.post("/dang-xuat")
def leave(request: Request, signed: AnySigned) -> Response:
    """Kết thúc phiên này."""
    services = services_of(request)
    with services.database.writing() as session:
        sign_out(session, signed.actor, request.cookies[COOKIE], now=services.clock.now())
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
    try:
        confirm_password(request, signed, form.text("cu"), box="cu")
        if form.text("moi") != form.text("lai"):
            raise Invalid(problems={"lai": "Hai lần gõ mật khẩu mới chưa giống nhau."})
        if form.text("moi") == form.text("cu"):
            raise Invalid(problems={"moi": "Hãy chọn mật khẩu khác mật khẩu hiện tại."})
        hashed = hash_password(form.text("moi"), about=(signed.login, signed.actor.name, signed.actor.job_title))
    except TooManyAttempts as error:
        return render(request, "doi_mat_khau.html", signed=signed, status=429, problems={"cu": error.message})
    except Invalid as error:
        return render(request, "doi_mat_khau.html", signed=signed, status=422, problems=error.problems)
    with services.database.writing() as session:
        change_password(session, signed.actor, hashed, keep_token=request.cookies[COOKIE], now=services.clock.now())
    return back_to("/", "Đã đổi mật khẩu. Các phiên khác của bạn đã được đăng xuất.")


def confirm_password(request: Request, signed: Signed, typed: str, *, box: str) -> None:
    """Người đang có phiên gõ lại mật khẩu của mình trước việc quyết ai vào được tài khoản.

    Lỗi: ``Invalid`` ở ô ``box``, ``TooManyAttempts``.
    """
    attempt, stored = _begin(request, signed.login, _CHANGING)
    if not is_password(typed, stored):
        raise Invalid(problems={box: "Mật khẩu hiện tại chưa đúng." + _left(attempt)})
    with services_of(request).database.writing() as session:
        throttle.matched(session, attempt)


def _begin(request: Request, login: str, address: str) -> tuple[Attempt, str | None]:
    """Ghi lần thử rồi mới lấy băm để so. Lỗi: ``TooManyAttempts``."""
    services, device = services_of(request), request.cookies.get(DEVICE, "")
    with services.database.reading() as session:
        throttle.check(session, login, address, device=device, now=services.clock.now())
    with services.database.writing() as session:
        attempt = throttle.begin(session, login, address, device=device, now=services.clock.now())
        return attempt, stored_hash(session, login)


def _left(attempt: Attempt) -> str:
    return f" Còn {attempt.left} lần thử trước khi phải đợi." if attempt.left <= _FEW else ""


def _kept(form: Posted) -> list[tuple[str, str]]:
    return [(name.removeprefix(_KEPT), value) for name, value in form.kept() if name.startswith(_KEPT)]


def _again(
    request: Request, error: BroadcasterError, next_path: str, kept: list[tuple[str, str]], *, login: str, status: int
) -> Response:
    return render(request, "dang_nhap.html", status=status, next_path=next_path, kept=kept, problem=error.message, login=login)
