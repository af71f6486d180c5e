"""Ngay trước khi vang: tệp còn nguyên không, giọng nào đỡ, cụm loa nào sẽ nghe. Không qua thì có lý do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from broadcaster.airlog.bodies import DeliveryBody, ItemBody
from broadcaster.airlog.enums import Reason
from broadcaster.errors import BadRecording, NotFound
from broadcaster.playout.lineup import Next, Refusal
from broadcaster.playout.network import Path, given_way
from broadcaster.playout.rundown import Audio, Rundown, RundownItem
from broadcaster.sound.frames import RATE, frame_at, wall_of
from broadcaster.sound.library import Library
from broadcaster.sound.sources import FileSource, LoopSource, RestSource, Source

LOST = "Tệp âm thanh bị mất hoặc đã hỏng."


@dataclass(frozen=True)
class Sound:
    """Nguồn tiếng đã mở."""

    source: Source
    stand_in: Audio | None = None
    """Tệp đã đỡ cho tệp bị mất; ``None`` là đúng tệp đã định."""

    def told(self, body: ItemBody) -> ItemBody:
        """Phần “mục” của dòng nhật ký, nói đúng tệp và giọng sẽ vang."""
        if self.stand_in is None:
            return body
        return {**body, "audio_sha256": self.stand_in.sha256, "voice": self.stand_in.voice}


@dataclass(frozen=True)
class Cue:
    """Mục sẽ vang ở khung nào, bằng tiếng nào; ``free``: đường nhận được, ``taken``: đường đang nhường khẩn cấp."""

    one: Next
    frame: int
    free: list[Path]
    taken: list[Path]
    sound: Sound


def sound_of(library: Library, one: Next) -> Sound | Refusal:
    """Tệp đầu tiên còn nguyên trong các tệp của mục. Đọc cả tệp để kiểm mã băm."""
    if not one.item.audio:
        return Refusal(Reason.NO_RECORDING, "Chưa có bản ghi lúc tới giờ phát.")
    for place, audio in enumerate(one.item.audio):
        source = _opened(library, audio, one.planned_ms if one.item.loops else None)
        if source is not None:
            return Sound(source, audio if place else None)
    return Refusal(Reason.NO_RECORDING, LOST)


def open_source(library: Library, sha256: str, *, start_ms: int = 0, length_ms: int | None = None) -> Source:
    """Nguồn cho bộ bơm; ``length_ms``: lặp rồi cắt. Lỗi: ``BadRecording``, ``NotFound``."""
    path = library.path(sha256)
    if length_ms is None:
        start = start_ms * RATE // 1000
        return RestSource(FileSource(path, start=start), start)
    return LoopSource(FileSource(path, loop=True), length_ms=max(0, length_ms - start_ms))


def targets(
    rundown: Rundown, item: RundownItem, mine: Collection[Path], taken: Collection[Path], *, hour: int | None
) -> list[DeliveryBody]:
    """Cụm loa dự kiến, âm lượng của chúng lúc ``hour`` giờ; diễn tập không mở loa nên không có cụm nào."""
    if rundown.programme["rehearsal"]:
        return []
    zone_ids = item.zone_ids or rundown.zone_ids
    lost = given_way([body for path in taken for body in path.targets(zone_ids)])
    return [body for path in mine for body in path.targets(zone_ids, hour=hour)] + lost


def quiet_frame(rundown: Rundown, frame: int) -> int | None:
    """Khung đầu giờ yên tĩnh kế tiếp: điểm dừng cứng của mục, phòng khi nó muộn đi hay đồng hồ nhảy. Diễn tập thì không có."""
    until = None if rundown.quiet is None else rundown.quiet.next_quiet_start(wall_of(frame))
    return None if until is None else frame_at(until)


def _opened(library: Library, audio: Audio, length_ms: int | None) -> Source | None:
    try:
        return open_source(library, audio.sha256, length_ms=length_ms) if library.verify(audio.sha256) else None
    except (BadRecording, NotFound):
        return None
