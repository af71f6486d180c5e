"""Giọng người cho một bản sửa đang chờ duyệt: nhận tệp, gắn, đổi lại giọng máy; tệp mất thì giọng máy đỡ.

Giọng người gắn với đúng bản sửa và cách đọc đã đóng băng, nên người duyệt nghe đúng thứ sẽ phát.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import soundfile
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note, raise_alert
from broadcaster.accounts.door import owned
from broadcaster.database.upsert import insert_if_absent
from broadcaster.errors import BadRecording, Conflict, Invalid, NotFound, StaleForm
from broadcaster.newsroom.drafting import revise, revision_of
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.freezing import sha256_of
from broadcaster.newsroom.submitting import ReadText
from broadcaster.newsroom.tables import ReadingSnapshot, Revision, Script
from broadcaster.newsroom.text import clean_title
from broadcaster.reading.model import SYLLABLES_PER_MINUTE
from broadcaster.sound.intake import receive
from broadcaster.sound.library import Library, Stored
from broadcaster.sound.pcm import Samples
from broadcaster.sound.reading_fit import doubts
from broadcaster.sound.tagging import human_tags
from broadcaster.studio.enums import RecordingSource, RecordingState
from broadcaster.studio.render import NOT_STORED
from broadcaster.studio.render_queue import choose_take, send_for_approval
from broadcaster.studio.tables import Recording, Take

_LONGEST_NAME = 80


@dataclass(frozen=True)
class Voiced:
    """Tiếng người đã qua kiểm và đã nằm trong kho; ``notes``: chỗ đã sửa giúp; ``doubts``: điều phải nghe lại rồi xác nhận."""

    stored: Stored
    reader: str
    notes: tuple[str, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spoken:
    """Điều phải đọc: đủ để nhận tệp mà không cần phiên dữ liệu."""

    revision_id: int
    title: str
    sentences: tuple[str, ...]
    syllables: int
    revision_sha256: str
    reading_sha256: str
    made_sha256: str | None = None
    """Tiếng máy của đúng lời này, để so độ dài và chỗ nghỉ; chưa làm xong thì ``None``."""


def spoken_of(session: Session, actor: Actor, revision_id: int, *, reading_sha256: str | None = None) -> Spoken:
    """Lời của bản đang chờ duyệt. Lỗi: ``Conflict`` khi bản không chờ duyệt, ``StaleForm`` khi cách đọc đã khác lúc thu."""
    snapshot = _waiting(session, actor, revision_id, reading_sha256=reading_sha256)
    revision = snapshot.revision
    return Spoken(
        revision_id,
        revision.title,
        tuple(snapshot.sentences),
        snapshot.syllables,
        revision.frozen_sha256 or "",
        snapshot.sha256,
        _made_voice_of(session, actor.station_id, snapshot.id),
    )


def take_in(spoken: Spoken, parts: Sequence[Path], library: Library, *, reader: str, recorded_on: str) -> Voiced:
    """Kiểm, làm chủ rồi cất vào kho; chậm, gọi ngoài giao dịch ghi. Lỗi: ``BadRecording``, ``Invalid`` khi thiếu tên."""
    reader = clean_title(reader)[:_LONGEST_NAME]
    if not reader:
        raise Invalid(problems={"nguoi_doc": "Hãy ghi tên người đọc: nhật ký phát thanh nêu tên này."})
    received = receive(parts, syllables=spoken.syllables)
    asked = doubts(
        received.samples, sentences=spoken.sentences, made=samples_of(library, spoken.made_sha256), pace=SYLLABLES_PER_MINUTE
    )
    tags = human_tags(reader=reader, recorded_on=recorded_on, revision=spoken.revision_sha256, reading=spoken.reading_sha256)
    try:
        stored = library.put(received.samples, tags={"TITLE": spoken.title, **tags})
    except (OSError, soundfile.SoundFileError) as error:
        raise BadRecording(NOT_STORED) from error
    return Voiced(stored, reader, received.notes, (*received.doubts, *asked))


def attach(session: Session, actor: Actor, spoken: Spoken, voiced: Voiced, *, now: datetime) -> Recording:
    """Gắn giọng người cho đúng bản ấy, và chọn nó trừ khi còn điều ngờ: lúc ấy người phải nghe rồi tự chọn.

    Lỗi: như ``spoken_of`` (bản vừa được duyệt hay lấy lại trong lúc thu).
    """
    snapshot = _waiting(session, actor, spoken.revision_id, reading_sha256=spoken.reading_sha256, lock=True)
    key = sha256_of(["human", voiced.stored.sha256, spoken.reading_sha256])
    stored = voiced.stored
    insert_if_absent(
        session,
        Recording,
        station_id=actor.station_id,
        key=key,
        state=RecordingState.MADE,
        source=RecordingSource.HUMAN,
        title=spoken.title,
        sentences=list(spoken.sentences),
        syllables=spoken.syllables,
        tags={"revision": spoken.revision_sha256, "reading": spoken.reading_sha256},
        voices=[],
        urgency=0,
        wanted_at=now,
        next_try_at=now,
        tries=0,
        progress_done=0,
        progress_total=0,
        reader_name=voiced.reader,
        given_by_id=actor.user_id,
        sha256=stored.sha256,
        duration_ms=stored.duration_ms,
        lufs=stored.lufs,
        true_peak_db=stored.true_peak_db,
        made_at=now,
        failures=[],
        doubts=list(voiced.doubts),
    )
    recording = session.scalars(select(Recording).where(Recording.station_id == actor.station_id, Recording.key == key)).one()
    insert_if_absent(
        session, Take, revision_id=snapshot.revision_id, reading_id=snapshot.id, recording_id=recording.id, chosen=False
    )
    if not recording.doubts:
        choose_take(session, snapshot.id, recording.id)
    note(session, actor, "voice_attached", f"revision:{spoken.revision_id}", now=now, title=spoken.title, reader=voiced.reader)
    return recording


def takes_of(session: Session, actor: Actor, snapshot: ReadingSnapshot) -> list[Take]:
    """Mọi tiếng đã có của một cách đọc, bản đang chọn đứng đầu. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    query = select(Take).join(Recording).where(Take.reading_id == snapshot.id, Recording.station_id == actor.station_id)
    return list(session.scalars(query.order_by(Take.chosen.desc(), Take.id.desc())))


def choose(session: Session, actor: Actor, revision_id: int, recording_id: int, *, now: datetime) -> Recording:
    """Đổi sang tiếng khác đã có của bản đang chờ duyệt (kể cả về giọng máy); chọn tiếng còn điều ngờ là xác nhận đã nghe đủ.

    Lỗi: như ``spoken_of``, và ``NotFound``.
    """
    snapshot = _waiting(session, actor, revision_id, lock=True)
    recording = owned(session, Recording, recording_id, actor)
    if recording.id not in {take.recording_id for take in takes_of(session, actor, snapshot)}:
        raise NotFound("Tiếng này không thuộc bản tin ấy. Hãy tải lại trang rồi chọn lại.")
    choose_take(session, snapshot.id, recording.id)
    title, confirmed = snapshot.revision.title, {"confirmed": list(recording.doubts)} if recording.doubts else {}
    source = recording.source.label
    note(session, actor, "voice_chosen", f"revision:{revision_id}", now=now, title=title, source=source, **confirmed)
    return recording


def open_for_voice(
    session: Session, actor: Actor, script_id: int, *, read: ReadText, answers: Collection[str], now: datetime
) -> Revision:
    """Bản mới y hệt bản đang phát, gửi duyệt ngay để thu giọng người cho nó; bản cũ vẫn phát tới khi bản mới được duyệt.

    Lỗi: ``Conflict`` khi có bản nháp dở hoặc bản chờ duyệt.
    """
    latest = owned(session, Script, script_id, actor).revisions[-1]
    if latest.state is RevisionState.DRAFT:
        raise Conflict("Bản tin đang có bản nháp dở. Hãy gửi duyệt bản nháp rồi thu âm cho bản ấy.")
    revision = revise(session, actor, script_id, now=now)
    send_for_approval(session, actor, revision.id, version=revision.version, read=read, answers=answers, now=now)
    return revision


def fall_back(session: Session, station_id: int, recording_id: int, *, now: datetime) -> Recording | None:
    """Tệp giọng người mất hoặc hỏng: chọn lại giọng máy của cùng cách đọc và nêu cảnh báo; không có thì ``None``."""
    query = select(Recording).where(Recording.id == recording_id, Recording.station_id == station_id)
    lost = session.scalar(query)
    if lost is None or lost.source is not RecordingSource.HUMAN:
        return None
    takes = session.scalars(select(Take).where(Take.recording_id == lost.id, Take.chosen)).all()
    made = next((found for take in takes if (found := _made_of(session, station_id, take.reading_id))), None)
    if made is None:
        return None
    for reading_id in [take.reading_id for take in takes]:
        choose_take(session, reading_id, made.id)
    message = (
        f"Tệp giọng người ({lost.reader_name}) của “{lost.title}” bị mất hoặc hỏng nên phát bằng giọng máy. "
        "Hãy chép lại tệp từ bản sao lưu, hoặc thu lại và gửi duyệt."
    )
    raise_alert(session, station_id, f"recording:{lost.id}", message, now=now)
    return made


def made_beside(session: Session, station_id: int, recording: Recording) -> Recording | None:
    """Giọng máy đã xong của cùng cách đọc với một bản giọng người; bản ấy vốn là giọng máy thì ``None``."""
    if recording.source is not RecordingSource.HUMAN:
        return None
    takes = session.scalars(select(Take.reading_id).where(Take.recording_id == recording.id, Take.chosen)).all()
    return next((found for reading_id in takes if (found := _made_of(session, station_id, reading_id))), None)


def _made_of(session: Session, station_id: int, reading_id: int) -> Recording | None:
    """Tiếng máy đã làm xong của một cách đọc."""
    query = select(Recording).join(Take, Take.recording_id == Recording.id)
    return session.scalar(
        query.where(
            Take.reading_id == reading_id,
            Recording.station_id == station_id,
            Recording.source == RecordingSource.SYNTHETIC,
            Recording.state == RecordingState.MADE,
        )
    )


def _made_voice_of(session: Session, station_id: int, reading_id: int) -> str | None:
    made = _made_of(session, station_id, reading_id)
    return made.sha256 if made is not None else None


def samples_of(library: Library, sha256: str | None) -> Samples | None:
    """Tiếng trong kho; không có mã, tệp mất hay hỏng thì ``None``."""
    try:
        return library.samples(sha256) if sha256 else None
    except (NotFound, BadRecording):
        return None


def _waiting(
    session: Session, actor: Actor, revision_id: int, *, reading_sha256: str | None = None, lock: bool = False
) -> ReadingSnapshot:
    """Cách đọc của bản đang chờ duyệt; ``lock`` giữ bản ấy tới hết giao dịch, để không ai duyệt chen vào giữa."""
    actor.require(Action.SCRIPT_WRITE)
    revision = revision_of(session, actor, revision_id, lock=lock)
    if revision.state is not RevisionState.SUBMITTED:
        raise Conflict("Chỉ thu âm cho bản đang chờ duyệt, để người duyệt nghe đúng tiếng sẽ phát. Hãy gửi duyệt trước.")
    snapshot = revision.readings[-1]
    if reading_sha256 not in (None, snapshot.sha256) and not _same_words(session, snapshot, reading_sha256):
        raise StaleForm("Lời phải đọc đã đổi sau khi bạn mở trang. Hãy tải lại trang, xem lời mới rồi thu lại.")
    return snapshot


def _same_words(session: Session, snapshot: ReadingSnapshot, sha256: str | None) -> bool:
    """Cách đọc có mã ấy của cùng bản tin đọc đúng những câu này: chỉ từ điển hay bộ đọc đổi phiên bản."""
    query = select(ReadingSnapshot.id).join(Revision).where(Revision.script_id == snapshot.revision.script_id)
    same = query.where(ReadingSnapshot.sha256 == sha256, ReadingSnapshot.sentences == snapshot.sentences)
    return session.scalar(same.limit(1)) is not None
