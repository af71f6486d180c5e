"""Điều bàn khẩn cấp nhớ về một lệnh ngoài sổ trực: tiếng đi kèm, lần đang vang, giờ nhắc kế tiếp; và các thân bản ghi của nó."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from broadcaster.airlog.bodies import ItemBody, ProgrammeBody
from broadcaster.airlog.enums import Mode
from broadcaster.playout import records
from broadcaster.playout.air_state import OrderStatus
from broadcaster.playout.on_air import ActiveItem
from broadcaster.playout.urgent.orders import Order
from broadcaster.sound.frames import Samples
from broadcaster.traffic.enums import ItemKind

SLOT = "Khẩn cấp"


@dataclass
class ActiveOrder:
    """Một lệnh đang đứng; tình trạng của nó ở ``OrderStatus`` của sổ trực. ``pcm``: tiếng đi kèm khi kho không cất được."""

    order: Order
    pcm: Samples | None = None
    next_at: datetime | None = None
    sounding: ActiveItem | None = None

    @property
    def key(self) -> str:
        """Khoá của lệnh."""
        return self.order.key


def view(one: ActiveOrder, status: OrderStatus, *, heard_ms: int, paths: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Cho trang và dòng lệnh; ``paths``: đường ra của lệnh và ai nghe được."""
    sounding = one.sounding
    return {
        "key": one.key,
        "state": status.state.value,
        "number": status.number,
        "heard_times": status.heard_times,
        "paths": list(paths),
        "warning": warning(paths),
        "unheard": bool(paths) and all(path["silenced"] or path["failed"] for path in paths),
        "next_at": one.next_at.isoformat() if one.next_at else None,
        "closed_at": status.closed_at.isoformat() if status.closed_at else None,
        "against": list(status.against),
        "outputs": sorted(sounding.names.values()) if sounding else [],
        "output_ids": sorted(sounding.names) if sounding else [],
        "heard_ms": heard_ms,
        "planned_ms": sounding.planned_ms if sounding else 0,
        "order": one.order.as_json(),
    }


def warning(paths: Sequence[Mapping[str, Any]]) -> str:
    """Lời báo khi không phải mọi đường ra đều nghe được; rỗng là mọi đường đều nghe."""
    told = [
        f"{len(names)}/{len(paths)} đường ra {what}: {', '.join(names)}."
        for what, key in (("đang im lặng", "silenced"), ("đang hỏng", "failed"))
        if (names := [str(path["name"]) for path in paths if path[key]])
    ]
    return " ".join(told)


def play_key(key: str, number: int) -> str:
    """Tên một lần vang trong bộ bơm."""
    return f"khan-{key}-{number}"


def ordered(order: Order) -> dict[str, Any]:
    """Ai ra lệnh gì, lúc nào."""
    return records.of_order("ordered", order.key, 0, order.ordered_at, order.as_json())


def armed(order: Order, number: int, sounding: ActiveItem, zone: ZoneInfo) -> dict[str, Any]:
    """Như ``item_armed`` của một mục, để nhật ký, báo cáo và kiểm tra đọc cùng một cách; mã điền lúc vào nhật ký."""
    at, planned_ms = sounding.sounds_at, sounding.planned_ms
    programme: ProgrammeBody = {
        "id": 0,
        "slot_id": 0,
        "slot": SLOT,
        "unit": order.unit,
        "day": at.astimezone(zone).date().isoformat(),
        "planned_at": at.isoformat(),
        "planned_ms": planned_ms,
        "rehearsal": False,
        "zones": list(order.zone_codes or order.zones),
    }
    item: ItemBody = {
        "id": 0,
        "position": number,
        "kind": ItemKind.URGENT.value,
        "title": order.title,
        "planned_at": at.isoformat(),
        "planned_ms": planned_ms,
        "segment": None,
        "script_id": order.script_id,
        "revision_id": order.revision_id,
        "text_sha256": order.text_sha256,
        "spoken": order.spoken,
        "audio_sha256": order.audio_sha256,
        "priority": "urgent",
        "voice": order.voice,  # type: ignore[typeddict-item]
        "placed_by": "person",
        "placed_name": order.by,
        "why": order.level.label,
        "is_rerun": number > 1,
    }
    body = records.armed(programme, item, Mode.URGENT, at, sounding.deliveries, operator=order.by)
    outputs = {str(key): name for key, name in sounding.names.items()}
    return records.of_order("armed", order.key, number, at, body, outputs=outputs)
