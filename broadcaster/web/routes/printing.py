"""Tờ in: thứ tự phát, nhật ký ngày, lời cho người đọc trước micrô, phiếu duyệt; tên đơn vị ở đầu, chỗ ký ở cuối, không menu.

Tờ nào cũng là trang thường: có script thì nút In mở hộp in, không thì dùng lệnh in của trình duyệt.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.signing_in import Signed
from broadcaster.airlog.programmes import programmes_of
from broadcaster.airlog.queries import Period, silent_programmes
from broadcaster.airlog.searching import AiringFilter, matched
from broadcaster.clock import read_day
from broadcaster.errors import Invalid
from broadcaster.newsroom.drafting import revision_of
from broadcaster.newsroom.enums import DecisionKind
from broadcaster.playout.network_admin import fault_spans
from broadcaster.reports.letter import letter
from broadcaster.traffic.queries import programme_view, programmes_between
from broadcaster.traffic.snapshots import title_of
from broadcaster.traffic.timetable import DAY
from broadcaster.web.pages import local, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter()
WEEK, MOST = 7, 2_000
"""Số ngày của tờ tuần; số lượt của một ngày mà tờ nhật ký in hết, nhiều hơn thì tờ nói và chỉ sang Báo cáo."""


@router.get("/in/buoi/{programme_id}")
def order(request: Request, signed: SignedIn, programme_id: Id) -> Response:
    """Thứ tự phát của một buổi."""
    with services_of(request).database.reading() as session:
        view = programme_view(session, signed.actor, programme_id)
        return _sheet(request, session, signed, "in_buoi.html", view.programme.day, views=[view], title_of=title_of)


@router.get("/in/tuan")
def week(request: Request, signed: SignedIn, ngay: str = "") -> Response:
    """Thứ tự phát của bảy ngày từ ``ngay``."""
    first = _day(request, ngay)
    with services_of(request).database.reading() as session:
        views = programmes_between(session, signed.actor, first, first + (WEEK - 1) * DAY)
        return _sheet(request, session, signed, "in_buoi.html", first, views=views, title_of=title_of)


@router.get("/in/nhat-ky")
def log(request: Request, signed: SignedIn, ngay: str = "") -> Response:
    """Nhật ký một ngày, theo buổi."""
    day = _day(request, ngay)
    with services_of(request).database.reading() as session:
        found, left = matched(session, signed.actor, AiringFilter(Period(day, day)), limit=MOST)
        programmes = programmes_of(session, signed.actor, found, fault_spans(session, signed.actor))
        silent = silent_programmes(session, signed.actor, Period(day, day))
        cut = len(found) >= MOST and left is not None
        return _sheet(request, session, signed, "in_nhat_ky.html", day, programmes=programmes[::-1], silent=silent, cut=cut)


@router.get("/in/loi-doc/{revision_id}")
def words(request: Request, signed: SignedIn, revision_id: Id) -> Response:
    """Lời sẽ đọc, chữ to, mỗi câu một dòng."""
    return _of_revision(request, signed, revision_id, "in_loi_doc.html")


@router.get("/in/phieu-duyet/{revision_id}")
def approval(request: Request, signed: SignedIn, revision_id: Id) -> Response:
    """Phiếu duyệt: ai viết, ai duyệt đúng chữ nào, lúc nào, dấu niêm phong; bản chưa duyệt thì để chỗ ký."""
    return _of_revision(request, signed, revision_id, "in_phieu_duyet.html")


def _of_revision(request: Request, signed: Signed, revision_id: int, template: str) -> Response:
    services = services_of(request)
    with services.database.reading() as session:
        revision = revision_of(session, signed.actor, revision_id)
        reading = revision.readings[-1] if revision.readings else None
        decided = next((one for one in reversed(revision.decisions) if one.kind is DecisionKind.APPROVED), None)
        today = local(services.clock.now()).date()
        return _sheet(request, session, signed, template, today, revision=revision, reading=reading, decided=decided)


def _sheet(request: Request, session: Session, signed: Signed, template: str, day: date, **context: Any) -> Response:
    now = services_of(request).clock.now()
    return render(request, template, signed=signed, letter=letter(session, signed.actor, day), day=day, now=now, **context)


def _day(request: Request, text: str) -> date:
    try:
        return read_day(text) if text else local(services_of(request).clock.now()).date()
    except ValueError as error:
        raise Invalid("Ngày trên đường dẫn chưa đúng. Hãy mở lại từ trang Lịch phát hay Nhật ký.") from error
