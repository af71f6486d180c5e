"""Nối một dòng vào nhật ký và chiếu nó ngay trong cùng giao dịch: hoặc cả hai, hoặc không gì cả."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import GENESIS, SCHEMA_VERSION, Link, digest, stamp
from broadcaster.airlog.enums import Event
from broadcaster.airlog.projection import project
from broadcaster.airlog.tables import ChainHead, LogEntry
from broadcaster.database.types import canonical_json
from broadcaster.database.upsert import insert_if_absent
from broadcaster.errors import Conflict


def append(
    session: Session,
    station_id: int,
    event: Event,
    body: Mapping[str, Any],
    *,
    happened_at: datetime,
    now: datetime,
    run_id: int | None = None,
    item_id: int | None = None,
    tells_time: bool = True,
) -> LogEntry:
    """Nối một dòng; ``body`` là ảnh chụp tự đủ (tên, băm, số), không phải con trỏ tới dòng có thể đổi.

    ``recorded_at`` không bao giờ lùi dù đồng hồ lùi; ``happened_at`` nói sự thật. ``tells_time`` sai: dòng này mang giờ ghi của
    dòng trước, để đồng hồ của một máy chỉ ghi sổ không bao giờ làm máy phát tưởng giờ của mình lùi mà ngừng phát.
    Lỗi: ``Conflict`` khi mục này đã có dòng chuẩn bị hoặc kết thúc trong lượt này.
    """
    head = _lock_head(session, station_id)
    told = now if tells_time or head.recorded_at is None else head.recorded_at
    recorded_at = told if head.recorded_at is None else max(told, head.recorded_at)
    text = canonical_json(dict(body))
    link = Link(
        station_id=station_id,
        seq=head.seq + 1,
        happened_at=stamp(happened_at),
        recorded_at=stamp(recorded_at),
        event=event.value,
        schema_version=SCHEMA_VERSION,
        run_id=run_id,
        item_id=item_id,
        body=text.encode(),
        prev=head.digest,
    )
    plain = {**link._asdict(), "happened_at": happened_at, "recorded_at": recorded_at, "event": event, "body": text}
    entry = LogEntry(**plain, digest=digest(link))
    session.add(entry)
    head.seq, head.digest = entry.seq, entry.digest
    if tells_time:
        head.recorded_at = recorded_at
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("Mục này đã được ghi vào nhật ký ở lượt phát này.") from error
    project(session, entry)
    return entry


def _lock_head(session: Session, station_id: int) -> ChainHead:
    query = select(ChainHead).where(ChainHead.station_id == station_id).with_for_update()
    head = session.scalar(query)
    if head is None:
        insert_if_absent(session, ChainHead, station_id=station_id, seq=0, digest=GENESIS)
        head = session.scalars(query).one()
    return head
