"""Hỏi lại ngay trước khi vang: giờ yên tĩnh, còn được duyệt, còn hiệu lực, tệp còn nguyên. Không qua thì có lý do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.airlog.enums import Reason
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import Revision
from broadcaster.sound.library import Library
from broadcaster.sound.sources import FileSource, LoopSource, Source
from broadcaster.studio.enums import RecordingState
from broadcaster.traffic import calendar
from broadcaster.traffic.enums import ItemKind
from broadcaster.traffic.tables import Item, Programme


@dataclass(frozen=True)
class Refusal:
    """Vì sao mục này không được vang."""

    reason: Reason
    note: str


@dataclass(frozen=True)
class Sound:
    """Tệp sẽ vang; ``length_ms`` khác ``None`` là nhạc đệm cắt theo độ dài ấy."""

    sha256: str
    length_ms: int | None


def sound_of(item: Item, planned_ms: int) -> Sound | None:
    """Tệp tiếng của mục; chưa có thì ``None``."""
    if item.sound is not None:
        return Sound(item.sound.sha256, planned_ms if item.kind is ItemKind.FILLER else None)
    recording = item.recording
    if recording is None or recording.state is not RecordingState.MADE or recording.sha256 is None:
        return None
    return Sound(recording.sha256, None)


def refusal(session: Session, programme: Programme, item: Item, at: datetime) -> Refusal | None:
    """Điều cấm mục này vang lúc ``at``; diễn tập không mở loa nên giờ nào cũng được."""
    if not programme.rehearsal and calendar.quiet_hours(session, programme.station_id, at).quiet_at(at):
        return Refusal(Reason.QUIET, "Đang trong giờ yên tĩnh; chỉ khẩn cấp hoặc ngoại lệ có văn bản mới được phát.")
    revision = item.revision
    if revision is None:
        return None
    day = at.astimezone(calendar.zone_of(session, programme.station_id)).date()
    valid = (revision.valid_from is None or revision.valid_from <= day) and (
        revision.valid_to is None or day <= revision.valid_to
    )
    if valid and _approved(session, revision):
        return None
    return Refusal(Reason.NOT_APPROVED, "Bản tin không còn được duyệt hoặc đã hết hiệu lực vào lúc phát.")


def quiet_start(session: Session, programme: Programme, at: datetime) -> datetime | None:
    """Giờ yên tĩnh kế tiếp: điểm dừng cứng của mục, phòng khi nó muộn đi vì nhường khẩn cấp. Diễn tập thì không có."""
    if programme.rehearsal:
        return None
    return calendar.quiet_hours(session, programme.station_id, at).next_quiet_start(at)


def missing(library: Library, sound: Sound | None) -> Refusal | None:
    """Tệp chưa có hoặc không còn nguyên vẹn; việc chậm, làm ngoài giao dịch."""
    if sound is None:
        return Refusal(Reason.NO_RECORDING, "Chưa có bản ghi lúc tới giờ phát.")
    if not library.verify(sound.sha256):
        return Refusal(Reason.NO_RECORDING, "Tệp âm thanh bị mất hoặc đã hỏng.")
    return None


def open_source(path: Path, sound: Sound) -> Source:
    """Nguồn tiếng cho bộ bơm."""
    if sound.length_ms is None:
        return FileSource(path)
    return LoopSource(FileSource(path, loop=True), length_ms=sound.length_ms)


def _approved(session: Session, revision: Revision) -> bool:
    """Còn được duyệt; buổi đã chốt được giữ bản cũ khi bản thay nó đã duyệt và còn hiệu lực."""
    if revision.state is RevisionState.APPROVED:
        return True
    newer = select(Revision.id).where(Revision.script_id == revision.script_id, Revision.state == RevisionState.APPROVED)
    return revision.state is RevisionState.SUPERSEDED and session.scalar(newer.limit(1)) is not None
