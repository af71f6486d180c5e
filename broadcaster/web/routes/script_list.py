"""Danh sách bản tin: tìm, lọc, xếp."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.web.pages import local, render, services_of
from broadcaster.web.params import PageNumber
from broadcaster.web.script_filter import found
from broadcaster.web.session import SignedIn

router = APIRouter()


@router.get("/ban-tin")
def listing(request: Request, signed: SignedIn, trang: PageNumber = 1) -> Response:
    """Bản tin của đài. Sau dấu hỏi: tim, trang_thai, the_loai, nguoi, chuyen_muc, noi_dung_kh, tu, den, xep, trang."""
    services = services_of(request)
    today = local(services.clock.now()).date()
    with services.database.reading() as session:
        context = found(session, signed.actor, request.query_params, today, page=trang)
        return render(request, "ban_tin.html", signed=signed, **context)
