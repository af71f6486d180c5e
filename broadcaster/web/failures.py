"""Lỗi thành trang: một bảng lỗi → mã HTTP, một trang tiếng Việt nói việc cần làm; phiên hết thì chữ đã gõ vẫn còn."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import (
    BadRecording,
    BroadcasterError,
    Conflict,
    DatabaseAway,
    DiskFull,
    Invalid,
    NotAllowed,
    NotFound,
    NotSignedIn,
    OutputFailed,
    TooBig,
    TooBusy,
    TooManyAttempts,
    TooSlow,
    UnsoundText,
    VoiceFailed,
    WrongBody,
)
from broadcaster.web.bodies import is_multipart
from broadcaster.web.forms import read_form
from broadcaster.web.pages import render
from broadcaster.web.session import MustChangePassword, recognised, sign_in_path

log = structlog.get_logger(__name__)

STATUS: dict[type[BroadcasterError], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    Invalid: 422,
    BadRecording: 422,
    TooManyAttempts: 429,
    TooBusy: 429,
    TooBig: 413,
    TooSlow: 408,
    WrongBody: 415,
    DiskFull: 507,
    OutputFailed: 502,
    VoiceFailed: 502,
    DatabaseAway: 503,
}
"""Loại lỗi → mã HTTP; lỗi khác của ta là 500."""


_PASSING = (502, 503)
"""Máy bận hay vắng một lát: gửi lại nguyên như thế là được."""
_LONG = 20


def status_of(error: BroadcasterError) -> int:
    """Mã HTTP của một lỗi."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)


def install(app: FastAPI) -> None:
    """Gắn mọi cách xử lý lỗi."""
    app.add_exception_handler(BroadcasterError, _ours)
    app.add_exception_handler(MustChangePassword, _must_change)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _path)
    app.add_exception_handler(Exception, _unknown)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, BroadcasterError)
    return await answer(request, error)


async def answer(request: Request, error: BroadcasterError) -> Response:
    """Trang của một lỗi; chữ đã gõ còn nguyên."""
    kept = await _kept(request)
    if not isinstance(error, NotSignedIn):
        again = isinstance(error, UnsoundText)
        return await run_in_threadpool(_page, request, status_of(error), error.message, kept=kept, again=again)
    if request.method == "GET":
        return RedirectResponse(sign_in_path(request), 303)
    page = partial(render, request, "dang_nhap.html", status=401, next_path=request.url.path, kept=kept, problem="", login="")
    return await run_in_threadpool(page)


async def _kept(request: Request) -> list[tuple[str, str]]:
    """Chữ đã gõ của biểu mẫu vừa gửi, để không mất khi việc chưa làm được; tệp thì không đọc lại."""
    if request.method != "POST" or (is_multipart(request.headers) and not hasattr(request.state, "posted")):
        return []
    try:
        return (await read_form(request)).kept()
    except (Invalid, RuntimeError):  # quá nhiều ô, hay chưa nhận thân nào
        return []


async def _must_change(_request: Request, _error: Exception) -> Response:
    return RedirectResponse("/doi-mat-khau", 303)


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = "Không có trang này. Hãy kiểm tra lại đường dẫn hoặc về trang Hôm nay."
    return _page(request, error.status_code, message if error.status_code == 404 else "Trang này không nhận cách gửi ấy.")


def _path(request: Request, _error: Exception) -> Response:
    return _page(request, 404, "Đường dẫn không đúng. Hãy về trang Hôm nay rồi mở lại mục cần xem.")


def _unknown(request: Request, error: Exception) -> Response:
    log.error("lỗi chưa lường trước", duong_dan=request.url.path, loi=repr(error), exc_info=error)
    return _page(request, 500, BroadcasterError().message)


def _page(request: Request, status: int, message: str, *, kept: Sequence[tuple[str, str]] = (), again: bool = False) -> Response:
    """``kept``: hiện lại chữ dài người đã gõ (mã của máy không có dấu cách); lỗi của máy, hay ``again``, thì có nút gửi lại."""
    return render(
        request,
        "loi.html",
        signed=_maybe_signed(request),
        status=status,
        status_code=status,
        message=message,
        kept=kept,
        again=kept and (again or status in _PASSING),
        typed=[text for _, text in kept if len(text) > _LONG and " " in text],
    )


def _maybe_signed(request: Request) -> Signed | None:
    try:
        return recognised(request)
    except BroadcasterError:
        return None
