"""Chiếu dòng nhật ký thành bảng ``airings`` và ``deliveries``: cùng một hàm khi ghi và khi dựng lại."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, create_engine, delete, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.airlog.tables import Airing, Delivery, LogEntry, ScriptAiring
from broadcaster.database.base import Base

NO_RUN = 0
"""``Airing.run_id`` của mục chưa từng có máy nào nhận."""


def project(session: Session, entry: LogEntry) -> None:
    """Chiếu một dòng; sự kiện không liên quan tới mục phát thì bỏ qua."""
    handler = _HANDLERS.get(entry.event)
    if handler is not None:
        handler(session, entry, json.loads(entry.body))
        session.flush()


@contextmanager
def rebuilt(entries: Iterable[LogEntry]) -> Iterator[Session]:
    """Mọi bảng chiếu dựng lại từ các dòng, trong một cơ sở dữ liệu nháp ở bộ nhớ: không chạm khoá ghi của đài."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        Base.metadata.create_all(
            engine, tables=[Base.metadata.tables[row.__tablename__] for row in (Airing, Delivery, ScriptAiring)]
        )
        with Session(engine) as session:
            for entry in entries:
                project(session, entry)
            yield session
    finally:
        engine.dispose()


def _planned(session: Session, entry: LogEntry, _body: dict[str, Any]) -> None:
    """Mục đã bị bỏ nay được xếp lại: lời “không phát” trước đó thôi tính, dòng gốc vẫn còn trong nhật ký."""
    taken_back = select(Airing.id).where(Airing.run_id == NO_RUN, Airing.item_id == entry.item_id)
    session.execute(delete(Delivery).where(Delivery.airing_id.in_(taken_back)))
    session.execute(delete(Airing).where(Airing.id.in_(taken_back)))


def _armed(session: Session, entry: LogEntry, body: dict[str, Any]) -> None:
    airing = _new_airing(entry, body)
    session.add(airing)
    session.flush()
    _set_deliveries(session, airing, body["deliveries"])


def _started(session: Session, entry: LogEntry, body: dict[str, Any]) -> None:
    airing = _find(session, entry)
    if airing is not None:
        airing.started_at = datetime.fromisoformat(body["started_at"])
        airing.last_seq = entry.seq


def _ended(session: Session, entry: LogEntry, body: dict[str, Any]) -> None:
    airing = _find(session, entry)
    if airing is None:
        return
    airing.started_at = _instant(body["started_at"])
    airing.ended_at = datetime.fromisoformat(body["ended_at"])
    airing.heard_ms = body["heard_ms"]
    airing.result = Result(body["result"])
    airing.reason = Reason(body["reason"]) if body["reason"] else None
    airing.last_seq = entry.seq
    _set_deliveries(session, airing, body["deliveries"])
    _tally(session, airing)


def _skipped(session: Session, entry: LogEntry, body: dict[str, Any]) -> None:
    airing = _find(session, entry)
    if airing is None:
        airing = _new_airing(entry, body)
        session.add(airing)
    airing.result, airing.reason, airing.last_seq = Result.NONE, Reason(body["reason"]), entry.seq
    session.flush()
    _set_deliveries(session, airing, body["deliveries"])


def _checked(session: Session, entry: LogEntry, body: dict[str, Any]) -> None:
    airing = _find(session, entry)
    if airing is None:
        return
    delivery = session.scalar(select(Delivery).where(Delivery.airing_id == airing.id, Delivery.cluster_id == body["cluster_id"]))
    if delivery is not None:
        delivery.state = DeliveryState(body["state"])
        delivery.checked_by, delivery.note = body["by"], body["note"]
        airing.last_seq = entry.seq


def _corrected(session: Session, entry: LogEntry, body: dict[str, Any]) -> None:
    airing = _find(session, entry)
    if airing is not None:
        airing.result = Result(body["result"])
        airing.reason = Reason(body["reason"]) if body["reason"] else None
        airing.last_seq = entry.seq
        _tally(session, airing)


def _tally(session: Session, airing: Airing) -> None:
    """Đếm lại bản tin của lượt này từ mọi lượt phát đủ của nó: đính chính cũng chỉ là đếm lại."""
    if airing.script_id is None:
        return
    session.flush()
    mine = and_(ScriptAiring.station_id == airing.station_id, ScriptAiring.script_id == airing.script_id)
    known = {row.zone_code: row for row in session.scalars(select(ScriptAiring).where(mine))}
    counted = _counted(session, airing)
    for code, (count, last) in counted.items():
        row = known.pop(code, None) or ScriptAiring(station_id=airing.station_id, script_id=airing.script_id, zone_code=code)
        row.count, row.last_at, row.last_day = count, last.started_at or last.planned_at, last.local_day
        row.last_seq = airing.last_seq
        session.add(row)
    for row in known.values():
        row.count, row.last_seq = 0, airing.last_seq


def _counted(session: Session, airing: Airing) -> dict[str, tuple[int, Airing]]:
    """TDP → (số lượt phát đủ, lượt sau cùng)."""
    query = select(Airing).where(
        Airing.station_id == airing.station_id,
        Airing.script_id == airing.script_id,
        Airing.result == Result.FULL,
        Airing.mode != Mode.REHEARSAL,
    )
    found: dict[str, tuple[int, Airing]] = {}
    for one in session.scalars(query.order_by(Airing.planned_at, Airing.id)):
        for code in one.zones or [""]:
            found[code] = (found[code][0] + 1 if code in found else 1), one
    return found


_HANDLERS: dict[Event, Callable[[Session, LogEntry, dict[str, Any]], None]] = {
    Event.ITEM_PLANNED: _planned,
    Event.ITEM_ARMED: _armed,
    Event.ITEM_STARTED: _started,
    Event.ITEM_ENDED: _ended,
    Event.ITEM_SKIPPED: _skipped,
    Event.DELIVERY_CHECKED: _checked,
    Event.CORRECTION: _corrected,
}


def _new_airing(entry: LogEntry, body: dict[str, Any]) -> Airing:
    programme, item = body["programme"], body["item"]
    return Airing(
        station_id=entry.station_id,
        run_id=NO_RUN if entry.run_id is None else entry.run_id,
        item_id=item["id"],
        programme_id=programme["id"],
        local_day=date.fromisoformat(programme["day"]),
        slot_name=programme["slot"],
        unit_name=programme["unit"],
        position=item["position"],
        kind=item["kind"],
        title=item["title"],
        script_id=item.get("script_id"),
        revision_id=item.get("revision_id"),
        genre=item.get("genre"),
        column_name=item.get("column"),
        topics=item.get("topics", []),
        origin=item.get("origin"),
        priority=item.get("priority"),
        mode=Mode(body["mode"]),
        planned_at=datetime.fromisoformat(item["planned_at"]),
        planned_ms=item["planned_ms"],
        is_rerun=item.get("is_rerun", False),
        zones=item.get("zones") or programme["zones"],
        last_seq=entry.seq,
    )


def _find(session: Session, entry: LogEntry) -> Airing | None:
    run_id = NO_RUN if entry.run_id is None else entry.run_id
    return session.scalar(select(Airing).where(Airing.run_id == run_id, Airing.item_id == entry.item_id))


def _set_deliveries(session: Session, airing: Airing, bodies: list[dict[str, Any]]) -> None:
    query = select(Delivery).where(Delivery.airing_id == airing.id)
    known = {delivery.cluster_id: delivery for delivery in session.scalars(query)}
    for body in bodies:
        delivery = known.get(body["cluster_id"])
        if delivery is None:
            delivery = Delivery(airing_id=airing.id, cluster_id=body["cluster_id"], local_day=airing.local_day)
            session.add(delivery)
        delivery.cluster_code, delivery.cluster_name = body["code"], body["name"]
        delivery.zone_code, delivery.output_name = body["zone"], body["output"]
        delivery.state, delivery.note = DeliveryState(body["state"]), body["note"]


def _instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)
