"""Ứng dụng web: gắn các trang, lớp chắn, cách xử lý lỗi; không có logic nào khác."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from broadcaster.web import api, failures
from broadcaster.web.guards import Guards
from broadcaster.web.pages import FOLDER
from broadcaster.web.routes import ROUTERS
from broadcaster.web.services import Services


def create_app(services: Services) -> FastAPI:
    """Ứng dụng dùng đúng các phần được đưa vào."""
    app = FastAPI(title="Đài truyền thanh phường", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.services = services
    for router in ROUTERS:
        app.include_router(router)
    app.mount(api.PREFIX, api.create_api(services))
    app.mount("/tinh", StaticFiles(directory=FOLDER / "static"))
    failures.install(app)
    app.add_middleware(Guards, names=services.names)
    return app
