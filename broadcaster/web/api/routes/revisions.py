"""Bản sửa: xem, lưu, gửi duyệt, lấy lại, duyệt, trả lại."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.orm import Session
from starlette.requests import Request

from broadcaster.accounts.actor import Actor
from broadcaster.newsroom import deciding, drafting, queries, submitting
from broadcaster.newsroom.enums import DecisionKind, Genre, Origin, Priority, RevisionState
from broadcaster.newsroom.tables import Revision
from broadcaster.newsroom.text import MAX_TEXT, MAX_TITLE
from broadcaster.studio import approving
from broadcaster.studio.enums import RecordingSource, RecordingState
from broadcaster.studio.listening import preview_of
from broadcaster.studio.render_queue import send_for_approval
from broadcaster.web.api.bearer import Caller
from broadcaster.web.api.shapes import Day, Given, Note, StrictId, Told, Version
from broadcaster.web.pages import services_of
from broadcaster.web.params import Id
from broadcaster.web.reading import read_for

router = APIRouter(prefix="/revisions", tags=["revisions"])

_Ids = Annotated[tuple[StrictId, ...], Field(max_length=200)]
_Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class DraftGiven(Given):
    """Điều viết vào biểu mẫu; ``zone_ids`` rỗng là cả phường; ``choices``: chữ → lời đọc chọn riêng cho bản này."""

    title: Annotated[str, Field(max_length=4 * MAX_TITLE)]
    body: Annotated[str, Field(max_length=2 * MAX_TEXT)]
    genre: Genre = Genre.NEWS
    priority: Priority = Priority.NORMAL
    origin: Origin = Origin.OWN
    column_id: StrictId | None = None
    topic_ids: _Ids = ()
    zone_ids: _Ids = ()
    valid_from: Day | None = None
    valid_to: Day | None = None
    choices: Annotated[dict[str, str], Field(max_length=200, default_factory=dict)]

    def as_draft(self) -> drafting.Draft:
        """Cho phòng biên tập."""
        plain = {name: getattr(self, name) for name in DraftGiven.model_fields if name != "choices"}
        return drafting.Draft(**plain, choices=tuple(self.choices.items()))


class SavedGiven(DraftGiven):
    """Bản nháp gửi lại cùng số phiên bản đang thấy."""

    version: Version


class VersionGiven(Given):
    """Số phiên bản đang thấy."""

    version: Version


class SubmissionGiven(VersionGiven):
    """``answers``: mã (``key``) các câu hỏi nguy hiểm đã xem lại và đúng như viết; thiếu câu nào thì nhận 422."""

    answers: Annotated[tuple[str, ...], Field(max_length=500)] = ()


class ReasonGiven(Given):
    """Lý do, bắt buộc."""

    note: Note


class ApprovalGiven(Given):
    """Hai mã băm của đúng bản đã đọc và nghe."""

    revision_sha256: _Sha256
    reading_sha256: _Sha256
    recording_sha256: _Sha256 | None = None
    """Tệp giọng người đã nghe (``preview.sha256`` khi ``preview.source`` là ``human``)."""
    note: Note = ""


class DecisionTold(Told):
    """Ai đã quyết gì lúc nào; ``own_work``: người duyệt cũng là người viết."""

    kind: DecisionKind
    name: str
    job_title: str
    note: str
    at: datetime
    own_work: bool
    revision_sha256: str
    reading_sha256: str | None


class PreviewTold(Told):
    """Bản nghe thử của cách đọc."""

    recording_id: int = Field(validation_alias="id")
    state: RecordingState
    source: RecordingSource
    voice: str | None
    reader_name: str | None
    sha256: str | None
    duration_ms: int | None


class ReadingTold(Told):
    """Cách đọc đã đóng băng: từng câu sẽ nói."""

    sentences: list[str]
    syllables: int
    engine_version: str
    lexicon_version: str
    sha256: str
    preview: PreviewTold | None


class RevisionTold(Told):
    """Một bản sửa; ``reading`` có từ lúc gửi duyệt."""

    id: int
    script_id: int
    number: int
    state: RevisionState
    version: int
    title: str
    body: str
    genre: Genre
    priority: Priority
    origin: Origin
    column_id: int | None
    topic_ids: list[int]
    zone_ids: list[int]
    valid_from: date | None
    valid_to: date | None
    choices: dict[str, str]
    frozen_sha256: str | None
    updated_at: datetime
    submitted_at: datetime | None
    reading: ReadingTold | None
    decisions: list[DecisionTold]


def told_revision(session: Session, actor: Actor, row: Revision) -> RevisionTold:
    """Bản sửa như API kể."""
    return RevisionTold(
        **{name: getattr(row, name) for name in _PLAIN},
        topic_ids=[topic.id for topic in row.topics],
        zone_ids=[zone.id for zone in row.zones],
        reading=_reading(session, actor, row),
        decisions=[DecisionTold.model_validate(one) for one in row.decisions],
    )


_PLAIN = tuple(name for name in RevisionTold.model_fields if name not in ("topic_ids", "zone_ids", "reading", "decisions"))


def _reading(session: Session, actor: Actor, row: Revision) -> ReadingTold | None:
    if not row.readings:
        return None
    snapshot = row.readings[-1]
    made = preview_of(session, actor, snapshot)
    preview = None
    if made is not None:
        preview = PreviewTold.model_validate(made)
    plain = ("sentences", "syllables", "engine_version", "lexicon_version", "sha256")
    return ReadingTold(**{name: getattr(snapshot, name) for name in plain}, preview=preview)


@router.get("/{revision_id}")
def one(request: Request, caller: Caller, revision_id: Id) -> RevisionTold:
    """Một bản sửa."""
    with services_of(request).database.reading() as session:
        return told_revision(session, caller, queries.revision(session, caller, revision_id))


@router.put("/{revision_id}")
def save(request: Request, caller: Caller, revision_id: Id, given: SavedGiven) -> RevisionTold:
    """Lưu bản nháp."""
    services, draft = services_of(request), given.as_draft()
    with services.database.writing() as session:
        revision = drafting.save(session, caller, revision_id, draft, version=given.version, now=services.clock.now())
        return told_revision(session, caller, revision)


@router.post("/{revision_id}/submit")
def submit(request: Request, caller: Caller, revision_id: Id, given: SubmissionGiven) -> RevisionTold:
    """Đóng băng chữ và cách đọc, xếp làm bản nghe thử, chờ duyệt."""
    services = services_of(request)
    with services.database.reading() as session:
        revision = queries.revision(session, caller, revision_id)
    read = read_for(services, caller, revision.body, revision.choices, title=revision.title)
    with services.database.writing() as session:
        now = services.clock.now()
        answers = given.answers
        send_for_approval(session, caller, revision_id, version=given.version, read=read, answers=answers, now=now)
        return told_revision(session, caller, queries.revision(session, caller, revision_id))


@router.post("/{revision_id}/recall")
def recall(request: Request, caller: Caller, revision_id: Id) -> RevisionTold:
    """Tác giả lấy lại bản đang chờ duyệt."""
    services = services_of(request)
    with services.database.writing() as session:
        revision = submitting.recall(session, caller, revision_id, now=services.clock.now())
        return told_revision(session, caller, revision)


@router.post("/{revision_id}/approve")
def approve(request: Request, caller: Caller, revision_id: Id, given: ApprovalGiven) -> DecisionTold:
    """Duyệt đúng bản có hai mã băm ấy."""
    services = services_of(request)
    with services.database.writing() as session:
        now = services.clock.now()
        decision = approving.approve(session, caller, revision_id, **given.model_dump(), now=now)
        return DecisionTold.model_validate(decision)


@router.post("/{revision_id}/return")
def send_back(request: Request, caller: Caller, revision_id: Id, given: ReasonGiven) -> DecisionTold:
    """Trả lại kèm lý do."""
    services = services_of(request)
    with services.database.writing() as session:
        decision = deciding.send_back(session, caller, revision_id, note=given.note, now=services.clock.now())
        return DecisionTold.model_validate(decision)
