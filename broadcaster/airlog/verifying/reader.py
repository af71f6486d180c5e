"""Đọc nhật ký và bảng chiếu cho phép kiểm: đúng những byte đã lưu, từng mẻ, thẳng từ trình điều khiển.

Câu hỏi viết bằng SQLAlchemy như mọi nơi, nhưng dòng trả về không qua nó: mỗi micro giây ở đây nhân với triệu dòng.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, String, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import GENESIS, Link, stamp
from broadcaster.airlog.delivered import DELIVERED
from broadcaster.airlog.folding import NO_RUN, Folded, Key
from broadcaster.airlog.places import grouped_json
from broadcaster.airlog.tables import Airing, Delivery, LogEntry
from broadcaster.database.types import CanonicalJson, UtcDateTime, read_json

BATCH = 500
_log, _airing, _delivery = LogEntry.__table__.c, Airing.__table__.c, Delivery.__table__.c
_COLUMNS = [column for column in _airing if column.key != "id"]
_NAMES = tuple(column.key for column in _COLUMNS)


class Reader:
    """Một đài trong một ảnh chụp; ``session`` phải mở suốt lúc đọc."""

    def __init__(self, session: Session, station_id: int) -> None:
        """Ảnh chụp bắt đầu ngay từ đây."""
        connection = session.connection()
        self.station_id = station_id
        self._dialect = connection.dialect
        self._sqlite = connection.dialect.name == "sqlite"
        self._raw: Any = connection.connection.driver_connection
        self._stored_as = tuple((_SQLITE if self._sqlite else _POSTGRES).items())

    def lines(self, first: int, last: int | None = None) -> Iterator[tuple[Link, str]]:
        """Các dòng từ ``first`` tới ``last`` (trống: tới cùng), kèm băm đã lưu."""
        wanted = [_log.station_id == self.station_id, _log.seq >= first, *([] if last is None else [_log.seq <= last])]
        return self._links(self._lines.where(*wanted).order_by(_log.seq))

    def history(self, item_id: int) -> list[tuple[Link, str]]:
        """Mọi dòng của một mục, mọi lượt."""
        found = self._links(self._lines.where(_log.station_id == self.station_id, _log.item_id == item_id))
        # Xếp ở đây: ORDER BY seq mời SQLite đọc cả nhật ký theo chỉ mục của seq thay vì vài dòng của mục này.
        return sorted(found, key=lambda one: one[0].seq)

    def before(self, seq: int) -> tuple[str, str | None]:
        """Băm và giờ ghi của dòng đứng trước dòng ``seq``; không có thì ``GENESIS``."""
        query = select(_log.digest, type_coerce(_log.recorded_at, String))
        found = list(self.rows(query.where(_log.station_id == self.station_id, _log.seq == seq - 1)))
        return (found[0][0], as_stamped(found[0][1])) if found else (GENESIS, None)

    def airings(self, *where: ColumnElement[bool]) -> Iterator[tuple[Key, Folded]]:
        """Các dòng bảng chiếu theo dòng nhật ký cuối cùng của chúng. Xếp thứ tự chỉ trên mã, rồi lấy từng mẻ."""
        ordered = select(_airing.id).where(_airing.station_id == self.station_id, *where)
        ids = (row[0] for row in self.rows(ordered.order_by(_airing.last_seq, _airing.id)))
        while batch := list(islice(ids, BATCH)):
            yield from self._folded(batch)

    def airing(self, key: Key) -> Folded | None:
        """Dòng bảng chiếu của một lượt phát."""
        found = self.airings(_airing.run_id == key[0], _airing.item_id == key[1])
        return next((one for _, one in found), None)

    def rows(self, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
        """Trả lời của ``query`` như trình điều khiển đọc được."""
        sql = str(query.compile(dialect=self._dialect, compile_kwargs={"literal_binds": True}))
        return iter(self._raw.execute(sql)) if self._sqlite else self._fetched(sql)

    def _fetched(self, sql: str) -> Iterator[tuple[Any, ...]]:
        with self._raw.cursor(name=f"kiem_{next(_numbers)}") as cursor:
            cursor.itersize = BATCH
            yield from cursor.execute(sql.replace("%%", "%"))

    @cached_property
    def _lines(self) -> Select[Any]:
        return select(
            _log.seq,
            type_coerce(_log.happened_at, String),
            type_coerce(_log.recorded_at, String),
            type_coerce(_log.event, String),
            _log.schema_version,
            _log.run_id,
            _log.item_id,
            _bytes(_log.body) if self._sqlite else func.convert_to(_log.body, "UTF8"),
            _log.prev,
            _log.digest,
        )

    def _links(self, query: Select[Any]) -> Iterator[tuple[Link, str]]:
        station_id, stamped = self.station_id, as_stamped
        for seq, happened, recorded, event, version, run, item, body, prev, digest in self.rows(query):
            at = stamped(happened)
            written = at if recorded == happened else stamped(recorded)
            yield Link(station_id, seq, at, written, event, version, run, item, body, prev), digest

    def _folded(self, batch: list[int]) -> Iterator[tuple[Key, Folded]]:
        stored_as, found = self._stored_as, dict[int, Folded]()
        for row in self.rows(select(_airing.id, *map(_plain, _COLUMNS)).where(_airing.id.in_(batch))):
            values = dict(zip(_NAMES, row[1:], strict=True))
            try:
                for name, read in stored_as:
                    if (stored := values[name]) is not None:
                        values[name] = read(stored)
            except (TypeError, ValueError):  # cột mang thứ không phải của nó thì để nguyên, nó sẽ khác nhật ký
                pass
            found[row[0]] = Folded(values)
        for airing_id, deliveries in self.rows(self._deliveries(batch)):
            found[airing_id].deliveries = _delivered(deliveries)
        for airing_id in batch:
            one = found[airing_id]
            yield (one.values["run_id"], one.values["item_id"]), one

    def _deliveries(self, batch: list[int]) -> Select[Any]:
        """Mọi cụm loa của một lượt phát trong một mảng JSON: tám lần bớt dòng phải đọc."""
        columns = [_delivery.cluster_id, *(_plain(_delivery[name]) for name in DELIVERED)]
        return (
            select(_delivery.airing_id, grouped_json(self._dialect.name, *columns))
            .where(_delivery.airing_id.in_(batch))
            .group_by(_delivery.airing_id)
        )


def as_stamped(stored: Any) -> str:
    """Giờ như nó được băm: SQLite giữ chữ ``2026-03-02 01:00:00.000000`` giờ UTC, PostgreSQL trả về đối tượng giờ."""
    return stamp(stored) if isinstance(stored, datetime) else f"{stored[:10]}T{stored[11:]}+00:00"


def run_of(run_id: int | None) -> int:
    """``Airing.run_id`` của một dòng."""
    return NO_RUN if run_id is None else run_id


def _plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(column, String) if isinstance(column.type, UtcDateTime | CanonicalJson) else column


def _bytes(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return type_coerce(cast(column, LargeBinary), LargeBinary)


@lru_cache(maxsize=256)
def _delivered(stored: str) -> dict[int, tuple[Any, ...]]:
    """Các lượt cùng ngày tới cùng những cụm loa thì cùng một chữ, nên cùng một từ điển: đừng sửa nó."""
    return {one[0]: tuple(_place(one[1:])) for one in read_json(stored)}


def _place(stored: list[Any]) -> list[Any]:
    with suppress(TypeError, ValueError):
        stored[_DAY] = _day(stored[_DAY])
        at = datetime.fromisoformat(stored[_BEGAN]) if stored[_BEGAN] else None
        stored[_BEGAN] = at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
    return stored


def _moment(stored: str) -> datetime:
    return datetime.fromisoformat(f"{stored}+00:00")


_DAY, _BEGAN = DELIVERED.index("local_day"), DELIVERED.index("started_at")
_day = lru_cache(maxsize=1024)(date.fromisoformat)
_json = lru_cache(maxsize=1024)(read_json)
_MOMENTS = [column.key for column in _COLUMNS if isinstance(column.type, UtcDateTime)]
_LISTS = {column.key: _json for column in _COLUMNS if isinstance(column.type, CanonicalJson)}
_POSTGRES: dict[str, Any] = dict(_LISTS)
_SQLITE: dict[str, Any] = {"local_day": _day, **_LISTS, **dict.fromkeys(_MOMENTS, _moment)}
"""Cột → cách đọc giá trị như trình điều khiển trả về."""
_numbers = iter(range(1 << 62))
