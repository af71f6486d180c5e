"""Một lượt phát dựng từ các dòng của nó, thuần: bảng chiếu ghi những giá trị này, phép kiểm dựng lại đúng chúng để so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from broadcaster.airlog.delivered import Reach
from broadcaster.airlog.enums import Event, Mode, Reason, Result
from broadcaster.airlog.line_bodies import listed_deliveries, read_body
from broadcaster.airlog.subjects import Known

NO_RUN = 0
"""``Airing.run_id`` của mục chưa từng có máy nào nhận."""
Values = dict[str, Any]
"""Tên cột → giá trị."""
Key = tuple[int, int]
"""Lượt giữ buổi và mục."""
_SAID = ("position", "kind", "title", "planned_ms")
_MAY_SAY: Values = {
    **dict.fromkeys(("script_id", "revision_id", "genre", "column", "origin", "priority", "audio_sha256")),
    "is_rerun": False,
    "topics": [],
    "zones": None,
}
"""Trường của mục thành cột cùng tên (``column``: ``column_name``): ``_SAID`` dòng nào cũng kể, ``_MAY_SAY`` có thể không."""
OPENED = (
    *("local_day", "planned_at", "topics", "zones", "station_id", "run_id", "item_id", "programme_id", "slot_name", "unit_name"),
    *("mode", "first_seq", "subject_id", "scope_id"),
    *("column_name" if name == "column" else name for name in (*_SAID, *_MAY_SAY) if name not in ("topics", "zones")),
)
"""Các cột mà dòng mở lượt phát kể và không dòng nào đổi nữa."""
CHANGED: Values = {
    **dict.fromkeys(("started_at", "ended_at", "result", "reason", "corrected_seq")),
    "heard_ms": 0,
    "note": "",
    "correction": "",
}
"""Các cột mà dòng sau đổi, và giá trị lúc đầu; ngoài ra còn ``last_seq``, dòng nào cũng đổi, và ``reach_id``."""
_STATION, _RUN, _ITEM = (OPENED.index(name) for name in ("station_id", "run_id", "item_id"))
_MODES, _RESULTS, _REASONS = ({one.value: one for one in words} for words in (Mode, Result, Reason))
"""Mã → từ; từ lạ là ``KeyError``. Gọi lớp ``Enum`` thì chậm gấp năm, mà phép kiểm hỏi bốn lần mỗi lượt."""
_programme = itemgetter("id", "slot", "unit")
_said = itemgetter(*_SAID, *(name for name in _MAY_SAY if name not in ("topics", "zones")))


def opened(station_id: int, seq: int, run_id: int | None, body: Values, known: Known) -> tuple[Any, ...]:
    """Giá trị các cột ``OPENED``; ``known``: để không băm lại điều vừa gặp."""
    programme, item = body["programme"], {**_MAY_SAY, **body["item"]}
    return (
        date.fromisoformat(programme["day"]),
        datetime.fromisoformat(item["planned_at"]),
        item["topics"],
        item["zones"] or programme["zones"],
        station_id,
        NO_RUN if run_id is None else run_id,
        item["id"],
        *_programme(programme),
        _MODES[body["mode"]],
        seq,
        known.subject(body).id,
        known.scope(body).id,
        *_said(item),
    )


def new_values(station_id: int, seq: int, run_id: int | None, body: Values, known: Known | None = None) -> Values:
    """Mọi cột của một lượt phát vừa được chuẩn bị, hay bị bỏ khi chưa chuẩn bị."""
    return _folded(station_id, seq, run_id, body, known or Known(station_id)).values


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
    return {"result": Result.NONE, "reason": _REASONS[body["reason"]], "note": body.get("note", "")}


def corrected_values(seq: int, body: Values) -> Values:
    """Dòng đính chính ``seq``: kết quả đúng, ai nói và vì sao."""
    told = ": ".join(part for part in (body.get("by"), body.get("note")) if part)
    return {**_outcome(body), "corrected_seq": seq, "correction": told}


def _outcome(body: Values) -> Values:
    return {"result": _RESULTS[body["result"]], "reason": _REASONS[body["reason"]] if body["reason"] else None}


@dataclass(slots=True)
class Folded:
    """Một lượt phát sau những dòng đã đọc."""

    opened: tuple[Any, ...]
    """Theo ``OPENED``."""
    changed: Values
    """Các cột ``CHANGED`` và ``last_seq``."""
    reach_id: int = 0
    """Mã của ``reach``."""
    reach: Reach = field(default=Reach({}), compare=False)
    """Các cụm loa, khi gấp từ các dòng; đọc từ bảng chiếu thì chỉ có mã."""

    @property
    def values(self) -> Values:
        """Mọi cột, tên → giá trị."""
        return {**dict(zip(OPENED, self.opened, strict=True)), **self.changed, "reach_id": self.reach_id}

    @property
    def key(self) -> Key:
        """Lượt giữ buổi và mục."""
        return self.opened[_RUN], self.opened[_ITEM]

    def put(self, seq: int, values: Values) -> None:
        """Dòng ``seq`` đổi những cột này."""
        self.changed.update(values)
        self.changed["last_seq"] = seq

    def deliver(self, told: Reach) -> None:
        """Các cụm loa như một dòng vừa kể."""
        self._come_to(self.reach.then(told))

    def check(self, body: Values) -> bool:
        """Có người kiểm một cụm loa; trả về lượt này có cụm ấy không."""
        found = self.reach.checked(body)
        if found is not None:
            self._come_to(found)
        return found is not None

    def _come_to(self, reach: Reach) -> None:
        self.reach, self.reach_id = reach, reach.id(self.opened[_STATION])


def _folded(station_id: int, seq: int, run_id: int | None, body: Values, known: Known) -> Folded:
    """Lượt phát vừa được dòng ``seq`` mở."""
    found = Folded(opened(station_id, seq, run_id, body, known), {**CHANGED, "last_seq": seq})
    found.deliver(listed_deliveries(body).reach)
    return found


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
            found = self.open[key] = _folded(self._station_id, seq, run_id, told, self._known)
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
    elif event == Event.CORRECTION:
        found.put(seq, corrected_values(seq, body))
    elif (change := _CHANGES.get(event)) is not None:
        found.put(seq, change(body))
    if "deliveries" in body:
        found.deliver(listed_deliveries(body).reach)
    return True
