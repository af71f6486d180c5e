"""Sổ kiểm tra và quyết định treo vào cùng chuỗi: dòng sổ nào cũng có một dòng nhật ký mang nguyên nó, ghi trong cùng giao dịch.

Sửa hay xoá một dòng sổ thì nó khác dòng nhật ký; sửa cả hai thì chuỗi đứt. Dòng sổ có từ trước khi đài có phép này được khoá
một lần, cả quyển, bằng dòng ``records_sealed`` mà bản nâng cấp ghi.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Column, ColumnElement, Connection, Enum, String, Table, and_, event, select, type_coerce
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import Link, stamp
from broadcaster.airlog.enums import Event
from broadcaster.airlog.verifying.reader import as_stamped
from broadcaster.airlog.writing import append
from broadcaster.database.base import Base, Row
from broadcaster.database.types import CanonicalJson, UtcDateTime, canonical_json, stored_json

_BATCH = 500
_WHOLE = 4000
"""Dòng sổ ngắn hơn chừng này chữ nằm nguyên trong nhật ký, để biết trước khi bị sửa nó nói gì."""
StationOf = Callable[[Any], int | None]
"""Dòng sổ → đài của nó; ``None`` là không của đài nào."""


def hanging(kinds: Mapping[type[Row], StationOf]) -> Callable[[Session], Callable[[], None]]:
    """Cho ``Database.before_commit``: mỗi dòng mới của các bảng ``kinds`` có ngay dòng nhật ký của nó."""

    def begin(session: Session) -> Callable[[], None]:
        new: list[Row] = []
        event.listen(session, "after_flush", lambda at, _: new.extend(row for row in at.new if type(row) in kinds))

        def finish() -> None:
            for row in new:
                station_id = kinds[type(row)](row) if row in session else None
                if station_id is not None:
                    _hang(session, station_id, row)

        return finish

    return begin


def _hang(session: Session, station_id: int, row: Any) -> None:
    table = row.__table__
    values = {column.name: _as_stored(column, getattr(row, column.key)) for column in table.c}
    at = getattr(row, "at", None) or row.created_at
    append(session, station_id, Event.RECORDED, _told(table.name, values), happened_at=at, now=at, tells_time=False)


def _told(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """Thân dòng nhật ký: nguyên dòng sổ; dòng sổ dài (cách đọc) thì băm của nó."""
    text = canonical_json(row)
    if len(text) <= _WHOLE:
        return {"table": name, "row": row}
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"table": name, "row": {"id": row["id"]}, "columns": sorted(row), "sha256": digest}


def _digest(row: dict[str, Any]) -> str:
    return hashlib.sha256(canonical_json(row).encode()).hexdigest()


def _same(body: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    if "sha256" in body:
        return bool(_digest({name: kept.get(name) for name in body["columns"]}) == body["sha256"])
    return all(kept.get(name) == value for name, value in body["row"].items())


def seal(connection: Connection, table: Table, mine: ColumnElement[bool], columns: Collection[str]) -> dict[str, Any]:
    """Dấu của cả quyển sổ lúc này, các dòng theo số: bao nhiêu dòng, tới số nào, những cột nào, băm của tất cả."""
    return _seal_of(_rows(connection, table, mine, columns), columns)


def _seal_of(rows: Iterable[dict[str, Any]], columns: Collection[str]) -> dict[str, Any]:
    digest, count, last = hashlib.sha256(), 0, 0
    for row in rows:
        digest.update(canonical_json(row).encode() + b"\n")
        count, last = count + 1, row["id"]
    return {"count": count, "last": last, "columns": sorted(columns), "sha256": digest.hexdigest()}


def _rows(connection: Connection, table: Table, mine: ColumnElement[bool], columns: Collection[str]) -> Iterator[dict[str, Any]]:
    """Các dòng sổ như đang lưu, theo số; giờ ở dạng ``stamp``."""
    wanted = [column for column in table.c if column.name in columns]
    query = select(*(type_coerce(column, String) if _is_text(column) else column for column in wanted)).where(mine)
    for row in connection.execute(query.order_by(table.c.id).execution_options(yield_per=_BATCH)):
        yield {column.name: _as_read(column, value) for column, value in zip(wanted, row, strict=True)}


def _is_text(column: Column[Any]) -> bool:
    return isinstance(column.type, UtcDateTime | CanonicalJson | Enum)


def _as_stored(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, UtcDateTime):
        return stamp(value)
    return stored_json(value) if isinstance(column.type, CanonicalJson) else value


def _as_read(column: Column[Any], value: Any) -> Any:
    return as_stamped(value) if value is not None and isinstance(column.type, UtcDateTime) else value


class Records:
    """Người chứng của sổ: dòng nhật ký nào cũng còn đúng dòng sổ của nó, dòng sổ nào cũng có dòng nhật ký."""

    events: ClassVar[frozenset[Event]] = frozenset({Event.RECORDED, Event.RECORDS_SEALED})
    books: ClassVar[Mapping[str, Callable[[int], ColumnElement[bool]]]] = {}
    """Tên bảng → dòng nào là của một đài; phòng giữ sổ điền vào lớp con."""

    def begin(self, session: Session, station_id: int) -> _Looking:
        """Chưa xem dòng nào."""
        return _Looking(self.books, session, station_id)

    def settle(self, session: Session, station_id: int, seen: Sequence[Any]) -> Iterator[str]:
        """Dòng sổ không treo vào đâu là dòng chèn lậu; quyển sổ cũ phải còn y nguyên."""
        sealed: dict[str, Any] = next((seal for _, seal, _ in seen if seal), {})
        for _, _, late in seen:
            yield from late
        for name, of in self.books.items():
            hung = array("q")
            for ids, _, _ in seen:
                hung.frombytes(ids[name])
            yield from _book_faults(session, name, of(station_id), frozenset(hung), sealed.get(name))


class _Looking:
    def __init__(self, books: Mapping[str, Callable[[int], ColumnElement[bool]]], session: Session, station_id: int) -> None:
        self._books, self._session, self._station_id = books, session, station_id
        self._waiting: list[Mapping[str, Any]] = []
        self._hung = {name: array("q") for name in self._books}
        self._seal: dict[str, Any] = {}

    def look(self, link: Link, body: Any) -> Iterator[str]:
        """Gom đủ mẻ thì đem so với sổ."""
        if link.event == Event.RECORDS_SEALED:
            self._seal = body["tables"]
        else:
            self._waiting.append(body)
            if len(self._waiting) == _BATCH:
                yield from self._compare()

    def seen(self) -> Any:
        """Điều đã thấy; phần chưa đủ mẻ cũng đã so."""
        late = list(self._compare())
        return {name: ids.tobytes() for name, ids in self._hung.items()}, self._seal, late

    def _compare(self) -> Iterator[str]:
        waiting, self._waiting = self._waiting, []
        for name, of in self._books.items():
            mine = {body["row"]["id"]: body for body in waiting if body["table"] == name}
            if not mine:
                continue
            table = Base.metadata.tables[name]
            where = and_(of(self._station_id), table.c.id.in_(mine))
            kept = {row["id"]: row for row in _rows(self._session.connection(), table, where, table.c.keys())}
            self._hung[name].extend(mine)
            for row_id, body in mine.items():
                found, book = kept.get(row_id), _BOOKS.get(name, name)
                if found is None:
                    yield f"{book} {row_id} đã bị xoá: {_gist(body['row'])}"
                elif not _same(body, found):
                    yield f"{book} {row_id} đã bị sửa; lúc ghi là: {_gist(body['row'])}"


def _book_faults(
    session: Session, name: str, mine: ColumnElement[bool], hung: frozenset[int], sealed: dict[str, Any] | None
) -> Iterator[str]:
    table, book, connection = Base.metadata.tables[name], _BOOKS.get(name, name), session.connection()
    last = sealed["last"] if sealed else 0
    for (row_id,) in connection.execute(select(table.c.id).where(mine, table.c.id > last).order_by(table.c.id)):
        if row_id not in hung:
            yield f"{book} {row_id} không có trong chuỗi: ai đó đã chèn vào sổ"
    if sealed and seal(connection, table, and_(mine, table.c.id <= last), sealed["columns"]) != sealed:
        yield f"{book} có từ trước khi nâng cấp (tới số {last}) đã bị sửa, xoá hay chèn thêm"


def _gist(row: Mapping[str, Any]) -> str:
    words = (row.get("who") or row.get("name"), row.get("action") or row.get("kind"), row.get("subject"), str(row.get("at"))[:19])
    return ", ".join(str(word) for word in words if word and word != "None") or "xem bản sao lưu"


_BOOKS = {
    "audit_entries": "sổ kiểm tra, dòng",
    "decisions": "quyết định",
    "reading_snapshots": "cách đọc",
    "anchors": "sổ mốc, dòng",
}
