"""Trực tiếp: đang phát gì trên từng đường ra, nghe ngay trong trình duyệt, và nút im lặng."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import open_alerts
from broadcaster.accounts.door import owned
from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import OutputFailed
from broadcaster.playout import network_admin
from broadcaster.playout.enums import UrgentState
from broadcaster.playout.silencing import may_silence
from broadcaster.playout.tables import Output
from broadcaster.traffic import rehearsing
from broadcaster.traffic.enums import ItemState
from broadcaster.traffic.queries import next_programme
from broadcaster.traffic.snapshots import title_of
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, clock_time, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.routes.urgent import standing
from broadcaster.web.services import Services
from broadcaster.web.session import SignedIn, signed_fast

router = APIRouter()

SINK_WORDS = {"closed": "đóng", "working": "tốt", "behind": "nhận chậm", "failed": "hỏng"}
"""Tình trạng một đầu ra, cho người đọc; tên đầu ra: ``monitor`` là nghe thử, ``capture`` là ghi lưu."""


@router.get("/truc-tiep")
def live(request: Request, signed: SignedIn) -> Response:
    """Mọi đường ra; phần tình trạng tự làm mới nếu có script, không thì tải lại trang."""
    return _page(request, signed, "truc_tiep.html")


@router.get("/truc-tiep/trang-thai")
def status(request: Request, signed: SignedIn) -> Response:
    """Chỉ phần tình trạng, để thay vào trang đang mở mà không ngắt tiếng."""
    return _page(request, signed, "truc_tiep_trang_thai.html")


@router.get("/bang")
def band(request: Request, signed: SignedIn) -> Response:
    """Chỉ dải báo đầu trang, để trang nào cũng tự làm mới nó."""
    return render(request, "bang.html", signed=signed)


@router.post("/im-lang")
def silence_all(request: Request, form: Form) -> Response:
    """Nút đỏ. Ô: duong_ra (mã, để trống là tất cả), bat (có là im lặng, không là gỡ)."""
    signed = signed_fast(request)
    services, output_id, on = services_of(request), form.maybe("duong_ra"), form.checked("bat")
    with services.database.reading() as session:
        may_silence(session, signed.actor, output_id)
    services.playout.of(signed.actor).silence(output_id, on=on, by=signed.actor)
    return back_to("/truc-tiep", "Đã cho im lặng." if on else "Đã bỏ im lặng.")


@router.post("/dien-tap")
def rehearse(request: Request, signed: SignedIn) -> Response:
    """Một buổi diễn tập ở chỗ trống gần nhất; bấm lại khi nó đang chờ thì vẫn là buổi ấy."""
    services = services_of(request)
    with services.database.writing() as session:
        programme = rehearsing.rehearse(session, signed.actor, now=services.clock.now())
        programme_id, starts_at = programme.id, programme.starts_at
    said = f"Diễn tập lúc {clock_time(starts_at)}: không ra loa, nghe ở trang Trực tiếp."
    return back_to(f"/chuong-trinh/{programme_id}", said)


@router.get("/nghe/{output_id}")
def listen(request: Request, signed: SignedIn, output_id: Id) -> Response:
    """Dòng MP3 trực tiếp của một đường ra."""
    services = services_of(request)
    signed.actor.require(Action.LISTEN)
    with services.database.reading() as session:
        owned(session, Output, output_id, signed.actor)
    stream = services.playout.of(signed.actor).monitor(output_id)
    first = next(stream, b"")
    return StreamingResponse(_joined(first, stream), media_type="audio/mpeg", headers={"Cache-Control": "no-store"})


def _joined(first: bytes, stream: Iterator[bytes]) -> Iterator[bytes]:
    """Khối đầu đã lấy trước, để phòng phát sóng vắng thì báo lỗi tử tế chứ không phải dòng rỗng."""
    yield first
    yield from stream


def _page(request: Request, signed: Signed, template: str) -> Response:
    services = services_of(request)
    signed.actor.require(Action.LISTEN)
    state, problem = _state(services, signed.actor)
    orders, _ = standing(services, signed.actor, alert=False) if signed.actor.may(Action.URGENT) else ([], "")
    with services.database.reading() as session:
        following = next_programme(session, signed.actor, services.clock.now())
        return render(
            request,
            template,
            signed=signed,
            outputs=network_admin.outputs(session, signed.actor),
            following=following,
            waiting=[line for line in following.lines if line.item.state is ItemState.WAITING][:3] if following else [],
            alerts=open_alerts(session, signed.actor.station_id),
            state=state,
            orders=[one for one in orders if not one["state"].over],
            urgent_on={key: one for one in orders if one["state"] is UrgentState.SOUNDING for key in one["output_ids"]},
            problem=problem,
            title_of=title_of,
            sink_words=SINK_WORDS,
        )


def _state(services: Services, actor: Actor) -> tuple[dict[str, Any], str]:
    try:
        return services.playout.of(actor).state().get("outputs", {}), ""
    except OutputFailed as error:
        return {}, error.message
