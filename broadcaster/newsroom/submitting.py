"""Gửi duyệt: đóng băng bản sửa cùng đúng cách đọc đã tính từ chính chữ ấy; và tác giả lấy lại."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.database.types import WrittenJson
from broadcaster.errors import Invalid, NotAllowed, StaleForm
from broadcaster.newsroom.authorship import hands_of, take_part
from broadcaster.newsroom.drafting import revision_of, subject_of
from broadcaster.newsroom.enums import DecisionKind, Part, Priority, RevisionState
from broadcaster.newsroom.freezing import content_of, reading_sha256, sha256_of
from broadcaster.newsroom.rules import REVISION
from broadcaster.newsroom.tables import Decision, ReadingSnapshot, Revision
from broadcaster.newsroom.text import most_words, spoken_words
from broadcaster.newsroom.validity import PREFERRED_NEEDS_END


@dataclass(frozen=True)
class ReadText:
    """Cách đọc đã tính ngoài giao dịch; ``source`` là đúng chữ đã đọc, để không gắn nhầm vào chữ khác."""

    source: str
    sentences: tuple[str, ...]
    syllables: int
    engine_version: str
    lexicon_version: str
    detail: WrittenJson = field(default_factory=lambda: WrittenJson({}))
    title: str = ""
    """Tiêu đề đã đọc, ở dạng viết; trống là chưa đọc tiêu đề."""
    spoken_title: tuple[str, ...] = ()
    voiced: int | None = None
    """Số âm tiết mà máy đọc sẽ đếm; trống là chưa đếm."""

    def unanswered(self, answers: Collection[str]) -> list[dict[str, Any]]:
        """Câu hỏi nguy hiểm (số, ngày, tiền có thể sai) chưa được trả lời; ``answers``: mã các câu đã xác nhận."""
        asked: list[dict[str, Any]] = self.detail.get("questions", [])
        return [question for question in asked if question["dangerous"] and question["key"] not in answers]


def submit(
    session: Session,
    actor: Actor,
    revision_id: int,
    *,
    version: int,
    read: ReadText,
    answers: Collection[str] = (),
    now: datetime,
) -> ReadingSnapshot:
    """Đóng băng và gửi; ``answers``: mã các câu hỏi nguy hiểm mà người gửi xác nhận “đúng như viết”.

    Lỗi: ``StaleForm`` khi chữ đã đổi từ lúc đọc, ``Conflict`` khi không còn là nháp, ``Invalid`` khi không có gì để đọc
    tin ưu tiên không có ngày cuối, hoặc còn câu hỏi nguy hiểm chưa trả lời.
    """
    actor.require(Action.SCRIPT_WRITE)
    revision = revision_of(session, actor, revision_id, lock=True)
    REVISION.check(revision.state, RevisionState.SUBMITTED)
    if revision.version != version or revision.body != read.source:
        raise StaleForm
    if revision.priority is Priority.PREFERRED and revision.valid_to is None:
        raise Invalid(problems={"valid_to": PREFERRED_NEEDS_END})
    if not read.sentences:
        raise Invalid(problems={"body": "Bản tin không có chữ nào đọc được. Hãy viết nội dung."})
    title = _title(revision, read)
    left = read.unanswered(answers)
    if left:
        message = f"Còn {len(left)} chỗ phải xem lại trước khi gửi: sửa chữ, hoặc đánh dấu “đúng như viết” ở từng chỗ."
        raise Invalid(problems={"questions": message})
    revision.frozen = content_of(revision)
    revision.frozen_sha256 = sha256_of(revision.frozen)
    revision.state, revision.submitted_at, revision.version = RevisionState.SUBMITTED, now, version + 1
    snapshot = ReadingSnapshot(
        revision=revision,
        sentences=list(read.sentences),
        detail=read.detail.adding("answers", _answered(actor, read, answers, now)),
        syllables=read.syllables,
        engine_version=read.engine_version,
        lexicon_version=read.lexicon_version,
        sha256=reading_sha256(
            read.sentences, title=title, engine_version=read.engine_version, lexicon_version=read.lexicon_version
        ),
        title=title or None,
        created_at=now,
    )
    session.add(snapshot)
    session.flush()
    take_part(session, actor, revision, Part.SUBMITTED, now=now)
    hashes = {"revision_sha256": revision.frozen_sha256, "reading_sha256": snapshot.sha256}
    note(session, actor, "script_submitted", subject_of(revision), now=now, title=revision.title, **hashes)
    return snapshot


def _title(revision: Revision, read: ReadText) -> list[str]:
    """Cách đọc tiêu đề, thứ lời chào sẽ nói. Lỗi: ``StaleForm``, ``Invalid`` khi dài bất thường so với tiêu đề."""
    if read.title and read.title != revision.title:
        raise StaleForm
    if sum(map(spoken_words, read.spoken_title)) > most_words(revision.title):
        raise Invalid(
            problems={"title": "Lời chào sẽ đọc tiêu đề này dài bất thường. Hãy xem lại cách đọc đã dạy cho chữ trong đó."}
        )
    return list(read.spoken_title)


def _answered(actor: Actor, read: ReadText, answers: Collection[str], now: datetime) -> list[dict[str, str]]:
    """Ai đã xác nhận chỗ nào lúc nào; nằm trong bản chụp cách đọc và trong nhật ký."""
    asked = [one for one in read.detail.get("questions", []) if one["key"] in answers]
    return [{"key": one["key"], "message": one["message"], "by": actor.name, "at": now.isoformat()} for one in asked]


def recall(session: Session, actor: Actor, revision_id: int, *, now: datetime) -> Revision:
    """Người có phần trong bài lấy lại bản đang chờ để sửa. Lỗi: ``NotAllowed`` với người khác, ``Conflict`` khi đã quyết."""
    actor.require(Action.SCRIPT_WRITE)
    revision = revision_of(session, actor, revision_id, lock=True)
    if actor.user_id not in hands_of(revision):
        raise NotAllowed(
            "Chỉ người viết, người gửi mới lấy lại được bản đang chờ duyệt. Hãy nhờ người viết, hoặc lãnh đạo trả lại."
        )
    revision.state = REVISION.check(revision.state, RevisionState.DRAFT)
    revision.version += 1
    session.add(decision_of(actor, revision, DecisionKind.RECALLED, reason="", now=now))
    session.flush()
    note(session, actor, "script_recalled", subject_of(revision), now=now, title=revision.title)
    return revision


def decision_of(actor: Actor, revision: Revision, kind: DecisionKind, *, reason: str, now: datetime) -> Decision:
    """Dòng quyết định mang đủ tên, chức danh và hai mã băm."""
    reading = revision.readings[-1] if revision.readings else None
    return Decision(
        revision=revision,
        reading_id=reading.id if reading else None,
        kind=kind,
        user_id=actor.user_id,
        name=actor.name,
        job_title=actor.job_title,
        note=reason,
        at=now,
        own_work=actor.user_id in hands_of(revision),
        revision_sha256=revision.frozen_sha256,
        reading_sha256=reading.sha256 if reading else None,
    )
