"""Điều bàn khẩn cấp nhớ về một lệnh, và các bản ghi sổ tạm sinh ra từ nó."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from broadcaster.airlog.enums import Mode
from broadcaster.playout.enums import UrgentState
from broadcaster.playout.on_air import Sounding, ended_body
from broadcaster.playout.urgent.orders import Order
from broadcaster.sound.frames import Samples
from broadcaster.traffic.enums import ItemKind

SLOT = "Khẩn cấp"


@dataclass
class Standing:
    """Một lệnh đang đứng: ``number`` lần đã vang; ``pcm``: tiếng đi kèm lệnh khi không cất được vào kho."""

    order: Order
    pcm: Samples | None
    state: UrgentState
    number: int = 0
    heard_times: int = 0
    """Số lần vang có ít nhất một đường ra nhận được tiếng."""
    paths: tuple[dict[str, Any], ...] = ()
    """Đường ra của lần vang gần nhất: ``id``, ``name``, ``silenced``, ``failed``."""
    first_at: datetime | None = None
    next_at: datetime | None = None
    sounding: Sounding | None = None
    sounded_at: datetime | None = None
    closed_at: datetime | None = None
    against: tuple[str, ...] = ()
    """Khoá của các lệnh đang vang trên cùng đường ra, khi lệnh này phải chờ."""

    @property
    def key(self) -> str:
        """Khoá của lệnh."""
        return self.order.key

    @property
    def play(self) -> str:
        """Tên của lần vang hiện tại trong bộ bơm."""
        return f"khan-{self.key}-{self.number}"

    @property
    def alive(self) -> bool:
        """Chưa xong, chưa dừng."""
        return not self.state.over

    def view(self, heard_ms: int) -> dict[str, Any]:
        """Cho trang và dòng lệnh."""
        sounding = self.sounding
        return {
            "key": self.key,
            "state": self.state.value,
            "number": self.number,
            "next_at": self.next_at.isoformat() if self.next_at else None,
            "closed_at": self.closed_at.isoformat() if self.closed_at else None,
            "heard_times": self.heard_times,
            "paths": list(self.paths),
            "unheard": bool(self.paths) and all(path["silenced"] or path["failed"] for path in self.paths),
            "against": list(self.against),
            "outputs": sorted(sounding.names.values()) if sounding else [],
            "output_ids": sorted(sounding.names) if sounding else [],
            "heard_ms": heard_ms,
            "planned_ms": sounding.planned_ms if sounding else 0,
            "order": self.order.as_json(),
        }


def record(what: str, standing: Standing, body: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """Một bản ghi của sổ tạm về lệnh này."""
    return {"what": what, "key": standing.key, "number": standing.number, "at": at.isoformat(), "body": body}


def ordered(standing: Standing) -> dict[str, Any]:
    """Ai ra lệnh gì, lúc nào."""
    return record("ordered", standing, standing.order.as_json(), at=standing.order.ordered_at)


def armed(standing: Standing, sounding: Sounding, zone: ZoneInfo) -> dict[str, Any]:
    """Như ``item_armed`` của một mục, để nhật ký, báo cáo và kiểm tra đọc cùng một cách; mã điền lúc vào nhật ký."""
    order, at = standing.order, sounding.sounds_at
    programme = {
        "slot_id": 0,
        "slot": SLOT,
        "unit": order.unit,
        "day": at.astimezone(zone).date().isoformat(),
        "planned_at": at.isoformat(),
        "planned_ms": sounding.planned_ms,
        "rehearsal": False,
        "zones": list(order.zones),
    }
    item = {
        "position": standing.number,
        "kind": ItemKind.URGENT.value,
        "title": order.title,
        "planned_at": at.isoformat(),
        "planned_ms": sounding.planned_ms,
        "segment": None,
        "script_id": order.script_id,
        "revision_id": order.revision_id,
        "text_sha256": order.text_sha256,
        "spoken": order.spoken,
        "audio_sha256": order.audio_sha256,
        "priority": "urgent",
        "voice": order.voice,
        "placed_by": "person",
        "placed_name": order.by,
        "why": order.level.label,
        "is_rerun": standing.number > 1,
    }
    body: dict[str, Any] = {"programme": programme, "item": item, "mode": Mode.URGENT.value, "operator": order.by}
    body |= {"sounds_at": at.isoformat(), "deliveries": sounding.deliveries}
    return record("armed", standing, body, at=at)


def started(standing: Standing, at: datetime) -> dict[str, Any]:
    """Mẫu đầu tiên đã ra."""
    return record("started", standing, {"started_at": at.isoformat()}, at=at)


def ended(standing: Standing, sounding: Sounding, now: datetime) -> dict[str, Any]:
    """Điều đo được khi một lần vang hết."""
    at = sounding.ended_at or now
    return record("ended", standing, ended_body(sounding, at)[0], at=at)
