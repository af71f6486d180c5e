"""Sau sự cố: mục mồ côi có kết thúc của nó, buổi dở được phát tiếp, buổi đã qua được ghi là bỏ lỡ; mọi mục đều có lý do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, Select, select, update
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.enums import AlertLevel
from broadcaster.airlog.enums import Event, Reason, Result
from broadcaster.airlog.tables import LogEntry
from broadcaster.airlog.writing import append
from broadcaster.database import Database
from broadcaster.playout import routing
from broadcaster.playout.enums import RunState
from broadcaster.playout.tables import Player, Run
from broadcaster.traffic import calendar
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.locking import log_skipped
from broadcaster.traffic.repeating import repeat
from broadcaster.traffic.snapshots import lineup, programme_body
from broadcaster.traffic.tables import Item, Programme

TOLERANCE_MS = 1500
"""Nhịp một giây cộng bộ đệm: số nghe được sau sự cố đúng tới chừng này."""
_LIVE = (RunState.CLAIMED, RunState.AIRING)
_SEEN_EVERY = timedelta(seconds=10)
NOTE = "Máy phát dừng đột ngột giữa chừng."
_REPEATED = "Xếp lại: máy phát dừng đột ngột khi mục chưa kịp vang."


def recover(
    database: Database,
    station_id: int,
    player_id: int,
    *,
    now: datetime,
    mine: frozenset[int] = frozenset(),
    only_expired: bool = False,
) -> None:
    """Khép các lượt giữ của tiến trình khác (trừ ``mine``) rồi ghi các buổi bỏ lỡ; gọi bao nhiêu lần cũng được.

    ``only_expired``: chỉ lượt đã quá hạn giữ, khi tiến trình kia có thể còn sống.
    """
    for run_id in _abandoned(database, player_id, now=now, mine=mine, only_expired=only_expired):
        with database.writing(eager=True) as session:
            _take_over(session, station_id, run_id, now)
    if _missed(database, station_id, now):
        with database.writing(eager=True) as session:
            mark_missed(session, station_id, player_id, now=now)


def _abandoned(database: Database, player_id: int, *, now: datetime, mine: frozenset[int], only_expired: bool) -> list[int]:
    query = select(Run.id).where(Run.player_id == player_id, Run.state.in_(_LIVE), Run.id.not_in(mine))
    if only_expired:
        query = query.where(Run.lease_until < now)
    with database.reading() as session:
        return list(session.scalars(query.order_by(Run.id)))


def _take_over(session: Session, station_id: int, run_id: int, now: datetime) -> None:
    """Lượt giữ thành mất quyền, mục của nó có kết thúc, buổi chờ được giữ lại; ai đổi được dòng mới được làm."""
    lost = update(Run).where(Run.id == run_id, Run.state.in_(_LIVE)).values(state=RunState.LOST, closed_at=now)
    result = session.execute(lost)
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        return
    run = session.get_one(Run, run_id)
    end_orphans(session, station_id, run.programme_id, run.id, heard=run.heard, now=now)
    query = select(Programme).where(Programme.id == run.programme_id, Programme.station_id == station_id)
    session.scalars(query).one().state = ProgrammeState.LOCKED


def _missed(database: Database, station_id: int, now: datetime) -> bool:
    with database.reading() as session:
        return session.scalar(_overdue(station_id, now).limit(1)) is not None


def _overdue(station_id: int, now: datetime) -> Select[Programme]:
    return select(Programme).where(
        Programme.station_id == station_id,
        Programme.state.in_([ProgrammeState.PLANNED, ProgrammeState.LOCKED]),
        Programme.ends_at <= now,
    )


def mark_missed(session: Session, station_id: int, player_id: int, *, now: datetime) -> int:
    """Buổi đã hết giờ mà chưa phát xong: ghi bỏ lỡ (hoặc đóng, nếu đã phát được một phần), từng mục có lý do."""
    player = session.scalars(select(Player).where(Player.station_id == station_id, Player.id == player_id)).one()
    programmes = session.scalars(_overdue(station_id, now).order_by(Programme.starts_at).with_for_update()).all()
    for programme in programmes:
        _miss(session, programme, player, now)
    return len(programmes)


def _miss(session: Session, programme: Programme, player: Player, now: datetime) -> None:
    heard_some = any(item.state in (ItemState.AIRED, ItemState.CUT) for item in programme.items)
    reason, note = _why_missed(programme, player, calendar.zone_of(session, programme.station_id))
    waiting = [item for item in programme.items if item.state is ItemState.WAITING]
    for line in lineup(waiting, programme.starts_at, programme.length_ms):
        log_skipped(session, programme, line, reason, NOTE if heard_some else note, now=now)
        line.item.state, line.item.reason = ItemState.SKIPPED, note
    programme.state = ProgrammeState.CLOSED if heard_some else ProgrammeState.MISSED
    programme.reason = NOTE if heard_some else note
    event = Event.PROGRAMME_CLOSED if heard_some else Event.PROGRAMME_MISSED
    body: dict[str, object] = {"programme": programme_body(session, programme), "reason": reason.value, "note": programme.reason}
    body["seen_at"] = player.seen_at.isoformat() if player.seen_at else None
    append(session, programme.station_id, event, body, happened_at=now, now=now)
    message = f"Buổi {programme.slot.name} ngày {programme.day:%d/%m/%Y} không phát đủ. {programme.reason} Hãy xếp buổi phát bù."
    raise_alert(session, programme.station_id, f"missed:{programme.id}", message, now=now, level=AlertLevel.CRITICAL)


def _why_missed(programme: Programme, player: Player, zone: ZoneInfo) -> tuple[Reason, str]:
    """Máy tắt, đồng hồ sai, hay máy chạy mà không có đường ra: nói đúng điều đã xảy ra."""
    if player.gate_closed_at is not None:
        return Reason.CLOCK, "Đồng hồ máy phát bị lùi nên đài ngừng phát thường lệ."
    if player.seen_at is not None and player.seen_at >= programme.ends_at - _SEEN_EVERY:
        return Reason.DEVICE, "Máy phát chạy nhưng không có đường ra nào rỗi tới các TDP của buổi."
    seen = f"{player.seen_at.astimezone(zone):%H:%M ngày %d/%m/%Y}" if player.seen_at else "chưa có"
    return Reason.POWER, f"Máy phát không chạy lúc {programme.starts_at.astimezone(zone):%H:%M}; dấu hiệu sống cuối cùng: {seen}."


def end_orphans(
    session: Session, station_id: int, programme_id: int, run_id: int, *, heard: Mapping[str, int], now: datetime
) -> None:
    """Mọi mục đã chuẩn bị mà chưa có kết thúc của lượt này được kết thúc theo nhịp cuối ``heard`` (mã mục → ms).

    Mục chắc chắn chưa vang, vì chưa tới giờ của nó, được xếp lại thành mục mới; mục có thể đã vang thì không bao giờ phát lại.
    """
    orphans = select(Item).where(Item.programme_id == programme_id, Item.state.in_([ItemState.ARMED, ItemState.ON_AIR]))
    for item in session.scalars(orphans).all():
        armed = _entry(session, station_id, run_id, item.id, Event.ITEM_ARMED)
        if armed is None:
            continue
        body = json.loads(armed.body)
        heard_ms = int(heard.get(str(item.id), 0))
        started = _entry(session, station_id, run_id, item.id, Event.ITEM_STARTED)
        started_at = json.loads(started.body)["started_at"] if started else None
        ended_at = min(now, datetime.fromisoformat(started_at or body["sounds_at"]) + timedelta(milliseconds=heard_ms))
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
        append(session, station_id, Event.ITEM_ENDED, ended, happened_at=ended_at, now=now, run_id=run_id, item_id=item.id)
        if datetime.fromisoformat(body["sounds_at"]) > now:
            repeat(session, item, why=_REPEATED, now=now)


def _entry(session: Session, station_id: int, run_id: int, item_id: int, event: Event) -> LogEntry | None:
    return session.scalar(
        select(LogEntry).where(
            LogEntry.station_id == station_id, LogEntry.run_id == run_id, LogEntry.item_id == item_id, LogEntry.event == event
        )
    )
