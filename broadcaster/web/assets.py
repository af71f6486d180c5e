"""Tệp tĩnh mang dấu nội dung trên đường dẫn: máy xem giữ một năm, bản mới thì đường dẫn mới; chữ đi trên mạng được nén."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

FOLDER = Path(__file__).parent / "static"
STATIC = "/tinh"
_YEAR = "public, max-age=31536000, immutable"
_WORTH = 1_000
"""Trang ngắn hơn chừng này (byte) thì nén không đáng."""


def _mark(folder: Path) -> str:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:10]


VERSION = _mark(FOLDER)


class _Files(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        """Đường mang đúng dấu thì giữ mãi; đường trần luôn hỏi lại."""
        name = path.removeprefix(f"{VERSION}/")
        response = await super().get_response(name, scope)
        response.headers["Cache-Control"] = "no-cache" if name == path else _YEAR
        return response


def files() -> ASGIApp:
    """Ứng dụng của ``/tinh``."""
    return GZipMiddleware(_Files(directory=FOLDER), minimum_size=_WORTH)


def page(request: Request, html: str, status: int) -> HTMLResponse:
    """Trang không ai giữ lại, nén nếu máy xem nhận; mọi đường tới tệp tĩnh mang dấu, nên mô-đun nạp mô-đun vẫn là một bản."""
    body = html.replace(f'"{STATIC}/', f'"{STATIC}/{VERSION}/').encode()
    headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if len(body) > _WORTH and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 5), "gzip"
    return HTMLResponse(body, status, headers=headers)
