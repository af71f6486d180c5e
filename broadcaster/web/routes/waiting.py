"""Chờ phát: kho bản tin đã duyệt theo hạn và tuổi, mỗi bản sẽ phát lúc nào hay vì sao chưa có chỗ, dự báo bốn tuần."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.errors import Conflict, Invalid
from broadcaster.service.hearing import heard_with
from broadcaster.traffic.editing import give_place
from broadcaster.traffic.once import OnceForm, air_once
from broadcaster.traffic.prospects import PAGE, cautions, waiting
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, local, render, services_of, typed
from broadcaster.web.paging import paged
from broadcaster.web.params import Id, PageNumber
from broadcaster.web.routes.programmes import added
from broadcaster.web.routes.slots import page
from broadcaster.web.session import SignedIn

router = APIRouter()


@router.get("/cho-phat")
def listing(request: Request, signed: SignedIn, trang: PageNumber = 1) -> Response:
    """Một trang của kho."""
    services = services_of(request)
    now = services.clock.now()
    with services.database.reading() as session:
        paths = heard_with(session, signed.actor.station_id)
        found = waiting(session, signed.actor, now, book=services.book, paths=paths, page=trang)
        return render(
            request,
            "cho_phat.html",
            signed=signed,
            found=found,
            today=local(now).date(),
            **paged(found.total, trang, PAGE),
        )


@router.post("/cho-phat/{script_id}/them")
def add(request: Request, signed: SignedIn, script_id: Id, form: Form) -> Response:
    """Một lần bấm: thêm bản tin vào buổi. Ô: buoi."""
    services = services_of(request)
    signed.actor.require(Action.PROGRAMME_EDIT)
    programme_id, now = form.whole("buoi"), services.clock.now()
    with services.database.reading() as session:
        paths = heard_with(session, signed.actor.station_id)
        beyond = cautions(session, signed.actor, programme_id, now, book=services.book, paths=paths).get(script_id, ())
    with services.database.writing() as session:
        give_place(session, signed.actor, programme_id, script_id, now=now, beyond=beyond)
    return back_to(f"/chuong-trinh/{programme_id}", added(beyond))


@router.post("/cho-phat/{script_id}/phat-mot-lan")
def once(request: Request, signed: SignedIn, script_id: Id, form: Form) -> Response:
    """Một lần bấm: lập một buổi riêng cho bản tin, chỉ vang ở TDP của nó. Ô: luc. Lúc ấy vừa mất chỗ thì mở biểu mẫu đã điền."""
    services, at = services_of(request), form.moment("luc")
    wanted = OnceForm(at.date(), at.time(), script_id=script_id)
    try:
        with services.database.writing() as session:
            paths = heard_with(session, signed.actor.station_id)
            programme = air_once(session, signed.actor, wanted, now=services.clock.now(), paths=paths)
    except (Invalid, Conflict) as error:
        chosen = {"mot_ngay": typed(at.date()), "mot_gio": typed(at.time()), "mot_gi": f"bai:{script_id}"}
        return page(request, signed, status=409, once=chosen, problems={"mot_gio": error.message})
    return back_to(f"/chuong-trinh/{programme.id}", "Đã lập buổi phát một lần. Không muốn nữa thì huỷ buổi ở cuối trang này.")
