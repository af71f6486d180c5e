"""Điều đạo diễn nhớ về buổi đang giữ: nháp của sổ trực cộng điều bộ bơm đang đo; mất đi thì đọc lại sổ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from broadcaster.airlog.bodies import DeliveryBody
from broadcaster.airlog.enums import Reason
from broadcaster.playout import records
from broadcaster.playout.absences import ASLEEP, BACK, JUMPED
from broadcaster.playout.lineup import Refusal
from broadcaster.playout.records import Measured
from broadcaster.playout.rules import result_of
from broadcaster.playout.rundown import Shelf
from broadcaster.sound.channel import LOSS_ALLOWED
from broadcaster.sound.events import Ended, EndReason, Held, Resumed, Started
from broadcaster.sound.frames import FRAME_MS
from broadcaster.sound.pump import Pump

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
IN_PARTS = "Phát thành nhiều phần vì máy phát dừng đột ngột giữa chừng."


@dataclass
class ActiveItem:
    """Một mục đã giao cho bộ bơm dưới khoá ``play``: còn đợi các kênh nào (mã → tên đường ra), đã nghe được bao nhiêu.

    ``base_ms``: chỗ trong nguồn mà lần hẹn này bắt đầu; ``before_ms``: nội dung đã nghe ở các phần trước.
    """

    play: str
    title: str
    sounds_at: datetime
    planned_ms: int
    deliveries: list[DeliveryBody]
    waiting: dict[int, str]
    bedded: bool = False
    frames: int = 0
    base_ms: int = 0
    before_ms: int = 0
    parts: tuple[Mapping[str, Any], ...] = ()
    sounded: bool = False
    """Mẫu đầu tiên của lần hẹn này đã ra."""
    started_at: datetime | None = None
    start_logged: bool = False
    ended_at: datetime | None = None
    heard_ms: int = 0
    complete: bool = True
    silenced: bool = False
    halted: bool = False
    """Người dừng cả buổi."""
    slept: bool = False
    """Máy đứng hình hoặc ngủ khi mục đang vang."""
    told: str = ""
    """Điều người đọc nhật ký cần biết dù mục có nghe đủ hay không."""
    ending: EndReason = EndReason.FINISHED
    broken: set[int] = field(default_factory=set)
    """Đường ra đã có lúc hỏng khi mục đang vang."""
    sent: set[str] = field(default_factory=set)
    starts: dict[str, datetime] = field(default_factory=dict)
    """Đường ra → lúc mẫu đầu tiên tới nó."""
    lost: dict[str, int] = field(default_factory=dict)
    """Đường ra → ms mà loa không nhận kịp, khi quá mức cho phép."""
    turns: list[Held | Resumed] = field(default_factory=list)
    """Những lần nhường khẩn cấp và vang tiếp chưa vào sổ."""

    def __post_init__(self) -> None:
        self.names = dict(self.waiting)

    @property
    def over(self) -> bool:
        """Đã hết trên mọi kênh."""
        return not self.waiting

    @property
    def why(self) -> Reason:
        """Vì sao thiếu, nếu thiếu."""
        if self.ending in _WHY:
            return _WHY[self.ending]
        if self.slept:
            return Reason.POWER
        return Reason.STOPPED if self.silenced else Reason.DEVICE

    @property
    def note(self) -> str:
        """Lời cho người đọc nhật ký."""
        if self.halted and not self.complete:
            return "Cả buổi bị dừng."
        if self.ending in _NOTES:
            return _NOTES[self.ending]
        if self.slept and not self.complete:
            return ASLEEP[1]
        if self.silenced and not self.complete:
            return "Đường ra bị cho im lặng."
        if self.lost:
            return f"Cạc âm thanh nhận không kịp, mất {max(self.lost.values()) / 1000:.1f} giây.".replace(".", ",", 1)
        return IN_PARTS if self.parts else self.told

    @property
    def total_ms(self) -> int:
        """Nội dung đã nghe, tính cả các phần trước."""
        return max(self.before_ms, self.base_ms + self.heard_ms if self.heard_ms else 0)

    def begin(self, event: Started) -> None:
        """Mẫu đầu tiên đã ra ở một kênh."""
        if not self.sounded:
            self.parts = resumed_when(self.parts, event.wall)
        self.sounded = True
        if self.started_at is None:
            self.started_at = event.wall
        if isinstance(event.channel, int) and event.channel in self.names:
            self.starts.setdefault(self.names[event.channel], event.wall)

    def finish(self, event: Ended, *, healthy: bool) -> None:
        """Một kênh đã xong; ``healthy``: đường ra của kênh ấy còn nhận tiếng."""
        healthy = healthy and event.channel not in self.broken
        name = self.waiting.pop(event.channel, None) if isinstance(event.channel, int) else None
        self.heard_ms = max(self.heard_ms, event.heard_ms)
        self.complete = self.complete and event.complete and healthy
        self.ended_at = max(self.ended_at or event.wall, event.wall)
        if event.reason is not EndReason.FINISHED:
            self.ending = event.reason
        if name is not None and event.lost_ms > LOSS_ALLOWED * (event.heard_ms + event.lost_ms):
            self.lost[name] = event.lost_ms
        if name is not None and event.heard_ms and healthy:
            self.sent.add(name)

    def refuse(self) -> None:
        """Bộ bơm không nhận: đã có dòng chuẩn bị nên vẫn phải có kết thúc, không nghe được gì."""
        self.waiting.clear()
        self.complete = False
        self.ended_at = self.sounds_at

    def measured(self, now: datetime) -> Measured:
        """Số đo lúc hết."""
        result, reason = result_of(heard_ms=self.total_ms, planned_ms=self.planned_ms, complete=self.complete, why=self.why)
        ended_at = self.ended_at or now
        return Measured(
            started_at=self.started_at,
            ended_at=ended_at,
            planned_ms=self.planned_ms,
            heard_ms=self.total_ms,
            result=result,
            reason=reason,
            note=self.note,
            sent=frozenset(self.sent),
            lost=self.lost,
            starts=self.starts,
            parts=self.parts,
        )

    def ended_body(self, now: datetime) -> Mapping[str, Any]:
        """Thân dòng kết thúc."""
        return records.ended(self.measured(now), self.deliveries)


@dataclass
class ActiveRun:
    """Một buổi đang giữ; ``next_frame``: khung mục kế tiếp bắt đầu, nối khít mục trước."""

    key: str
    programme_id: int
    output_ids: tuple[int, ...]
    next_frame: int
    starts_at: datetime
    ends_at: datetime
    items: dict[int, ActiveItem] = field(default_factory=dict)
    finished: bool = False
    """Không còn mục nào chờ."""
    gave_way: bool = False
    """Đã có lúc phải nhường khẩn cấp, nên buổi muộn đi."""
    last_item: int | None = None
    sound_until: datetime | None = None
    """Buổi có tiếng liền tới lúc này: chỗ hở sau nó là khoảng lặng phải ghi."""
    setback: Refusal | None = None
    """Điều đã làm buổi muộn đi: mục nào vì thế không còn chỗ thì nói đúng điều ấy."""
    slept: list[tuple[datetime, datetime]] = field(default_factory=list)
    """Những lúc máy đứng hình chưa vào sổ."""

    def asleep(self, span: tuple[datetime, datetime]) -> None:
        """Máy vừa đứng hình hay ngủ dậy khi đang giữ buổi."""
        self.slept.append(span)
        self.setback = Refusal(*ASLEEP)
        for active in self.items.values():
            active.slept = True

    def jumped(self, frames: int) -> None:
        """Số khung của bộ bơm vừa dời theo giờ mới: điều buổi hẹn theo tiếng dời theo, mục đang vang kể là có chuyện ấy."""
        reason, note = JUMPED if frames > 0 else (Reason.CLOCK, BACK)
        self.setback = Refusal(reason, note)
        for active in self.items.values():
            active.told = note
        self.next_frame += frames
        if self.sound_until is not None:
            self.sound_until += timedelta(milliseconds=frames * FRAME_MS)

    @property
    def holder(self) -> str:
        """Tên đứng giữ kênh của bộ bơm."""
        return f"buoi-{self.programme_id}"

    @property
    def settled(self) -> bool:
        """Mọi mục đã hẹn đều đã vang hoặc đã hết, nên khung của mục kế tiếp là số đo chứ không phải dự định."""
        return all(one.sounded or one.over for one in self.items.values())


def resumed_when(parts: Sequence[Mapping[str, Any]], sounded_at: datetime) -> tuple[Mapping[str, Any], ...]:
    """Phần cuối vang lại lúc đo được, không phải lúc đã hẹn: đường ra chậm mở thì muộn hơn. Thuần."""
    if not parts:
        return ()
    last = max(sounded_at, datetime.fromisoformat(parts[-1]["resumed_at"]))
    return (*parts[:-1], {**parts[-1], "resumed_at": last.isoformat()})


def view(runs: Sequence[ActiveRun], pump: Pump, shelf: Shelf) -> dict[int, dict[str, Any]]:
    """Đường ra → mục đang vang trên đó."""
    found: dict[int, dict[str, Any]] = {}
    for run in runs:
        rundown = shelf.rundown(run.programme_id)
        for item_id, active in list(run.items.items()):
            progress = pump.progress(active.play)
            if active.started_at is None or progress is None:
                continue
            item = {"item_id": item_id, "programme_id": run.programme_id, "title": active.title}
            item |= {"heard_ms": active.base_ms + progress.heard_ms, "planned_ms": active.planned_ms}
            item["rehearsal"] = bool(rundown and rundown.programme["rehearsal"])
            found |= dict.fromkeys(list(active.waiting), item)
    return found
