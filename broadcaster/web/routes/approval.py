"""Duyệt: hộp chờ, nghe và đọc đúng bản sẽ phát, duyệt đúng hai mã băm đã thấy hoặc trả lại kèm lý do."""

from __future__ import annotations

import uuid

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import Invalid
from broadcaster.newsroom.approving_entries import waiting as entries_waiting
from broadcaster.newsroom.comparing import compared, facts
from broadcaster.newsroom.deciding import send_back
from broadcaster.newsroom.drafting import revision_of
from broadcaster.newsroom.enums import RevisionState, Sorting
from broadcaster.newsroom.listing import ScriptFilter
from broadcaster.newsroom.tables import Revision
from broadcaster.newsroom.urgency import urgent_signs
from broadcaster.studio.approving import approve, voiceless
from broadcaster.studio.listening import preview_of
from broadcaster.traffic.queries import soonest
from broadcaster.traffic.tables import Programme
from broadcaster.web.forms import Form
from broadcaster.web.pages import back_to, day_name, local, render, services_of
from broadcaster.web.params import Id, PageNumber
from broadcaster.web.reading import pieces
from broadcaster.web.script_filter import found
from broadcaster.web.session import SignedIn

router = APIRouter()


_WAITING = ScriptFilter(state=RevisionState.SUBMITTED, sort=Sorting.WAITING)


@router.get("/duyet")
def waiting(request: Request, signed: SignedIn, trang: PageNumber = 1) -> Response:
    """Bản đang chờ duyệt, chờ lâu nhất trước, từng trang; tìm, lọc, xếp như trang Bản tin."""
    signed.actor.require(Action.SCRIPT_DECIDE)
    services = services_of(request)
    today = local(services.clock.now()).date()
    with services.database.reading() as session:
        context = found(session, signed.actor, request.query_params, today, page=trang, usual=_WAITING)
        words = len(entries_waiting(session, signed.actor))
        return render(request, "duyet.html", signed=signed, words=words, **context)


@router.get("/duyet/{revision_id}")
def one(request: Request, signed: SignedIn, revision_id: Id) -> Response:
    """Một bản chờ duyệt: chữ, cách đọc, bản nghe thử, khác gì bản đang phát."""
    return _page(request, signed, revision_id)


@router.post("/duyet/{revision_id}")
def decide(request: Request, signed: SignedIn, revision_id: Id, form: Form) -> Response:
    """Ô: viec=duyet|tra_lai, ghi_chu, revision_sha256, reading_sha256, recording_sha256 (đúng các mã băm trang đã hiện)."""
    services, now = services_of(request), services_of(request).clock.now()
    if form.text("viec") == "duyet":
        hashes = {name: form.text(name) for name in ("revision_sha256", "reading_sha256", "recording_sha256")}
        with services.database.writing() as session:
            approve(session, signed.actor, revision_id, **hashes, note=form.text("ghi_chu"), now=now)
            revision = revision_of(session, signed.actor, revision_id)
            when = _when(soonest(session, signed.actor, revision, now))
            urgent = bool(urgent_signs(revision.title, revision.body))
        return back_to(f"/duyet/{revision_id}" if urgent else "/duyet", f"Đã duyệt. {when}")
    try:
        with services.database.writing() as session:
            send_back(session, signed.actor, revision_id, note=form.text("ghi_chu"), now=now)
    except Invalid as error:
        problems = {"ghi_chu": error.problems.get("note", error.message)}
        return _page(request, signed, revision_id, status=422, problems=problems, typed_note=form.text("ghi_chu"))
    return back_to("/duyet", "Đã trả lại kèm lý do.")


def _page(
    request: Request,
    signed: Signed,
    revision_id: Id,
    *,
    status: int = 200,
    problems: dict[str, str] | None = None,
    typed_note: str = "",
) -> Response:
    signed.actor.require(Action.SCRIPT_DECIDE)
    with services_of(request).database.reading() as session:
        revision = revision_of(session, signed.actor, revision_id)
        reading = revision.readings[-1] if revision.readings else None
        preview = preview_of(session, signed.actor, reading) if reading else None
        airing = _airing(revision)
        return render(
            request,
            "duyet_ban.html",
            signed=signed,
            status=status,
            revision=revision,
            hands=_hands(revision),
            reading=reading,
            pieces=list(pieces(reading.detail)) if reading else [],
            preview=preview,
            voiceless=preview is not None and voiceless(preview),
            airing=airing,
            pairs=compared(airing.body, revision.body) if airing else [],
            facts=facts(airing, revision) if airing else [],
            waiting=revision.state is RevisionState.SUBMITTED,
            signs=urgent_signs(revision.title, revision.body),
            when=_when(soonest(session, signed.actor, revision, services_of(request).clock.now())),
            red_key=uuid.uuid4().hex,
            problems=problems or {},
            typed_note=typed_note,
        )


def _hands(revision: Revision) -> list[str]:
    """Mỗi người một lần, kèm mọi phần việc: “Nguyễn Thị Lan (viết, gửi duyệt)”."""
    parts: dict[str, list[str]] = {}
    for hand in revision.hands:
        parts.setdefault(hand.name, []).append(hand.part.label.lower())
    return [f"{name} ({', '.join(done)})" for name, done in parts.items()]


def _when(programme: Programme | None) -> str:
    """Bản tin duyệt lúc này sớm nhất phát lúc nào, bằng lời."""
    if programme is None:
        return "Chưa có buổi phát nào sắp tới nhận được bản tin này: hãy xem lại ngày, TDP hoặc thêm khung giờ."
    return f"Sớm nhất phát lúc {local(programme.starts_at):%H:%M}, {day_name(programme.day)} ({programme.slot.name})."


def _airing(revision: Revision) -> Revision | None:
    """Bản đang được duyệt của cùng bản tin."""
    others = (one for one in revision.script.revisions if one.id != revision.id)
    return next((one for one in others if one.state is RevisionState.APPROVED), None)
