"""Kiểm nhật ký trên một ảnh chụp chỉ đọc, một lượt từ đầu tới cuối: chuỗi băm, trigger, cặp chuẩn bị và kết thúc, bảng chiếu.

Không giữ khoá ghi và không dựng lại bảng nào: các dòng được gấp lại thành lượt phát trong bộ nhớ, mỗi lượt so với bảng chiếu ngay
ở dòng cuối của nó (``last_seq``) rồi bỏ đi, nên bộ nhớ chỉ giữ những lượt còn dở.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import LargeBinary, String, and_, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import GENESIS, Link, breaks, stamp
from broadcaster.airlog.enums import Event, Mode, Result
from broadcaster.airlog.folding import DELIVERED, Folded, Folder, Key
from broadcaster.airlog.tables import Airing, ChainHead, Delivery, LogEntry, ScriptAiring
from broadcaster.database import Database
from broadcaster.database.schema import missing_triggers

MOST_FAULTS = 100
"""Sai nhiều hơn thế thì kể chừng ấy: người kiểm cần biết có sai và ở đâu, không cần triệu dòng."""
_BATCH = 500
_log, _airing, _delivery = LogEntry.__table__.c, Airing.__table__.c, Delivery.__table__.c
_AIRING = [column for column in _airing if column.key != "id"]
_NAMES = tuple(column.key for column in _AIRING)
_DELIVERED = [type_coerce(_delivery[name], String) if name == "state" else _delivery[name] for name in DELIVERED]


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
    """Kiểm mọi mặt; không sửa gì, không cản ai ghi. Dòng đã chuẩn bị mà chưa kết thúc chỉ là lỗi khi buổi đã đóng."""
    with database.reading() as session:
        head = session.get(ChainHead, station_id)
        lines, digest = (head.seq, head.digest) if head else (0, GENESIS)
        check = _Check(session, station_id)
        faults = _some(check.lines())
        faults += _tail_faults(session, station_id, head)
        faults += _some(check.rest())
        faults += _some(_tally_faults(session, station_id))
    faults += [f"bảng {table}: mất trigger chỉ-thêm" for table in missing_triggers(database)]
    return Verdict(station_id, lines, digest, tuple(faults))


def _some(faults: Iterator[str]) -> list[str]:
    """Kể tới ``MOST_FAULTS`` điều, nhưng đọc hết: phần sau còn dựa vào những dòng đã đọc."""
    found: list[str] = []
    count = 0
    for count, fault in enumerate(faults, start=1):
        if count <= MOST_FAULTS:
            found.append(fault)
    return found if count <= MOST_FAULTS else [*found, f"… và {count - MOST_FAULTS} điều khác"]


class _Check:
    """Đọc nhật ký và bảng chiếu song song theo số dòng."""

    def __init__(self, session: Session, station_id: int) -> None:
        self._session, self._station_id = session, station_id
        self._folder = Folder(station_id)
        self._stored = _stored(session, station_id)
        self._next = next(self._stored, None)
        self._told: list[str] = []

    def lines(self) -> Iterator[str]:
        """Mọi chỗ đứt của chuỗi, và mọi lượt phát khác nhật ký."""
        for found in breaks(self._links()):
            yield f"dòng {found.seq}: {found.why}"
        yield from self._told

    def rest(self) -> Iterator[str]:
        """Sau dòng cuối: lượt phát không có trong bảng chiếu, dòng bảng chiếu không có trong nhật ký, mục chưa kết thúc."""
        while self._next is not None:
            yield _differs(self._next[0])
            self._next = next(self._stored, None)
        yield from (_differs(key) for key in self._folder.open)
        closed = and_(LogEntry.station_id == self._station_id, LogEntry.event == Event.PROGRAMME_CLOSED)
        unfinished = and_(Airing.station_id == self._station_id, Airing.result.is_(None))
        runs = select(LogEntry.run_id).where(closed)
        for run_id, item_id in self._session.execute(
            select(Airing.run_id, Airing.item_id).where(unfinished, Airing.run_id.in_(runs)).order_by(Airing.id)
        ):
            yield f"mục {item_id} của lượt {run_id}: buổi đã đóng mà mục chưa có kết thúc"

    def _links(self) -> Iterator[tuple[Link, str]]:
        # Bảng trần chứ không phải lớp ORM, và giờ là chữ như đã lưu: mỗi micro giây ở đây nhân với triệu dòng.
        query = select(
            _log.seq,
            type_coerce(_log.happened_at, String),
            type_coerce(_log.recorded_at, String),
            type_coerce(_log.event, String),
            _log.schema_version,
            _log.run_id,
            _log.item_id,
            _bytes(self._session, _log.body),
            _log.prev,
            _log.digest,
        )
        query = query.where(_log.station_id == self._station_id).order_by(_log.seq)
        rows = self._session.connection().execute(query.execution_options(yield_per=_BATCH))
        for batch in rows.partitions():
            for seq, happened, recorded, event, version, run_id, item_id, body, prev, digest in batch:
                moments = _stamp(happened), _stamp(recorded)
                link = Link(self._station_id, seq, *moments, event, version, run_id, item_id, body, prev)
                yield link, digest
                self._fold(link)

    def _fold(self, link: Link) -> None:
        try:
            touched = self._folder.feed(link.seq, link.event, link.run_id, link.item_id, link.body)
        except (KeyError, TypeError, ValueError):
            self._tell(f"dòng {link.seq}: thân dòng sai dạng")
            return
        if touched is None and link.event == Event.ITEM_ENDED:
            self._tell(f"mục {link.item_id} của lượt {link.run_id}: có kết thúc mà không có chuẩn bị")
        while self._next is not None and self._next[1].values["last_seq"] <= link.seq:
            key, stored = self._next
            self._next = next(self._stored, None)
            if touched is None or touched[0] != key or not _same(touched[1], stored):
                self._tell(_differs(key))
            self._folder.open.pop(key, None)

    def _tell(self, fault: str) -> None:
        if len(self._told) <= MOST_FAULTS:
            self._told.append(fault)


def _differs(key: Key) -> str:
    return f"lượt phát của mục {key[1]} (lượt {key[0]}): bảng chiếu khác nhật ký"


def _same(folded: Folded, stored: Folded) -> bool:
    return folded.values == stored.values and folded.deliveries == stored.deliveries


def _stored(session: Session, station_id: int) -> Iterator[tuple[Key, Folded]]:
    """Các dòng bảng chiếu theo dòng nhật ký cuối cùng của chúng. Xếp thứ tự chỉ trên mã, rồi lấy từng mẻ."""
    connection = session.connection()
    ordered = select(_airing.id).where(_airing.station_id == station_id).order_by(_airing.last_seq, _airing.id)
    for batch in connection.execute(ordered.execution_options(yield_per=_BATCH)).scalars().partitions():
        rows = connection.execute(select(_airing.id, *_AIRING).where(_airing.id.in_(batch)))
        found = {row[0]: Folded(dict(zip(_NAMES, row[1:], strict=True))) for row in rows.all()}
        rows = connection.execute(
            select(_delivery.airing_id, _delivery.cluster_id, *_DELIVERED).where(_delivery.airing_id.in_(batch))
        )
        for row in rows.all():
            found[row[0]].deliveries[row[1]] = row[2:]
        for airing_id in batch:
            one = found[airing_id]
            yield (one.values["run_id"], one.values["item_id"]), one


def _tail_faults(session: Session, station_id: int, head: ChainHead | None) -> list[str]:
    last = session.execute(
        select(LogEntry.seq, LogEntry.digest).where(LogEntry.station_id == station_id).order_by(LogEntry.seq.desc()).limit(1)
    ).first()
    if head is None:
        return ["mất đầu chuỗi"] if last else []
    stored = (last.seq, last.digest) if last else (0, GENESIS)
    return [] if stored == (head.seq, head.digest) else [f"đuôi nhật ký không khớp đầu chuỗi (đáng lẽ tới dòng {head.seq})"]


def _tally_faults(session: Session, station_id: int) -> Iterator[str]:
    """Số lần mỗi bản tin đã phát tới mỗi TDP, đếm lại từ bảng lượt phát (đã so với nhật ký) rồi so với bảng đếm."""
    counted = _counted(session, station_id)
    stored = _tallies(session, station_id)
    left, right = next(counted, None), next(stored, None)
    while left is not None or right is not None:
        if left == right:
            left, right = next(counted, None), next(stored, None)
            continue
        script_id = min(one[0] for one in (left, right) if one is not None)
        yield f"bản tin {script_id}: số lần đã phát khác nhật ký"
        if left is not None and left[0] == script_id:
            left = next(counted, None)
        if right is not None and right[0] == script_id:
            right = next(stored, None)


_Tally = tuple[int, dict[str, tuple[int, datetime, Any]]]
"""Bản tin, và TDP → (số lượt, lượt sau cùng, ngày của nó)."""


def _counted(session: Session, station_id: int) -> Iterator[_Tally]:
    heard = and_(
        Airing.station_id == station_id,
        Airing.script_id.is_not(None),
        Airing.result == Result.FULL,
        Airing.mode != Mode.REHEARSAL,
    )
    at = func.coalesce(Airing.started_at, Airing.planned_at)
    query = select(Airing.script_id, Airing.zones, at, Airing.local_day).where(heard)
    rows = session.execute(query.order_by(Airing.script_id, Airing.planned_at, Airing.id).execution_options(yield_per=_BATCH))
    for script_id, group in groupby(rows, key=lambda row: int(row[0])):
        found: dict[str, tuple[int, datetime, Any]] = {}
        for _, zones, moment, day in group:
            for code in zones or [""]:
                found[code] = (found[code][0] + 1 if code in found else 1, moment, day)
        yield script_id, found


def _tallies(session: Session, station_id: int) -> Iterator[_Tally]:
    mine = and_(ScriptAiring.station_id == station_id, ScriptAiring.count > 0)
    query = select(
        ScriptAiring.script_id, ScriptAiring.zone_code, ScriptAiring.count, ScriptAiring.last_at, ScriptAiring.last_day
    ).where(mine)
    rows = session.execute(query.order_by(ScriptAiring.script_id).execution_options(yield_per=_BATCH))
    for script_id, group in groupby(rows, key=lambda row: int(row[0])):
        yield script_id, {code: (count, at, day) for _, code, count, at, day in group}


def _bytes(session: Session, column: Any) -> Any:
    """Thân dòng ở đúng các byte UTF-8 đã lưu."""
    if session.get_bind().dialect.name == "sqlite":
        return type_coerce(cast(column, LargeBinary), LargeBinary)
    return func.convert_to(column, "UTF8")


def _stamp(stored: Any) -> str:
    """Giờ như nó được băm: SQLite giữ chữ ``2026-03-02 01:00:00.000000`` giờ UTC, PostgreSQL trả về đối tượng giờ."""
    return stamp(stored) if isinstance(stored, datetime) else f"{stored[:10]}T{stored[11:]}+00:00"
