"""Liên kết một chạm: người của đài tạo trong ngày cho tổ trưởng; tổ trưởng mở, không cần tài khoản, bấm “Đã nghe”."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.stations import today_at, zones
from broadcaster.accounts.tables import Station
from broadcaster.airlog.checking import confirm_by_link, heard_today, links_of, make_link, new_token, opened_link, revoke_link
from broadcaster.airlog.enums import DeliveryState, Mode
from broadcaster.airlog.tables import Airing, CheckLink
from broadcaster.errors import Invalid
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter()


@router.get("/nhat-ky/lien-ket")
def links(request: Request, signed: SignedIn) -> Response:
    """Các liên kết hôm nay, và ô tạo một liên kết mới."""
    return _links_page(request, signed, {}, {})


@router.post("/nhat-ky/lien-ket")
def make(request: Request, signed: SignedIn, form: Form) -> Response:
    """Tạo một liên kết và hiện nó đúng một lần. Ô: tdp, nguoi_nhan."""
    services, token = services_of(request), new_token()
    try:
        with services.database.writing() as session:
            link = make_link(
                session, signed.actor, form.whole("tdp"), token, name=form.text("nguoi_nhan"), now=services.clock.now()
            )
            made = {"path": str(request.base_url).rstrip("/") + f"/xac-nhan/{token}", "name": link.name, "zone": link.zone_name}
    except Invalid as error:
        return _links_page(request, signed, {name: form.text(name) for name in ("tdp", "nguoi_nhan")}, error.problems)
    return _links_page(request, signed, {}, {}, made=made)


@router.post("/nhat-ky/lien-ket/{link_id}/thoi")
def revoke(request: Request, signed: SignedIn, link_id: Id) -> Response:
    """Thôi một liên kết."""
    services = services_of(request)
    with services.database.writing() as session:
        revoke_link(session, signed.actor, link_id, now=services.clock.now())
    return back_to("/nhat-ky/lien-ket", "Liên kết ấy không còn dùng được.")


@router.get("/xac-nhan/{token}")
def opened(request: Request, token: str) -> Response:
    """Trang của tổ trưởng: các buổi hôm nay tới TDP của mình, mỗi cụm loa một nút."""
    services = services_of(request)
    with services.database.reading() as session:
        link = opened_link(session, token, now=services.clock.now())
        rows = heard_today(session, link)
        station = session.get_one(Station, link.station_id).name
        return render(request, "xac_nhan.html", link=link, token=token, station=station, programmes=_programmes(link, rows))


@router.post("/xac-nhan/{token}")
def tapped(request: Request, token: str, form: Form) -> Response:
    """Một chạm: đã nghe cả buổi ở một cụm loa. Ô: luot, cum. Xét mã trước: mã sai thì không đọc ô, không giữ khoá ghi."""
    services = services_of(request)
    now = services.clock.now()
    with services.database.reading() as session:
        opened_link(session, token, now=now)
    with services.database.writing() as session:
        confirm_by_link(session, token, form.whole("luot"), form.whole("cum"), now=now)
    return back_to(f"/xac-nhan/{token}", "Cảm ơn bác, đài đã ghi vào nhật ký.")


def _programmes(link: CheckLink, rows: list[Airing]) -> list[tuple[Airing, int, list[tuple[int, str, str, bool]]]]:
    """Mỗi buổi (mỗi lần vang khẩn cấp một mình): mục đầu, số mục, và từng cụm loa (mã, mã chữ, tên, đã xác nhận chưa) của TDP."""
    groups: dict[tuple[int, int], list[Airing]] = {}
    for row in rows:
        groups.setdefault((row.programme_id, row.id if row.mode is Mode.URGENT else 0), []).append(row)
    found = []
    for group in groups.values():
        places: dict[int, tuple[str, str, list[DeliveryState]]] = {}
        for delivery in (one for row in group for one in row.deliveries if one.zone_code == link.zone_code):
            place = places.setdefault(delivery.cluster_id, (delivery.cluster_code, delivery.cluster_name, []))
            place[2].append(delivery.state)
        clusters = [
            (key, code, name, DeliveryState.SENT not in states)
            for key, (code, name, states) in sorted(places.items(), key=lambda one: one[1][0])
            if {DeliveryState.SENT, DeliveryState.CONFIRMED} & set(states)
        ]
        found.append((group[0], len(group), clusters))
    return found


def _links_page(
    request: Request, signed: SignedIn, typed: dict[str, str], problems: dict[str, str], *, made: dict[str, str] | None = None
) -> Response:
    services = services_of(request)
    signed.actor.require(Action.LOG_CORRECT)
    with services.database.reading() as session:
        return render(
            request,
            "lien_ket.html",
            signed=signed,
            status=422 if problems else 200,
            zones=zones(session, signed.actor, today_at(session, signed.actor, services.clock.now())),
            links=links_of(session, signed.actor, now=services.clock.now()),
            made=made,
            typed=typed,
            problems=problems,
        )
