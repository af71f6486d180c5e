"""Phiên đăng nhập của trang: bánh quy giữ thẻ, mỗi yêu cầu hỏi lại cơ sở dữ liệu, chưa đổi mật khẩu thì chưa đi đâu được."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts import throttle
from broadcaster.accounts.signing_in import Signed, digest, extend, who
from broadcaster.web.pages import services_of

COOKIE = "phien"
DEVICE = "may_quen"
"""Dấu của máy đã đăng nhập đúng: băm của thẻ, không mở được phiên nào."""


class MustChangePassword(Exception):
    """Đăng nhập bằng mật khẩu dùng một lần: đổi xong mới làm việc khác được."""


def signed_in(request: Request) -> Signed:
    """Người đang đăng nhập. Lỗi: ``NotSignedIn``, ``MustChangePassword``."""
    signed = any_signed(request)
    if signed.must_change_password:
        raise MustChangePassword
    return signed


def any_signed(request: Request) -> Signed:
    """Như ``signed_in`` nhưng cho cả người chưa đổi mật khẩu (trang đổi mật khẩu, đăng xuất)."""
    services, token = services_of(request), request.cookies.get(COOKIE)
    signed = recognised(request)
    if request.method == "POST" and token:
        with services.database.writing() as session:
            extend(session, token, hours=services.session_hours, now=services.clock.now())
    return signed


def recognised(request: Request) -> Signed:
    """Người của phiên này, chỉ đọc, không gia hạn. Lỗi: ``NotSignedIn``."""
    services = services_of(request)
    with services.database.reading() as session:
        return who(session, request.cookies.get(COOKIE), now=services.clock.now())


def signed_fast(request: Request) -> Signed:
    """Như ``signed_in`` nhưng không gia hạn phiên: nút đỏ không được chờ khoá ghi nào.

    Đường của nút đỏ tự gọi ở dòng đầu chứ không qua ``Depends``: mỗi lần về vòng lặp sự kiện lúc đông là trăm mili giây.
    """
    signed = recognised(request)
    if signed.must_change_password:
        raise MustChangePassword
    return signed


SignedIn = Annotated[Signed, Depends(signed_in)]
AnySigned = Annotated[Signed, Depends(any_signed)]


def keep(response: Response, request: Request, token: str) -> None:
    """Đặt bánh quy: script không đọc được, chỉ gửi về trang này, chỉ qua https khi đã bật."""
    services = services_of(request)
    days = throttle.REMEMBERED.days
    for name, value, hours in ((COOKIE, token, services.session_hours), (DEVICE, digest(token), days * 24)):
        response.set_cookie(name, value, max_age=hours * 3600, httponly=True, samesite="lax", secure=services.https, path="/")


def address_of(request: Request) -> str:
    """Máy đang gọi; sau máy chuyển tiếp đã khai thì uvicorn đã thay bằng máy thật, lời khai của máy khác không được nghe."""
    return request.client.host if request.client else ""


def place_of(request: Request) -> str:
    """Chỗ gõ mã của người có phiên: chính phiên ấy."""
    return f"phiên {digest(request.cookies.get(COOKIE, ''))}"


def sign_in_path(request: Request) -> str:
    """Đường tới trang đăng nhập, nhớ trang đang muốn mở."""
    wanted = request.url.path if request.method == "GET" else "/"
    return f"/dang-nhap?tiep={quote(wanted)}"


def safe_next(path: str) -> str:
    """Chỉ quay về trang của chính đài: một dấu gạch đầu, không phải hai."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
