"""Lớp chắn trước mọi trang: tên máy, nguồn gốc của biểu mẫu, tiêu đề an toàn. Sai là từ chối, không hỏi lại."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOCAL = frozenset({"127.0.0.1", "localhost", "[::1]"})
API = "/api/"
"""API chỉ nhận thẻ trong tiêu đề, thứ mà trang lạ không gửi hộ được: không cần hỏi nguồn gốc."""
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
    "Referrer-Policy": "same-origin",  # no-referrer làm biểu mẫu gửi Origin: null
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guards:
    """Bọc ngoài cả ứng dụng; không đọc thân yêu cầu."""

    def __init__(self, app: ASGIApp, *, names: tuple[str, ...]) -> None:
        """``names``: tên máy được phép ngoài máy này."""
        self._app = app
        self._names = LOCAL | set(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Chắn rồi mới cho vào."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope["method"], scope["path"], headers)
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send))
            return
        await self._app(scope, receive, _with_headers(send))

    def _refusal(self, method: str, path: str, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "")
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if name not in self._names:
            text = f"Địa chỉ “{name}” chưa được phép. Hãy thêm vào [web] names trong config.toml rồi chạy lại."
            return PlainTextResponse(text, 421)
        if method in SAFE_METHODS:
            return None
        if not path.startswith(API) and not _same_origin(headers, host):
            return PlainTextResponse("Yêu cầu đến từ trang khác nên bị từ chối. Hãy mở trang của đài rồi làm lại.", 403)
        return None


def _same_origin(headers: Headers, host: str) -> bool:
    """Trình duyệt nói yêu cầu từ đâu tới; qua http trong mạng nội bộ chỉ có ``Origin``."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == host


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
