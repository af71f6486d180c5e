"""Kế hoạch: tiến độ từng nội dung theo kỳ CCHC, những lượt phát đứng sau mỗi thanh, điểm dự kiến."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.accounts.stations import change_setting, today_at
from broadcaster.airlog.queries import Period
from broadcaster.errors import Invalid
from broadcaster.newsroom.plan_year import plan_span, plan_year
from broadcaster.reports.coverage import PRESETS, YearCoverage, plan_years, quarters, share_until, year_coverage
from broadcaster.reports.topic_airings import MOST, plan_of_topic, topic_airings
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter(prefix="/ke-hoach")
QUARTERS = ("Quý I", "Quý II", "Quý III", "Quý IV")
Year = Annotated[int | None, Query(ge=2000, le=2100)]


@router.get("")
def coverage(request: Request, signed: SignedIn, nam: Year = None) -> Response:
    """Tiến độ của một năm kế hoạch (mặc định năm này). Tham số: nam."""
    return _page(request, signed, nam)


@router.get("/noi-dung/{topic_id}")
def airings_of(
    request: Request, signed: SignedIn, topic_id: Id, quy: Annotated[int | None, Query(ge=1, le=4)] = None
) -> Response:
    """Lượt phát, mục đã xếp, kho của một nội dung. Tham số: quy (1-4), để trống là cả năm."""
    services = services_of(request)
    with services.database.reading() as session:
        _, plan = plan_of_topic(session, signed.actor, topic_id)
        period = Period(*plan_span(plan.year)) if quy is None else quarters(plan.year)[quy - 1]
        found = topic_airings(session, signed.actor, topic_id, period, services.clock.now())
        return render(request, "ke_hoach_noi_dung.html", signed=signed, found=found, quarter=quy, names=QUARTERS, most=MOST)


@router.post("/cong-thuc")
def formula(request: Request, signed: SignedIn, form: Form, nam: Year = None) -> Response:
    """Đặt công thức điểm. Ô: cong_thuc."""
    services = services_of(request)
    typed = form.text("cong_thuc").strip()
    try:
        with services.database.writing() as session:
            change_setting(session, signed.actor, settings.POINT_FORMULA.name, typed, now=services.clock.now())
    except Invalid as error:
        problem = next(iter(error.problems.values()), error.message)
        return _page(request, signed, nam, typed=typed, problems={"cong_thuc": problem})
    return back_to("/ke-hoach" + (f"?nam={nam}" if nam else "") + "#diem", "Đã đặt công thức điểm.")


def _page(
    request: Request, signed: Signed, year: int | None, *, typed: str | None = None, problems: dict[str, str] | None = None
) -> Response:
    services = services_of(request)
    with services.database.reading() as session:
        now = services.clock.now()
        this = plan_year(today_at(session, signed.actor, now))
        view = year_coverage(session, signed.actor, year or this, now)
        return render(
            request,
            "ke_hoach.html",
            signed=signed,
            status=422 if problems else 200,
            view=view,
            years=_years(session, signed, this, view),
            names=QUARTERS,
            due=lambda topic: share_until(topic.target or 0, view.span, view.today),
            presets=PRESETS,
            point_names=settings.POINT_NAMES,
            formula=view.points.formula if typed is None else typed,
            problems=problems or {},
            may_write=signed.actor.may(Action.SCRIPT_WRITE),
            may_edit=signed.actor.may(Action.STATION_EDIT),
        )


def _years(session: Session, signed: Signed, this: int, view: YearCoverage) -> list[int]:
    return sorted({this, view.year, *plan_years(session, signed.actor)}, reverse=True)
