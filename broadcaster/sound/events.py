"""Điều bộ bơm kể lại: một mục bắt đầu, hết, nhường, vang tiếp; một đầu ra đổi tình trạng; máy vắng, đồng hồ nhảy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from broadcaster.sound.channel import Ended, Held, Key, Resumed, Started
from broadcaster.sound.frames import wall_of
from broadcaster.sound.outputs import Health


@dataclass(frozen=True)
class Gap:
    """Máy đứng hình hoặc ngủ quá 2 giây: ``frames`` khung kể từ ``first_frame`` không kênh nào nhận được."""

    first_frame: int
    frames: int
    wall: datetime


@dataclass(frozen=True)
class ClockJumped:
    """Giờ tường nhảy ``frames`` khung (âm: lùi) ngay trước khung ``frame``; mọi số khung sau đó theo giờ mới, tiếng không hụt."""

    frame: int
    frames: int

    @property
    def before(self) -> datetime:
        """Giờ lúc ấy theo đồng hồ cũ."""
        return wall_of(self.frame - self.frames)

    @property
    def after(self) -> datetime:
        """Giờ lúc ấy theo đồng hồ mới."""
        return wall_of(self.frame)


@dataclass(frozen=True)
class SinkChanged:
    """Một đầu ra vừa đổi tình trạng (hỏng, chậm, chạy lại)."""

    channel: Key
    sink: str
    health: Health


PumpEvent = Started | Ended | Held | Resumed | Gap | ClockJumped | SinkChanged


class Position(NamedTuple):
    """Một mục đang vang ở một đường ra: đã nghe, chỗ trong nguồn (ms), khung đầu tiên đo được của lần hẹn này."""

    item_id: str
    output_id: int
    heard_ms: int
    position_ms: int
    first_frame: int


@dataclass(frozen=True)
class Progress:
    """Mục đang hẹn hoặc đang phát: khung đầu đo được và số ms đã giao, theo kênh; ``heard_ms`` là kênh nghe được nhiều nhất."""

    first_frame: int | None
    heard_ms: int
    by_channel: dict[Key, int]
