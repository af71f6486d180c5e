"""Nhạc lấp: khi một mục chỉ dành cho vài TDP, các đường ra khác của buổi nghe nhạc chứ không phải khoảng lặng như máy hỏng."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import structlog

from broadcaster.airlog.bodies import FillerBody
from broadcaster.errors import BadRecording, Conflict, NotFound
from broadcaster.playout.network import Network, Path
from broadcaster.playout.preflight import open_source
from broadcaster.sound.channel import AskUntil
from broadcaster.sound.library import Library
from broadcaster.sound.pump import Pump

log = structlog.get_logger(__name__)
_FADE_IN_MS = 500


@dataclass(frozen=True)
class Bed:
    """Nhạc vang trên những đường ra mà mục không nhắm tới, trong đúng khoảng mục vang."""

    outputs: dict[int, str]
    sha256: str
    length_ms: int

    def body(self) -> FillerBody:
        """Phần của dòng ``item_armed``: không tiếng nào ra loa mà không có trong nhật ký."""
        return {"outputs": sorted(self.outputs.values()), "audio_sha256": self.sha256}


def bed_for(network: Network | None, others: Collection[Path], length_ms: int) -> Bed | None:
    """Nhạc lấp cho ``others``; không còn đường nào hoặc đài không có nhạc nền thì ``None``."""
    if not others or network is None or network.filler is None:
        return None
    return Bed({path.output_id: path.name for path in others}, network.filler, length_ms)


def lay(pump: Pump, library: Library, bed: Bed, play: str, frame: int, *, ask_until: AskUntil) -> None:
    """Hẹn nhạc cùng khung với mục; không hẹn được thì chỉ im lặng, mục vẫn vang."""
    try:
        source = open_source(library, bed.sha256, length_ms=bed.length_ms)
    except (BadRecording, NotFound) as error:
        log.warning("không mở được nhạc lấp", loi=error.message)
        return
    try:
        pump.schedule(list(bed.outputs), _key(play), source, frame, fade_in_ms=_FADE_IN_MS, ask_until=ask_until)
    except (Conflict, NotFound) as error:
        source.close()
        log.warning("bộ bơm không nhận nhạc lấp", loi=error.message)


def lift(pump: Pump, play: str) -> None:
    """Mục đã hết (hoặc bị cắt): nhạc lấp của nó thôi theo."""
    pump.cut(_key(play))


def _key(play: str) -> str:
    return f"lap-{play}"
