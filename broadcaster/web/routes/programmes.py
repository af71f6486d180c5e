"""Lịch phát và thứ tự mục của một buổi: dời, gỡ, đưa lại, thêm, huỷ."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.clock import read_day
from broadcaster.errors import Conflict, Invalid, StaleForm
from broadcaster.service.hearing import heard_with
from broadcaster.traffic import editing, exceptions, make_up
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.prospects import cautions, left_out_of
from broadcaster.traffic.queries import ProgrammeView, addable, programme_view, programmes_between
from broadcaster.traffic.snapshots import title_of
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, local, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.session import SignedIn

router = APIRouter()

_OPEN = (ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING)


@router.get("/lich-phat")
def calendar(request: Request, signed: SignedIn, ngay: str = "") -> Response:
    """Bảy ngày từ ``ngay`` (mặc định hôm nay)."""
    try:
        first = read_day(ngay) if ngay else local(services_of(request).clock.now()).date()
    except ValueError as error:
        raise Invalid("Ngày trên đường dẫn chưa đúng. Hãy mở lại trang Lịch phát.") from error
    days = [first + timedelta(days=number) for number in range(7)]
    with services_of(request).database.reading() as session:
        found = programmes_between(session, signed.actor, days[0], days[-1])
        special = exceptions.day_exceptions(session, signed.actor, days[0], days[-1])
        by_day = [
            (
                day,
                [view for view in found if view.programme.day == day],
                [one for one in special if one.day <= day <= (one.last_day or one.day)],
            )
            for day in days
        ]
        return render(
            request,
            "lich_phat.html",
            signed=signed,
            days=by_day,
            found=bool(found or special),
            before=first - timedelta(days=7),
            after=first + timedelta(days=7),
        )


@router.get("/chuong-trinh/{programme_id}")
def one(request: Request, signed: SignedIn, programme_id: Id) -> Response:
    """Thứ tự phát của một buổi."""
    return _page(request, signed, programme_id)


@router.post("/chuong-trinh/{programme_id}/doi")
def move(request: Request, signed: SignedIn, programme_id: Id, form: Form) -> Response:
    """Dời một mục. Ô: item, sau (mã mục đứng trước nó, để trống là lên đầu), version."""
    services = services_of(request)
    try:
        with services.database.writing() as session:
            editing.move(
                session,
                signed.actor,
                programme_id,
                form.whole("item"),
                after_id=form.maybe("sau"),
                version=form.whole("version"),
                now=services.clock.now(),
            )
    except StaleForm as error:
        return _page(request, signed, programme_id, status=409, problem=error.message)
    return back_to(f"/chuong-trinh/{programme_id}", "Đã dời mục.")


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
        told = [f"“{one.title}” vào buổi {one.programme.slot.name} {one.programme.day:%d/%m}" for one in made if one.programme]
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
        return cautions(session, signed.actor, programme_id, services.clock.now(), paths=paths).get(script_id, ())


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
            editing.restore_programme(session, signed.actor, programme_id, now=services.clock.now())
    except (Conflict, Invalid) as error:
        return _page(request, signed, programme_id, status=409, problem=error.message)
    return back_to(f"/chuong-trinh/{programme_id}", "Đã đưa buổi trở lại lịch.")


def _page(request: Request, signed: Signed, programme_id: Id, *, status: int = 200, problem: str = "") -> Response:
    gone = request.query_params.get("vua_go", "")
    services = services_of(request)
    with services.database.reading() as session:
        view = programme_view(session, signed.actor, programme_id)
        editable = signed.actor.may(Action.PROGRAMME_EDIT) and view.programme.state in _OPEN
        asked = session, signed.actor, programme_id, services.clock.now()
        paths = heard_with(session, signed.actor.station_id)
        return render(
            request,
            "chuong_trinh.html",
            signed=signed,
            status=status,
            view=view,
            problem=problem,
            just_dropped=next((item for item in view.left if str(item.id) == gone), None),
            editable=editable,
            left_out=left_out_of(*asked, paths=paths),
            cautions=cautions(*asked, paths=paths) if editable else {},
            revivable=signed.actor.may(Action.PROGRAMME_EDIT)
            and view.programme.state is ProgrammeState.CANCELLED
            and view.programme.starts_at > services.clock.now(),
            before=_before(view),
            title_of=title_of,
            waiting=ItemState.WAITING,
            dropped=ItemState.DROPPED,
            addable=addable(session, signed.actor, programme_id),
        )


def _before(view: ProgrammeView) -> dict[int, tuple[str, str]]:
    """Mục → (mã mục nó sẽ đứng sau khi lên một bậc, khi xuống một bậc); rỗng là lên đầu."""
    ids = [str(line.item.id) for line in view.lines]
    return {
        line.item.id: (ids[number - 2] if number > 1 else "", ids[number + 1] if number + 1 < len(ids) else "")
        for number, line in enumerate(view.lines)
    }
