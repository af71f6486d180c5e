"""Điều bộ bơm kể lại: một mục bắt đầu, hết, nhường, vang tiếp; một đầu ra đổi tình trạng; máy vắng, đồng hồ nhảy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from broadcaster.sound.frames import wall_of
from broadcaster.sound.outputs import Health

Key = int | str
"""Khoá của một kênh hay một mục."""


class EndReason(StrEnum):
    """Vì sao một mục thôi phát trên một kênh."""

    FINISHED = "finished"
    CUT = "cut"
    UNTIL = "until"
    """Chạm mốc dừng cứng ``until_frame``."""
    CLOSED = "closed"
    """Kênh đóng, bị gỡ hoặc bộ bơm dừng."""
    FAILED = "failed"
    """Nguồn tiếng hỏng."""


@dataclass(frozen=True)
class Started:
    """Mẫu đầu tiên của mục vừa được giao cho kênh, ở đầu khung ``first_frame`` (đo được, không phải dự định)."""

    item_id: Key
    channel: Key
    first_frame: int
    wall: datetime


@dataclass(frozen=True)
class Ended:
    """Mục thôi phát trên kênh; đúng một lần cho mỗi mục và kênh đã hẹn.

    ``complete``: mọi mẫu của nguồn đã tới đường ra, loa bỏ không quá ``LOSS_ALLOWED``.
    ``first_frame`` là ``None`` nếu chưa từng phát.
    ``last_frame``: khung cuối thật sự mang tiếng của mục (chưa từng phát thì khung trước lúc khép); ``wall``: lúc hết khung ấy.
    """

    item_id: Key
    channel: Key
    last_frame: int
    heard_ms: int
    complete: bool
    reason: EndReason
    first_frame: int | None
    wall: datetime
    lost_ms: int = 0
    """Phần đã giao mà loa không nhận kịp nên không ai nghe; ``heard_ms`` đã trừ đi."""


@dataclass(frozen=True)
class Held:
    """Mục phải nhường khẩn cấp trên một kênh, kể từ đầu khung ``frame``; phần còn lại sẽ vang sau."""

    item_id: Key
    channel: Key
    frame: int
    heard_ms: int
    wall: datetime


@dataclass(frozen=True)
class Resumed:
    """Mục được vang tiếp trên một kênh từ khung ``frame``, muộn hơn dự định ``paused_frames``."""

    item_id: Key
    channel: Key
    frame: int
    paused_frames: int
    wall: datetime


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
    """Một mục đang vang ở một đường ra: đã nghe, chỗ trong nguồn (ms), khung đầu tiên đo được của lần hẹn này.

    ``waiting``: số khung đã giao mà loa chưa lấy, không nằm trong hai số ms ấy.
    """

    item_id: str
    output_id: int
    heard_ms: int
    position_ms: int
    first_frame: int
    waiting: int = 0


@dataclass(frozen=True)
class Progress:
    """Mục đang hẹn hoặc đang phát: khung đầu đo được và số ms đã giao, theo kênh; ``heard_ms`` là kênh nghe được nhiều nhất."""

    first_frame: int | None
    heard_ms: int
    by_channel: dict[Key, int]
