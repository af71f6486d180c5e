"""Nhạc hiệu do mã của ta soạn vào thư viện của đài, và giọng đọc của đài; chạy lại bao nhiêu lần cũng được."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from broadcaster.database.upsert import insert_if_absent
from broadcaster.sound.ident_files import TITLES, Ident, load
from broadcaster.sound.library import Library, Stored
from broadcaster.studio.enums import SoundKind
from broadcaster.studio.tables import Sound, Voice

RIGHTS = "Do phần mềm của đài tự soạn, không vướng bản quyền"
_KINDS = {
    Ident.OPENING: SoundKind.IDENT,
    Ident.CLOSING: SoundKind.IDENT,
    Ident.COLUMN: SoundKind.JINGLE,
    Ident.FILLER: SoundKind.MUSIC,
    Ident.URGENT: SoundKind.ATTENTION,
}


@dataclass(frozen=True)
class StoredIdents:
    """Nhạc hiệu đã nằm trong kho."""

    files: Mapping[Ident, Stored]


def store_idents(library: Library) -> StoredIdents:
    """Cất mọi nhạc hiệu vào kho; việc chậm, làm ngoài giao dịch."""
    return StoredIdents({ident: library.put(load(ident), tags={"TITLE": TITLES[ident]}) for ident in Ident})


def install_idents(session: Session, station_id: int, stored: StoredIdents) -> None:
    """Ghi nhạc hiệu đã cất thành âm thanh của đài."""
    for ident, file in stored.files.items():
        insert_if_absent(
            session,
            Sound,
            station_id=station_id,
            code=ident.value,
            name=TITLES[ident],
            kind=_KINDS[ident],
            sha256=file.sha256,
            duration_ms=file.duration_ms,
            rights=RIGHTS,
        )


def install_voices(session: Session, station_id: int, labels: Mapping[str, str]) -> None:
    """Giọng của đài: tên → nhãn, theo thứ tự sẽ thử."""
    for rank, (engine, label) in enumerate(labels.items()):
        insert_if_absent(session, Voice, station_id=station_id, engine=engine, label=label, rank=rank, enabled=True)
