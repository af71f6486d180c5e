"""Đọc nhật ký cho trang web, dòng lệnh và tệp xuất: lượt phát theo kỳ, dòng gốc của một mục."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.airlog.enums import Event, Mode, Result
from broadcaster.airlog.tables import Airing, ChainHead, LogEntry
from broadcaster.errors import Invalid

PAGE = 50
_PROGRAMME = (
    Event.PROGRAMME_PLANNED,
    Event.PROGRAMME_LOCKED,
    Event.PROGRAMME_CLAIMED,
    Event.PROGRAMME_CLOSED,
    Event.PROGRAMME_CANCELLED,
    Event.PROGRAMME_MISSED,
)
_PLANNED_AHEAD = timedelta(days=70)
"""Buổi được lập, và bị huỷ, trước ngày phát nhiều nhất chừng này (cài đặt ``plan_days`` tối đa 60 ngày)."""


@dataclass(frozen=True)
class Period:
    """Kỳ theo ngày địa phương, tính cả hai đầu."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """Từ chối kỳ ngược ngay khi tạo."""
        if self.last < self.first:
            raise Invalid(problems={"den": "Ngày kết thúc đứng trước ngày bắt đầu. Hãy đổi lại hai ngày."})


@dataclass(frozen=True)
class AiringFilter:
    """Điều kiện lọc lượt phát; ``None`` là không lọc."""

    period: Period
    result: Result | None = None
    mode: Mode | None = None
    genre: str | None = None
    script_id: int | None = None
    kind: str | None = None


@dataclass(frozen=True)
class SilentProgramme:
    """Cả một buổi không phát: ``note`` là lý do người đã gõ hoặc máy ghi, ``by`` trống là máy."""

    seq: int
    digest: str
    day: date
    unit: str
    slot: str
    planned_at: datetime
    planned_ms: int
    cancelled: bool
    note: str
    by: str


def silent_programmes(session: Session, actor: Actor, period: Period) -> list[SilentProgramme]:
    """Buổi của kỳ mà dòng cuối cùng là huỷ hay bỏ lỡ, theo giờ phát; buổi được lập lại thì không còn ở đây. Diễn tập không kể.

    Lỗi: ``NotAllowed``.
    """
    actor.require(Action.LOG_READ)
    since = datetime.combine(period.first, time(), UTC) - _PLANNED_AHEAD
    query = select(LogEntry).where(
        LogEntry.station_id == actor.station_id, LogEntry.happened_at >= since, LogEntry.event.in_(_PROGRAMME)
    )
    latest: dict[int, tuple[LogEntry, dict[str, Any]]] = {}
    for entry in session.scalars(query.order_by(LogEntry.seq)):
        body = json.loads(entry.body)
        latest[body["programme"]["id"]] = entry, body
    found = [
        _silent(entry, body)
        for entry, body in latest.values()
        if entry.event in (Event.PROGRAMME_CANCELLED, Event.PROGRAMME_MISSED) and not body["programme"]["rehearsal"]
    ]
    return sorted((one for one in found if period.first <= one.day <= period.last), key=lambda one: (one.planned_at, one.seq))


def _silent(entry: LogEntry, body: dict[str, Any]) -> SilentProgramme:
    programme, cancelled = body["programme"], entry.event is Event.PROGRAMME_CANCELLED
    return SilentProgramme(
        seq=entry.seq,
        digest=entry.digest,
        day=date.fromisoformat(programme["day"]),
        unit=programme["unit"],
        slot=programme["slot"],
        planned_at=datetime.fromisoformat(programme["planned_at"]),
        planned_ms=programme["planned_ms"],
        cancelled=cancelled,
        note=body["reason"] if cancelled else body["note"],
        by=body.get("by", ""),
    )


def airings(session: Session, actor: Actor, wanted: AiringFilter, *, page: int = 1) -> tuple[list[Airing], int]:
    """Một trang lượt phát (mới nhất trước) và tổng số. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = _filtered(actor, wanted)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.options(selectinload(Airing.deliveries)).order_by(Airing.planned_at.desc(), Airing.id.desc())
    return list(session.scalars(ordered.limit(PAGE).offset((max(1, page) - 1) * PAGE))), total


def all_airings(session: Session, actor: Actor, wanted: AiringFilter) -> Iterator[Airing]:
    """Mọi lượt phát của kỳ theo thứ tự thời gian, đọc từng đợt để bộ nhớ không tăng. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = _filtered(actor, wanted).options(selectinload(Airing.deliveries)).order_by(Airing.planned_at, Airing.id)
    yield from session.scalars(query.execution_options(yield_per=500))


def airing_of(session: Session, actor: Actor, airing_id: int) -> Airing:
    """Một lượt phát. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.LOG_READ)
    return owned(session, Airing, airing_id, actor)


def entries_of(session: Session, actor: Actor, airing: Airing) -> list[LogEntry]:
    """Các dòng gốc của một lượt phát, theo thứ tự. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(LogEntry).where(LogEntry.station_id == actor.station_id, LogEntry.item_id == airing.item_id)
    return list(session.scalars(query.order_by(LogEntry.seq)))


def bodies_of(session: Session, actor: Actor, found: list[Airing]) -> dict[int, dict[str, Any]]:
    """``Airing.id`` → ảnh chụp (``ArmedBody`` hoặc ``SkippedBody``) đầu tiên của lượt ấy, để xuất đủ cột."""
    wanted = {(airing.run_id or None, airing.item_id): airing.id for airing in found}
    query = select(LogEntry).where(
        LogEntry.station_id == actor.station_id,
        LogEntry.item_id.in_({airing.item_id for airing in found}),
        LogEntry.event.in_([Event.ITEM_ARMED, Event.ITEM_SKIPPED]),
    )
    bodies: dict[int, dict[str, Any]] = {}
    for entry in session.scalars(query.order_by(LogEntry.seq)):
        airing_id = wanted.get((entry.run_id, entry.item_id or 0))
        if airing_id is not None:
            bodies.setdefault(airing_id, json.loads(entry.body) | {"seq": entry.seq, "digest": entry.digest})
    return bodies


def head(session: Session, actor: Actor) -> tuple[int, str]:
    """Số dòng cuối và băm của nó: in ở cuối mọi tệp xuất. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    found = session.get(ChainHead, actor.station_id)
    return (found.seq, found.digest) if found else (0, "")


def _filtered(actor: Actor, wanted: AiringFilter) -> Select[Airing]:
    query = select(Airing).where(
        Airing.station_id == actor.station_id,
        Airing.local_day.between(wanted.period.first, wanted.period.last),
    )
    for column, value in (
        (Airing.result, wanted.result),
        (Airing.mode, wanted.mode),
        (Airing.genre, wanted.genre),
        (Airing.script_id, wanted.script_id),
        (Airing.kind, wanted.kind),
    ):
        if value is not None:
            query = query.where(column == value)
    return query
