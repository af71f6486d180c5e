"""Nhật ký phát thanh: tìm, xem dòng gốc, đầu chuỗi, tải cả kỳ."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import FileResponse

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.stations import today_at
from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.airlog.queries import Period, airing_of, entries_of, head
from broadcaster.airlog.searching import AiringFilter, Cursor, airings
from broadcaster.errors import Invalid
from broadcaster.web.api.bearer import Caller
from broadcaster.web.api.shapes import Day, Told
from broadcaster.web.exporting import TYPES, export_file
from broadcaster.web.pages import services_of
from broadcaster.web.params import Id

router = APIRouter(prefix="/airlog", tags=["airlog"])
PAGE = 50


class More:
    """Các cách lọc ngoài kỳ."""

    def __init__(
        self,
        *,
        result: Result | None = None,
        mode: Mode | None = None,
        reason: Reason | None = None,
        text: str = "",
        person: str = "",
        zone: str = "",
        cluster: str = "",
        column: str = "",
        topic: str = "",
    ) -> None:
        """``text``, ``person``: các từ, có dấu hay không; ``zone``, ``cluster``, ``topic``: mã; ``column``: tên chuyên mục."""
        self._fields = {name: value for name, value in locals().items() if name != "self"}

    def wanted(self, period: Period) -> AiringFilter:
        """Bộ lọc cho một kỳ."""
        return AiringFilter(period, **self._fields)


class ExportFormat(StrEnum):
    """Dạng tệp xuất."""

    CSV = "csv"
    XLSX = "xlsx"


class DeliveryTold(Told):
    """Lượt phát tới một cụm loa; ``sent`` là đường ra đã nhận, ``confirmed`` mới là có người hay thiết bị xác nhận."""

    cluster_code: str
    cluster_name: str
    zone_code: str
    output_name: str
    state: DeliveryState
    overheard: bool
    """Không được nhắm tới, cũng nghe thấy vì chung đường ra."""


class AiringTold(Told):
    """Một lượt phát; ``result`` rỗng khi chưa kết thúc."""

    id: int
    item_id: int
    programme_id: int
    local_day: date
    slot_name: str
    position: int
    kind: str
    title: str
    script_id: int | None
    revision_id: int | None
    genre: str | None
    column_name: str | None
    topics: list[str]
    origin: str | None
    priority: str | None
    mode: Mode
    planned_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    planned_ms: int
    heard_ms: int
    result: Result | None
    reason: Reason | None
    is_rerun: bool
    deliveries: list[DeliveryTold]


class EntryTold(Told):
    """Một dòng gốc của chuỗi; ``body`` là nội dung đã băm, đọc từ JSON chuẩn."""

    seq: int
    event: Event
    happened_at: datetime
    recorded_at: datetime
    body: dict[str, Any]
    prev: str
    digest: str


class AiringDetail(AiringTold):
    """Một lượt phát cùng mọi dòng gốc của mục ấy."""

    entries: list[EntryTold]


class AiringPage(Told):
    """Một trang lượt phát, mới trước; ``next`` là ``before`` của trang sau, rỗng khi đã hết kỳ."""

    items: list[AiringTold]
    next: str | None


class HeadTold(Told):
    """Đầu chuỗi: số dòng và mã băm của dòng cuối; giữ ở nơi khác để sau này đối chiếu."""

    seq: int
    digest: str


@router.get("")
def listing(
    request: Request,
    caller: Caller,
    *,
    first: Day | None = None,
    last: Day | None = None,
    more: Annotated[More, Depends()],
    before: str = "",
) -> AiringPage:
    """Lượt phát từ ngày ``first`` (mặc định 6 ngày trước) tới hết ``last`` (mặc định hôm nay), mới trước.

    Trang có thể ngắn mà vẫn còn ``next``: nhật ký lớn được tìm từng quãng.
    """
    with services_of(request).database.reading() as session:
        wanted = more.wanted(_period(request, session, caller, first, last))
        found, page = airings(session, caller, wanted, before=Cursor.parse(before), limit=PAGE)
        items = [AiringTold.model_validate(one) for one in found]
    return AiringPage(items=items, next=str(page.next) if page.next else None)


@router.get("/head")
def chain_head(request: Request, caller: Caller) -> HeadTold:
    """Đầu chuỗi lúc này."""
    with services_of(request).database.reading() as session:
        seq, digest = head(session, caller)
    return HeadTold(seq=seq, digest=digest)


@router.get(
    "/export",
    response_class=FileResponse,
    responses={200: {"description": "Tệp", "content": {kind: {} for kind in TYPES.values()}}},
)
def export(
    request: Request,
    caller: Caller,
    format: ExportFormat = ExportFormat.CSV,
    first: Day | None = None,
    last: Day | None = None,
    *,
    more: Annotated[More, Depends()],
) -> FileResponse:
    """Tải mọi lượt khớp của kỳ, đúng tệp như nút Tải trên trang Nhật ký."""
    services = services_of(request)
    with services.database.reading() as session:
        wanted = more.wanted(_period(request, session, caller, first, last))
    return export_file(services, caller, wanted, format.value)


@router.get("/{airing_id}")
def one(request: Request, caller: Caller, airing_id: Id) -> AiringDetail:
    """Một lượt phát cùng các dòng gốc."""
    with services_of(request).database.reading() as session:
        airing = airing_of(session, caller, airing_id)
        entries = [
            EntryTold(
                seq=entry.seq,
                event=entry.event,
                happened_at=entry.happened_at,
                recorded_at=entry.recorded_at,
                body=json.loads(entry.body),
                prev=entry.prev,
                digest=entry.digest,
            )
            for entry in entries_of(session, caller, airing)
        ]
        return AiringDetail(**AiringTold.model_validate(airing).model_dump(), entries=entries)


def _period(request: Request, session: Session, caller: Actor, first: date | None, last: date | None) -> Period:
    today = today_at(session, caller, services_of(request).clock.now())
    begin = first or (last or today) - timedelta(days=6)
    end = last or max(today, begin)
    if end < begin:
        raise Invalid(problems={"last": "Ngày cuối đứng trước ngày đầu. Hãy đổi lại hai ngày."})
    return Period(begin, end)
