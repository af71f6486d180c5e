"""Hôm nay: việc của bạn theo vai, ngày phát thanh theo đường ra, cảnh báo; và sức khoẻ của máy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from broadcaster.accounts.audit import dismiss_alert, open_alerts
from broadcaster.accounts.signing_in import Signed
from broadcaster.playout import clock_gate
from broadcaster.reports.jobs import news
from broadcaster.service.health import machine_health, troubles
from broadcaster.service.hearing import HeardPath, heard_paths
from broadcaster.service.todo import todo_of
from broadcaster.traffic import make_up
from broadcaster.traffic.emptiness import EMPTY, THIN
from broadcaster.traffic.readiness import Standing, standings
from broadcaster.web.pages import back_to, local, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter()


@dataclass(frozen=True)
class Track:
    """Các đường ra cùng phát những buổi như nhau; ``standings`` theo giờ. Không đường nào: buổi không ai nghe."""

    paths: Sequence[HeardPath]
    standings: Sequence[Standing]

    @property
    def name(self) -> str:
        """Tên các đường ra, gọn."""
        names = [path.name for path in self.paths]
        return ", ".join(names[:3]) + (f" và {len(names) - 3} đường khác" if len(names) > 3 else "")

    @property
    def clusters(self) -> int:
        """Bao nhiêu cụm loa."""
        return sum(len(path.clusters) for path in self.paths)


@router.get("/")
def today(request: Request, signed: SignedIn) -> Response:
    """Trang đầu theo vai."""
    services, actor = services_of(request), signed.actor
    now = services.clock.now()
    with services.database.reading() as session:
        alerts = open_alerts(session, actor.station_id)
        told = {alert.subject for alert in alerts}
        machine = troubles(machine_health(services.beats, services.clock))
        todo = todo_of(session, actor, now)
        lacking = (THIN, EMPTY) if todo.lacking else ()
        return render(
            request,
            "hom_nay.html",
            signed=signed,
            todo=todo,
            alerts=[alert for alert in alerts if not alert.subject.startswith(lacking)] if lacking else alerts,
            make_up_of=make_up.programme_of,
            machine=[text for subject, text in machine.items() if subject not in told],
            ready=news(session, actor),
            stopped=clock_gate.shut_players(session, actor),
            **_day(session, signed, now),
        )


@router.get("/hom-nay/ngay")
def the_day(request: Request, signed: SignedIn) -> Response:
    """Chỉ phần ngày phát thanh, để trang đang mở tự làm mới."""
    services = services_of(request)
    with services.database.reading() as session:
        return render(request, "hom_nay_ngay.html", signed=signed, **_day(session, signed, services.clock.now()))


def _day(session: Session, signed: Signed, now: datetime) -> dict[str, Any]:
    day = local(now).date()
    found = standings(session, signed.actor, day, now)
    following = next((one for one in found if one.upcoming and one.view.programme.starts_at > now), None)
    tracks = _tracks(heard_paths(session, signed.actor.station_id), found)
    return {"day": day, "now": now, "tracks": tracks, "following": following}


def _tracks(paths: Sequence[HeardPath], found: Sequence[Standing]) -> list[Track]:
    heard = {path.id: [one for one in found if path.hears(one.zones)] for path in paths}

    def key(path: HeardPath) -> tuple[int, ...]:
        return tuple(one.view.programme.id for one in heard[path.id])

    grouped = groupby(sorted(paths, key=lambda path: (key(path)[:1] == (), key(path))), key=key)
    tracks = [Track(many, heard[many[0].id]) for _, group in grouped for many in [list(group)]]
    known = {one.view.programme.id for track in tracks for one in track.standings}
    unheard = [one for one in found if one.view.programme.id not in known]
    return [*tracks, *([Track((), unheard)] if unheard else [])]


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
