"""Lỗi thành ``application/problem+json`` (RFC 9457), cùng bảng mã HTTP và cùng câu tiếng Việt như trang web."""

from __future__ import annotations

import re
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broadcaster.errors import BroadcasterError, Invalid, NotSignedIn, UnsoundText
from broadcaster.web.api.shapes import UNSOUND
from broadcaster.web.failures import status_of

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_NO_PATH = "Không có đường dẫn này. Hãy xem /api/v1/openapi.json."
_NO_METHOD = "Đường dẫn này không nhận phương thức ấy. Hãy xem /api/v1/openapi.json."
_PROBLEMS = {
    "missing": "Thiếu trường này.",
    "extra_forbidden": "Không có trường này.",
    "json_invalid": "Thân yêu cầu không phải JSON đúng.",
    UNSOUND: UnsoundText().message,
}
_WORD_END = re.compile(r"(?<!^)(?=[A-Z])")


class Problem(BaseModel):
    """Một lỗi: ``problems`` nói từng trường sai vì sao."""

    type: str = Field(examples=["urn:broadcaster:problem:stale-form"])
    title: str
    status: int
    detail: str
    problems: dict[str, str] = {}


def _declared(what: str) -> dict[str, Any]:
    return {"description": what, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


RESPONSES: dict[int | str, dict[str, Any]] = {
    400: _declared("Thân yêu cầu không đọc được"),
    401: _declared("Thiếu thẻ, hoặc thẻ sai, hết hạn, bị thu hồi"),
    403: _declared("Người đứng tên thẻ không có quyền"),
    404: _declared("Không có, hoặc thuộc đài khác"),
    409: _declared("Trạng thái hiện tại không cho phép, hoặc version đã cũ"),
    413: _declared("Dữ liệu gửi lên quá lớn"),
    422: _declared("Dữ liệu chưa đúng"),
    500: _declared("Lỗi chưa lường trước; đã ghi vào nhật ký máy"),
    502: _declared("Phòng phát sóng không trả lời"),
    503: _declared("Cơ sở dữ liệu đang bận hoặc không ghi được"),
}
"""Mã lỗi có thể gặp ở mọi lệnh."""


def install(api: FastAPI) -> None:
    """Gắn mọi cách xử lý lỗi, và lược đồ ``Problem`` vào tài liệu."""
    api.add_exception_handler(BroadcasterError, _ours)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(Exception, _unknown)
    made = api.openapi

    def with_problem() -> dict[str, Any]:
        document = made()
        document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        return document

    api.openapi = with_problem  # type: ignore[method-assign]


def _ours(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BroadcasterError)
    return answer(error)


def answer(error: BroadcasterError) -> Response:
    """Một lỗi của ta."""
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, NotSignedIn) else None
    found = error.problems if isinstance(error, Invalid) else {}
    return _answer(_kind(error), status_of(error), error.message, problems=found, headers=headers)


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = {404: _NO_PATH, 405: _NO_METHOD}.get(error.status_code, "Yêu cầu không đọc được. Hãy kiểm tra lại thân yêu cầu.")
    return _answer("http", error.status_code, detail, headers=dict(error.headers or {}))


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = {".".join(str(part) for part in one["loc"]): _said(one["type"]) for one in error.errors()}
    return _answer("invalid", 422, "Dữ liệu gửi lên chưa đúng lược đồ. Hãy sửa các trường được nêu.", problems=found)


async def _unknown(request: Request, error: Exception) -> Response:
    log.error("lỗi chưa lường trước", duong_dan=request.url.path, loi=repr(error), exc_info=error)
    return _answer("unknown", 500, BroadcasterError().message)


def _said(kind: str) -> str:
    return _PROBLEMS.get(kind, "Giá trị sai kiểu hoặc ngoài khoảng cho phép.")


def _kind(error: BroadcasterError) -> str:
    return _WORD_END.sub("-", type(error).__name__).lower()


def _answer(
    kind: str, status: int, detail: str, *, problems: dict[str, str] | None = None, headers: dict[str, str] | None = None
) -> Response:
    title = detail.split(". ", 1)[0].rstrip(".")
    body = Problem(type=f"urn:broadcaster:problem:{kind}", title=title, status=status, detail=detail, problems=problems or {})
    return JSONResponse(body.model_dump(), status, headers=headers, media_type=MEDIA_TYPE)
