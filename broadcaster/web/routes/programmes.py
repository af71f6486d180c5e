"""Lịch phát và thứ tự mục của một buổi: dời, gỡ, đưa lại, thêm, huỷ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.door import owned
from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import Conflict, Invalid, StaleForm
from broadcaster.service.hearing import heard_with
from broadcaster.studio.tables import Sound
from broadcaster.traffic import editing, make_up
from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.prospects import cautions, left_out_of
from broadcaster.traffic.queries import ProgrammeView, addable, programme_view
from broadcaster.traffic.snapshots import title_of
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter()

OFFERED = 40
"""Danh sách chọn dài hơn thế thì tìm nhanh hơn cuộn."""
_OPEN = (ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING)


@router.get("/chuong-trinh/{programme_id}")
def one(request: Request, signed: SignedIn, programme_id: Id) -> Response:
    """Thứ tự phát của một buổi."""
    return _page(request, signed, programme_id)


@router.get("/chuong-trinh/{programme_id}/thu-tu")
def order(request: Request, signed: SignedIn, programme_id: Id) -> Response:
    """Chỉ thứ tự phát, để trang tự theo sóng."""
    with services_of(request).database.reading() as session:
        return render(request, "thu_tu.html", signed=signed, **_order(signed, session, programme_id))


@router.get("/chuong-trinh/{programme_id}/them")
def offered(request: Request, signed: SignedIn, programme_id: Id) -> Response:
    """Chỉ phần thêm bản tin, để gõ tới đâu danh sách theo tới đấy. Sau dấu hỏi: tim, sau."""
    with services_of(request).database.reading() as session:
        context = _order(signed, session, programme_id)
        offer = _offer(request, signed, session, context["view"])
        return render(request, "them_ban_tin.html", signed=signed, **context, **offer)


@router.get("/chuong-trinh/am/{sound_id}.mp3")
def hear(request: Request, signed: SignedIn, sound_id: Id) -> Response:
    """Nghe nhạc hiệu, nhạc đệm của một buổi."""
    signed.actor.require(Action.PROGRAMME_READ)
    services = services_of(request)
    with services.database.reading() as session:
        sha256 = owned(session, Sound, sound_id, signed.actor).sha256
    return FileResponse(services.library.mp3(sha256), media_type="audio/mpeg", headers={"Cache-Control": "private"})


@router.post("/chuong-trinh/{programme_id}/doi")
def move(request: Request, signed: SignedIn, programme_id: Id, form: Form) -> Response:
    """Dời một mục. Ô: item, sau (mã mục đứng trước nó, để trống là lên đầu), version; hoan_tac: may hay nguoi, khi lấy lại."""
    services, item_id, undone = services_of(request), form.whole("item"), form.text("hoan_tac")
    try:
        with services.database.writing() as session:
            was = _place_of(programme_view(session, signed.actor, programme_id), item_id)
            editing.move(
                session,
                signed.actor,
                programme_id,
                item_id,
                after_id=form.maybe("sau"),
                version=form.whole("version"),
                now=services.clock.now(),
                as_rule=undone == "may",
            )
    except (StaleForm, Conflict) as error:
        return _page(request, signed, programme_id, status=409, problem=error.message)
    if undone:
        return back_to(f"/chuong-trinh/{programme_id}", "Đã trả mục về chỗ cũ.")
    return back_to(f"/chuong-trinh/{programme_id}?vua_doi={item_id}&truoc={was[0]}&cua={was[1]}")


@router.post("/chuong-trinh/{programme_id}/go")
def drop(request: Request, signed: SignedIn, programme_id: Id, form: Form) -> Response:
    """Gỡ một mục; máy không tự xếp lại. Ô: item, version."""
    services = services_of(request)
    item_id = form.whole("item")
    try:
        with services.database.writing() as session:
            editing.drop(session, signed.actor, programme_id, item_id, version=form.whole("version"), now=services.clock.now())
    except StaleForm as error:
        return _page(request, signed, programme_id, status=409, problem=error.message)
    return back_to(f"/chuong-trinh/{programme_id}?vua_go={item_id}")


@router.post("/chuong-trinh/{programme_id}/phat-bu")
def make_up_for(request: Request, signed: SignedIn, programme_id: Id) -> Response:
    """Phát bù: mọi bản tin mất của buổi này vào buổi kế tiếp còn chỗ."""
    services = services_of(request)
    with services.database.writing() as session:
        made = make_up.make_up(session, signed.actor, programme_id, now=services.clock.now())
        told = [f"“{one.title}” vào buổi “{one.programme.slot.name}” {one.programme.day:%d/%m}" for one in made if one.programme]
        left = [f"“{one.title}” chưa có chỗ: {one.why}" for one in made if one.programme is None]
    return back_to("/", "Phát bù: " + "; ".join([*told, *left]) + ("" if left else "."))


@router.post("/chuong-trinh/{programme_id}/tra-lai")
def restore(request: Request, signed: SignedIn, programme_id: Id, form: Form) -> Response:
    """Đưa lại một mục đã gỡ. Ô: item, version."""
    services = services_of(request)
    try:
        with services.database.writing() as session:
            editing.restore(
                session,
                signed.actor,
                programme_id,
                form.whole("item"),
                version=form.whole("version"),
                now=services.clock.now(),
            )
    except StaleForm as error:
        return _page(request, signed, programme_id, status=409, problem=error.message)
    return back_to(f"/chuong-trinh/{programme_id}", "Đã đưa mục trở lại.")


@router.post("/chuong-trinh/{programme_id}/them")
def add(request: Request, signed: SignedIn, programme_id: Id, form: Form) -> Response:
    """Thêm một bản tin đã duyệt. Ô: script, sau, tdp*, version."""
    services = services_of(request)
    script_id, now = form.whole("script"), services.clock.now()
    beyond = _beyond(request, signed, programme_id, script_id)
    try:
        with services.database.writing() as session:
            editing.add_script(
                session,
                signed.actor,
                programme_id,
                script_id,
                after_id=form.maybe("sau"),
                zone_ids=form.ids("tdp"),
                version=form.whole("version"),
                now=now,
                beyond=beyond,
            )
    except StaleForm as error:
        return _page(request, signed, programme_id, status=409, problem=error.message)
    return back_to(f"/chuong-trinh/{programme_id}", added(beyond))


def added(beyond: Sequence[str]) -> str:
    """Lời báo sau khi người thêm một bản tin, kèm giới hạn đã vượt."""
    said = "Đã thêm bản tin vào buổi."
    return f"{said} Lưu ý, vượt giới hạn: {', '.join(beyond)}." if beyond else said


def _beyond(request: Request, signed: Signed, programme_id: int, script_id: int) -> tuple[str, ...]:
    services = services_of(request)
    with services.database.reading() as session:
        paths = heard_with(session, signed.actor.station_id)
        now = services.clock.now()
        return cautions(session, signed.actor, programme_id, now, book=services.book, paths=paths).get(script_id, ())


@router.post("/chuong-trinh/{programme_id}/huy")
def cancel(request: Request, signed: SignedIn, programme_id: Id, form: Form) -> Response:
    """Huỷ cả buổi. Ô: ly_do."""
    services = services_of(request)
    try:
        with services.database.writing() as session:
            editing.cancel_programme(session, signed.actor, programme_id, reason=form.text("ly_do"), now=services.clock.now())
    except Invalid as error:
        return _page(request, signed, programme_id, status=422, problem=error.message)
    return back_to(f"/chuong-trinh/{programme_id}", "Đã huỷ buổi phát.")


@router.post("/chuong-trinh/{programme_id}/dua-lai")
def revive(request: Request, signed: SignedIn, programme_id: Id) -> Response:
    """Đưa lại cả buổi đã huỷ."""
    services = services_of(request)
    try:
        with services.database.writing() as session:
            paths = heard_with(session, signed.actor.station_id)
            editing.restore_programme(session, signed.actor, programme_id, now=services.clock.now(), paths=paths)
    except (Conflict, Invalid) as error:
        return _page(request, signed, programme_id, status=409, problem=error.message)
    return back_to(f"/chuong-trinh/{programme_id}", "Đã đưa buổi trở lại lịch.")


def _page(request: Request, signed: Signed, programme_id: Id, *, status: int = 200, problem: str = "") -> Response:
    services, asked = services_of(request), request.query_params
    with services.database.reading() as session:
        context = _order(signed, session, programme_id)
        view: ProgrammeView = context["view"]
        paths = heard_with(session, signed.actor.station_id)
        question = session, signed.actor, programme_id, services.clock.now()
        moved = next((line.item for line in view.lines if str(line.item.id) == asked.get("vua_doi")), None)
        return render(
            request,
            "chuong_trinh.html",
            signed=signed,
            status=status,
            problem=problem,
            just_dropped=next((item for item in view.left if str(item.id) == asked.get("vua_go")), None),
            just_moved=moved and (moved, asked.get("truoc", ""), asked.get("cua", "nguoi")),
            left_out=left_out_of(*question, book=services.book, paths=paths),
            revivable=signed.actor.may(Action.PROGRAMME_EDIT)
            and view.programme.state is ProgrammeState.CANCELLED
            and view.programme.starts_at > services.clock.now(),
            dropped=ItemState.DROPPED,
            **(_offer(request, signed, session, view) if context["editable"] else {}),
            **context,
        )


def _offer(request: Request, signed: Signed, session: Session, view: ProgrammeView) -> dict[str, Any]:
    """Bản tin thêm được vào buổi, khớp các từ sau dấu hỏi, nhiều nhất ``OFFERED``; ``more``: còn bao nhiêu bản khác."""
    services, asked, programme_id = services_of(request), request.query_params, view.programme.id
    text = asked.get("tim", "")[:300]
    found = addable(session, signed.actor, programme_id, text)
    paths = heard_with(session, signed.actor.station_id)
    return {
        "addable": found[:OFFERED],
        "more": max(0, len(found) - OFFERED),
        "tim": text,
        "cautions": cautions(session, signed.actor, programme_id, services.clock.now(), book=services.book, paths=paths),
        "add_after": _add_after(view, asked.get("sau", "")),
    }


def _order(signed: Signed, session: Session, programme_id: int) -> dict[str, Any]:
    """Điều mà thứ tự phát cần để hiện."""
    view = programme_view(session, signed.actor, programme_id)
    sounded = [line.item for line in view.lines if line.item.state is not ItemState.WAITING]
    return {
        "view": view,
        "editable": signed.actor.may(Action.PROGRAMME_EDIT) and view.programme.state in _OPEN,
        "silent": view.programme.state in (ProgrammeState.CANCELLED, ProgrammeState.MISSED),
        "top": sounded[-1].id if sounded else "",
        "before": _before(view),
        "title_of": title_of,
        "waiting": ItemState.WAITING,
    }


def _before(view: ProgrammeView) -> dict[int, tuple[str | None, str | None]]:
    """Mục → mã mục nó sẽ đứng sau khi lên một bậc và khi xuống một bậc; rỗng là lên đầu, ``None`` là không đi được nữa."""
    items = [line.item for line in view.lines]
    found: dict[int, tuple[str | None, str | None]] = {}
    for number, item in enumerate(items):
        up = None
        if number and items[number - 1].state is ItemState.WAITING:
            up = str(items[number - 2].id) if number > 1 else ""
        found[item.id] = up, str(items[number + 1].id) if number + 1 < len(items) else None
    return found


def _place_of(view: ProgrammeView, item_id: int) -> tuple[str, str]:
    """Mục đang đứng sau mục nào, và của máy hay của người: để lấy lại được lần dời này."""
    items = [line.item for line in view.lines]
    number = next((number for number, item in enumerate(items) if item.id == item_id), 0)
    by_rule = bool(items) and items[number].placed_by is PlacedBy.RULE
    return str(items[number - 1].id) if number else "", "may" if by_rule else "nguoi"


def _add_after(view: ProgrammeView, asked: str) -> str:
    """Bản tin thêm mới đứng đâu khi người chưa chọn: sau tin bài cuối cùng, không phải trước nhạc hiệu."""
    ids = [str(line.item.id) for line in view.lines]
    scripts = [str(line.item.id) for line in view.lines if line.item.kind is ItemKind.SCRIPT]
    spoken = [str(line.item.id) for line in view.lines if line.item.kind is ItemKind.TEMPLATE][:-1]
    return asked if asked in ids else next(iter([*scripts[-1:], *spoken[-1:], *ids[-1:]]), "")
