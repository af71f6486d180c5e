"""Sau sự cố: mục mồ côi có kết thúc của nó, buổi dở được phát tiếp, buổi đã qua được ghi là bỏ lỡ; mọi mục đều có lý do."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.words import AlertLevel
from broadcaster.airlog.tables import LogEntry
from broadcaster.airlog.words import Event, Reason, Result
from broadcaster.airlog.writing import append
from broadcaster.database import Database
from broadcaster.playout import routing
from broadcaster.playout.tables import Player, Run
from broadcaster.playout.words import RunState
from broadcaster.traffic.locking import log_skipped
from broadcaster.traffic.snapshots import length_ms, lineup, programme_body
from broadcaster.traffic.tables import Item, Programme
from broadcaster.traffic.words import ItemState, ProgrammeState

TOLERANCE_MS = 1500
"""Nhịp một giây cộng bộ đệm: số nghe được sau sự cố đúng tới chừng này."""
NOTE = "Máy phát dừng đột ngột giữa chừng."


def recover(database: Database, station_id: int, player_id: int, *, now: datetime) -> None:
    """Gọi một lần lúc khởi động, khi đã chắc không còn tiến trình nào khác của trạm này đang phát."""
    with database.writing(eager=True) as session:
        live = select(Run).where(Run.player_id == player_id, Run.state.in_([RunState.CLAIMED, RunState.AIRING]))
        for run in session.scalars(live):
            _end_orphans(session, station_id, run, now)
            run.state, run.closed_at = RunState.LOST, now
            programme = session.scalars(
                select(Programme).where(Programme.id == run.programme_id, Programme.station_id == station_id)
            ).one()
            programme.state = ProgrammeState.LOCKED
    with database.writing(eager=True) as session:
        mark_missed(session, station_id, player_id, now=now)


def mark_missed(session: Session, station_id: int, player_id: int, *, now: datetime) -> int:
    """Buổi đã hết giờ mà chưa phát xong: ghi bỏ lỡ (hoặc đóng, nếu đã phát được một phần), từng mục có lý do."""
    query = select(Programme).where(
        Programme.station_id == station_id,
        Programme.state.in_([ProgrammeState.PLANNED, ProgrammeState.LOCKED]),
        Programme.ends_at <= now,
    )
    count = 0
    for programme in session.scalars(query):
        _miss(session, programme, _last_seen(session, station_id, player_id), now)
        count += 1
    return count


def _miss(session: Session, programme: Programme, seen_at: datetime | None, now: datetime) -> None:
    heard_some = any(item.state in (ItemState.AIRED, ItemState.CUT) for item in programme.items)
    note = f"Máy phát không chạy lúc {programme.starts_at:%H:%M} UTC; dấu hiệu sống cuối cùng: {seen_at or 'chưa có'}."
    waiting = [item for item in programme.items if item.state is ItemState.WAITING]
    for line in lineup(waiting, programme.starts_at, length_ms(programme)):
        log_skipped(session, programme, line, Reason.POWER, NOTE if heard_some else note, now=now)
        line.item.state, line.item.reason = ItemState.SKIPPED, note
    programme.state = ProgrammeState.CLOSED if heard_some else ProgrammeState.MISSED
    programme.reason = NOTE if heard_some else note
    event = Event.PROGRAMME_CLOSED if heard_some else Event.PROGRAMME_MISSED
    body = {"programme": programme_body(session, programme), "reason": Reason.POWER.value, "note": programme.reason}
    append(session, programme.station_id, event, body, happened_at=now, now=now)
    message = f"Buổi {programme.slot.name} ngày {programme.day:%d/%m/%Y} không phát đủ. {programme.reason} Hãy xếp buổi phát bù."
    raise_alert(session, programme.station_id, f"missed:{programme.id}", message, now=now, level=AlertLevel.CRITICAL)


def _end_orphans(session: Session, station_id: int, run: Run, now: datetime) -> None:
    orphans = select(Item).where(Item.programme_id == run.programme_id, Item.state.in_([ItemState.ARMED, ItemState.ON_AIR]))
    for item in session.scalars(orphans):
        armed = _entry(session, station_id, run.id, item.id, Event.ITEM_ARMED)
        if armed is None:
            continue
        body = json.loads(armed.body)
        heard_ms = int(run.heard.get(str(item.id), 0))
        started = _entry(session, station_id, run.id, item.id, Event.ITEM_STARTED)
        started_at = json.loads(started.body)["started_at"] if started else None
        ended_at = datetime.fromisoformat(started_at or body["sounds_at"]) + timedelta(milliseconds=heard_ms)
        sent = {target["output"] for target in body["deliveries"]} if heard_ms else set()
        ended = {
            "started_at": started_at,
            "ended_at": ended_at.isoformat(),
            "planned_ms": body["item"]["planned_ms"],
            "heard_ms": heard_ms,
            "tolerance_ms": TOLERANCE_MS,
            "result": (Result.PARTIAL if heard_ms or started_at else Result.NONE).value,
            "reason": Reason.POWER.value,
            "note": NOTE,
            "deliveries": routing.delivered(body["deliveries"], sent, NOTE),
        }
        item.state, item.reason = ItemState.CUT if heard_ms or started_at else ItemState.FAILED, NOTE
        append(session, station_id, Event.ITEM_ENDED, ended, happened_at=ended_at, now=now, run_id=run.id, item_id=item.id)


def _entry(session: Session, station_id: int, run_id: int, item_id: int, event: Event) -> LogEntry | None:
    return session.scalar(
        select(LogEntry).where(
            LogEntry.station_id == station_id, LogEntry.run_id == run_id, LogEntry.item_id == item_id, LogEntry.event == event
        )
    )


def _last_seen(session: Session, station_id: int, player_id: int) -> datetime | None:
    return session.scalar(select(Player.seen_at).where(Player.station_id == station_id, Player.id == player_id))
