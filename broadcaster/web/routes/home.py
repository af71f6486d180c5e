"""Hôm nay: buổi phát trong ngày, điều chờ mình, cảnh báo; và sức khoẻ của máy."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.audit import dismiss_alert, open_alerts
from broadcaster.newsroom.queries import inbox
from broadcaster.playout import clock_gate
from broadcaster.reports.deadlines import deadlines
from broadcaster.reports.jobs import news
from broadcaster.service.health import machine_health, troubles
from broadcaster.traffic import make_up
from broadcaster.traffic.queries import programmes_between
from broadcaster.web.pages import back_to, local, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter()


@router.get("/")
def today(request: Request, signed: SignedIn) -> Response:
    """Trang đầu theo vai."""
    services = services_of(request)
    day = local(services.clock.now()).date()
    with services.database.reading() as session:
        programmes = programmes_between(session, signed.actor, day, day)
        waiting = inbox(session, signed.actor) if signed.actor.may(Action.SCRIPT_DECIDE) else []
        alerts = open_alerts(session, signed.actor.station_id)
        told = {alert.subject for alert in alerts}
        machine = troubles(machine_health(services.beats, services.clock))
        return render(
            request,
            "hom_nay.html",
            signed=signed,
            day=day,
            programmes=programmes,
            waiting=waiting,
            alerts=alerts,
            make_up_of=make_up.programme_of,
            machine=[text for subject, text in machine.items() if subject not in told],
            now=services.clock.now(),
            due=[one for one in deadlines(session, signed.actor, services.clock.now()) if one.pressing]
            if signed.actor.may(Action.REPORT_MAKE)
            else [],
            ready=news(session, signed.actor),
            stopped=clock_gate.shut_players(session, signed.actor),
        )


@router.post("/canh-bao/{alert_id}/dong")
def close(request: Request, signed: SignedIn, alert_id: Id) -> Response:
    """Đã xem một cảnh báo."""
    services = services_of(request)
    with services.database.writing() as session:
        dismiss_alert(session, signed.actor, alert_id, now=services.clock.now())
    return back_to("/", "Đã đóng cảnh báo.")


@router.post("/dong-ho/{player_id}")
def confirm_clock(request: Request, signed: SignedIn, player_id: Id) -> Response:
    """Giờ máy bây giờ là đúng: phát tiếp."""
    services = services_of(request)
    with services.database.writing() as session:
        clock_gate.confirm_clock(session, signed.actor, player_id, now=services.clock.now())
    return back_to("/", "Đã ghi lời xác nhận vào nhật ký. Đài phát tiếp theo giờ máy bây giờ.")


@router.get("/suc-khoe")
def health(request: Request) -> Response:
    """Trang web và cơ sở dữ liệu có trả lời không; không lộ điều gì khác."""
    with services_of(request).database.reading() as session:
        session.execute(text("SELECT 1"))
    return JSONResponse({"trang_thai": "tốt"})
