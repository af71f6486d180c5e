"""Chương trình hôm nay cho mọi người, không cần đăng nhập: trang, iCalendar, JSON; chỉ khi đài bật cài đặt ấy."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broadcaster.traffic.public_day import PublicDay, public_day
from broadcaster.web.calendar_text import calendar_text
from broadcaster.web.pages import render, services_of

router = APIRouter(prefix="/cong-khai/{code}")
AHEAD_DAYS = 7
"""Lịch đăng ký trên điện thoại có luôn chừng này ngày tới."""
_ANYONE = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=60"}
"""Trang thông tin của phường được lấy từ trình duyệt của người xem."""


@router.get("/hom-nay")
def page(request: Request, code: str) -> Response:
    """Trang chương trình hôm nay."""
    return render(request, "cong_khai.html", found=_found(request, code), code=code)


@router.get("/hom-nay.json")
def data(request: Request, code: str) -> Response:
    """Chương trình hôm nay dạng JSON."""
    found = _found(request, code)
    return JSONResponse(_told(found), headers=_ANYONE)


@router.get("/chuong-trinh.ics")
def calendar(request: Request, code: str) -> Response:
    """Lịch iCalendar của bảy ngày từ hôm nay, để đăng ký trên điện thoại."""
    text = calendar_text(_found(request, code, days=AHEAD_DAYS), code, services_of(request).clock.now())
    return Response(text, media_type="text/calendar; charset=utf-8", headers=_ANYONE)


def _found(request: Request, code: str, *, days: int = 1) -> PublicDay:
    services = services_of(request)
    with services.database.reading() as session:
        return public_day(session, code, services.clock.now(), days=days)


def _told(found: PublicDay) -> dict[str, Any]:
    return {
        "dai": found.station,
        "ngay": found.today.isoformat(),
        "buoi": [
            {
                "ten": one.name,
                "bat_dau": one.starts_at.astimezone(found.zone).isoformat(),
                "ket_thuc": one.ends_at.astimezone(found.zone).isoformat(),
                "to_dan_pho": list(one.zones),
                "ban_tin": list(one.titles),
            }
            for one in found.programmes
        ],
    }
