"""Ứng dụng web: gắn các trang, lớp chắn, cách xử lý lỗi; không có logic nào khác."""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.errors import BroadcasterError
from broadcaster.web import api, assets, failures
from broadcaster.web.api import problems
from broadcaster.web.band import BandKeeper
from broadcaster.web.doorplate import Doorplate
from broadcaster.web.guards import API, Guards
from broadcaster.web.reception import Reception
from broadcaster.web.routes import ROUTERS
from broadcaster.web.services import Services


def create_app(services: Services) -> FastAPI:
    """Ứng dụng dùng đúng các phần được đưa vào."""
    app = FastAPI(title="Đài truyền thanh phường", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.services = services
    app.state.band, app.state.doorplate = BandKeeper(services), Doorplate(services)
    for router in ROUTERS:
        app.include_router(router)
    app.mount(api.PREFIX, api.create_api(services))
    app.mount(assets.STATIC, assets.files())
    failures.install(app)
    app.add_middleware(Reception, services=services, refuse=_refuse)
    app.add_middleware(Guards, names=services.names)
    return app


async def _refuse(request: Request, error: BroadcasterError) -> Response:
    """Lỗi gặp trước khi vào ứng dụng: trang hay API đều nói như thường."""
    return problems.answer(error) if request.url.path.startswith(API) else await failures.answer(request, error)
