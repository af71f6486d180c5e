"""Xin bản ghi: cùng chữ nói, cùng cách làm chủ thì chỉ làm một lần; xin lại bản hỏng là bảo làm lại."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.database.upsert import insert_if_absent
from broadcaster.errors import Conflict
from broadcaster.newsroom.dictionary import Effect
from broadcaster.newsroom.drafting import revise
from broadcaster.newsroom.freezing import sha256_of
from broadcaster.newsroom.submitting import ReadText, submit
from broadcaster.newsroom.tables import ReadingSnapshot, Revision
from broadcaster.sound import mastering
from broadcaster.sound.voices.text import syllables_of
from broadcaster.studio.enums import RecordingSource, RecordingState
from broadcaster.studio.tables import Recording, Take, Voice

PREVIEW_URGENCY = 10
_STUCK = (RecordingState.FAILED, RecordingState.REJECTED)


def want_recording(
    session: Session,
    station_id: int,
    *,
    sentences: Sequence[str],
    title: str,
    tags: Mapping[str, str],
    urgency: int,
    now: datetime,
    length: int | None = None,
) -> Recording:
    """Bản ghi của đúng các câu này ở đài, chưa có thì xếp hàng làm; ``urgency`` lớn làm trước; ``length``: số âm tiết đã đếm."""
    key = sha256_of([list(sentences), mastering.VERSION])
    insert_if_absent(
        session,
        Recording,
        station_id=station_id,
        key=key,
        state=RecordingState.WANTED,
        source=RecordingSource.SYNTHETIC,
        title=title,
        sentences=list(sentences),
        syllables=syllables_of(sentences) if length is None else length,
        tags=dict(tags),
        voices=voice_names(session, station_id),
        urgency=urgency,
        wanted_at=now,
        next_try_at=now,
        tries=0,
        progress_done=0,
        progress_total=len(sentences),
        failures=[],
    )
    recording = session.scalars(select(Recording).where(Recording.station_id == station_id, Recording.key == key)).one()
    if recording.state in _STUCK:
        _again(session, recording, now)
    recording.urgency = max(recording.urgency, urgency)
    return recording


def send_for_approval(
    session: Session,
    actor: Actor,
    revision_id: int,
    *,
    version: int,
    read: ReadText,
    answers: Collection[str] = (),
    now: datetime,
) -> ReadingSnapshot:
    """Gửi duyệt và xếp bản nghe thử vào hàng, trong cùng giao dịch: bản đã gửi thì luôn có tiếng để duyệt và để phát.

    Lỗi: như ``newsroom.submitting.submit``.
    """
    snapshot = submit(session, actor, revision_id, version=version, read=read, answers=answers, now=now)
    want_preview(session, snapshot, station_id=actor.station_id, now=now, length=read.voiced)
    return snapshot


def send_again(session: Session, actor: Actor, effects: Iterable[Effect], *, now: datetime) -> list[str]:
    """Gửi duyệt lại những bản tin mà từ điển mới đọc khác; trả về tên chúng.

    Bản đang duyệt vẫn phát đúng cách đọc cũ tới khi bản mới được duyệt. Câu hỏi nguy hiểm đã được trả lời ở bản trước.
    """
    sent = []
    for effect in effects:
        revision = revise(session, actor, effect.script_id, now=now)
        answered = [question["key"] for question in effect.read.detail.get("questions", [])]
        version, read = revision.version, effect.read
        send_for_approval(session, actor, revision.id, version=version, read=read, answers=answered, now=now)
        sent.append(effect.title)
    return sent


def want_preview(
    session: Session, snapshot: ReadingSnapshot, *, station_id: int, now: datetime, length: int | None = None
) -> Recording:
    """Bản nghe thử của cách đọc vừa gửi; sau này chính nó lên sóng nếu được duyệt."""
    revision = snapshot.revision
    recording = want_recording(
        session,
        station_id,
        sentences=snapshot.sentences,
        title=revision.title,
        tags={"revision": revision.frozen_sha256 or "", "reading": snapshot.sha256},
        urgency=PREVIEW_URGENCY,
        now=now,
        length=length,
    )
    _add_take(session, snapshot, recording.id, chosen=True)
    human_id = _human_voice_of_same_words(session, station_id, snapshot)
    if human_id is not None:
        _add_take(session, snapshot, human_id, chosen=False)
        choose_take(session, snapshot.id, human_id)
    return recording


def choose_take(session: Session, reading_id: int, recording_id: int) -> None:
    """Bỏ chọn trước, chọn sau: chỉ mục duy nhất không cho hai bản cùng được chọn dù chỉ giữa hai câu lệnh."""
    session.execute(update(Take).where(Take.reading_id == reading_id).values(chosen=False))
    session.execute(update(Take).where(Take.reading_id == reading_id, Take.recording_id == recording_id).values(chosen=True))


def _add_take(session: Session, snapshot: ReadingSnapshot, recording_id: int, *, chosen: bool) -> None:
    insert_if_absent(
        session, Take, revision_id=snapshot.revision_id, reading_id=snapshot.id, recording_id=recording_id, chosen=chosen
    )


def _human_voice_of_same_words(session: Session, station_id: int, snapshot: ReadingSnapshot) -> int | None:
    """Giọng người đang chọn ở lần gửi trước của cùng bản tin, khi lời đọc không đổi một chữ: từ điển đổi thì giọng vẫn gắn."""
    query = (
        select(Take.recording_id)
        .join(ReadingSnapshot, ReadingSnapshot.id == Take.reading_id)
        .join(Revision, Revision.id == Take.revision_id)
        .join(Recording, Recording.id == Take.recording_id)
        .where(
            Revision.script_id == snapshot.revision.script_id,
            ReadingSnapshot.id != snapshot.id,
            ReadingSnapshot.sentences == snapshot.sentences,
            Take.chosen,
            Recording.station_id == station_id,
            Recording.source == RecordingSource.HUMAN,
            Recording.state == RecordingState.MADE,
        )
    )
    return session.scalar(query.order_by(ReadingSnapshot.id.desc()).limit(1))


def make_again(session: Session, actor: Actor, recording_id: int, *, now: datetime) -> Recording:
    """Người ở đài bảo làm lại một bản ghi hỏng. Lỗi: ``NotFound``, ``Conflict`` khi bản ấy đang làm hoặc đã xong."""
    actor.require(Action.SCRIPT_WRITE)
    recording = owned(session, Recording, recording_id, actor, lock=True)
    if recording.state not in _STUCK:
        raise Conflict("Bản ghi này đang chờ, đang làm hoặc đã xong nên không cần làm lại.")
    _again(session, recording, now)
    note(session, actor, "recording_wanted_again", f"recording:{recording.id}", now=now, title=recording.title)
    return recording


def voice_names(session: Session, station_id: int) -> list[str]:
    """Tên các giọng đang dùng của đài, theo thứ tự thử."""
    query = select(Voice.engine).where(Voice.station_id == station_id, Voice.enabled).order_by(Voice.rank, Voice.id)
    return list(session.scalars(query))


def _again(session: Session, recording: Recording, now: datetime) -> None:
    """Xếp hàng lại, trừ khi một người thợ vừa nhận mất: bản đang làm không bị giật khỏi tay họ."""
    session.execute(
        update(Recording)
        .where(Recording.id == recording.id, Recording.station_id == recording.station_id, Recording.state.in_(_STUCK))
        .values(state=RecordingState.WANTED, next_try_at=now, tries=0, voices=voice_names(session, recording.station_id))
    )
    session.refresh(recording)
