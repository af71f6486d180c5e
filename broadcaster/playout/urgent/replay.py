"""Sổ tạm vào nhật ký: mỗi bản ghi đúng một lần, đúng thứ tự, khi cơ sở dữ liệu lại ghi được.

Lượt khẩn cấp không thuộc buổi nào nên không có ``Run`` hay ``Item``: trong nhật ký ``run_id`` là âm mã lệnh, ``item_id`` là âm
(mã lệnh x 10000 + lần vang), để mọi bảng chiếu, báo cáo và phép kiểm đọc chúng như mọi mục khác.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from broadcaster.airlog.enums import Event, Reason, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.writing import append
from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.playout import faults, routing
from broadcaster.playout.enums import UrgentState
from broadcaster.playout.silencing import enter_silence
from broadcaster.playout.spool import Record, Spool
from broadcaster.playout.tables import Player, UrgentOrder
from broadcaster.playout.urgent.active_order import Standing
from broadcaster.playout.urgent.orders import Order

_NUMBERS = 10_000
_LIVE = tuple(state for state in UrgentState if not state.over)
NOTE = "Máy phát dừng đột ngột khi đang phát tin khẩn cấp."


def entered(session: Session, station_id: int, player_id: int) -> int:
    """Số của bản ghi cuối cùng đã vào nhật ký."""
    query = select(Player.spooled_to).where(Player.id == player_id, Player.station_id == station_id)
    return session.scalar(query) or 0


def enter_pending(database: Database, clock: Clock, station_id: int, player_id: int, spool: Spool) -> int:
    """Đưa mọi bản ghi đang chờ vào nhật ký trong một giao dịch; trả về số bản ghi. Lỗi: ``DatabaseAway``."""
    records = spool.pending()
    if not records:
        return 0
    with database.writing(eager=True) as session:
        last = entered(session, station_id, player_id)
        for record in records:
            if record.number > last:
                _enter(session, station_id, player_id, record, clock.now())
        mine = update(Player).where(Player.id == player_id, Player.station_id == station_id)
        session.execute(mine.values(spooled_to=records[-1].number))
    spool.forget(records[-1].number)
    return len(records)


def standings(session: Session, station_id: int, player_id: int, *, now: datetime) -> list[Standing]:
    """Các lệnh còn đứng sau khi tiến trình chạy lại; lần vang bị cắt ngang được ghi kết thúc ngay trong giao dịch này."""
    query = select(UrgentOrder).where(UrgentOrder.station_id == station_id, UrgentOrder.player_id == player_id)
    found: list[Standing] = []
    for row in session.scalars(query.where(UrgentOrder.state.in_(_LIVE)).order_by(UrgentOrder.id)):
        if row.state is UrgentState.SOUNDING:
            _end_interrupted(session, row, now)
        first = session.scalar(
            select(LogEntry.happened_at)
            .where(LogEntry.station_id == station_id, LogEntry.run_id == -row.id, LogEntry.event == Event.ITEM_ARMED)
            .order_by(LogEntry.seq)
            .limit(1)
        )
        standing = Standing(Order.from_json(row.order), None, row.state, row.soundings)
        standing.first_at, standing.sounded_at, standing.heard_times = first, row.sounded_at, _heard_times(session, row)
        found.append(standing)
    return found


def _heard_times(session: Session, row: UrgentOrder) -> int:
    heard = select(func.count(Airing.id)).where(Airing.run_id == -row.id, Airing.heard_ms > 0)
    return session.scalar(heard.where(Airing.station_id == row.station_id)) or 0


def _end_interrupted(session: Session, row: UrgentOrder, now: datetime) -> None:
    item_id = _item_id(row.id, row.soundings)
    of_item = select(LogEntry).where(LogEntry.station_id == row.station_id, LogEntry.item_id == item_id)
    entries = {entry.event: json.loads(entry.body) for entry in session.scalars(of_item)}
    if Event.ITEM_ARMED not in entries or Event.ITEM_ENDED in entries:
        return
    armed, started = entries[Event.ITEM_ARMED], entries.get(Event.ITEM_STARTED)
    body = {
        "started_at": started["started_at"] if started else None,
        "ended_at": now.isoformat(),
        "planned_ms": armed["item"]["planned_ms"],
        "heard_ms": 0,
        "tolerance_ms": armed["item"]["planned_ms"],
        "result": (Result.PARTIAL if started else Result.NONE).value,
        "reason": Reason.POWER.value,
        "note": NOTE,
        "deliveries": routing.delivered(armed["deliveries"], (), NOTE),
    }
    append(session, row.station_id, Event.ITEM_ENDED, body, happened_at=now, now=now, run_id=-row.id, item_id=item_id)


def _item_id(order_id: int, number: int) -> int:
    return -(order_id * _NUMBERS + number)


def _enter(session: Session, station_id: int, player_id: int, record: Record, now: datetime) -> None:
    body = record.body
    at = datetime.fromisoformat(body["at"])
    if body["what"] in ("silenced", "lifted"):
        enter_silence(session, station_id, body["outputs"], body, on=body["what"] == "silenced", at=at, now=now)
        return
    if body["what"] in (faults.SILENT, faults.BACK):
        faults.enter_fault(session, station_id, body, at=at, now=now)
        return
    if body["what"] == "tested":
        told_test = {key: body[key] for key in ("output_id", "output", "by", "job_title")} | {"spoken": body.get("spoken", "")}
        append(session, station_id, Event.PATH_TESTED, told_test, happened_at=at, now=now)
        return
    row = session.scalar(select(UrgentOrder).where(UrgentOrder.station_id == station_id, UrgentOrder.key == body["key"]))
    if row is None:
        row = _new_row(session, station_id, player_id, body, at)
    event, state = _EVENTS[body["what"]]
    _change(row, body["what"], state, body, at)
    told: dict[str, Any] = {"order_id": row.id, "key": row.key, "title": row.title, **body["body"]}
    run_id = item_id = None
    if event in (Event.ITEM_ARMED, Event.ITEM_STARTED, Event.ITEM_ENDED):
        run_id, item_id = -row.id, _item_id(row.id, body["number"])
        told = _numbered(body["body"], run_id, item_id)
    append(session, station_id, event, told, happened_at=at, now=now, run_id=run_id, item_id=item_id)


def _numbered(body: Mapping[str, Any], run_id: int, item_id: int) -> dict[str, Any]:
    if "programme" not in body:
        return dict(body)
    return {**body, "programme": {"id": run_id, **body["programme"]}, "item": {"id": item_id, **body["item"]}}


def _new_row(session: Session, station_id: int, player_id: int, body: Mapping[str, Any], at: datetime) -> UrgentOrder:
    order = body["body"]
    row = UrgentOrder(
        station_id=station_id,
        player_id=player_id,
        key=body["key"],
        ordered_at=at,
        ordered_by=order["by"],
        title=order["title"],
        order=order,
        state=UrgentState.RESTING,
        soundings=0,
    )
    session.add(row)
    session.flush()
    return row


def _change(row: UrgentOrder, what: str, state: UrgentState | None, body: Mapping[str, Any], at: datetime) -> None:
    """Tình trạng của lệnh đi theo dòng; một lần vang hết mà lệnh đã bị dừng thì vẫn là đã dừng."""
    if state is None or (what == "ended" and row.state is not UrgentState.SOUNDING):
        return
    row.state = state
    if state is UrgentState.SOUNDING:
        row.soundings, row.sounded_at = body["number"], at
    if what == "closed" and body["body"].get("heard_times") == 0:
        row.state = UrgentState.UNREACHED
    if row.state.over:
        row.closed_at = at


_EVENTS: dict[str, tuple[Event, UrgentState | None]] = {
    "ordered": (Event.URGENT_ORDERED, None),
    "waiting": (Event.URGENT_WAITING, UrgentState.WAITING),
    "chosen": (Event.URGENT_CHOSEN, UrgentState.QUEUED),
    "armed": (Event.ITEM_ARMED, UrgentState.SOUNDING),
    "started": (Event.ITEM_STARTED, None),
    "ended": (Event.ITEM_ENDED, UrgentState.RESTING),
    "stopped": (Event.URGENT_STOPPED, UrgentState.STOPPED),
    "closed": (Event.URGENT_CLOSED, UrgentState.DONE),
}
