"""Buổi đã hết giờ mà sổ trực không kể gì thêm: bỏ lỡ (hoặc khép dở), từng mục có lý do. Chỉ hỏi khi sổ đã vào hết nhật ký."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, reduce
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.enums import AlertLevel
from broadcaster.airlog.enums import Event, Reason, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.writing import append
from broadcaster.database import Database
from broadcaster.database.types import UtcDateTime
from broadcaster.playout import routing
from broadcaster.playout.absences import OFF, Away, after, of_body, why
from broadcaster.playout.clock_gate import is_shut
from broadcaster.playout.enums import RunState
from broadcaster.playout.network import delivered
from broadcaster.playout.tables import Player, Run
from broadcaster.traffic import calendar
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.locking import log_skipped
from broadcaster.traffic.make_up import MISSED
from broadcaster.traffic.rules import PROGRAMME
from broadcaster.traffic.snapshots import programme_body, programme_lineup
from broadcaster.traffic.tables import Programme

NOTE = "Máy phát dừng đột ngột giữa chừng."
_SEEN_WITHIN = timedelta(seconds=30)
"""Dấu sống cách lúc hết buổi không quá chừng này (nó được ghi hai mươi giây một lần) là máy đã chạy suốt."""
_PATIENCE = timedelta(seconds=2)
"""Máy phát còn khép buổi trong chừng này sau giờ hết: đừng nói lỡ khi nó sắp nói xong."""
_FORGOTTEN = timedelta(minutes=10)
"""Lượt giữ mà sổ trực không khép sau chừng này thì sổ ấy đã mất."""
_ABANDONED = timedelta(days=1)
"""Lượt giữ của máy khác: nó có thể chỉ mất đường tới cơ sở dữ liệu và sẽ kể sau; im trọn một ngày mới là mất."""
_LIVE = (RunState.CLAIMED, RunState.AIRING)
_OF, _BEFORE = bindparam("station", type_=Integer()), bindparam("before", type_=UtcDateTime())
"""Hai câu hỏi mỗi giây: soạn một lần, giá trị đưa lúc gọi."""


@dataclass
class Waiting:
    """Lượt giữ, buổi → giờ đơn điệu lúc thấy nó quá hạn lần đầu."""

    runs: dict[int, float] = field(default_factory=dict)
    programmes: dict[int, float] = field(default_factory=dict)


def settle(database: Database, station_id: int, player_id: int, *, now: datetime, monotonic: float, since: Waiting) -> None:
    """Khép mọi buổi đã qua của đài; gọi bao nhiêu lần cũng được. Lỗi: ``DatabaseAway``.

    ``since``: người gọi giữ giùm. Đồng hồ tường nhảy tới giữa buổi làm lượt đang vang trông như đã qua, nên phải im đủ trọn độ
    dài buổi theo giờ đơn điệu mới là mất; buổi chưa ai nhận thì đợi máy phát, có thể vừa ngủ dậy cùng lúc, kịp kể nó đã vắng.
    """
    with database.reading() as session:
        late = {
            run_id: (ends_at - starts_at + (_FORGOTTEN if holder == player_id else _ABANDONED)).total_seconds()
            for run_id, holder, starts_at, ends_at in session.execute(_late_runs(), {"station": station_id, "before": now})
        }
        overdue = list(session.scalars(_overdue(), {"station": station_id, "before": now - _PATIENCE}))
        nothing = not (late or overdue or since.runs or since.programmes)
        if nothing or is_shut(session, station_id, now):  # mỗi giây một lần, gần như lần nào cũng không có gì: khỏi hỏi cổng
            return
    for run_id in _waited(since.runs, late, monotonic):
        with database.writing(eager=True) as session:
            _lose(session, station_id, run_id, now)
    for programme_id in _waited(since.programmes, dict.fromkeys(overdue, _PATIENCE.total_seconds()), monotonic):
        with database.writing(eager=True) as session:
            _miss(session, station_id, player_id, programme_id, now)


def _waited(since: dict[int, float], wanted: Mapping[int, float], monotonic: float) -> list[int]:
    """Những mã trong ``wanted`` (mã → phải đợi mấy giây) đã được đợi đủ; mã không còn trong đó thì thôi nhớ."""
    for key in since.keys() - wanted.keys():
        del since[key]
    return [key for key, patience_s in wanted.items() if monotonic - since.setdefault(key, monotonic) >= patience_s]


@cache
def _late_runs() -> Select[int, int, datetime, datetime]:
    columns = (Run.id, Run.player_id, Programme.starts_at, Programme.ends_at)
    query = select(*columns).join(Programme, Programme.id == Run.programme_id)
    return query.where(Programme.station_id == _OF, Run.state.in_(_LIVE), Programme.ends_at <= _BEFORE)


@cache
def _overdue() -> Select[int]:
    """Buổi chưa máy nào nhận; buổi đang phát mà không còn lượt giữ nào sống (lượt giữ đã mất) cũng tính."""
    live = select(Run.id).where(Run.programme_id == Programme.id, Run.state.in_(_LIVE)).exists()
    return select(Programme.id).where(
        Programme.station_id == _OF,
        Programme.state.in_([ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING]),
        Programme.ends_at <= _BEFORE,
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
    reason, note = _why_missed(session, programme, player, calendar.zone_of(session, station_id))
    note = NOTE if heard_some else note
    skip_waiting(session, programme, reason, note, now=now)
    closed = heard_some or programme.state is ProgrammeState.AIRING
    programme.state = PROGRAMME.check(programme.state, ProgrammeState.CLOSED if closed else ProgrammeState.MISSED)
    programme.reason = note
    event = Event.PROGRAMME_CLOSED if closed else Event.PROGRAMME_MISSED
    body: dict[str, object] = {"programme": programme_body(session, programme), "reason": reason.value, "note": note}
    body["seen_at"] = player.seen_at.isoformat() if player.seen_at else None
    append(session, station_id, event, body, happened_at=now, now=now)
    message = f"Buổi “{programme.slot.name}” ngày {programme.day:%d/%m/%Y} không phát đủ. {note} Hãy bấm Phát bù."
    raise_alert(session, station_id, f"{MISSED}{programme.id}", message, now=now, level=AlertLevel.CRITICAL)


def skip_waiting(session: Session, programme: Programme, reason: Reason, note: str, *, now: datetime) -> None:
    """Mục nào còn chờ thì một dòng “không phát”, với chỗ của nó trong buổi, các TDP và cụm loa đáng lẽ được nghe."""
    alive = [item for item in programme.items if item.state is not ItemState.DROPPED]
    places = {item.id: place for place, item in enumerate(alive, start=1)}
    outputs = [] if programme.rehearsal else routing.outputs_of(session, programme.station_id)
    for line in programme_lineup(programme):
        item = line.item
        if item.state is ItemState.WAITING:
            zone_ids = [zone.id for zone in item.zones or programme.slot.zones]
            lost = delivered(routing.deliveries(routing.feeding(outputs, zone_ids), zone_ids), (), note)
            log_skipped(session, programme, replace(line, position=places[item.id]), reason, note, deliveries=lost, now=now)
            item.state, item.reason = ItemState.SKIPPED, note


def _programme(session: Session, station_id: int, programme_id: int) -> Programme:
    query = select(Programme).where(Programme.id == programme_id, Programme.station_id == station_id)
    return session.scalars(query.with_for_update()).one()


def _why_missed(session: Session, programme: Programme, player: Player, zone: ZoneInfo) -> tuple[Reason, str]:
    """Máy tắt, ngủ, đồng hồ sai, hay máy chạy mà không có đường ra: nhật ký đã nói máy vắng lúc nào thì tin nhật ký."""
    away = why(_absences(session, programme), programme.starts_at, programme.ends_at)
    seen_at = player.seen_at
    if away is not None and away.note != OFF[1]:
        span = f"{away.start.astimezone(zone):%H:%M} đến {away.end.astimezone(zone):%H:%M ngày %d/%m/%Y}"
        return away.reason, f"{away.note.removesuffix('.')} (từ {span})."
    if away is not None:
        seen_at = away.start
    elif seen_at is not None and seen_at >= programme.ends_at - _SEEN_WITHIN:
        return Reason.DEVICE, "Máy phát chạy nhưng không có đường ra nào rỗi tới các TDP của buổi."
    seen = f"{seen_at.astimezone(zone):%H:%M ngày %d/%m/%Y}" if seen_at else "chưa có"
    return Reason.POWER, f"Máy phát không chạy lúc {programme.starts_at.astimezone(zone):%H:%M}; dấu hiệu sống cuối cùng: {seen}."


def _absences(session: Session, programme: Programme) -> tuple[Away, ...]:
    """Những quãng máy vắng mà nhật ký kể từ lúc buổi ấy bắt đầu; dòng mang giờ lúc máy trở lại.

    Lần giờ nhảy thì xem cả những lần trước: giờ nhảy tới rồi được chỉnh lùi thì quãng giữa chưa hề qua.
    """
    query = select(LogEntry.body).where(
        LogEntry.station_id == programme.station_id,
        or_(
            and_(LogEntry.event == Event.MACHINE_AWAY, LogEntry.happened_at > programme.starts_at),
            LogEntry.event == Event.CLOCK_JUMPED,
        ),
    )
    lines = (of_body(json.loads(body)) for body in session.scalars(query.order_by(LogEntry.seq)))
    return reduce(after, lines, ())
