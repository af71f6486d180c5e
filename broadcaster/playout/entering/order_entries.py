"""Bản ghi về lệnh khẩn cấp thành dòng nhật ký và tình trạng của lệnh.

Lượt khẩn cấp không thuộc buổi nào nên không có ``Run`` hay ``Item``: trong nhật ký ``run_id`` là âm mã lệnh, ``item_id`` là âm
(mã lệnh x 10000 + lần vang), để mọi bảng chiếu, báo cáo và phép kiểm đọc chúng như mọi mục khác.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from broadcaster.airlog.enums import Event
from broadcaster.playout.air_state import order_target
from broadcaster.playout.entering import losses
from broadcaster.playout.entering.entry import Entry
from broadcaster.playout.enums import UrgentState
from broadcaster.playout.rules import URGENT
from broadcaster.playout.tables import UrgentOrder

_NUMBERS = 10_000
_OF_ITEM = {"armed": Event.ITEM_ARMED, "started": Event.ITEM_STARTED, "ended": Event.ITEM_ENDED}
_OF_ORDER = {
    "ordered": Event.URGENT_ORDERED,
    "waiting": Event.URGENT_WAITING,
    "chosen": Event.URGENT_CHOSEN,
    "stopped": Event.URGENT_STOPPED,
    "closed": Event.URGENT_CLOSED,
}


def enter(entry: Entry, record: Mapping[str, Any]) -> None:
    """Một bản ghi có ``key``."""
    what, body = record["what"], record["body"]
    query = select(UrgentOrder).where(UrgentOrder.station_id == entry.station_id, UrgentOrder.key == record["key"])
    row = entry.session.scalar(query) or _new_row(entry, record)
    target = order_target(row.state, record)
    if target is not None and (target is row.state or URGENT.allows(row.state, target)):
        row.state = target
    if what == "armed":
        row.soundings, row.sounded_at = record["number"], entry.at
    if row.state.over and row.closed_at is None:
        row.closed_at = entry.at
    if what in _OF_ORDER:
        entry.append(_OF_ORDER[what], {"order_id": row.id, "key": row.key, "title": row.title, **body})
        return
    losses.tell_dropped(entry, body, row.title)
    run_id, item_id = -row.id, -(row.id * _NUMBERS + record["number"])
    entry.append(_OF_ITEM[what], _numbered(body, run_id, item_id), run_id=run_id, item_id=item_id)


def _numbered(body: Mapping[str, Any], run_id: int, item_id: int) -> dict[str, Any]:
    if "programme" not in body:
        return dict(body)
    return {**body, "programme": {**body["programme"], "id": run_id}, "item": {**body["item"], "id": item_id}}


def _new_row(entry: Entry, record: Mapping[str, Any]) -> UrgentOrder:
    order = record["body"]
    row = UrgentOrder(
        station_id=entry.station_id,
        player_id=entry.player_id,
        key=record["key"],
        ordered_at=entry.at,
        ordered_by=order["by"],
        title=order["title"],
        order=order,
        state=UrgentState.RESTING,
        soundings=0,
    )
    entry.session.add(row)
    entry.session.flush()
    return row
