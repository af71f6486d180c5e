"""Đài có đang chạy tốt không: cho máy theo dõi, không cần thẻ, nên chỉ nói có hay không."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broadcaster.errors import BroadcasterError
from broadcaster.service.health import machine_health
from broadcaster.web.api.shapes import Told
from broadcaster.web.pages import services_of
from broadcaster.web.services import Services

router = APIRouter(tags=["health"])


class LateLoop(Told):
    """Một vòng quá hẹn: của tiến trình nào, quá bao nhiêu giây."""

    process: str
    loop: str
    overdue_s: int


class Health(Told):
    """``database``: đọc được; ``playout``: phòng phát sóng trả lời; ``ok``: mọi phần đều tốt.

    ``supervisor``: còn người canh; ``silent``: tiến trình không còn nhịp; ``late``: các vòng muộn, muộn nhất trước.
    """

    ok: bool
    database: bool
    playout: bool
    supervisor: bool
    silent: list[str]
    late: list[LateLoop]


@router.get("/health", response_model=Health, responses={503: {"description": "Có phần không chạy", "model": Health}})
def health(request: Request) -> Response:
    """200 khi mọi phần chạy, 503 khi có phần không chạy; thân luôn nói phần nào."""
    services = services_of(request)
    database, playout = _database(services), _playout(services)
    machine = machine_health(services.beats, services.clock)
    told = Health(
        ok=database and playout and machine.ok,
        database=database,
        playout=playout,
        supervisor=not machine.orphaned,
        silent=list(machine.silent),
        late=[LateLoop(process=one.process, loop=one.loop, overdue_s=round(one.overdue_s)) for one in machine.late],
    )
    return JSONResponse(told.model_dump(), 200 if told.ok else 503)


def _database(services: Services) -> bool:
    try:
        with services.database.reading() as session:
            session.execute(text("SELECT 1"))
    except BroadcasterError:
        return False
    return True


def _playout(services: Services) -> bool:
    try:
        services.playout.state()
    except BroadcasterError:
        return False
    return True
