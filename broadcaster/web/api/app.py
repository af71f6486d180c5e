"""Ứng dụng API riêng, gắn vào ứng dụng trang: tài liệu OpenAPI, cách báo lỗi và cách hỏi quyền của nó không lẫn với trang."""

from __future__ import annotations

from fastapi import FastAPI

from broadcaster.web.api import problems
from broadcaster.web.api.routes import ROUTERS
from broadcaster.web.services import Services

PREFIX = "/api/v1"
_ABOUT = """Mọi việc đều cần thẻ truy cập, trừ `/health`: `Authorization: Bearer dtt_…`.
Tạo thẻ trên máy của đài bằng `broadcaster user token TÊN --ten "tên phần mềm"`; thẻ mang đúng quyền của người đứng tên.

Lỗi luôn ở dạng `application/problem+json` (RFC 9457); `detail` là câu tiếng Việt nói việc cần làm tiếp.
Giờ là ISO 8601 kèm múi giờ, ngày là `YYYY-MM-DD` theo giờ của đài, thời lượng là mili giây (`_ms`).
Mục nào có `version` thì lệnh sửa phải gửi lại đúng số ấy: người khác vừa sửa chen vào thì nhận 409."""


def create_api(services: Services) -> FastAPI:
    """Ứng dụng API dùng chung các phần với trang web."""
    api = FastAPI(
        title="Đài truyền thanh phường",
        version="1",
        description=_ABOUT,
        docs_url=None,
        redoc_url=None,
        responses=problems.RESPONSES,
    )
    api.state.services = services
    for router in ROUTERS:
        api.include_router(router)
    problems.install(api)
    return api
