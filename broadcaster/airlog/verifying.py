"""Kiểm nhật ký: chuỗi băm, trigger, mỗi mục đã chuẩn bị có đúng một kết thúc, bảng chiếu khớp dòng gốc."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import GENESIS, Break, Link, breaks
from broadcaster.airlog.enums import Event
from broadcaster.airlog.projection import rebuilt
from broadcaster.airlog.tables import Airing, ChainHead, Delivery, LogEntry, ScriptAiring
from broadcaster.database import Database
from broadcaster.database.schema import missing_triggers


@dataclass(frozen=True)
class Verdict:
    """Kết quả kiểm một đài: số dòng, băm dòng cuối, và mọi điều sai bằng lời (rỗng là tốt)."""

    station_id: int
    lines: int
    digest: str
    faults: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Nhật ký nguyên vẹn."""
        return not self.faults


def verify(database: Database, station_id: int) -> Verdict:
    """Kiểm mọi mặt; không sửa gì. Dòng đã chuẩn bị mà chưa kết thúc chỉ là lỗi khi lượt giữ buổi đã xong."""
    with database.reading() as session:
        head = session.get(ChainHead, station_id)
        faults = [f"dòng {found.seq}: {found.why}" for found in breaks(_links(session, station_id))]
        faults += _tail_faults(session, station_id, head)
        faults += [f"mục {item_id} của lượt {run_id}: {why}" for run_id, item_id, why in _unpaired(session, station_id)]
        lines, digest = (head.seq, head.digest) if head else (0, GENESIS)
    faults += [f"bảng {table}: mất trigger chỉ-thêm" for table in missing_triggers(database)]
    if not faults:
        faults += _projection_faults(database, station_id)
    return Verdict(station_id, lines, digest, tuple(faults))


def first_break(session: Session, station_id: int) -> Break | None:
    """Chỗ đứt đầu tiên của chuỗi, nếu có."""
    return next(breaks(_links(session, station_id)), None)


def _links(session: Session, station_id: int) -> Iterator[tuple[Link, str]]:
    query = select(LogEntry).where(LogEntry.station_id == station_id).order_by(LogEntry.seq)
    for entry in session.scalars(query.execution_options(yield_per=1000)):
        yield (
            Link(
                station_id=entry.station_id,
                seq=entry.seq,
                happened_at=entry.happened_at,
                recorded_at=entry.recorded_at,
                event=entry.event.value,
                schema_version=entry.schema_version,
                run_id=entry.run_id,
                item_id=entry.item_id,
                body=entry.body,
                prev=entry.prev,
            ),
            entry.digest,
        )
        session.expunge(entry)


def _tail_faults(session: Session, station_id: int, head: ChainHead | None) -> list[str]:
    last = session.execute(
        select(LogEntry.seq, LogEntry.digest).where(LogEntry.station_id == station_id).order_by(LogEntry.seq.desc()).limit(1)
    ).first()
    if head is None:
        return ["mất đầu chuỗi"] if last else []
    stored = (last.seq, last.digest) if last else (0, GENESIS)
    return [] if stored == (head.seq, head.digest) else [f"đuôi nhật ký không khớp đầu chuỗi (đáng lẽ tới dòng {head.seq})"]


def _unpaired(session: Session, station_id: int) -> Iterator[tuple[int, int, str]]:
    """Kết thúc mà không chuẩn bị; và chuẩn bị mà không kết thúc trong một lượt đã đóng buổi."""
    pairs: dict[Event, set[tuple[int, int]]] = {}
    for event in (Event.ITEM_ARMED, Event.ITEM_ENDED):
        rows = session.execute(
            select(LogEntry.run_id, LogEntry.item_id).where(LogEntry.station_id == station_id, LogEntry.event == event)
        )
        pairs[event] = {(row.run_id, row.item_id) for row in rows}
    closed = set(
        session.scalars(
            select(LogEntry.run_id).where(LogEntry.station_id == station_id, LogEntry.event == Event.PROGRAMME_CLOSED)
        )
    )
    for run_id, item_id in sorted(pairs[Event.ITEM_ENDED] - pairs[Event.ITEM_ARMED]):
        yield run_id, item_id, "có kết thúc mà không có chuẩn bị"
    for run_id, item_id in sorted(pairs[Event.ITEM_ARMED] - pairs[Event.ITEM_ENDED]):
        if run_id in closed:
            yield run_id, item_id, "buổi đã đóng mà mục chưa có kết thúc"


def _projection_faults(database: Database, station_id: int) -> list[str]:
    """Dựng lại bảng chiếu ở chỗ nháp rồi so, cùng một ảnh chụp: đài vẫn ghi trong lúc kiểm một năm nhật ký."""
    query = select(LogEntry).where(LogEntry.station_id == station_id).order_by(LogEntry.seq)
    with database.reading() as session:
        before, told = _picture(session, station_id), _tallies(session, station_id)
        with rebuilt(session.scalars(query.execution_options(yield_per=500))) as scratch:
            after, true = _picture(scratch, station_id), _tallies(scratch, station_id)
    faults = [
        f"lượt phát của mục {key[1]} (lượt {key[0]}): bảng chiếu khác nhật ký"
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
    return faults + [
        f"bản tin {key[0]}, TDP {key[1] or 'cả phường'}: số lần đã phát khác nhật ký"
        for key in sorted(told.keys() | true.keys())
        if told.get(key) != true.get(key)
    ]


def _tallies(session: Session, station_id: int) -> dict[tuple[int, str], Any]:
    session.expire_all()
    rows = session.scalars(select(ScriptAiring).where(ScriptAiring.station_id == station_id, ScriptAiring.count > 0))
    return {(row.script_id, row.zone_code): (row.count, row.last_at, row.last_day) for row in rows}


def _picture(session: Session, station_id: int) -> dict[tuple[int, int], Any]:
    session.expire_all()
    airings = session.scalars(select(Airing).where(Airing.station_id == station_id)).all()
    columns = [column.key for column in Airing.__table__.columns if column.key != "id"]
    deliveries: dict[int, list[Any]] = {}
    query = select(Delivery).join(Airing).where(Airing.station_id == station_id).order_by(Delivery.cluster_id)
    for delivery in session.scalars(query):
        row = (delivery.cluster_id, delivery.cluster_code, delivery.state, delivery.checked_by, delivery.note)
        deliveries.setdefault(delivery.airing_id, []).append(row)
    return {
        (airing.run_id, airing.item_id): ([getattr(airing, key) for key in columns], deliveries.get(airing.id, []))
        for airing in airings
    }
