"""So sổ với tai: mục phát hai lần, tiếng không có dòng, mục không có kết thúc, lệch giữa điều ghi và điều nghe."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import select

from broadcaster.airlog.enums import Event, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.traffic.tables import Item
from tests.end_to_end.heard_station import NOTES, Station, heard_s


def judge(place: Station) -> dict[str, Any]:
    """Sau khi mọi dòng đã vào nhật ký."""
    with place.database.reading() as session:
        entries = session.scalars(select(LogEntry).where(LogEntry.item_id.is_not(None)).order_by(LogEntry.seq)).all()
        airings = session.scalars(select(Airing).where(Airing.started_at.is_not(None))).all()
        items = session.execute(select(Item.id, Item.repeat_of_id).order_by(Item.id)).all()
        unsaid = session.scalars(select(Item.id).where(Item.id.not_in(select(Airing.item_id)))).all()
    notes: dict[int, int] = {}
    for item_id, repeats in items:  # phát lại từ đầu là mục khác, cùng một nốt
        notes[item_id] = notes[repeats] if repeats in notes else len(notes) % NOTES
    armed = Counter((one.run_id, one.item_id) for one in entries if one.event is Event.ITEM_ARMED)
    ended = {(one.run_id, one.item_id): json.loads(one.body) for one in entries if one.event is Event.ITEM_ENDED}
    told_s: Counter[int] = Counter()
    for airing in airings:
        told_s[notes[airing.item_id]] += _sounded_s(ended.get((airing.run_id, airing.item_id), {}))  # type: ignore[assignment]
    full = Counter(airing.item_id for airing in airings if airing.result is Result.FULL)
    heard = heard_s(place.heard())
    errors = [abs(lasted - told_s.get(note, 0.0)) * 1000 for note, lasted in heard.items()]
    return {
        "doubles": sum(count > 1 for count in armed.values()) + sum(count > 1 for count in full.values()),
        "unlogged": sum(note not in told_s for note in heard),
        "without_end": len(set(armed) - set(ended)) + len(unsaid),
        "heard_error_ms_p95": round(float(np.percentile(errors, 95))) if errors else None,
        "chain_faults": len(verify(place.database, place.scene.station_id).faults),
        "items_full": sum(full.values()),
        "items": len(notes),
    }


def _sounded_s(body: Mapping[str, Any]) -> float:
    """Tiếng của một lượt phát theo nhật ký: tổng các quãng từ lúc vang (lại) tới lúc đứt hay hết."""
    if not body.get("started_at"):
        return 0.0
    begins, total = datetime.fromisoformat(body["started_at"]), 0.0
    for part in body.get("parts", []):
        total += (datetime.fromisoformat(part["ended_at"]) - begins).total_seconds()
        begins = datetime.fromisoformat(part["resumed_at"])
    return total + max(0.0, (datetime.fromisoformat(body["ended_at"]) - begins).total_seconds())
