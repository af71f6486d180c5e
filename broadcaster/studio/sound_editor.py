"""Sửa tiếng người và nhạc hiệu trên trang: bản gốc còn nguyên, mỗi lần lưu là một bản mới, kiểm lại như mọi tiếng đưa vào."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import soundfile
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.database.upsert import insert_if_absent
from broadcaster.errors import BadRecording, NotFound
from broadcaster.newsroom.drafting import revision_of
from broadcaster.newsroom.text import clean_title
from broadcaster.reading.model import SYLLABLES_PER_MINUTE
from broadcaster.sound import mastering, quality
from broadcaster.sound.editing import Edit, apply
from broadcaster.sound.library import Library, Stored
from broadcaster.sound.pcm import Samples
from broadcaster.sound.reading_fit import doubts
from broadcaster.sound.tagging import human_tags
from broadcaster.studio.enums import RecordingSource
from broadcaster.studio.human_voice import Spoken, Voiced, samples_of, spoken_of, takes_of
from broadcaster.studio.render import NOT_STORED
from broadcaster.studio.tables import Sound

EDITED_FROM = "EDITED_FROM"
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Piece:
    """Một tiếng mở ra sửa được: ``number`` là mã dòng của nó."""

    number: int
    name: str
    sha256: str


@dataclass(frozen=True)
class Opened:
    """Tiếng đang sửa và những tiếng nối thêm được."""

    piece: Piece
    others: tuple[Piece, ...]


def open_voice(session: Session, actor: Actor, revision_id: int, recording_id: int) -> tuple[Spoken, Opened]:
    """Một bản thu của người cho bản đang chờ duyệt; giọng máy không sửa được. Lỗi: như ``spoken_of``, và ``NotFound``."""
    spoken = spoken_of(session, actor, revision_id)
    snapshot = revision_of(session, actor, revision_id).readings[-1]
    human = [take.recording for take in takes_of(session, actor, snapshot) if take.recording.source is RecordingSource.HUMAN]
    pieces = [Piece(one.id, one.reader_name or "", one.sha256) for one in human if one.sha256]
    return spoken, _opened(pieces, recording_id)


def open_sound(session: Session, actor: Actor, sound_id: int) -> Opened:
    """Một âm thanh của đài. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.STATION_EDIT)
    owned(session, Sound, sound_id, actor)
    return _opened([Piece(one.id, one.name, one.sha256) for one in sounds_of(session, actor)], sound_id)


def sounds_of(session: Session, actor: Actor) -> list[Sound]:
    """Nhạc hiệu, nhạc cắt, nhạc, tín hiệu đang dùng của đài. Lỗi: ``NotAllowed``."""
    actor.require(Action.STATION_EDIT)
    query = select(Sound).where(Sound.station_id == actor.station_id, Sound.retired_at.is_(None))
    return list(session.scalars(query.order_by(Sound.kind, Sound.name)))


def edited(opened: Opened, edits: Sequence[Edit], library: Library) -> Samples:
    """Tiếng sau các việc sửa; chậm, gọi ngoài giao dịch. Lỗi: ``Invalid``, ``NotFound``, ``BadRecording``."""
    others = {one.number: one.sha256 for one in opened.others}

    def other(number: int) -> Samples | None:
        return library.samples(others[number]) if number in others else None

    return apply(library.samples(opened.piece.sha256), edits, other)


def voice_of(spoken: Spoken, opened: Opened, samples: Samples, library: Library, *, recorded_on: str) -> Voiced:
    """Bản đã sửa, làm chủ lại, qua đúng những phép kiểm của tệp mới đưa vào, cất vào kho. Lỗi: ``BadRecording``."""
    mastered = mastering.master(samples).samples
    quality.require_good(mastered, syllables=spoken.syllables)
    reader = opened.piece.name
    tags = human_tags(reader=reader, recorded_on=recorded_on, revision=spoken.revision_sha256, reading=spoken.reading_sha256)
    stored = _put(library, mastered, {"TITLE": spoken.title, **tags, EDITED_FROM: opened.piece.sha256})
    asked = doubts(mastered, sentences=spoken.sentences, made=samples_of(library, spoken.made_sha256), pace=SYLLABLES_PER_MINUTE)
    return Voiced(stored, reader, (), asked)


def store_sound(opened: Opened, samples: Samples, library: Library) -> Stored:
    """Âm thanh đã sửa, cùng độ to với mọi mục, không cắt lặng hai đầu: nhạc hiệu phải đúng giây. Lỗi: ``BadRecording``."""
    return _put(library, mastering.level(samples).samples, {"TITLE": opened.piece.name, EDITED_FROM: opened.piece.sha256})


def add_sound(session: Session, actor: Actor, sound_id: int, stored: Stored, *, name: str, now: datetime) -> Sound:
    """Bản đã sửa thành một âm thanh mới của đài, để chọn ở Khuôn; bản gốc còn nguyên. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.STATION_EDIT)
    original = owned(session, Sound, sound_id, actor)
    code = f"{original.code[:40]}-{stored.sha256[:12]}"
    insert_if_absent(
        session,
        Sound,
        station_id=actor.station_id,
        code=code,
        name=clean_title(name)[:_LONGEST_NAME] or f"{original.name} (đã sửa)",
        kind=original.kind,
        sha256=stored.sha256,
        duration_ms=stored.duration_ms,
        rights=original.rights,
    )
    note(session, actor, "sound_edited", f"sound:{original.id}", now=now, name=original.name, sha256=stored.sha256)
    return session.scalars(select(Sound).where(Sound.station_id == actor.station_id, Sound.code == code)).one()


def _opened(pieces: Sequence[Piece], number: int) -> Opened:
    chosen = next((one for one in pieces if one.number == number), None)
    if chosen is None:
        raise NotFound("Không có tiếng này để sửa. Hãy tải lại trang rồi chọn lại.")
    return Opened(chosen, tuple(one for one in pieces if one is not chosen))


def _put(library: Library, samples: Samples, tags: dict[str, str]) -> Stored:
    try:
        return library.put(samples, tags=tags)
    except (OSError, soundfile.SoundFileError) as error:
        raise BadRecording(NOT_STORED) from error
