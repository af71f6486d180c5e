"""Một lượt phát dựng từ các dòng của nó, thuần: bảng chiếu ghi những giá trị này, phép kiểm dựng lại đúng chúng để so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from broadcaster.airlog.delivered import DELIVERED, delivered
from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.airlog.line_bodies import Deliveries, read_body
from broadcaster.airlog.subjects import Known

NO_RUN = 0
"""``Airing.run_id`` của mục chưa từng có máy nào nhận."""
Values = dict[str, Any]
"""Tên cột → giá trị."""
Key = tuple[int, int]
"""Lượt giữ buổi và mục."""
_STATE, _NOTE, _BY = (DELIVERED.index(name) for name in ("state", "note", "checked_by"))


def new_values(station_id: int, seq: int, run_id: int | None, body: Values, known: Known | None = None) -> Values:
    """Một lượt phát vừa được chuẩn bị (hay bị bỏ khi chưa chuẩn bị); ``known``: để không băm lại điều vừa gặp."""
    known = known or Known(station_id)
    programme, item = body["programme"], body["item"]
    return {
        "station_id": station_id,
        "run_id": NO_RUN if run_id is None else run_id,
        "item_id": item["id"],
        "programme_id": programme["id"],
        "local_day": date.fromisoformat(programme["day"]),
        "slot_name": programme["slot"],
        "unit_name": programme["unit"],
        "position": item["position"],
        "kind": item["kind"],
        "title": item["title"],
        "script_id": item.get("script_id"),
        "revision_id": item.get("revision_id"),
        "genre": item.get("genre"),
        "column_name": item.get("column"),
        "topics": item.get("topics", []),
        "origin": item.get("origin"),
        "priority": item.get("priority"),
        "mode": Mode(body["mode"]),
        "planned_at": datetime.fromisoformat(item["planned_at"]),
        "started_at": None,
        "ended_at": None,
        "planned_ms": item["planned_ms"],
        "heard_ms": 0,
        "result": None,
        "reason": None,
        "is_rerun": item.get("is_rerun", False),
        "zones": item.get("zones") or programme["zones"],
        "first_seq": seq,
        "last_seq": seq,
        "audio_sha256": item.get("audio_sha256"),
        "note": "",
        "corrected_seq": None,
        "correction": "",
        "subject_id": known.subject(body).id,
        "scope_id": known.scope(body).id,
    }


def started_values(body: Values) -> Values:
    """Mẫu đầu tiên đã ra."""
    return {"started_at": datetime.fromisoformat(body["started_at"])}


def ended_values(body: Values) -> Values:
    """Kết thúc, với điều đo được."""
    return {
        "started_at": datetime.fromisoformat(body["started_at"]) if body["started_at"] else None,
        "ended_at": datetime.fromisoformat(body["ended_at"]),
        "heard_ms": body["heard_ms"],
        "note": body.get("note", ""),
        **_outcome(body),
    }


def skipped_values(body: Values) -> Values:
    """Không phát."""
    return {"result": Result.NONE, "reason": Reason(body["reason"]), "note": body.get("note", "")}


def corrected_values(seq: int, body: Values) -> Values:
    """Dòng đính chính ``seq``: kết quả đúng, ai nói và vì sao."""
    told = ": ".join(part for part in (body.get("by", ""), body.get("note", "")) if part)
    return {**_outcome(body), "corrected_seq": seq, "correction": told}


def _outcome(body: Values) -> Values:
    return {"result": Result(body["result"]), "reason": Reason(body["reason"]) if body["reason"] else None}


def delivery_values(body: Values) -> Values:
    """Một cụm loa của lượt phát."""
    values = dict(zip(DELIVERED, delivered(body), strict=False))
    return {**values, "state": DeliveryState(values["state"])}


@dataclass(slots=True)
class Folded:
    """Một lượt phát sau những dòng đã đọc."""

    values: Values
    deliveries: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    """Mã cụm loa → giá trị theo thứ tự ``DELIVERED``. Nhiều lượt cùng giữ một từ điển: thay nó, đừng sửa nó."""

    def put(self, seq: int, values: Values) -> None:
        """Dòng ``seq`` đổi những cột này."""
        self.values.update(values)
        self.values["last_seq"] = seq

    def deliver(self, bodies: list[Values]) -> None:
        """Các cụm loa như dòng này nói; cụm dòng này không nhắc thì giữ nguyên."""
        day, known = self.values["local_day"], self.deliveries
        placed = (bodies if isinstance(bodies, Deliveries) else Deliveries(bodies)).on(day)
        if checked := {cluster_id: one[_BY] for cluster_id, one in known.items() if one[_BY] is not None}:
            placed = {cluster_id: (*one[:_BY], checked.get(cluster_id)) for cluster_id, one in placed.items()}
        self.deliveries = {**known, **placed} if known.keys() - placed.keys() else placed

    def check(self, body: Values) -> bool:
        """Có người kiểm một cụm loa; trả về lượt này có cụm ấy không."""
        known = self.deliveries.get(body["cluster_id"])
        if known is None:
            return False
        told = list(known)
        told[_STATE], told[_NOTE], told[_BY] = body["state"], body["note"], body["by"]
        self.deliveries = {**self.deliveries, body["cluster_id"]: tuple(told)}
        return True


class Folder:
    """Đọc các dòng theo thứ tự, giữ những lượt phát chưa xong; người gọi bỏ đi những lượt nó đã đối chiếu xong."""

    def __init__(self, station_id: int) -> None:
        """Chưa đọc dòng nào."""
        self._station_id, self._known = station_id, Known(station_id)
        self.open: dict[Key, Folded] = {}

    def feed(self, seq: int, event: str, run_id: int | None, item_id: int | None, body: bytes) -> tuple[Key, Folded] | None:
        """Lượt phát mà dòng này đổi; dòng không đổi lượt nào thì ``None``. Thân sai dạng: ``KeyError``, ``ValueError``."""
        if event not in PROJECTED or item_id is None:
            return None
        return self.fold(seq, event, run_id, item_id, read_body(body))

    def fold(self, seq: int, event: str, run_id: int | None, item_id: int, told: Values) -> tuple[Key, Folded] | None:
        """Như ``feed``, với thân đã đọc."""
        key = (NO_RUN if run_id is None else run_id, item_id)
        if event == Event.ITEM_PLANNED:
            self.open.pop((NO_RUN, item_id), None)
            return None
        found = self.open.get(key)
        if event == Event.ITEM_ARMED or (event == Event.ITEM_SKIPPED and found is None):
            found = self.open[key] = Folded(new_values(self._station_id, seq, run_id, told, self._known))
        if found is None or not _change(found, seq, event, told):
            return None
        return key, found


PROJECTED = frozenset(
    event.value
    for event in (
        Event.ITEM_PLANNED,
        Event.ITEM_ARMED,
        Event.ITEM_STARTED,
        Event.ITEM_ENDED,
        Event.ITEM_SKIPPED,
        Event.DELIVERY_CHECKED,
        Event.CORRECTION,
    )
)
"""Sự kiện đổi bảng chiếu."""
_CHANGES = {
    Event.ITEM_STARTED.value: started_values,
    Event.ITEM_ENDED.value: ended_values,
    Event.ITEM_SKIPPED.value: skipped_values,
}


def _change(found: Folded, seq: int, event: str, body: Values) -> bool:
    """Áp một dòng; trả về nó có đổi lượt phát này không (lời kiểm một cụm loa không có thì không)."""
    if event == Event.DELIVERY_CHECKED:
        if not found.check(body):
            return False
        found.put(seq, {})
    if event == Event.CORRECTION:
        found.put(seq, corrected_values(seq, body))
    change = _CHANGES.get(event)
    if change is not None:
        found.put(seq, change(body))
    if "deliveries" in body:
        found.deliver(body["deliveries"])
    return True
