"""Trang của một bản tin: mọi bản sửa, cách đọc, quyết định, bản nghe thử; nhuận bút, chép để đăng; sửa tiếp, nhân bản, rút."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.newsroom import queries
from broadcaster.newsroom.credits import known_names, names_typed, set_credits
from broadcaster.newsroom.deciding import withdraw
from broadcaster.newsroom.drafting import duplicate, revise, widen
from broadcaster.newsroom.enums import Channel, CreditRole, RevisionState
from broadcaster.newsroom.publishing import posted_where, publish, text_to_post
from broadcaster.newsroom.submitting import recall
from broadcaster.service.hearing import heard_with
from broadcaster.studio.listening import preview_of
from broadcaster.traffic.prospects import prospect_of
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, local, render, services_of
from broadcaster.web.params import Id
from broadcaster.web.script_edits import typed_credits
from broadcaster.web.session import SignedIn

router = APIRouter()


@router.get("/ban-tin/bai/{script_id}")
def one(request: Request, signed: SignedIn, script_id: Id) -> Response:
    """Một bản tin với mọi bản sửa, cách đọc, quyết định và bản nghe thử."""
    with services_of(request).database.reading() as session:
        script = queries.script(session, signed.actor, script_id)
        read = [revision for revision in script.revisions if revision.readings]
        previews = {one.id: preview_of(session, signed.actor, one.readings[-1]) for one in read}
        paths, now = heard_with(session, signed.actor.station_id), services_of(request).clock.now()
        return render(
            request,
            "ban_tin_bai.html",
            signed=signed,
            script=script,
            previews=previews,
            states=RevisionState,
            credit_roles=list(CreditRole),
            credits=names_typed(script.revisions[-1].credits),
            channels=list(Channel),
            posted=posted_where(session, signed.actor, script_id),
            texts={one.id: text_to_post(one) for one in script.revisions},
            known_names=known_names(session, signed.actor),
            prospect=prospect_of(session, signed.actor, script_id, now, book=services_of(request).book, paths=paths),
        )


@router.post("/ban-tin/{revision_id}/nhuan-but")
def credit(request: Request, signed: SignedIn, revision_id: Id, form: Form) -> Response:
    """Đặt người hưởng nhuận bút. Ô: nb_author, nb_editor, nb_reader; nhiều người cách nhau dấu chấm phẩy."""
    services = services_of(request)
    with services.database.writing() as session:
        script_id = set_credits(session, signed.actor, revision_id, typed_credits(form), now=services.clock.now()).script_id
    return back_to(f"/ban-tin/bai/{script_id}", "Đã ghi người hưởng nhuận bút.")


@router.post("/ban-tin/{revision_id}/dang")
def post_elsewhere(request: Request, signed: SignedIn, revision_id: Id, form: Form) -> Response:
    """Ghi rằng chữ đã duyệt được chép để đăng. Ô: kenh (zalo, website)."""
    services = services_of(request)
    channel = form.word("kenh", Channel, Channel.ZALO)
    with services.database.writing() as session:
        script_id = publish(session, signed.actor, revision_id, channel, now=services.clock.now()).script_id
    said = f"Đã chép và ghi một lượt đăng {channel.label}. Chưa dán được thì mở “Chữ để đăng” và chép tay."
    return back_to(f"/ban-tin/bai/{script_id}", said)


@router.post("/ban-tin/bai/{script_id}/sua-moi")
def again(request: Request, signed: SignedIn, script_id: Id) -> Response:
    """Mở bản nháp để sửa tiếp."""
    services = services_of(request)
    with services.database.writing() as session:
        revision = revise(session, signed.actor, script_id, now=services.clock.now())
    return back_to(f"/ban-tin/{revision.id}/sua")


@router.post("/ban-tin/bai/{script_id}/noi-han")
def longer(request: Request, signed: SignedIn, script_id: Id) -> Response:
    """Mở bản nháp mới với hạn dài hơn, chỉ còn phải gửi duyệt."""
    services, now = services_of(request), services_of(request).clock.now()
    with services.database.writing() as session:
        revision = widen(session, signed.actor, script_id, today=local(now).date(), now=now)
    return back_to(f"/ban-tin/{revision.id}/sua", f"Bản mới phát tới hết {revision.valid_to:%d/%m/%Y}. Xem lại rồi gửi duyệt.")


@router.post("/ban-tin/bai/{script_id}/nhan-ban")
def copy(request: Request, signed: SignedIn, script_id: Id) -> Response:
    """Bản tin mới chép từ bản tin này."""
    services, now = services_of(request), services_of(request).clock.now()
    with services.database.writing() as session:
        revision = duplicate(session, signed.actor, script_id, today=local(now).date(), now=now)
    return back_to(
        f"/ban-tin/{revision.id}/sua", "Đã nhân bản thành một bản nháp mới. Sửa tiêu đề, ngày, nội dung rồi gửi duyệt."
    )


@router.post("/ban-tin/{revision_id}/lay-lai")
def take_back(request: Request, signed: SignedIn, revision_id: Id) -> Response:
    """Tác giả lấy lại bản đang chờ duyệt."""
    services = services_of(request)
    with services.database.writing() as session:
        recall(session, signed.actor, revision_id, now=services.clock.now())
    return back_to(f"/ban-tin/{revision_id}/sua", "Đã lấy lại. Sửa xong hãy gửi duyệt lần nữa.")


@router.post("/ban-tin/bai/{script_id}/rut")
def pull(request: Request, signed: SignedIn, script_id: Id, form: Form) -> Response:
    """Rút bản đang duyệt. Ô: ghi_chu."""
    services = services_of(request)
    with services.database.writing() as session:
        withdraw(session, signed.actor, script_id, note=form.text("ghi_chu"), now=services.clock.now())
    return back_to(f"/ban-tin/bai/{script_id}", "Đã rút bản tin. Từ lúc này bản tin không phát nữa.")
