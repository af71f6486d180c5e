"""Soạn: tạo, lưu, sửa tiếp một bản tin; chữ được làm sạch, lỗi nói rõ từng ô, bản nào cũng giữ số lần lưu."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.accounts.tables import Zone
from broadcaster.errors import Conflict, Invalid, NotFound, StaleForm
from broadcaster.newsroom.authorship import carry_over, differences, take_part
from broadcaster.newsroom.enums import Genre, Origin, Part, Priority, RevisionState
from broadcaster.newsroom.freezing import content_of
from broadcaster.newsroom.tables import Column, PlanTopic, Revision, Script
from broadcaster.newsroom.text import choice_problems, clean_text, clean_title, text_problems
from broadcaster.newsroom.validity import default_end
from broadcaster.newsroom.word_index import indexed


@dataclass(frozen=True)
class Draft:
    """Điều người viết gõ vào biểu mẫu; ``zone_ids`` rỗng là cả phường."""

    title: str
    body: str
    genre: Genre = Genre.NEWS
    priority: Priority = Priority.NORMAL
    origin: Origin = Origin.OWN
    column_id: int | None = None
    topic_ids: tuple[int, ...] = ()
    zone_ids: tuple[int, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    voice: str | None = None
    choices: tuple[tuple[str, str], ...] = ()
    """Cách đọc chọn riêng cho bản này: (chữ, lời)."""
    problems: Mapping[str, str] = field(init=False, compare=False)
    """Tên ô → điều phải sửa trước khi lưu."""

    def __post_init__(self) -> None:
        """Làm sạch và soát chữ ngay khi nhận: hai trăm nghìn chữ mất chục mili giây, không để tới lúc giữ khoá ghi."""
        title, body = clean_title(self.title), clean_text(self.body)
        problems = text_problems(title, body) | choice_problems(self.choices)
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            problems["valid_to"] = "Ngày hết hiệu lực đứng trước ngày bắt đầu. Hãy đổi lại hai ngày."
        for name, value in (("title", title), ("body", body), ("problems", problems)):
            object.__setattr__(self, name, value)
        indexed(title, body)


def revision_of(session: Session, actor: Actor, revision_id: int, *, lock: bool = False) -> Revision:
    """Bản sửa thuộc một bản tin của đài mình; của đài khác là ``NotFound``."""
    query = (
        select(Revision)
        .join(Script, Script.id == Revision.script_id)
        .where(Revision.id == revision_id, Script.station_id == actor.station_id)
    )
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def create(session: Session, actor: Actor, draft: Draft, *, now: datetime) -> Revision:
    """Bản tin mới với bản sửa số 1. Lỗi: ``NotAllowed``, ``Invalid`` theo từng ô, ``NotFound`` khi chọn thứ của đài khác."""
    actor.require(Action.SCRIPT_WRITE)
    script = Script(station_id=actor.station_id, created_by_id=actor.user_id, created_at=now)
    revision = Revision(
        script=script, number=1, state=RevisionState.DRAFT, version=1, author_id=actor.user_id, created_at=now, updated_at=now
    )
    _fill(session, actor, revision, draft)
    session.add(script)
    session.flush()
    take_part(session, actor, revision, Part.WROTE, now=now)
    note(session, actor, "script_created", subject_of(revision), now=now, title=revision.title)
    return revision


def save(session: Session, actor: Actor, revision_id: int, draft: Draft, *, version: int, now: datetime) -> Revision:
    """Lưu bản nháp. Lỗi: ``StaleForm`` khi người khác đã lưu chen vào, ``Conflict`` khi không còn là nháp."""
    actor.require(Action.SCRIPT_WRITE)
    revision = revision_of(session, actor, revision_id, lock=True)
    if revision.state is not RevisionState.DRAFT:
        raise Conflict("Bản này đã gửi duyệt nên không sửa được nữa. Hãy lấy lại bản này hoặc tạo bản sửa mới.")
    if revision.version != version:
        raise StaleForm
    before = content_of(revision)
    _fill(session, actor, revision, draft)
    revision.version, revision.updated_at = version + 1, now
    session.flush()
    if changed := differences(before, content_of(revision)):
        take_part(session, actor, revision, Part.EDITED, now=now)
        note(session, actor, "script_edited", subject_of(revision), now=now, title=revision.title, changed=changed)
    return revision


def revise(session: Session, actor: Actor, script_id: int, *, now: datetime) -> Revision:
    """Bản nháp để sửa tiếp: bản đang nháp, hoặc bản mới chép từ bản gần nhất cùng những người đã viết nó.

    Lỗi: ``Conflict`` khi đang chờ duyệt.
    """
    actor.require(Action.SCRIPT_WRITE)
    script = owned(session, Script, script_id, actor, lock=True)
    latest = script.revisions[-1]
    if latest.state is RevisionState.DRAFT:
        return latest
    if latest.state is RevisionState.SUBMITTED:
        raise Conflict("Bản tin đang chờ duyệt. Hãy lấy lại bản ấy trước khi sửa tiếp.")
    revision = _copied(latest, script, latest.number + 1, actor, now)
    session.add(revision)
    session.flush()
    carry_over(session, latest, revision)
    note(session, actor, "script_revised", subject_of(revision), now=now, title=revision.title)
    return revision


def duplicate(session: Session, actor: Actor, script_id: int, *, today: date, now: datetime) -> Revision:
    """Bản tin mới chép từ bản gần nhất của một bản tin, hạn mặc định kể từ hôm nay; ai viết chữ ấy vẫn được kể tên.

    Lỗi: ``NotAllowed``, ``NotFound``.
    """
    actor.require(Action.SCRIPT_WRITE)
    latest = owned(session, Script, script_id, actor).revisions[-1]
    script = Script(station_id=actor.station_id, created_by_id=actor.user_id, created_at=now)
    revision = _copied(latest, script, 1, actor, now)
    revision.valid_from = None
    revision.valid_to = default_end(session, actor.station_id, latest.genre, latest.priority, today)
    session.add(script)
    session.flush()
    carry_over(session, latest, revision)
    take_part(session, actor, revision, Part.WROTE, now=now)
    source = subject_of(latest)
    note(session, actor, "script_duplicated", subject_of(revision), now=now, title=revision.title, source=source)
    return revision


def widen(session: Session, actor: Actor, script_id: int, *, today: date, now: datetime) -> Revision:
    """Như ``revise``, với ngày cuối mặc định của thể loại kể từ hôm nay, để chỉ còn phải gửi duyệt. Lỗi: như ``revise``."""
    revision = revise(session, actor, script_id, now=now)
    end = default_end(session, actor.station_id, revision.genre, revision.priority, max(today, revision.valid_from or today))
    if revision.valid_to is None or revision.valid_to < end:
        before = content_of(revision)
        revision.valid_to, revision.version = end, revision.version + 1
        take_part(session, actor, revision, Part.EDITED, now=now)
        changed = differences(before, content_of(revision))
        note(session, actor, "script_edited", subject_of(revision), now=now, title=revision.title, changed=changed)
    return revision


def subject_of(revision: Revision) -> str:
    """Bản sửa trong sổ kiểm tra."""
    return f"script:{revision.script_id}/{revision.number}"


def _copied(latest: Revision, script: Script, number: int, actor: Actor, now: datetime) -> Revision:
    return Revision(
        script=script,
        number=number,
        state=RevisionState.DRAFT,
        version=1,
        title=latest.title,
        body=latest.body,
        genre=latest.genre,
        priority=latest.priority,
        origin=latest.origin,
        column=latest.column,
        valid_from=latest.valid_from,
        valid_to=latest.valid_to,
        voice=latest.voice,
        choices=dict(latest.choices),
        author_id=actor.user_id,
        created_at=now,
        updated_at=now,
        topics=list(latest.topics),
        zones=list(latest.zones),
    )


def _fill(session: Session, actor: Actor, revision: Revision, draft: Draft) -> None:
    if draft.problems:
        raise Invalid(problems=draft.problems)
    revision.title, revision.body = draft.title, draft.body
    revision.genre, revision.priority, revision.origin = draft.genre, draft.priority, draft.origin
    revision.column = owned(session, Column, draft.column_id, actor) if draft.column_id else None
    revision.topics = [owned(session, PlanTopic, topic_id, actor) for topic_id in draft.topic_ids]
    revision.zones = [owned(session, Zone, zone_id, actor) for zone_id in draft.zone_ids]
    revision.valid_from, revision.valid_to, revision.voice = draft.valid_from, draft.valid_to, draft.voice
    revision.choices = dict(draft.choices)
