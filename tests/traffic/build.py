"""Dựng dữ liệu cho phép thử lịch phát: âm thanh, mẫu lời, khuôn, khung giờ, bản tin đã duyệt có bản ghi."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import Zone
from broadcaster.database.upsert import insert_if_absent
from broadcaster.newsroom.enums import CreditRole, DecisionKind, Genre, Priority, RevisionState
from broadcaster.newsroom.tables import Credit, Decision, PlanTopic, ReadingSnapshot, Revision, Script
from broadcaster.sound.ident_files import Ident
from broadcaster.studio.enums import RecordingSource, RecordingState, SoundKind, TemplateCode
from broadcaster.studio.tables import Recording, Sound, Take, Template
from broadcaster.traffic.format_presets import QUARTER_HOUR, Preset
from broadcaster.traffic.formats import default_format
from broadcaster.traffic.slots import SlotForm, create_slot
from broadcaster.traffic.tables import Slot
from tests.support.scene import Scene

TEXTS = {
    TemplateCode.STATION_CALL: "Đây là {dai}.",
    TemplateCode.OPENING: "Kính chào bà con. Hôm nay, {ngay}, có các nội dung: {noi_dung}.",
    TemplateCode.CLOSING: "Chương trình đến đây là hết.",
}


@dataclass(frozen=True)
class Texted:
    """Một bản tin đã dựng."""

    script_id: int
    revision_id: int
    reading_id: int
    recording_id: int | None


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def equip(session: Session, scene: Scene, *, preset: Preset = QUARTER_HOUR) -> int:
    """Âm thanh, mẫu lời và khuôn; trả về mã khuôn."""
    seconds = {Ident.OPENING: 15, Ident.CLOSING: 10, Ident.FILLER: 120}
    if session.scalar(select(Sound.id).where(Sound.station_id == scene.station_id).limit(1)) is None:
        for ident, length in seconds.items():
            session.add(
                Sound(
                    station_id=scene.station_id,
                    code=str(ident),
                    name=f"Nhạc {ident}",
                    kind=SoundKind.IDENT,
                    sha256=sha(str(ident)),
                    duration_ms=length * 1000,
                    rights="Đài tự soạn",
                )
            )
        for code, text in TEXTS.items():
            session.add(
                Template(
                    station_id=scene.station_id,
                    code=code,
                    version=1,
                    text=text,
                    approved_by="Đặng Thị Minh Trang",
                    approved_title="Phó Chủ tịch UBND phường",
                    approved_at=scene.clock.now(),
                )
            )
        session.flush()
    return default_format(session, scene.station_id, preset).id


def form(format_id: int | None, **changes: object) -> SlotForm:
    """Khung giờ 17:00-17:15 thứ Hai đến thứ Sáu, sửa theo ``changes``."""
    values: dict[str, object] = {
        "name": "Buổi chiều",
        "starts_at": time(17, 0),
        "length_ms": 900_000,
        "weekdays": "12345",
        "format_id": format_id,
    }
    return SlotForm(**(values | changes))  # type: ignore[arg-type]


def slot(session: Session, scene: Scene, **changes: object) -> Slot:
    """Khung giờ của người vận hành."""
    format_id = equip(session, scene)
    return create_slot(session, scene.operator, form(format_id, **changes), now=scene.clock.now())


def script(
    session: Session,
    scene: Scene,
    title: str,
    *,
    genre: Genre = Genre.NEWS,
    reform: bool = False,
    priority: Priority = Priority.NORMAL,
    topics: tuple[int, ...] = (),
    zones: tuple[int, ...] = (),
    length_ms: int | None = 60_000,
    valid_from: date | None = None,
    valid_to: date | None = None,
    script_id: int | None = None,
    title_spoken: list[str] | None = None,
) -> Texted:
    """Bản tin đã duyệt; ``length_ms`` rỗng là chưa có bản ghi. ``script_id``: bản sửa mới của bản tin ấy."""
    now = scene.clock.now()
    number = 1
    if script_id is None:
        row = Script(station_id=scene.station_id, created_by_id=scene.writer.user_id, created_at=now)
        session.add(row)
        session.flush()
        script_id = row.id
    else:
        old = session.scalars(select(Revision).where(Revision.script_id == script_id)).all()
        number = len(old) + 1
        for one in old:
            one.state = RevisionState.SUPERSEDED
        session.flush()
    revision = Revision(
        script_id=script_id,
        number=number,
        state=RevisionState.APPROVED,
        title=title,
        body=f"{title}. Nội dung.",
        genre=genre,
        priority=priority,
        column_id=scene.column_id if reform else None,
        valid_from=valid_from,
        valid_to=valid_to,
        author_id=scene.writer.user_id,
        created_at=now,
        updated_at=now,
        submitted_at=now,
        frozen={"title": title},
        frozen_sha256=sha(title),
        zones=[session.get_one(Zone, one) for one in zones],
        topics=[session.get_one(PlanTopic, one) for one in topics],
    )
    session.add(revision)
    session.flush()
    session.add(Credit(revision_id=revision.id, role=CreditRole.AUTHOR, name="Nguyễn Thị Lan"))
    reading = ReadingSnapshot(
        revision_id=revision.id,
        sentences=[f"{title}."],
        detail={"source": "", "spans": [], "questions": [], "answers": []},
        syllables=190,
        engine_version="1",
        lexicon_version="1",
        sha256=sha("reading" + title),
        title=title_spoken,
        created_at=now,
    )
    session.add(reading)
    session.flush()
    approve(session, scene, revision, reading)
    recording_id = None if length_ms is None else record(session, scene, revision, reading, length_ms).id
    return Texted(script_id, revision.id, reading.id, recording_id)


def approve(session: Session, scene: Scene, revision: Revision, reading: ReadingSnapshot) -> None:
    """Lãnh đạo duyệt đúng bản sửa và cách đọc này."""
    session.add(
        Decision(
            revision_id=revision.id,
            reading_id=reading.id,
            kind=DecisionKind.APPROVED,
            user_id=scene.leader.user_id,
            name=scene.leader.name,
            job_title=scene.leader.job_title,
            at=scene.clock.now(),
            revision_sha256=revision.frozen_sha256,
            reading_sha256=reading.sha256,
        )
    )
    session.flush()


def record(session: Session, scene: Scene, revision: Revision, reading: ReadingSnapshot, length_ms: int) -> Recording:
    """Bản ghi đã xong và được chọn của một cách đọc."""
    made = recording(session, scene, revision.title, list(reading.sentences))
    finish(session, scene, made, length_ms)
    session.add(Take(revision_id=revision.id, reading_id=reading.id, recording_id=made.id, chosen=True))
    session.flush()
    return made


def recording(session: Session, scene: Scene, title: str, sentences: list[str], urgency: int = 0) -> Recording:
    """Bản ghi đang chờ làm; đã có thì chính nó."""
    now, key = scene.clock.now(), sha("|".join(sentences))
    insert_if_absent(
        session,
        Recording,
        station_id=scene.station_id,
        key=key,
        state=RecordingState.WANTED,
        source=RecordingSource.SYNTHETIC,
        title=title,
        sentences=sentences,
        syllables=len(" ".join(sentences).split()),
        tags={},
        voices=["espeak:vi"],
        urgency=urgency,
        wanted_at=now,
        next_try_at=now,
    )
    return session.scalars(select(Recording).where(Recording.station_id == scene.station_id, Recording.key == key)).one()


def finish(session: Session, scene: Scene, row: Recording, length_ms: int) -> None:
    """Phòng thu làm xong."""
    row.state, row.sha256, row.duration_ms = RecordingState.MADE, sha("audio" + row.key), length_ms
    row.voice, row.voice_version, row.made_at = "espeak:vi", "1.52", scene.clock.now()
    session.flush()
