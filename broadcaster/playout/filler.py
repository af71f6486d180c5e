"""Nhạc lấp: khi một mục chỉ dành cho vài TDP, các đường ra khác của buổi nghe nhạc chứ không phải khoảng lặng như máy hỏng."""

from __future__ import annotations

from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.airlog.bodies import FillerBody
from broadcaster.errors import BadRecording, Conflict, NotFound
from broadcaster.playout.preflight import Sound, open_source
from broadcaster.playout.tables import Output
from broadcaster.sound.idents import Ident
from broadcaster.sound.library import Library
from broadcaster.sound.pump import Pump
from broadcaster.studio.tables import Sound as StoredSound

log = structlog.get_logger(__name__)
_FADE_IN_MS = 500


@dataclass(frozen=True)
class Bed:
    """Nhạc vang trên những đường ra mà mục không nhắm tới, trong đúng khoảng mục vang."""

    outputs: dict[int, str]
    sound: Sound

    def body(self) -> FillerBody:
        """Phần của dòng ``item_armed``: không tiếng nào ra loa mà không có trong nhật ký."""
        return {"outputs": sorted(self.outputs.values()), "audio_sha256": self.sound.sha256}


def bed_for(session: Session, station_id: int, others: list[Output], length_ms: int) -> Bed | None:
    """Nhạc lấp cho ``others``; không còn đường nào hoặc đài không có nhạc nền thì ``None``."""
    query = select(StoredSound.sha256).where(
        StoredSound.station_id == station_id, StoredSound.code == Ident.FILLER, StoredSound.retired_at.is_(None)
    )
    sha256 = session.scalar(query) if others else None
    return Bed({output.id: output.name for output in others}, Sound(sha256, length_ms)) if sha256 else None


def lay(pump: Pump, library: Library, bed: Bed, item_id: int, frame: int) -> None:
    """Hẹn nhạc cùng khung với mục; không hẹn được thì chỉ im lặng, mục vẫn vang."""
    try:
        source = open_source(library.path(bed.sound.sha256), bed.sound)
    except (BadRecording, NotFound) as error:
        log.warning("không mở được nhạc lấp", loi=error.message)
        return
    try:
        pump.schedule(list(bed.outputs), _key(item_id), source, frame, fade_in_ms=_FADE_IN_MS)
    except (Conflict, NotFound) as error:
        source.close()
        log.warning("bộ bơm không nhận nhạc lấp", loi=error.message)


def lift(pump: Pump, item_id: int) -> None:
    """Mục đã hết (hoặc bị cắt): nhạc lấp của nó thôi theo."""
    pump.cut(_key(item_id))


def _key(item_id: int) -> str:
    return f"lap-{item_id}"
