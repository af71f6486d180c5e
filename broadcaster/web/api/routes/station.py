"""Danh mục của đài mà các lệnh khác cần mã: chuyên mục, nội dung kế hoạch, TDP."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from broadcaster.accounts.tables import Station
from broadcaster.newsroom.queries import choices
from broadcaster.web.api.bearer import Caller
from broadcaster.web.api.shapes import Told
from broadcaster.web.pages import services_of

router = APIRouter(tags=["station"])


class ColumnTold(Told):
    """Chuyên mục; ``is_reform``: tính vào nhiệm vụ CCHC hằng ngày."""

    id: int
    code: str
    name: str
    is_reform: bool


class TopicTold(Told):
    """Nội dung kế hoạch."""

    id: int
    code: str
    title: str
    target: int | None


class ZoneTold(Told):
    """Tổ dân phố."""

    id: int
    code: str
    name: str


class StationTold(Told):
    """Đài và các danh mục đang dùng."""

    id: int
    name: str
    timezone: str
    columns: list[ColumnTold]
    topics: list[TopicTold]
    zones: list[ZoneTold]


@router.get("/station")
def station(request: Request, caller: Caller) -> StationTold:
    """Đài của thẻ này."""
    with services_of(request).database.reading() as session:
        row = session.get_one(Station, caller.station_id)
        found = choices(session, caller)
        return StationTold(
            id=row.id,
            name=row.name,
            timezone=row.timezone,
            columns=[ColumnTold.model_validate(one) for one in found.columns],
            topics=[TopicTold.model_validate(one) for one in found.topics],
            zones=[ZoneTold.model_validate(one) for one in found.zones],
        )
