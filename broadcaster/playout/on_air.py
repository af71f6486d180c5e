"""Điều đạo diễn nhớ về buổi đang giữ: chỉ là bản nháp của sự thật trong cơ sở dữ liệu, mất đi thì phục hồi lo."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from broadcaster.airlog.bodies import DeliveryBody, EndedBody
from broadcaster.airlog.enums import Reason, Result
from broadcaster.playout import routing
from broadcaster.playout.filler import Bed
from broadcaster.playout.paths import Paths
from broadcaster.playout.rules import result_of
from broadcaster.sound.channel import Ended, EndReason, Held, Resumed, Started

_WHY = {
    EndReason.CUT: Reason.STOPPED,
    EndReason.UNTIL: Reason.QUIET,
    EndReason.CLOSED: Reason.POWER,
    EndReason.FAILED: Reason.OTHER,
}
_NOTES = {
    EndReason.UNTIL: "Dừng ở đầu giờ yên tĩnh.",
    EndReason.CLOSED: "Máy phát được tắt khi mục chưa hết.",
    EndReason.FAILED: "Tệp âm thanh hỏng giữa chừng.",
}


@dataclass(frozen=True)
class Cue:
    """Mục sẽ vang ở khung nào, trên những đường ra nào, và từ khung nào phải im."""

    item_id: int
    frame: int
    paths: Paths
    until_frame: int | None


@dataclass
class Sounding:
    """Một mục đã giao cho bộ bơm: còn đợi các kênh nào (mã → tên đường ra), đã nghe được bao nhiêu."""

    title: str
    sounds_at: datetime
    planned_ms: int
    deliveries: list[DeliveryBody]
    waiting: dict[int, str]
    bed: Bed | None = None
    frames: int = 0
    started_at: datetime | None = None
    start_logged: bool = False
    ended_at: datetime | None = None
    heard_ms: int = 0
    complete: bool = True
    silenced: bool = False
    ending: EndReason = EndReason.FINISHED
    broken: set[int] = field(default_factory=set)
    """Đường ra đã có lúc hỏng khi mục đang vang."""
    sent: set[str] = field(default_factory=set)
    turns: list[Held | Resumed] = field(default_factory=list)
    """Những lần nhường khẩn cấp và vang tiếp chưa ghi vào nhật ký."""

    def __post_init__(self) -> None:
        self.names = dict(self.waiting)

    @property
    def over(self) -> bool:
        """Đã hết trên mọi kênh."""
        return not self.waiting

    @property
    def why(self) -> Reason:
        """Vì sao thiếu, nếu thiếu."""
        stopped = Reason.STOPPED if self.silenced else Reason.DEVICE
        return _WHY.get(self.ending, stopped)

    @property
    def note(self) -> str:
        """Lời cho người đọc nhật ký."""
        return _NOTES.get(self.ending, "Đường ra bị cho im lặng." if self.silenced and not self.complete else "")

    def begin(self, event: Started) -> None:
        """Mẫu đầu tiên đã ra ở một kênh."""
        if self.started_at is None:
            self.started_at = event.wall

    def finish(self, event: Ended, *, healthy: bool) -> None:
        """Một kênh đã xong; ``healthy``: đường ra của kênh ấy còn nhận tiếng."""
        healthy = healthy and event.channel not in self.broken
        name = self.waiting.pop(event.channel, None) if isinstance(event.channel, int) else None
        self.heard_ms = max(self.heard_ms, event.heard_ms)
        self.complete = self.complete and event.complete and healthy
        self.ended_at = max(self.ended_at or event.wall, event.wall)
        if event.reason is not EndReason.FINISHED:
            self.ending = event.reason
        if name is not None and event.heard_ms and healthy:
            self.sent.add(name)

    def refuse(self) -> None:
        """Bộ bơm không nhận: đã có dòng chuẩn bị nên vẫn phải có kết thúc, không nghe được gì."""
        self.waiting.clear()
        self.complete = False
        self.ended_at = self.sounds_at


def ended_body(one: Sounding, ended_at: datetime) -> tuple[EndedBody, Result]:
    """Dòng kết thúc của một lần vang, từ điều đo được."""
    result, reason = result_of(heard_ms=one.heard_ms, planned_ms=one.planned_ms, complete=one.complete, why=one.why)
    body: EndedBody = {
        "started_at": one.started_at.isoformat() if one.started_at else None,
        "ended_at": ended_at.isoformat(),
        "planned_ms": one.planned_ms,
        "heard_ms": one.heard_ms,
        "tolerance_ms": 0,
        "result": result.value,
        "reason": reason.value if reason else None,
        "note": one.note,
        "deliveries": routing.delivered(one.deliveries, one.sent, one.note or "Đường ra không nhận được tiếng."),
    }
    return body, result


@dataclass
class Airing:
    """Một buổi đang giữ; ``next_frame``: khung mục kế tiếp bắt đầu, nối khít mục trước."""

    run_id: int
    programme_id: int
    output_ids: tuple[int, ...]
    next_frame: int
    starts_at: datetime
    ends_at: datetime
    held_until: float
    """Giờ đơn điệu hết quyền giữ, tính từ nhịp ghi được gần nhất."""
    sounding: dict[int, Sounding] = field(default_factory=dict)
    finished: bool = False
    """Không còn mục nào chờ."""
    gave_way: bool = False
    """Đã có lúc phải nhường khẩn cấp, nên buổi muộn đi."""
    last_item: int | None = None

    @property
    def holder(self) -> str:
        """Tên đứng giữ kênh của bộ bơm."""
        return f"buoi-{self.programme_id}"

    @property
    def settled(self) -> bool:
        """Mọi mục đã hẹn đều đã vang hoặc đã hết, nên khung của mục kế tiếp là số đo chứ không phải dự định."""
        return all(one.started_at is not None or one.over for one in self.sounding.values())
