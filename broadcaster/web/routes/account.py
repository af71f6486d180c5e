"""Tài khoản của tôi: phiên đang mở, thẻ truy cập, mã điện thoại, đổi đài. Ai cũng có trang này."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts import own_account, totp
from broadcaster.accounts.signing_in import Signed, digest
from broadcaster.accounts.stations import station_of
from broadcaster.errors import Invalid, TooManyAttempts
from broadcaster.web.form_actions import Show, attempt
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.routes.sign_in import confirm_password
from broadcaster.web.session import COOKIE, SignedIn, place_of

router = APIRouter(prefix="/tai-khoan")


@router.get("")
def mine(request: Request, signed: SignedIn) -> Response:
    """Mọi điều về tài khoản đang dùng."""
    return _page(request, signed, 200, {}, {})


@router.post("/phien/{sign_in_id}/het")
def end_session(request: Request, signed: SignedIn, sign_in_id: Id) -> Response:
    """Đăng xuất một máy."""
    services = services_of(request)
    with services.database.writing() as session:
        own_account.end_own_session(session, signed.actor, sign_in_id, now=services.clock.now())
    return back_to("/tai-khoan", "Đã đăng xuất máy ấy.")


@router.post("/phien-khac/het")
def end_others(request: Request, signed: SignedIn) -> Response:
    """Đăng xuất mọi máy khác."""
    services = services_of(request)
    with services.database.writing() as session:
        own_account.end_other_sessions(session, signed.actor, keep_token=request.cookies[COOKIE], now=services.clock.now())
    return back_to("/tai-khoan", "Đã đăng xuất mọi máy khác.")


@router.post("/the/{token_id}/thu-hoi")
def revoke(request: Request, signed: SignedIn, token_id: Id) -> Response:
    """Thu hồi một thẻ mang tên mình."""
    services = services_of(request)
    with services.database.writing() as session:
        own_account.revoke_own_token(session, signed.actor, token_id, now=services.clock.now())
    return back_to("/tai-khoan", "Đã thu hồi thẻ.")


@router.post("/ma/bat")
def switch_on(request: Request, signed: SignedIn, form: Form) -> Response:
    """Bật mã điện thoại; phiên lấy trộm thì không bật được để khoá chủ ở ngoài. Ô: khoa_moi (khoá vừa quét), ma, mat_khau."""
    show = _showing(form.text("khoa_moi"))
    try:
        confirm_password(request, signed, form.text("mat_khau"), box="mat_khau")
    except TooManyAttempts as error:
        return show(request, signed, 429, {}, {"mat_khau": error.message})
    except Invalid as error:
        return show(request, signed, 422, {}, error.problems)

    def deed(session: Session, now: datetime) -> None:
        own_account.switch_on_code(session, signed.actor, _secret(form.text("khoa_moi")), form.text("ma"), now=now)

    said = "Đã bật. Từ lần đăng nhập sau, hãy gõ thêm mã trên điện thoại."
    return attempt(request, signed, form, deed, show=show, back="/tai-khoan", said=said)


@router.post("/ma/tat")
def switch_off(request: Request, signed: SignedIn, form: Form) -> Response:
    """Tắt mã điện thoại. Ô: ma."""
    guesses = services_of(request).guesses

    def deed(session: Session, now: datetime) -> None:
        own_account.switch_off_code(session, signed.actor, form.text("ma"), guesses=guesses, place=place_of(request), now=now)

    return attempt(request, signed, form, deed, show=_page, back="/tai-khoan", said="Đã tắt mã điện thoại.")


@router.post("/dai/{station_id}")
def switch_station(request: Request, signed: SignedIn, station_id: Id) -> Response:
    """Chuyển phiên này sang đài khác mà mình làm."""
    services = services_of(request)
    with services.database.writing() as session:
        station = own_account.switch_station(session, signed.actor, request.cookies[COOKIE], station_id)
    return back_to("/", f"Đang làm việc ở {station.name}.")


def _secret(typed: str) -> str:
    """Khoá mà trang đã đưa; ai sửa ô ấy thành chữ khác thì nhận khoá mới, mã sẽ không khớp."""
    try:
        return typed if len(base64.b32decode(typed)) == 20 else totp.new_secret()
    except ValueError:
        return totp.new_secret()


def _showing(secret: str) -> Show:
    def show(request: Request, signed: Signed, status: int, typed: Mapping[str, str], problems: Mapping[str, str]) -> Response:
        return _page(request, signed, status, typed, problems, secret=_secret(secret))

    return show


def _page(
    request: Request,
    signed: Signed,
    status: int,
    _typed: Mapping[str, str],
    problems: Mapping[str, str],
    *,
    secret: str | None = None,
) -> Response:
    services, now = services_of(request), services_of(request).clock.now()
    fresh = secret or totp.new_secret()
    with services.database.reading() as session:
        name = station_of(session, signed.actor).name
        return render(
            request,
            "tai_khoan.html",
            signed=signed,
            status=status,
            problems=problems,
            sessions=own_account.own_sessions(session, signed.actor, now=now),
            here_sha256=digest(request.cookies[COOKIE]),
            tokens=own_account.own_tokens(session, signed.actor),
            with_code=own_account.own_user(session, signed.actor).totp_secret is not None,
            secret=fresh,
            picture=_picture(totp.address(fresh, login=signed.login, station=name)),
            stations=own_account.own_stations(session, signed.actor),
            now=now,
        )


def _picture(address: str) -> str:
    """Mã vuông dạng SVG để điện thoại quét; thiếu gói vẽ thì rỗng, trang còn khoá để gõ."""
    try:
        import segno
    except ImportError:
        return ""
    return str(segno.make(address, error="m").svg_inline(scale=4, border=2, dark="#000", light="#fff"))
