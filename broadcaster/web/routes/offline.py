"""Đài trong túi áo: trang còn mở được khi mất mạng, người phục vụ giữ nó trên máy, và biểu tượng của đài."""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from broadcaster.accounts import settings
from broadcaster.accounts.stations import station_of
from broadcaster.traffic.queries import programmes_between
from broadcaster.traffic.snapshots import title_of
from broadcaster.web.assets import FOLDER
from broadcaster.web.pages import local, render, services_of
from broadcaster.web.session import SignedIn

router = APIRouter()
_NUMBER = re.compile(r"\+?[\d. ]{3,20}")
WORKER, ICON = "/ngoai-tuyen.js", "/favicon.ico"


@router.get(WORKER)
def worker() -> Response:
    """Người phục vụ phải nằm ở gốc mới coi được mọi trang; luôn hỏi lại để bản mới vào ngay."""
    return FileResponse(FOLDER / "ngoai-tuyen.js", media_type="text/javascript", headers={"Cache-Control": "no-cache"})


@router.get(ICON)
def icon() -> Response:
    """Trình duyệt hỏi tên này khi trang chưa kịp nói biểu tượng ở đâu."""
    return FileResponse(FOLDER / "bieu-tuong.svg", media_type="image/svg+xml", headers={"Cache-Control": "max-age=86400"})


@router.get("/ngoai-tuyen")
def page(request: Request, signed: SignedIn) -> Response:
    """Thứ tự phát hôm nay và số điện thoại trực, không cần mạng để đọc."""
    services = services_of(request)
    now = services.clock.now()
    day = local(now).date()
    with services.database.reading() as session:
        return render(
            request,
            "ngoai_tuyen.html",
            signed=signed,
            day=day,
            now=now,
            station=station_of(session, signed.actor),
            programmes=programmes_between(session, signed.actor, day, day),
            phones=phones(settings.get(session, signed.actor.station_id, settings.URGENT_PHONES)),
            title_of=title_of,
        )


def phones(text: str) -> list[tuple[str, str]]:
    """(tên, số) từ chữ của cài đặt; phần không có số thì số rỗng."""
    return [(part.strip(), _digits(part)) for part in text.split(";") if part.strip()]


def _digits(part: str) -> str:
    found = _NUMBER.findall(part)
    return re.sub(r"[. ]", "", found[-1]) if found else ""
