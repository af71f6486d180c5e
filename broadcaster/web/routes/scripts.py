"""Bản tin: soạn, xem cách đọc, tải tệp lên, gửi duyệt, các bản sửa, nghe thử."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.actor import Action
from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import Invalid, StaleForm
from broadcaster.newsroom import queries, unsaved
from broadcaster.newsroom.credits import known_names, names_typed, set_credits
from broadcaster.newsroom.drafting import Draft, create, revision_of, save
from broadcaster.newsroom.enums import WRITTEN, CreditRole, Genre, Origin, Priority
from broadcaster.newsroom.importing import import_file, split
from broadcaster.newsroom.notice_templates import TEMPLATES
from broadcaster.newsroom.submitting import ReadText
from broadcaster.newsroom.tables import Revision
from broadcaster.newsroom.text import clean_text, clean_title
from broadcaster.newsroom.validity import PREFERRED_NEEDS_END, default_end, default_ends
from broadcaster.reading.model import SYLLABLES_PER_MINUTE
from broadcaster.studio.render_queue import send_for_approval
from broadcaster.traffic.length_fit import Piece, Room, rooms
from broadcaster.web.forms import Form, Posted
from broadcaster.web.pages import back_to, local, render, services_of
from broadcaster.web.params import Id, id_in
from broadcaster.web.reading import chosen_readings, pieces, read_for
from broadcaster.web.script_edits import ASIDE, Edited, edited, take_in, typed_credits
from broadcaster.web.session import SignedIn
from broadcaster.web.topics import labels, suggested

router = APIRouter()

_FIELDS = {
    "questions": "chung",
    "choices": "chung",
    "title": "tieu_de",
    "text": "noi_dung",
    "body": "noi_dung",
    "valid_from": "tu_ngay",
    "valid_to": "den_ngay",
    **{role.value: f"nb_{role.value}" for role in CreditRole},
}
_EMPTY: dict[str, Any] = {
    "tieu_de": "",
    "noi_dung": "",
    "the_loai": Genre.NEWS.value,
    "uu_tien": Priority.NORMAL.value,
    "nguon": Origin.OWN.value,
    "chuyen_muc": "",
    "noi_dung_kh": [],
    "tdp": [],
    "tu_ngay": "",
    "den_ngay": "",
    "khong_han": "",
    "tra_loi": [],
    "chon": [],
    "version": "",
    "cho": "",
    **{f"nb_{role.value}": "" for role in CreditRole},
    **dict.fromkeys(ASIDE, ""),
}


@router.get("/ban-tin/moi")
def new(request: Request, signed: SignedIn, noi_dung_kh: Id | None = None, cho: str = "") -> Response:
    """Biểu mẫu bản tin mới. ``noi_dung_kh``: nội dung kế hoạch đánh dấu sẵn; ``cho``: mở lại chữ đang gõ dở ở biểu mẫu ấy."""
    typed = {**_fresh(request, signed), "noi_dung_kh": [noi_dung_kh] if noi_dung_kh else []}
    return _form(request, signed, None, typed | _unsaved(request, signed, cho))


@router.post("/ban-tin/moi")
def write(request: Request, signed: SignedIn, form: Form) -> Response:
    """Ô: tieu_de, noi_dung, the_loai, uu_tien, nguon, chuyen_muc, noi_dung_kh*, tdp*, tu_ngay, den_ngay,
    khong_han; viec=luu|xem|gui."""
    return _save(request, signed, None, form)


@router.post("/ban-tin/tai-len")
def upload(request: Request, signed: SignedIn, form: Form) -> Response:
    """Đọc tệp .docx, .txt, .md vào biểu mẫu mới, không mất chữ đã gõ. Ô: tep, và mọi ô của /ban-tin/moi."""
    return _upload(request, signed, None, form)


@router.post("/ban-tin/{revision_id}/tai-len")
def upload_into(request: Request, signed: SignedIn, revision_id: Id, form: Form) -> Response:
    """Như /ban-tin/tai-len, cho một bản nháp đã lưu."""
    return _upload(request, signed, revision_id, form)


@router.post("/ban-tin/cach-doc")
def reading(request: Request, signed: SignedIn, form: Form) -> Response:
    """Mảnh trang cách đọc, cho trang tự cập nhật trong lúc gõ. Ô: noi_dung, tra_loi*."""
    signed.actor.require(Action.SCRIPT_WRITE)
    found, typed = _read(request, signed, form), typed_of(form)
    with services_of(request).database.reading() as session:
        topics = queries.topic_choices(session, signed.actor, local(services_of(request).clock.now()).date())
        fits = _fits(request, signed, session, typed, found)
    told = suggested(topics, f"{form.text('tieu_de')}. {form.text('noi_dung')}")
    return render(request, "cach_doc.html", suggested=told, fits=fits, **_reading_context(found, form.texts("tra_loi")))


@router.get("/ban-tin/{revision_id}/sua")
def edit(request: Request, signed: SignedIn, revision_id: Id) -> Response:
    """Biểu mẫu của một bản nháp."""
    with services_of(request).database.reading() as session:
        typed = _typed_of(revision_of(session, signed.actor, revision_id))
    return _form(request, signed, revision_id, typed | _unsaved(request, signed, f"ban-{revision_id}"))


@router.post("/ban-tin/{revision_id}/sua")
def change(request: Request, signed: SignedIn, revision_id: Id, form: Form) -> Response:
    """Như /ban-tin/moi, thêm ô version."""
    return _save(request, signed, revision_id, form)


def _save(request: Request, signed: Signed, revision_id: int | None, form: Posted) -> Response:
    services, what = services_of(request), form.text("viec")
    typed, read = typed_of(form), None
    if (edit := edited(form, typed)) is not None:
        return _show(request, signed, revision_id, edit)
    if what in ("xem", ""):
        return _form(request, signed, revision_id, typed, reading=_read(request, signed, form))
    try:
        draft = _draft(form)
        endless = form.checked("khong_han") and draft.priority is Priority.NORMAL
        if what == "gui" and endless and draft.valid_to is not None:
            typed |= {"den_ngay": ""}
            raise Invalid(problems={"valid_to": _TWO_ENDS.format(draft.valid_to)})
        if what == "gui" and not endless and draft.valid_to is None:
            typed |= {"den_ngay": _default_end(request, signed, draft), "khong_han": ""}
            raise Invalid(problems={"valid_to": _ASK_END[draft.priority]})
        read = _read(request, signed, form) if what == "gui" else None
        with services.database.writing() as session:
            now = services.clock.now()
            if revision_id is None:
                revision = create(session, signed.actor, draft, now=now)
            else:
                revision = save(session, signed.actor, revision_id, draft, version=form.whole("version"), now=now)
            set_credits(session, signed.actor, revision.id, typed_credits(form), now=now)
            unsaved.forget(session, signed.actor, typed["cho"])
            if read is not None:
                answers, version = form.texts("tra_loi"), revision.version
                send_for_approval(session, signed.actor, revision.id, version=version, read=read, answers=answers, now=now)
    except StaleForm as error:
        newer = _newer(request, signed, revision_id)
        return _form(request, signed, revision_id, typed, status=409, problems={"chung": error.message}, newer=newer)
    except Invalid as error:
        problems = {_FIELDS.get(name, name): problem for name, problem in error.problems.items()}
        reading = read if "chung" in problems else None
        return _form(
            request, signed, revision_id, typed, status=422, problems=problems or {"chung": error.message}, reading=reading
        )
    if read is None:
        return back_to(f"/ban-tin/{revision.id}/sua", "Đã lưu nháp.")
    return back_to(f"/ban-tin/bai/{revision.script_id}", "Đã gửi duyệt. Bản nghe thử đang được làm.")


_ASK_END = {
    Priority.NORMAL: "Phát tới hết ngày nào? Đã điền sẵn theo thể loại: sửa hoặc gửi luôn, hay đánh dấu “Không hạn”.",
    Priority.PREFERRED: f"{PREFERRED_NEEDS_END} Đã điền sẵn một ngày: sửa hoặc gửi luôn.",
}

_TWO_ENDS = "Đã đánh dấu “Không hạn” nên bỏ ngày {:%d/%m/%Y}: gửi luôn, hay gõ lại ngày và bỏ đánh dấu."


def started(request: Request, signed: Signed, start: dict[str, Any]) -> Response:
    """Biểu mẫu bản tin mới có sẵn ``start``, chưa lưu gì."""
    return _form(request, signed, None, _fresh(request, signed) | start)


def _fresh(request: Request, signed: Signed) -> dict[str, Any]:
    """Biểu mẫu mới, ngày cuối điền sẵn theo thể loại mặc định."""
    return {**_EMPTY, "den_ngay": _default_end(request, signed, Draft("", ""))}


def _default_end(request: Request, signed: Signed, draft: Draft) -> date:
    services = services_of(request)
    with services.database.reading() as session:
        start = max(draft.valid_from or date.min, local(services.clock.now()).date())
        return default_end(session, signed.actor.station_id, draft.genre, draft.priority, start)


def _upload(request: Request, signed: Signed, revision_id: int | None, form: Posted) -> Response:
    signed.actor.require(Action.SCRIPT_WRITE)
    file, typed = form.file("tep"), typed_of(form)
    if revision_id is None:
        typed = {**_fresh(request, signed), **{name: value for name, value in typed.items() if value}}
    try:
        if file is None:
            raise Invalid("Hãy chọn một tệp .docx, .txt hoặc .md rồi bấm Đọc tệp.")
        imported = import_file(file.file.read(), file.filename or "")
    except Invalid as error:
        return _form(request, signed, revision_id, typed, status=422, problems={"tep": error.message})
    return _show(request, signed, revision_id, take_in(typed, imported))


_AT_ONCE = 20_000
"""Bài dài hơn chừng này chữ thì mở trang trước, bấm “Xem cách đọc” mới đọc."""


def _show(request: Request, signed: Signed, revision_id: int | None, edit: Edited) -> Response:
    """Biểu mẫu sau một việc chưa lưu, kèm cách đọc mới."""
    return _form(
        request,
        signed,
        revision_id,
        edit.typed,
        notes=edit.notes,
        converted=edit.converted,
        pending=edit.pending,
    )


def _read(request: Request, signed: Signed, form: Posted) -> ReadText:
    text, title = clean_text(form.text("noi_dung")), clean_title(form.text("tieu_de"))
    return read_for(services_of(request), signed.actor, text, dict(_choices(form)), title=title)


def _choices(form: Posted) -> tuple[tuple[str, str], ...]:
    """Ô ``chon``: “chữ→lời”, ô sau thay ô trước của cùng chữ."""
    return chosen_readings(form.texts("chon"))


def _reading_context(read: ReadText | None, answers: Sequence[str]) -> dict[str, Any]:
    return {
        "reading": read,
        "pieces": list(pieces(read.detail)) if read else [],
        "aside": _has_letterhead(read.source) if read else False,
        "seconds": round(read.syllables * 60 / SYLLABLES_PER_MINUTE) if read else 0,
        "answers": answers,
    }


def _has_letterhead(text: str) -> bool:
    parts = split(text)
    return bool(parts.head or parts.tail)


def _draft(form: Posted) -> Draft:
    return Draft(
        title=form.text("tieu_de"),
        body=form.text("noi_dung"),
        genre=form.word("the_loai", Genre, Genre.NEWS),
        priority=form.word("uu_tien", Priority, Priority.NORMAL),
        origin=form.word("nguon", Origin, Origin.OWN),
        column_id=form.maybe("chuyen_muc"),
        topic_ids=form.ids("noi_dung_kh"),
        zone_ids=form.ids("tdp"),
        valid_from=form.day("tu_ngay"),
        valid_to=form.day("den_ngay"),
        choices=_choices(form),
    )


def typed_of(form: Posted) -> dict[str, Any]:
    """Mọi ô của biểu mẫu soạn như đã gõ."""
    many = ("noi_dung_kh", "tdp", "tra_loi")
    typed: dict[str, Any] = {name: form.texts(name) if name in many else form.text(name) for name in _EMPTY}
    return typed | {"chon": [f"{surface}→{reading}" for surface, reading in _choices(form)]}


def _typed_of(revision: Revision) -> dict[str, Any]:
    return {
        "tieu_de": revision.title,
        "noi_dung": revision.body,
        "the_loai": revision.genre.value,
        "uu_tien": revision.priority.value,
        "nguon": revision.origin.value,
        "chuyen_muc": revision.column_id or "",
        "noi_dung_kh": [topic.id for topic in revision.topics],
        "tdp": [zone.id for zone in revision.zones],
        "tu_ngay": revision.valid_from or "",
        "den_ngay": revision.valid_to or "",
        "khong_han": "",
        "tra_loi": [],
        "chon": [f"{surface}→{reading}" for surface, reading in revision.choices.items()],
        "version": revision.version,
        "cho": f"ban-{revision.id}",
        **{f"nb_{role}": names for role, names in names_typed(revision.credits).items()},
        **dict.fromkeys(ASIDE, ""),
    }


def _unsaved(request: Request, signed: Signed, place: str) -> dict[str, Any]:
    """Chữ máy đã tự giữ ở biểu mẫu ấy; không có thì không đổi gì. Người chỉ đọc thì không có chữ nào đang gõ."""
    if not unsaved.is_place(place) or not signed.actor.may(Action.SCRIPT_WRITE):
        return {}
    with services_of(request).database.reading() as session:
        row = unsaved.kept_at(session, signed.actor, place)
    known = {name: value for name, value in row.fields.items() if name in _EMPTY} if row else {}
    return {**known, "cho": place, "giu_luc": local(row.saved_at)} if row else {}


def _fits(request: Request, signed: Signed, session: Session, typed: dict[str, Any], read: ReadText) -> list[Room]:
    """Chỗ của bản tin đang viết trong các khung giờ."""
    zones = frozenset(one for one in map(id_in, map(str, typed["tdp"])) if one)
    genre = next((one for one in WRITTEN if one.value == typed["the_loai"]), Genre.NEWS)
    length_ms = read.syllables * 60_000 // SYLLABLES_PER_MINUTE
    piece = Piece(genre, id_in(str(typed["chuyen_muc"])), zones, length_ms)
    return rooms(session, signed.actor, piece, local(services_of(request).clock.now()).date())


def _newer(request: Request, signed: Signed, revision_id: int | None) -> dict[str, Any] | None:
    """Bản người khác vừa lưu, để hiện cạnh chữ đang gõ."""
    if revision_id is None:
        return None
    with services_of(request).database.reading() as session:
        return _typed_of(revision_of(session, signed.actor, revision_id))


def _form(
    request: Request,
    signed: Signed,
    revision_id: int | None,
    typed: dict[str, Any],
    *,
    status: int = 200,
    problems: dict[str, str] | None = None,
    reading: ReadText | None = None,
    newer: dict[str, Any] | None = None,
    notes: tuple[str, ...] = (),
    converted: tuple[tuple[str, str], ...] = (),
    pending: dict[str, str] | None = None,
) -> Response:
    body = clean_text(typed["noi_dung"])
    fresh = revision_id is None and not body and signed.actor.may(Action.SCRIPT_WRITE)
    if reading is None and body and not pending and len(body) <= _AT_ONCE:
        reading = read_for(services_of(request), signed.actor, body, dict(chosen_readings(typed["chon"])))
    with services_of(request).database.reading() as session:
        choices = queries.choices(session, signed.actor)
        today = local(services_of(request).clock.now()).date()
        kept = [one for one in map(id_in, map(str, typed["noi_dung_kh"])) if one]
        topics = queries.topic_choices(session, signed.actor, today, kept)
        return render(
            request,
            "ban_tin_soan.html",
            signed=signed,
            status=status,
            revision_id=revision_id,
            typed={**typed, "cho": typed["cho"] or f"moi-{uuid.uuid4().hex[:12]}"},
            problems=problems or {},
            unsaved=unsaved.kept(session, signed.actor) if fresh else [],
            notices=TEMPLATES,
            fits=_fits(request, signed, session, typed, reading) if reading else [],
            **_reading_context(reading, typed.get("tra_loi", [])),
            newer=newer,
            notes=notes,
            converted=converted,
            pending=pending or {},
            genres=WRITTEN,
            ends={genre.value: f"{day:%d/%m/%Y}" for genre, day in default_ends(session, signed.actor.station_id, today).items()},
            priorities=(Priority.NORMAL, Priority.PREFERRED),
            origins=list(Origin),
            columns=[(column.id, column.name) for column in choices.columns],
            topics=labels(topics),
            credit_roles=list(CreditRole),
            known_names=known_names(session, signed.actor),
            suggested=suggested(topics, f"{typed['tieu_de']}. {typed['noi_dung']}"),
            zones=[(zone.id, zone.label) for zone in choices.zones],
        )
