"""Nối một dòng vào nhật ký và chiếu nó ngay trong cùng giao dịch: hoặc cả hai, hoặc không gì cả.

Câu lệnh soạn sẵn, không qua các đối tượng của ORM: dòng nào cũng giữ khoá ghi của cả đài trong lúc này.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import GENESIS, SCHEMA_VERSION, Link, digest, stamp
from broadcaster.airlog.enums import Event
from broadcaster.airlog.projection import forget, project
from broadcaster.airlog.tables import ChainHead, LogEntry
from broadcaster.database.types import canonical_json
from broadcaster.database.upsert import absent_only
from broadcaster.errors import Conflict

_LOG, _HEAD = cast(Table, LogEntry.__table__), cast(Table, ChainHead.__table__)
_MINE = _HEAD.c.station_id == bindparam("mine")
_LOCK = select(_HEAD.c.seq, _HEAD.c.digest, _HEAD.c.recorded_at).where(_MINE).with_for_update()
_ADD, _MOVE = insert(_LOG), update(_HEAD).where(_MINE)


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
) -> None:
    """Nối một dòng; ``body`` là ảnh chụp tự đủ (tên, băm, số), không phải con trỏ tới dòng có thể đổi.

    ``recorded_at`` không bao giờ lùi dù đồng hồ lùi; ``happened_at`` nói sự thật. ``tells_time`` sai: dòng này mang giờ ghi của
    dòng trước, để đồng hồ của một máy chỉ ghi sổ không bao giờ làm máy phát tưởng giờ của mình lùi mà ngừng phát.
    Lỗi: ``Conflict`` khi mục này đã có dòng chuẩn bị hoặc kết thúc trong lượt này.
    """
    session.flush()  # điều phiên này còn giữ phải xuống trước: dòng nhật ký có thể nói về nó
    connection = session.connection()
    head = _lock_head(connection, station_id)
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
    found, plain = digest(link), {"happened_at": happened_at, "recorded_at": recorded_at, "event": event, "body": text}
    try:
        connection.execute(_ADD, {**link._asdict(), **plain, "digest": found})
    except IntegrityError as error:
        raise Conflict("Mục này đã được ghi vào nhật ký ở lượt phát này.") from error
    moved = {"mine": station_id, "seq": link.seq, "digest": found}
    connection.execute(_MOVE, moved | {"recorded_at": recorded_at} if tells_time else moved)
    forget(session, ChainHead, station_id)
    project(session, link)


def _lock_head(connection: Connection, station_id: int) -> Any:
    mine = {"mine": station_id}
    head = connection.execute(_LOCK, mine).one_or_none()
    if head is None:
        connection.execute(absent_only(connection.dialect.name, _HEAD), {"station_id": station_id, "seq": 0, "digest": GENESIS})
        head = connection.execute(_LOCK, mine).one()
    return head
