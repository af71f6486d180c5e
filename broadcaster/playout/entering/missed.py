"""Buổi đã hết giờ mà sổ trực không kể gì thêm: bỏ lỡ (hoặc khép dở), từng mục có lý do. Chỉ hỏi khi sổ đã vào hết nhật ký."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.enums import AlertLevel
from broadcaster.airlog.enums import Event, Reason, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.writing import append
from broadcaster.database import Database
from broadcaster.playout.enums import RunState
from broadcaster.playout.network import delivered
from broadcaster.playout.tables import Player, Run
from broadcaster.traffic import calendar
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.locking import log_skipped
from broadcaster.traffic.make_up import MISSED
from broadcaster.traffic.rules import PROGRAMME
from broadcaster.traffic.snapshots import lineup, programme_body
from broadcaster.traffic.tables import Programme

NOTE = "Máy phát dừng đột ngột giữa chừng."
_SEEN_EVERY = timedelta(seconds=10)
_PATIENCE = timedelta(seconds=2)
"""Máy phát còn khép buổi trong chừng này sau giờ hết: đừng nói lỡ khi nó sắp nói xong."""
_FORGOTTEN = timedelta(minutes=10)
"""Lượt giữ mà sổ trực không khép sau chừng này thì sổ ấy đã mất."""
_LIVE = (RunState.CLAIMED, RunState.AIRING)


def settle(
    database: Database, station_id: int, player_id: int, *, now: datetime, monotonic: float, silent_since: dict[int, float]
) -> None:
    """Khép mọi buổi đã qua của đài; gọi bao nhiêu lần cũng được. Lỗi: ``DatabaseAway``.

    ``silent_since``: người gọi giữ giùm, lượt giữ → giờ đơn điệu lúc thấy nó quá hạn lần đầu. Đồng hồ tường nhảy tới giữa buổi
    làm lượt đang vang trông như đã qua, nên phải im đủ trọn độ dài buổi theo giờ đơn điệu mới là mất.
    """
    with database.reading() as session:
        late = {
            run_id: ends_at - starts_at for run_id, starts_at, ends_at in session.execute(_late_runs(station_id, player_id, now))
        }
        overdue = list(session.scalars(_overdue(station_id, now)))
    for run_id in list(silent_since):
        if run_id not in late:
            del silent_since[run_id]
    for run_id, length in late.items():
        patience_s = (length + _FORGOTTEN).total_seconds()
        if monotonic - silent_since.setdefault(run_id, monotonic) < patience_s:
            continue
        with database.writing(eager=True) as session:
            _lose(session, station_id, run_id, now)
    for programme_id in overdue:
        with database.writing(eager=True) as session:
            _miss(session, station_id, player_id, programme_id, now)


def _late_runs(station_id: int, player_id: int, now: datetime) -> Select[int, datetime, datetime]:
    query = select(Run.id, Programme.starts_at, Programme.ends_at).join(Programme, Programme.id == Run.programme_id)
    mine = query.where(Programme.station_id == station_id, Run.player_id == player_id, Run.state.in_(_LIVE))
    return mine.where(Programme.ends_at <= now)


def _overdue(station_id: int, now: datetime) -> Select[int]:
    """Buổi chưa máy nào nhận; buổi đang phát mà không còn lượt giữ nào sống (lượt giữ đã mất) cũng tính."""
    live = select(Run.id).where(Run.programme_id == Programme.id, Run.state.in_(_LIVE)).exists()
    return select(Programme.id).where(
        Programme.station_id == station_id,
        Programme.state.in_([ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING]),
        Programme.ends_at <= now - _PATIENCE,
        ~live,
    )


def _lose(session: Session, station_id: int, run_id: int, now: datetime) -> None:
    """Sổ trực của lượt này không còn: mục đã hẹn mà không có kết thúc được kết thúc, nói rõ là không đo được."""
    run = session.scalars(select(Run).where(Run.id == run_id).with_for_update()).one()
    if run.state not in _LIVE:
        return
    run.state, run.closed_at = RunState.LOST, now
    query = select(Airing).where(Airing.run_id == run.id, Airing.station_id == station_id, Airing.result.is_(None))
    for airing in session.scalars(query).all():
        armed = json.loads(_armed_of(session, run.id, airing.item_id))
        body = {
            "started_at": airing.started_at.isoformat() if airing.started_at else None,
            "ended_at": (airing.started_at or airing.planned_at).isoformat(),
            "planned_ms": airing.planned_ms,
            "heard_ms": 0,
            "tolerance_ms": airing.planned_ms,
            "result": (Result.PARTIAL if airing.started_at else Result.NONE).value,
            "reason": Reason.POWER.value,
            "note": NOTE,
            "deliveries": delivered(armed["deliveries"], (), NOTE),
        }
        append(session, station_id, Event.ITEM_ENDED, body, happened_at=now, now=now, run_id=run.id, item_id=airing.item_id)
    programme = _programme(session, station_id, run.programme_id)
    for item in programme.items:
        if item.state in (ItemState.ARMED, ItemState.ON_AIR):
            item.state = ItemState.CUT if item.state is ItemState.ON_AIR else ItemState.FAILED
            item.reason = NOTE


def _armed_of(session: Session, run_id: int, item_id: int) -> str:
    query = select(LogEntry.body).where(LogEntry.run_id == run_id, LogEntry.item_id == item_id)
    return session.scalars(query.where(LogEntry.event == Event.ITEM_ARMED)).one()


def _miss(session: Session, station_id: int, player_id: int, programme_id: int, now: datetime) -> None:
    programme = _programme(session, station_id, programme_id)
    player = session.scalars(select(Player).where(Player.id == player_id, Player.station_id == station_id)).one()
    if programme.state not in (ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING):
        return
    heard_some = any(item.state in (ItemState.AIRED, ItemState.CUT) for item in programme.items)
    reason, note = _why_missed(programme, player, calendar.zone_of(session, station_id))
    note = NOTE if heard_some else note
    waiting = [item for item in programme.items if item.state is ItemState.WAITING]
    for line in lineup(waiting, programme.starts_at, programme.length_ms):
        log_skipped(session, programme, line, reason, note, now=now)
        line.item.state, line.item.reason = ItemState.SKIPPED, note
    closed = heard_some or programme.state is ProgrammeState.AIRING
    programme.state = PROGRAMME.check(programme.state, ProgrammeState.CLOSED if closed else ProgrammeState.MISSED)
    programme.reason = note
    event = Event.PROGRAMME_CLOSED if closed else Event.PROGRAMME_MISSED
    body: dict[str, object] = {"programme": programme_body(session, programme), "reason": reason.value, "note": note}
    body["seen_at"] = player.seen_at.isoformat() if player.seen_at else None
    append(session, station_id, event, body, happened_at=now, now=now)
    message = f"Buổi {programme.slot.name} ngày {programme.day:%d/%m/%Y} không phát đủ. {note} Hãy bấm Phát bù."
    raise_alert(session, station_id, f"{MISSED}{programme.id}", message, now=now, level=AlertLevel.CRITICAL)


def _programme(session: Session, station_id: int, programme_id: int) -> Programme:
    query = select(Programme).where(Programme.id == programme_id, Programme.station_id == station_id)
    return session.scalars(query.with_for_update()).one()


def _why_missed(programme: Programme, player: Player, zone: ZoneInfo) -> tuple[Reason, str]:
    """Máy tắt, đồng hồ sai, hay máy chạy mà không có đường ra: nói đúng điều đã xảy ra."""
    if player.gate_closed_at is not None:
        return Reason.CLOCK, "Đồng hồ máy phát bị lùi nên đài ngừng phát thường lệ."
    if player.seen_at is not None and player.seen_at >= programme.ends_at - _SEEN_EVERY:
        return Reason.DEVICE, "Máy phát chạy nhưng không có đường ra nào rỗi tới các TDP của buổi."
    seen = f"{player.seen_at.astimezone(zone):%H:%M ngày %d/%m/%Y}" if player.seen_at else "chưa có"
    return Reason.POWER, f"Máy phát không chạy lúc {programme.starts_at.astimezone(zone):%H:%M}; dấu hiệu sống cuối cùng: {seen}."
