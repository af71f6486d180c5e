"""Buồng phát: những phần mà đạo diễn và việc phục hồi cùng cần, dựng một lần khi tiến trình phát chạy."""

from __future__ import annotations

from dataclasses import dataclass

from broadcaster.clock import Clock
from broadcaster.playout.heard import HeardRing
from broadcaster.playout.rundown import Shelf
from broadcaster.playout.station_log import StationLog
from broadcaster.sound.library import Library
from broadcaster.sound.pump import Pump


@dataclass(frozen=True)
class Booth:
    """``log``: sổ trực đã đọc lại; ``shelf``: giá bản phát; kênh của bộ bơm mang khoá ``Output.id``."""

    clock: Clock
    pump: Pump
    library: Library
    log: StationLog
    shelf: Shelf
    ring: HeardRing
