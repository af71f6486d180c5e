"""Chiếu dòng nhật ký thành bảng ``airings`` và ``deliveries``: cùng một hàm khi ghi và khi dựng lại."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, and_, delete, select
from sqlalchemy.orm import Session

from broadcaster.airlog.enums import DeliveryState, Event, Mode, Result
from broadcaster.airlog.folding import (
    NO_RUN,
    Values,
    corrected_values,
    delivery_values,
    ended_values,
    new_values,
    skipped_values,
    started_values,
)
from broadcaster.airlog.subjects import Known, scope_values, subject_values
from broadcaster.airlog.tables import Airing, AiringScope, AiringSubject, Delivery, LogEntry, ScriptAiring, unindexed
from broadcaster.database.upsert import insert_if_absent


def project(session: Session, entry: LogEntry) -> None:
    """Chiếu một dòng; sự kiện không liên quan tới mục phát thì bỏ qua."""
    handler = _HANDLERS.get(entry.event)
    if handler is not None:
        handler(session, entry, json.loads(entry.body))
        session.flush()


def _planned(session: Session, entry: LogEntry, _body: dict[str, Any]) -> None:
    """Mục đã bị bỏ nay được xếp lại: lời “không phát” trước đó thôi tính, dòng gốc vẫn còn trong nhật ký."""
    query = select(Airing.id).where(Airing.run_id == NO_RUN, Airing.item_id == entry.item_id)
    taken_back = list(session.scalars(query))
    if taken_back:
        session.execute(delete(Delivery).where(Delivery.airing_id.in_(taken_back)))
        session.execute(delete(Airing).where(Airing.id.in_(taken_back)))


def _armed(session: Session, entry: LogEntry, body: dict[str, Any]) -> None:
    _new(session, entry, body)


def _new(session: Session, entry: LogEntry, body: dict[str, Any]) -> Airing:
    """Lượt phát mới, cùng điều và nơi được phát của nó nếu đây là lần đầu."""
    known = Known(entry.station_id)
    subject, scope = known.subject(body), known.scope(body)
    station_id = entry.station_id
    values = subject_values(subject.facts)
    insert_if_absent(session, AiringSubject, id=subject.id, station_id=station_id, facts=subject.facts, **values)
    insert_if_absent(session, AiringScope, id=scope.id, station_id=station_id, **scope_values(scope))
    airing = Airing(**new_values(station_id, entry.seq, entry.run_id, body, known))
    airing.deliveries = [Delivery(**_place(airing, one)) for one in body["deliveries"]]
    session.add(airing)
    return airing


def _started(session: Session, entry: LogEntry, body: dict[str, Any]) -> None:
    airing = _find(session, entry)
    if airing is not None:
        _put(session, airing, entry, started_values(body))


def _ended(session: Session, entry: LogEntry, body: dict[str, Any]) -> None:
    airing = _find(session, entry)
    if airing is not None:
        _put(session, airing, entry, ended_values(body))
        _set_deliveries(session, airing, body["deliveries"])


def _skipped(session: Session, entry: LogEntry, body: dict[str, Any]) -> None:
    airing = _find(session, entry)
    if airing is None:
        airing = _new(session, entry, body)
    else:
        _set_deliveries(session, airing, body["deliveries"])
    _put(session, airing, entry, skipped_values(body))


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
        _put(session, airing, entry, corrected_values(entry.seq, body))


def _put(session: Session, airing: Airing, entry: LogEntry, values: Values) -> None:
    """Đổi các cột; lượt này đã hoặc đang là phát đủ thì đếm lại bản tin của nó, dù dòng nào đổi nó."""
    counted = airing.result is Result.FULL
    for name, value in values.items():
        setattr(airing, name, value)
    airing.last_seq = entry.seq
    if counted or airing.result is Result.FULL:
        _tally(session, airing)


def _tally(session: Session, airing: Airing) -> None:
    """Đếm lại bản tin của lượt này từ mọi lượt phát đủ của nó: đính chính cũng chỉ là đếm lại."""
    if airing.script_id is None:
        return
    session.flush()
    mine = and_(unindexed(ScriptAiring.station_id) == airing.station_id, ScriptAiring.script_id == airing.script_id)
    known = {row.zone_code: row for row in session.scalars(select(ScriptAiring).where(mine))}
    counted = _counted(session, airing)
    for code, (count, last) in counted.items():
        row = known.pop(code, None) or ScriptAiring(station_id=airing.station_id, script_id=airing.script_id, zone_code=code)
        row.count, row.last_at, row.last_day = count, last.started_at or last.planned_at, last.local_day
        row.last_seq = airing.last_seq
        session.add(row)
    for row in known.values():
        row.count, row.last_seq = 0, airing.last_seq


def _counted(session: Session, airing: Airing) -> dict[str, tuple[int, Row[Any]]]:
    """TDP → (số lượt phát đủ, lượt sau cùng)."""
    query = select(Airing.planned_at, Airing.id, Airing.started_at, Airing.local_day, Airing.zones).where(
        unindexed(Airing.station_id) == airing.station_id,
        Airing.script_id == airing.script_id,
        unindexed(Airing.result) == Result.FULL,
        Airing.mode != Mode.REHEARSAL,
    )
    found: dict[str, tuple[int, Row[Any]]] = {}
    for one in sorted(session.execute(query), key=lambda row: (row.planned_at, row.id)):
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


def _find(session: Session, entry: LogEntry) -> Airing | None:
    run_id = NO_RUN if entry.run_id is None else entry.run_id
    return session.scalar(select(Airing).where(Airing.run_id == run_id, Airing.item_id == entry.item_id))


def _set_deliveries(session: Session, airing: Airing, bodies: list[dict[str, Any]]) -> None:
    query = select(Delivery).where(Delivery.airing_id == airing.id)
    known = {delivery.cluster_id: delivery for delivery in session.scalars(query)}
    for body in bodies:
        delivery = known.get(body["cluster_id"])
        if delivery is None:
            session.add(Delivery(airing_id=airing.id, **_place(airing, body)))
            continue
        for name, value in delivery_values(body).items():
            setattr(delivery, name, value)


def _place(airing: Airing, body: dict[str, Any]) -> Values:
    return {"cluster_id": body["cluster_id"], "local_day": airing.local_day, **delivery_values(body)}
