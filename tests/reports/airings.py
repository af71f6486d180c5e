"""Một kỳ phát thanh bịa ra, ghi bằng đúng cửa của nhật ký; và cách đếm ngây thơ đi thẳng từ các dòng sự kiện."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.airlog.tables import LogEntry
from broadcaster.airlog.writing import append
from tests.airlog.bodies import armed, ended
from tests.support.scene import Scene

CLUSTERS = (("CL01", "TDP1"), ("CL02", "TDP1"), ("CL03", "TDP2"))


@dataclass(frozen=True)
class Sounded:
    """Một mục: bản tin nào, kết quả ra sao."""

    item: int
    at: datetime
    script: int | None = 3
    genre: str | None = "news"
    topics: tuple[str, ...] = ("C1",)
    column: str | None = "Cải cách hành chính"
    heard_ms: int = 60_000
    result: Result = Result.FULL
    reason: Reason | None = None
    mode: Mode = Mode.AUTOMATIC
    programme: int = 7
    title: str = "Tin cải cách hành chính"
    clusters: int = 3
    places: tuple[tuple[str, str], ...] = CLUSTERS
    dead: tuple[str, ...] = ()
    """Mã các cụm câm dù mục phát tới hết: đường ra của chúng mất tiếng."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """Phần khác của ảnh chụp mục: băm, người duyệt."""

    def on(self, days: int) -> Sounded:
        """Cùng mục ấy vào ngày khác."""
        return replace(self, at=self.at + timedelta(days=days))


def sound(scene: Scene, one: Sounded) -> None:
    """Ghi các dòng của một mục."""
    body: dict[str, Any] = dict(armed(one.item, one.at, mode=one.mode))
    body["item"] |= {"script_id": one.script, "revision_id": one.script, "genre": one.genre, "topics": list(one.topics)}
    body["item"] |= {"column": one.column, "title": one.title, "origin": "own", "priority": "normal"}
    body["item"] |= one.more
    body["item"]["kind"] = "script" if one.script else "sound"
    body["programme"] |= {"id": one.programme}
    body["deliveries"] = _deliveries(one, DeliveryState.TARGETED)
    _append(scene, Event.ITEM_ARMED, body, one)
    end: dict[str, Any] = dict(ended(one.at, heard_ms=one.heard_ms))
    state = DeliveryState.SENT if one.heard_ms else DeliveryState.FAILED
    end |= {"result": one.result.value, "reason": one.reason and one.reason.value, "deliveries": _deliveries(one, state)}
    _append(scene, Event.ITEM_ENDED, end, one)


def _deliveries(one: Sounded, state: DeliveryState) -> list[dict[str, Any]]:
    return [
        {
            "cluster_id": number,
            "code": code,
            "name": f"Cụm {number}",
            "zone": zone,
            "output": "Đường 1",
            "state": DeliveryState.FAILED if code in one.dead and state is DeliveryState.SENT else state,
            "note": "",
        }
        for number, (code, zone) in enumerate(one.places[: one.clusters], start=1)
    ]


def _append(scene: Scene, event: Event, body: Mapping[str, Any], one: Sounded) -> None:
    with scene.database.writing() as session:
        append(session, scene.station_id, event, body, happened_at=one.at, now=one.at, run_id=one.programme, item_id=one.item)


def naive_counts(scene: Scene, first: date, last: date, topic: str | None = None) -> dict[str, Any]:
    """Đếm lại từ từng dòng sự kiện, không qua bảng chiếu nào."""
    with scene.database.reading() as session:
        entries = list(session.scalars(select(LogEntry).where(LogEntry.station_id == scene.station_id).order_by(LogEntry.seq)))
    items: dict[tuple[int | None, int | None], dict[str, Any]] = {}
    for entry in entries:
        body = json.loads(entry.body)
        if entry.event is Event.ITEM_ARMED:
            items[entry.run_id, entry.item_id] = body
        elif entry.event in (Event.ITEM_ENDED, Event.CORRECTION):
            items[entry.run_id, entry.item_id] |= body
    mine = [
        body
        for body in items.values()
        if first.isoformat() <= body["programme"]["day"] <= last.isoformat()
        and body["mode"] != "rehearsal"
        and body["item"]["script_id"]
        and (topic is None or topic in body["item"]["topics"])
    ]
    whole = [body for body in mine if body["result"] == "full"]
    return {
        "airings": len(whole),
        "planned": len(mine),
        "heard_ms": sum(body["heard_ms"] for body in mine),
        "news": len({body["item"]["script_id"] for body in whole if body["item"]["genre"] == "news"}),
        "features": len({body["item"]["script_id"] for body in whole if body["item"]["genre"] == "feature"}),
        "sent": sum(one["state"] == "sent" for body in whole for one in body["deliveries"]),
    }
