"""Tiến độ kế hoạch tuyên truyền: mỗi nội dung đã phát đủ mấy lượt, đã xếp mấy lượt, còn thiếu mấy lượt."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from broadcaster.accounts.stations import today_at
from broadcaster.newsroom.plan_year import plan_year
from broadcaster.reports.coverage import year_coverage
from broadcaster.web.api.bearer import Caller
from broadcaster.web.api.shapes import Told
from broadcaster.web.pages import services_of

router = APIRouter(prefix="/plan", tags=["plan"])


class CoverageTold(Told):
    """``target`` là chỉ tiêu năm do đài đặt; chưa đặt thì ``target`` và ``missing`` rỗng."""

    topic_id: int
    plan: str
    code: str
    title: str
    target: int | None
    done: int
    scheduled: int
    missing: int | None


@router.get("/coverage")
def year(request: Request, caller: Caller, year: Annotated[int | None, Query(ge=1900, le=9999)] = None) -> list[CoverageTold]:
    """Mọi nội dung của các kế hoạch trong năm kế hoạch (15/12 đến 14/12; mặc định năm này); diễn tập không bao giờ được tính."""
    services = services_of(request)
    with services.database.reading() as session:
        now = services.clock.now()
        chosen = year or plan_year(today_at(session, caller, now))
        return [CoverageTold.model_validate(one) for one in year_coverage(session, caller, chosen, now).live]
