"""Khẩn cấp: soạn, xem lại, phát; dừng và chọn giữa hai lệnh. Hai bước, một khoá: bấm mấy lần cũng là một lệnh."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.signing_in import Signed
from broadcaster.accounts.stations import zone_labels
from broadcaster.errors import Conflict, Invalid, NotFound, OutputFailed, TooManyAttempts
from broadcaster.playout.enums import UrgentLevel, UrgentState
from broadcaster.playout.urgent import composing
from broadcaster.playout.urgent.composing import Wish
from broadcaster.playout.urgent.orders import EVERY_MINUTES, Order
from broadcaster.sound.library import encode_mp3
from broadcaster.studio import templates
from broadcaster.studio.enums import TemplateCode
from broadcaster.traffic.calendar import quiet_hours, zone_of
from broadcaster.web.announcing import Prepared, prepared
from broadcaster.web.announcing import send as send_order
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.services import Services
from broadcaster.web.session import SignedIn, place_of, signed_fast

router = APIRouter(prefix="/khan-cap")

KINDS = (("loi", "Gõ lời"), ("mau", "Mẫu có sẵn"), ("ban_ghi", "Bản tin đã duyệt"))
REPEATS = [(minutes, f"Nhắc lại mỗi {minutes} phút" if minutes else "Phát một lần") for minutes in EVERY_MINUTES]
MINUTES = range(24 * 60)

_EMPTY = {"key": "", "kieu": "loi", "noi": "tat_ca", "noi_dung": "", "ban_ghi": "", "nhac": "0", "toi": "", "cap": "3"}


@router.get("")
def compose(request: Request, signed: SignedIn) -> Response:
    """Bước một: phát cho ai, phát gì."""
    return _compose(request, signed, 200, {"key": uuid.uuid4().hex}, {})


@router.get("/trang-thai")
def status(request: Request, signed: SignedIn) -> Response:
    """Chỉ các lệnh đang đứng, để trang tự làm mới."""
    signed.actor.require(Action.URGENT)
    orders, problem = standing(services_of(request), signed.actor)
    return render(request, "khan_cap_lenh.html", signed=signed, orders=orders, problem=problem)


@router.post("/soan")
def again(request: Request, form: Form, mau: str = "") -> Response:
    """Đổi kiểu, đổi mẫu (``mau``: thẳng tới mẫu ấy) hoặc quay lại sửa: chữ đã gõ còn nguyên."""
    signed = signed_fast(request)
    chosen = {"kieu": "mau", "mau": mau} if mau else {}
    return _compose(request, signed, 200, dict(form.kept()) | chosen, {}, form.texts("tdp"))


@router.post("/xem")
def review(request: Request, form: Form) -> Response:
    """Bước hai: đọc lại lệnh. Chưa có gì được phát."""
    signed = signed_fast(request)
    services = services_of(request)
    try:
        ready = _prepared(services, signed, form)
    except Invalid as error:
        return _compose(request, signed, 422, dict(form.kept()), _problems(error), form.texts("tdp"))
    return _review(request, signed, form, ready)


@router.post("")
def send(request: Request, form: Form) -> Response:
    """Phát ngay. Cùng khoá thì vẫn là một lệnh, nên bấm hai lần, tải lại hay mất mạng giữa chừng đều không sao."""
    signed = signed_fast(request)
    services = services_of(request)
    try:
        ready = _prepared(services, signed, form)
    except Invalid as error:
        return _compose(request, signed, 422, dict(form.kept()), _problems(error), form.texts("tdp"))
    try:
        answer = send_order(services, signed.actor, ready, lift=form.checked("go"), code=form.text("ma"), place=place_of(request))
    except TooManyAttempts as error:
        return _review(request, signed, form, ready, refused=f"{error.message} Chưa có gì được phát.", status=429)
    except Invalid as error:
        if not error.problems:
            return _review(request, signed, form, ready, refused=error.message, status=422)
        return _compose(request, signed, 422, dict(form.kept()), _problems(error), form.texts("tdp"))
    except OutputFailed as error:
        return _compose(request, signed, 503, dict(form.kept()), {"chung": error.message}, form.texts("tdp"))
    if answer["state"] == UrgentState.WAITING:
        return back_to("/khan-cap", "Đang có tin khẩn khác. Hãy chọn bên dưới.")
    return back_to("/khan-cap", "Lệnh đã nhận nhưng chưa ai nghe được." if answer["unheard"] else "Lệnh đã nhận, đang phát.")


@router.post("/{key}/dung")
def stop(request: Request, key: str) -> Response:
    """Dừng lệnh, kể cả các lần nhắc."""
    signed = signed_fast(request)
    signed.actor.require(Action.URGENT)
    services_of(request).playout.of(signed.actor).stop_urgent(key, by=signed.actor)
    return back_to("/khan-cap", "Đã dừng.")


@router.post("/{key}/chon")
def choose(request: Request, key: str, form: Form) -> Response:
    """Quyết lệnh đang chờ. Ô: chon (ngay, sau, bo)."""
    signed = signed_fast(request)
    signed.actor.require(Action.URGENT)
    services_of(request).playout.of(signed.actor).choose_urgent(key, form.text("chon"), by=signed.actor)
    return back_to("/khan-cap", "Đã ghi lựa chọn của bạn.")


@router.get("/nghe/{sha256}")
def listen(request: Request, signed: SignedIn, sha256: str) -> Response:
    """Lời vừa đọc để nghe thử; chỉ những lời đang soạn."""
    signed.actor.require(Action.URGENT)
    kept = services_of(request).announcer.kept(sha256)
    if kept is None:
        raise NotFound
    return Response(encode_mp3(kept.samples), media_type="audio/mpeg", headers={"Cache-Control": "no-store"})


def standing(services: Services, actor: Actor, *, alert: bool = True) -> tuple[list[dict[str, Any]], str]:
    """Các lệnh của phòng phát sóng, giờ đã đọc thành giờ; phòng ấy vắng thì lời báo. ``alert``: ở trang Khẩn cấp, sắp bấm."""
    try:
        found = services.playout.of(actor).state(alert=alert).get("urgent", [])
    except OutputFailed as error:
        return [], error.message
    titles = {one["key"]: one["order"]["title"] for one in found}
    return [
        {
            **one,
            "state": UrgentState(one["state"]),
            "order": Order.from_json(one["order"]),
            "next_at": datetime.fromisoformat(one["next_at"]) if one["next_at"] else None,
            "against": [titles.get(key, "") for key in one["against"]],
        }
        for one in found
    ], ""


def _audience(services: Services, actor: Actor, order: Order) -> tuple[str, bool, list[dict[str, Any]]]:
    """Lời báo khi không phải mọi đường ra đều nghe được, có đường nào chỉ vì đang im lặng không, và cụm nào cũng nghe thấy."""
    try:
        found = services.playout.of(actor).audience(order.zone_ids)
    except OutputFailed:
        return "", False, []  # lời báo phòng phát sóng vắng đã có ở trang
    overheard = [one for path in found["paths"] for one in path.get("overheard", ())]
    return found["warning"], any(path["silenced"] for path in found["paths"]), overheard


def _prepared(services: Services, signed: Signed, form: Posted) -> Prepared:
    with services.database.reading() as session:
        zone = zone_of(session, signed.actor.station_id)
    try:
        return prepared(services, signed.actor, _wish(form, zone))
    except Conflict as error:
        raise Invalid(problems={"ban_ghi": error.message}) from error


def _wish(form: Posted, zone: ZoneInfo) -> Wish:
    kind = form.text("kieu") or "loi"
    place = form.text("noi")
    if place not in ("tat_ca", "tdp") or (place == "tdp" and not form.texts("tdp")):
        raise Invalid(problems={"tdp": "Hãy chọn cả phường hoặc ít nhất một tổ dân phố."})
    template = form.word("mau", TemplateCode, TemplateCode.URGENT_STORM) if kind == "mau" else None
    if kind == "ban_ghi" and form.maybe("ban_ghi") is None:
        raise Invalid(problems={"ban_ghi": "Hãy chọn một bản tin."})
    return Wish(
        key=form.text("key") or uuid.uuid4().hex,
        text=form.text("noi_dung") if kind == "loi" else "",
        template=template,
        blanks={name: form.text(f"o_{place}") for place, name in enumerate(form.texts("ten_o"))},
        recording_id=form.maybe("ban_ghi") if kind == "ban_ghi" else None,
        zone_ids=form.ids("tdp") if place == "tdp" else (),
        every_minutes=form.maybe("nhac", MINUTES) or 0,
        until=_until(form, zone),
        level=form.word("cap", UrgentLevel, UrgentLevel.THREE),
        signal=form.checked("hieu_lenh"),
    )


def _until(form: Posted, zone: ZoneInfo) -> datetime | None:
    wanted = form.text("toi").strip() and form.maybe("nhac", MINUTES)
    return form.moment("toi").replace(tzinfo=zone) if wanted else None


def _problems(error: Invalid) -> Mapping[str, str]:
    return error.problems or {"chung": error.message}


def _compose(
    request: Request,
    signed: Signed,
    status: int,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
    zone_ids: list[str] | None = None,
) -> Response:
    services = services_of(request)
    with services.database.reading() as session:
        zones = composing.zones(session, signed.actor)
        recordings = composing.recordings(session, signed.actor) if typed.get("kieu") == "ban_ghi" else []
        codes = [code for code in TemplateCode if code.urgent]
        code = next((code for code in codes if code.value == typed.get("mau")), codes[0])
        text = templates.latest(session, signed.actor.station_id, code).text if typed.get("kieu") == "mau" else ""
    orders, problem = standing(services, signed.actor)
    return render(
        request,
        "khan_cap.html",
        signed=signed,
        status=status,
        typed={**_EMPTY, "hieu_lenh": "" if "cap" in typed else "1", **typed},
        problems=problems,
        chosen=zone_ids or [],
        zones=zones,
        recordings=recordings,
        codes=codes,
        code=code.value,
        template_text=text,
        blanks=templates.blanks_of(text),
        kinds=KINDS,
        repeats=REPEATS,
        levels=list(UrgentLevel),
        orders=orders,
        problem=problem,
    )


def _review(request: Request, signed: Signed, form: Posted, ready: Prepared, *, refused: str = "", status: int = 200) -> Response:
    services = services_of(request)
    now = services.clock.now()
    with services.database.reading() as session:
        quiet = quiet_hours(session, signed.actor.station_id, now).quiet_at(now)
        asks_code = settings.get(session, signed.actor.station_id, settings.URGENT_CODE)
        labels = zone_labels(session, signed.actor.station_id)
    orders, problem = standing(services, signed.actor)
    warning, silenced, overheard = _audience(services, signed.actor, ready.order)
    sounding = [one["order"].title for one in orders if one["state"] is UrgentState.SOUNDING]
    return render(
        request,
        "khan_cap_xem.html",
        signed=signed,
        prepared=ready,
        kept=form.kept(),
        quiet=quiet,
        sounding=sounding,
        problem=refused or problem,
        status=status,
        asks_code=asks_code,
        warning=warning,
        silenced=silenced,
        overheard=overheard,
        zone_labels=labels,
        every=dict(REPEATS)[ready.order.every_minutes],
    )
