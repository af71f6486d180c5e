"""Mẫu lời: xướng đài, lời chào, lời kết. Ai giữ đài xem được; lãnh đạo sửa, vì lời mẫu phát mà không qua duyệt từng buổi."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts import settings, stations, wordings
from broadcaster.accounts.actor import Action
from broadcaster.accounts.enums import WordingKind
from broadcaster.accounts.signing_in import Signed
from broadcaster.accounts.tables import Wording
from broadcaster.errors import Invalid, NotFound
from broadcaster.studio import templates
from broadcaster.studio.enums import TemplateCode
from broadcaster.traffic.preparing import context
from broadcaster.traffic.queries import next_programme
from broadcaster.web.form_actions import attempt
from broadcaster.web.forms import Form
from broadcaster.web.pages import render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter(prefix="/dai/mau-loi")
_LED = (settings.QUIET_FROM, settings.QUIET_TO, settings.OWN_APPROVAL, settings.URGENT_CODE)
BLANKS = {
    "dai": "tên đài",
    "don_vi": "tên phường",
    "ngay": "ngày phát",
    "buoi": "sáng, trưa, chiều, tối",
    "gio": "giờ phát",
    "khung_gio": "tên khung giờ",
    "noi_dung": "tên các tin bài sẽ phát",
    "thong_bao_ai": "câu báo giọng máy, rỗng khi cài đặt tắt",
}


@router.get("")
def wording(request: Request, signed: SignedIn) -> Response:
    """Mọi mẫu, lời đang dùng và lời của buổi tới."""
    return _page(request, signed, 200, {}, {})


@router.post("/lanh-dao")
def decide(request: Request, signed: SignedIn, form: Form) -> Response:
    """Điều lãnh đạo quyết. Ô: quiet_from, quiet_to, own_approval, van_ban."""

    def deed(session: Session, now: datetime) -> None:
        values = {name: settings.from_text(name, form.text(name)) for name in settings.LED}
        stations.change_led_settings(session, signed.actor, values, document=form.text("van_ban"), now=now)

    return attempt(request, signed, form, deed, show=_page, back="/dai/mau-loi", said="Đã lưu điều lãnh đạo quyết.")


@router.post("/ten/{wording_id}")
def name(request: Request, signed: SignedIn, wording_id: Id, form: Form) -> Response:
    """Lãnh đạo cho loa đọc một tên mới, hoặc không. Ô: viec=duyet|khong."""
    approve = form.text("viec") == "duyet"

    def deed(session: Session, now: datetime) -> None:
        (wordings.approve if approve else wordings.refuse)(session, signed.actor, wording_id, now=now)

    said = "Đã duyệt tên. Buổi chưa chuẩn bị sẽ đọc tên mới." if approve else "Đã bỏ. Loa vẫn đọc tên cũ."
    return attempt(request, signed, form, deed, show=_page, back="/dai/mau-loi", said=said)


@router.post("/{code}")
def save(request: Request, signed: SignedIn, code: str, form: Form) -> Response:
    """Ô: text_{mã}. Phiên bản mới."""
    if code not in set(TemplateCode):
        raise NotFound

    def deed(session: Session, now: datetime) -> None:
        templates.save(session, signed.actor, TemplateCode(code), form.text(f"text_{code}"), now=now)

    said = "Đã lưu mẫu lời. Buổi chưa chuẩn bị sẽ dùng lời mới."
    return attempt(request, signed, form, deed, show=_page, back="/dai/mau-loi", said=said, row=code)


def _page(request: Request, signed: Signed, status: int, typed: Mapping[str, str], problems: Mapping[str, str]) -> Response:
    if not signed.actor.may(Action.SCRIPT_DECIDE):
        signed.actor.require(Action.STATION_EDIT)
    services = services_of(request)
    with services.database.reading() as session:
        following = next_programme(session, signed.actor, services.clock.now())
        known = context(session, following.programme) if following else {}
        rows = [(code, templates.latest(session, signed.actor.station_id, code)) for code in TemplateCode]
        return render(
            request,
            "dai_mau_loi.html",
            signed=signed,
            status=status,
            typed=typed,
            problems=problems,
            rows=[(code, row, "" if code.urgent else _preview(row.text, known)) for code, row in rows],
            following=following,
            blanks=BLANKS,
            led={key.name: (key, settings.history(session, signed.actor.station_id, key.name)) for key in _LED},
            names=_names(session, signed, [row.text for _, row in rows]),
        )


def _names(session: Session, signed: Signed, texts: Sequence[str]) -> list[Wording]:
    """Tên đang chờ; tên khung giờ chỉ khi có mẫu đọc nó."""
    slots_spoken = any("khung_gio" in templates.blanks_of(text) for text in texts)
    return [row for row in wordings.waiting(session, signed.actor) if row.kind is not WordingKind.SLOT or slots_spoken]


def _preview(text: str, known: Mapping[str, str]) -> str:
    try:
        return templates.render(text, known) if known else ""
    except Invalid as error:
        return error.message
