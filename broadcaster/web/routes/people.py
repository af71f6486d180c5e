"""Tài khoản của đài: thêm người, đặt lại mật khẩu, vai trò, khoá."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.enums import Role
from broadcaster.accounts.passwords import hash_password, one_time_password
from broadcaster.accounts.people import (
    create_person,
    disable,
    drop_code,
    end_sessions,
    guests,
    leave,
    people,
    reset_password,
    set_roles,
    share,
)
from broadcaster.accounts.signing_in import Signed
from broadcaster.accounts.tokens import revoke_token, tokens
from broadcaster.errors import Invalid
from broadcaster.web.form_actions import attempt
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter()
_EMPTY = {"ten": "", "ho_ten": "", "chuc_danh": "", "vai_tro": []}


@router.get("/nguoi-dung")
def listing(request: Request, signed: SignedIn) -> Response:
    """Mọi người của đài."""
    return _page(request, signed)


@router.post("/nguoi-dung")
def add(request: Request, signed: SignedIn, form: Form) -> Response:
    """Thêm một người. Ô: ten, ho_ten, chuc_danh, vai_tro (nhiều). Mật khẩu dùng một lần hiện đúng một lần."""
    services, password = services_of(request), one_time_password()
    hashed = hash_password(password)
    try:
        with services.database.writing() as session:
            user = create_person(
                session,
                signed.actor,
                login=form.text("ten"),
                full_name=form.text("ho_ten"),
                job_title=form.text("chuc_danh"),
                roles=_roles(form),
                password_hash=hashed,
                now=services.clock.now(),
            )
    except Invalid as error:
        typed = {name: form.text(name) for name in ("ten", "ho_ten", "chuc_danh")} | {"vai_tro": form.texts("vai_tro")}
        return _page(request, signed, status=422, typed=typed, problems=error.problems)
    return _page(request, signed, fresh=(user.login, password))


@router.post("/nguoi-dung/{user_id}/mat-khau")
def reset(request: Request, signed: SignedIn, user_id: Id) -> Response:
    """Đặt mật khẩu dùng một lần mới."""
    services, password = services_of(request), one_time_password()
    hashed = hash_password(password)
    with services.database.writing() as session:
        user = reset_password(session, signed.actor, user_id, hashed, now=services.clock.now())
    return _page(request, signed, fresh=(user.login, password))


@router.post("/nguoi-dung/{user_id}/vai-tro")
def roles(request: Request, signed: SignedIn, user_id: Id, form: Form) -> Response:
    """Ô: ho_ten_{mã}, chuc_danh_{mã}, vai_tro (nhiều); tên ô mang mã để lời nhắn về đúng người."""

    def deed(session: Session, now: datetime) -> None:
        name, title = form.text(f"ho_ten_{user_id}"), form.text(f"chuc_danh_{user_id}")
        set_roles(session, signed.actor, user_id, full_name=name, job_title=title, roles=_roles(form), now=now)

    return attempt(request, signed, form, deed, show=_again, back="/nguoi-dung", said="Đã lưu.", row=user_id)


@router.post("/nguoi-dung/{user_id}/khoa")
def lock(request: Request, signed: SignedIn, user_id: Id, form: Form) -> Response:
    """Ô: khoa (có là khoá, không là mở)."""
    services = services_of(request)
    with services.database.writing() as session:
        disable(session, signed.actor, user_id, disabled=form.checked("khoa"), now=services.clock.now())
    return back_to("/nguoi-dung", "Đã khoá tài khoản." if form.checked("khoa") else "Đã mở lại tài khoản.")


@router.post("/nguoi-dung/{user_id}/phien/het")
def end(request: Request, signed: SignedIn, user_id: Id) -> Response:
    """Kết thúc mọi phiên của một người ở đài."""
    services = services_of(request)
    with services.database.writing() as session:
        end_sessions(session, signed.actor, user_id, now=services.clock.now())
    return back_to("/nguoi-dung", "Đã đăng xuất mọi máy của người ấy.")


@router.post("/nguoi-dung/{user_id}/ma/bo")
def drop(request: Request, signed: SignedIn, user_id: Id) -> Response:
    """Bỏ mã điện thoại của người mất điện thoại."""
    services = services_of(request)
    with services.database.writing() as session:
        drop_code(session, signed.actor, user_id, now=services.clock.now())
    return back_to("/nguoi-dung", "Đã bỏ mã điện thoại. Người ấy vào bằng mật khẩu rồi bật lại.")


@router.post("/nguoi-dung/{user_id}/thoi")
def quit_station(request: Request, signed: SignedIn, user_id: Id) -> Response:
    """Người của đài khác thôi làm ở đài này."""
    services = services_of(request)
    with services.database.writing() as session:
        leave(session, signed.actor, user_id, now=services.clock.now())
    return back_to("/nguoi-dung", "Người ấy thôi làm ở đài này.")


@router.post("/nguoi-dung/chung")
def take_in(request: Request, signed: SignedIn, form: Form) -> Response:
    """Người đã có tài khoản ở đài khác làm thêm ở đây. Ô: ten_chung, chuc_danh_chung, vai_tro (nhiều)."""

    def deed(session: Session, now: datetime) -> None:
        title = form.text("chuc_danh_chung")
        share(session, signed.actor, form.text("ten_chung"), job_title=title, roles=_roles(form), now=now)

    return attempt(request, signed, form, deed, show=_again, back="/nguoi-dung", said="Đã thêm người của đài khác.", row="chung")


@router.post("/nguoi-dung/the/{token_id}/thu-hoi")
def revoke(request: Request, signed: SignedIn, token_id: Id) -> Response:
    """Thu hồi một thẻ của đài."""
    services = services_of(request)
    with services.database.writing() as session:
        revoke_token(session, signed.actor, token_id, now=services.clock.now())
    return back_to("/nguoi-dung", "Đã thu hồi thẻ.")


def _roles(form: Posted) -> list[Role]:
    try:
        return [Role(value) for value in form.texts("vai_tro")]
    except ValueError as error:
        raise Invalid(problems={"vai_tro": "Vai trò không hợp lệ. Hãy chọn lại."}) from error


def _again(request: Request, signed: Signed, status: int, typed: Mapping[str, str], problems: Mapping[str, str]) -> Response:
    return _page(request, signed, status=status, typed={**_EMPTY, **typed, "vai_tro": []}, problems=dict(problems))


def _page(
    request: Request,
    signed: Signed,
    *,
    status: int = 200,
    typed: Mapping[str, object] | None = None,
    problems: dict[str, str] | None = None,
    fresh: tuple[str, str] | None = None,
) -> Response:
    services = services_of(request)
    with services.database.reading() as session:
        found, held = people(session, signed.actor), tokens(session, signed.actor)
        others = guests(session, signed.actor)
    return render(
        request,
        "nguoi_dung.html",
        signed=signed,
        status=status,
        people=found,
        tokens=held,
        guests=others,
        now=services.clock.now(),
        roles=list(Role),
        typed=typed or _EMPTY,
        problems=problems or {},
        fresh=fresh,
    )
