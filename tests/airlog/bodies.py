"""Ảnh chụp mẫu cho phép thử nhật ký."""

from __future__ import annotations

from datetime import datetime, timedelta

from broadcaster.airlog.bodies import ArmedBody, DeliveryBody, EndedBody
from broadcaster.airlog.enums import DeliveryState, Mode, Result


def delivery(state: DeliveryState = DeliveryState.TARGETED) -> DeliveryBody:
    return {"cluster_id": 1, "code": "CL01", "name": "Cụm 1", "zone": "TDP1", "output": "Đường 1", "state": state, "note": ""}


def armed(item_id: int, at: datetime, *, mode: Mode = Mode.AUTOMATIC, planned_ms: int = 60_000) -> ArmedBody:
    return {
        "programme": {
            "id": 7,
            "slot_id": 1,
            "slot": "Buổi sáng",
            "unit": "phường Phùng Chí Kiên",
            "day": at.date().isoformat(),
            "planned_at": at.isoformat(),
            "planned_ms": 900_000,
            "rehearsal": mode is Mode.REHEARSAL,
            "zones": ["TDP1"],
        },
        "item": {
            "id": item_id,
            "position": 1,
            "kind": "script",
            "title": "Tin cải cách hành chính",
            "planned_at": at.isoformat(),
            "planned_ms": planned_ms,
            "segment": "Tin",
            "script_id": 3,
            "revision_id": 4,
            "genre": "news",
            "topics": ["C1", "C3"],
        },
        "mode": mode.value,
        "operator": "tự động",
        "sounds_at": at.isoformat(),
        "deliveries": [delivery()],
    }


def ended(at: datetime, *, heard_ms: int = 60_000, planned_ms: int = 60_000) -> EndedBody:
    return {
        "started_at": at.isoformat(),
        "ended_at": (at + timedelta(milliseconds=heard_ms)).isoformat(),
        "planned_ms": planned_ms,
        "heard_ms": heard_ms,
        "tolerance_ms": 0,
        "result": Result.FULL.value,
        "reason": None,
        "note": "",
        "deliveries": [delivery(DeliveryState.SENT)],
    }
