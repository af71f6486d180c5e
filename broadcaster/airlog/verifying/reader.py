"""Đọc nhật ký và bảng chiếu cho phép kiểm: đúng những byte đã lưu, từng mẻ, thẳng từ trình điều khiển.

Câu hỏi viết bằng SQLAlchemy như mọi nơi, nhưng dòng trả về không qua nó: mỗi micro giây ở đây nhân với triệu dòng.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, Select, String, cast, func, select, text, type_coerce
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import GENESIS, Link, stamp
from broadcaster.airlog.folding import CHANGED, NO_RUN, OPENED, Folded, Key, Values
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.database.types import CanonicalJson, UtcDateTime, read_json

BATCH = 500
_Read = Callable[[Any], Any]
_log, _airing = LogEntry.__table__.c, Airing.__table__.c
_CHANGED = (*CHANGED, "last_seq")


class Reader:
    """Một đài trong một ảnh chụp; ``session`` phải mở suốt lúc đọc."""

    def __init__(self, session: Session, station_id: int) -> None:
        """Ảnh chụp bắt đầu ngay từ đây."""
        connection = session.connection()
        self.station_id = station_id
        self._dialect = connection.dialect
        self._sqlite = connection.dialect.name == "sqlite"
        self._raw: Any = connection.connection.driver_connection
        self._day: _Read = _day if self._sqlite else _as_is
        self._moment: _Read = _moment if self._sqlite else _as_is

    def lines(self, first: int, last: int | None = None) -> Iterator[tuple[Link, str]]:
        """Các dòng từ ``first`` tới ``last`` (trống: tới cùng), kèm băm đã lưu."""
        wanted = [_log.station_id == self.station_id, _log.seq >= first, *([] if last is None else [_log.seq <= last])]
        return self._links(self._sql(self._lines.where(*wanted).order_by(_log.seq)))

    def history(self, item_id: int) -> list[tuple[Link, str]]:
        """Mọi dòng của một mục, mọi lượt."""
        found = self._links(f"{self._history} {int(item_id)}")
        # Xếp ở đây: ORDER BY seq mời SQLite đọc cả nhật ký theo chỉ mục của seq thay vì vài dòng của mục này.
        return sorted(found, key=lambda one: one[0].seq)

    def before(self, seq: int) -> tuple[str, str | None]:
        """Băm và giờ ghi của dòng đứng trước dòng ``seq``; không có thì ``GENESIS``."""
        query = select(_log.digest, type_coerce(_log.recorded_at, String))
        found = list(self.rows(query.where(_log.station_id == self.station_id, _log.seq == seq - 1)))
        return (found[0][0], as_stamped(found[0][1])) if found else (GENESIS, None)

    def airings(self, *where: ColumnElement[bool]) -> Iterator[Folded]:
        """Các dòng bảng chiếu theo dòng nhật ký cuối cùng của chúng. Xếp thứ tự chỉ trên mã, rồi lấy từng mẻ."""
        ordered = select(_airing.id).where(_airing.station_id == self.station_id, *where)
        ids = (row[0] for row in self.rows(ordered.order_by(_airing.last_seq, _airing.id)))
        while batch := list(islice(ids, BATCH)):
            yield from self._folded(batch)

    def airing(self, key: Key) -> Folded | None:
        """Dòng bảng chiếu của một lượt phát."""
        return next(self.airings(_airing.run_id == key[0], _airing.item_id == key[1]), None)

    def rows(self, query: Select[Any]) -> Iterator[tuple[Any, ...]]:
        """Trả lời của ``query`` như trình điều khiển đọc được."""
        return self._told(self._sql(query))

    def _sql(self, query: Select[Any]) -> str:
        return str(query.compile(dialect=self._dialect, compile_kwargs={"literal_binds": True}))

    def _told(self, sql: str) -> Iterator[tuple[Any, ...]]:
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

    @cached_property
    def _history(self) -> str:
        """Soạn một lần; thiếu đúng mã mục ở cuối."""
        return self._sql(self._lines.where(_log.station_id == self.station_id, text("log_entries.item_id =")))

    @cached_property
    def _whole(self) -> str:
        """Soạn một lần; thiếu đúng danh sách mã ở cuối."""
        columns = (_plain(_airing[name]) for name in (*OPENED, *_CHANGED))
        return self._sql(select(_airing.id, _airing.reach_id, *columns).where(text("airings.id IN")))

    def _links(self, sql: str) -> Iterator[tuple[Link, str]]:
        station_id, stamped = self.station_id, as_stamped
        for seq, happened, recorded, event, version, run, item, body, prev, digest in self._told(sql):
            at = stamped(happened)
            written = at if recorded == happened else stamped(recorded)
            yield Link(station_id, seq, at, written, event, version, run, item, body, prev), digest

    def _folded(self, batch: list[int]) -> Iterator[Folded]:
        found = {row[0]: row for row in self._told(f"{self._whole} ({', '.join(map(str, batch))})")}
        for airing_id in batch:
            _, reach_id, *stored = found[airing_id]
            yield Folded(self._opened(stored), self._changed(stored[len(OPENED) :]), reach_id)

    def _opened(self, stored: list[Any]) -> tuple[Any, ...]:
        day, planned, topics, zones, *rest = stored[: len(OPENED)]
        try:
            return self._day(day), self._moment(planned), _json(topics), _json(zones), *rest
        except (TypeError, ValueError):  # cột mang thứ không phải của nó thì để nguyên, nó sẽ khác nhật ký
            return day, planned, topics, zones, *rest

    def _changed(self, stored: list[Any]) -> Values:
        values = dict(zip(_CHANGED, stored, strict=True))
        with suppress(TypeError, ValueError):
            values["started_at"], values["ended_at"] = self._moment(stored[0]), self._moment(stored[1])
        return values


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


def _moment(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(f"{stored}+00:00")


def _as_is(stored: Any) -> Any:
    return stored


_day = lru_cache(maxsize=1024)(date.fromisoformat)
_json = lru_cache(maxsize=1024)(read_json)
_numbers = iter(range(1 << 62))
