"""Mốc nhật ký: đã gửi ra những nơi nào, lần cuối lúc nào; so nhật ký với mọi mốc, hay với một mốc chép từ giấy."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.airlog.anchors import ON_PAPER, latest, short_code
from broadcaster.airlog.queries import head
from broadcaster.airlog.tables import Anchor
from broadcaster.errors import Invalid
from broadcaster.service.airlog_commands import Checked
from broadcaster.service.anchoring import AHEAD
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.session import SignedIn

router = APIRouter(prefix="/moc-nhat-ky")


@dataclass(frozen=True)
class Place:
    """Một nơi: ``anchor`` là mốc mới nhất ở đó, trống là chưa từng tới; ``late``: quá hạn nhắc."""

    name: str
    anchor: Anchor | None
    late: bool
    configured: bool


@router.get("")
def page(request: Request, signed: SignedIn) -> Response:
    """Các nơi, mốc lúc này, và ô so."""
    return _page(request, signed)


@router.post("/gui")
def send(request: Request, signed: SignedIn) -> Response:
    """Gửi ngay tới mọi nơi."""
    signed.actor.require(Action.AUDIT_READ)
    found = services_of(request).anchors.send()
    wrong = [f"{one.place}: {one.error or one.doubt}" for one in found if one.error or one.doubt]
    if not found:
        return back_to("/moc-nhat-ky", "Chưa có nơi nào để gửi. Hãy điền [anchors] trong config.toml rồi bật lại đài.")
    return back_to("/moc-nhat-ky", "; ".join(wrong) or f"Đã gửi mốc tới {len(found)} nơi.")


@router.post("/so")
def compare(request: Request, signed: SignedIn, form: Form) -> Response:
    """So nhật ký với mọi mốc tìm được. Ô: moc (không bắt buộc), một mốc chép từ giấy, SỐ:BĂM."""
    signed.actor.require(Action.AUDIT_READ)
    typed = form.text("moc")
    try:
        checked = services_of(request).anchors.check(signed.actor.station_id, typed)
    except Invalid as error:
        return _page(request, signed, typed=typed, problems={"moc": error.message})
    return _page(request, signed, typed=typed, checked=checked)


def _page(
    request: Request, signed: Signed, *, typed: str = "", problems: dict[str, str] | None = None, checked: Checked | None = None
) -> Response:
    services = services_of(request)
    signed.actor.require(Action.AUDIT_READ)
    with services.database.reading() as session:
        seq, digest = head(session, signed.actor)
        return render(
            request,
            "moc_nhat_ky.html",
            signed=signed,
            status=422 if problems else 200,
            places=_places(session, request, signed.actor.station_id),
            code=short_code(seq, digest) if seq else "",
            full=f"{seq}:{digest}" if seq else "",
            typed=typed,
            problems=problems or {},
            checked=checked,
        )


def _places(session: Session, request: Request, station_id: int) -> list[Place]:
    services = services_of(request)
    known = {one.place: one for one in latest(session, station_id)}
    names = services.anchors.places
    now = services.clock.now()
    since, until = now - services.anchors.remind_after, now + AHEAD
    found = [(name, known.get(name)) for name in names]
    return [
        *(Place(name, one, not (one and since <= one.at <= until), configured=True) for name, one in found),
        *(Place(name, one, late=False, configured=name == ON_PAPER) for name, one in known.items() if name not in names),
    ]
