"""Mọi dòng của một cơ sở dữ liệu ra JSON và trở lại, theo lược đồ nó đang mang chứ không theo lược đồ của phần mềm.

Nhờ vậy sao lưu được một đài cũ trước khi nâng cấp nó, và dựng lại được bản sao của phần mềm cũ rồi mới nâng cấp.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Column, Connection, Date, DateTime, MetaData, Table, Time, func, insert, select, text

from broadcaster.database.base import Base
from broadcaster.database.types import CanonicalJson, WordSet, canonical_json

_BATCH = 500
_BOOKKEEPING = "alembic_version"


def tables_of(connection: Connection) -> list[Table]:
    """Các bảng có thật trong cơ sở dữ liệu này, bảng được trỏ tới đứng trước."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != _BOOKKEEPING]


def rows_of(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    """Mỗi dòng của ``table`` thành giá trị JSON đúng như đang lưu."""
    for row in connection.execute(select(table).order_by(*table.primary_key).execution_options(yield_per=_BATCH)).mappings():
        yield {name: _plain(value) for name, value in row.items()}


def load_rows(connection: Connection, lines: Iterable[bytes]) -> None:
    """Nạp các dòng ``[bảng, giá trị]`` vào lược đồ đang có; bảng lạ là lỗi ``KeyError``."""
    tables = {table.name: table for table in tables_of(connection)}
    naive = connection.dialect.name == "sqlite"
    for table, batch in _batches(tables, lines, naive=naive):
        connection.execute(insert(table), batch)
    if not naive:
        _restart_counters(connection, tables.values())


def _batches(tables: dict[str, Table], lines: Iterable[bytes], *, naive: bool) -> Iterator[tuple[Table, list[dict[str, Any]]]]:
    table: Table | None = None
    batch: list[dict[str, Any]] = []
    for line in lines:
        name, values = json.loads(line)
        if table is not None and (name != table.name or len(batch) == _BATCH):
            yield table, batch
            batch = []
        table = tables[name]
        batch.append({column: _stored(table.c[column], value, naive=naive) for column, value in values.items()})
    if table is not None and batch:
        yield table, batch


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return value.isoformat() if isinstance(value, date | time) else value


def _stored(column: Column[Any], value: Any, *, naive: bool) -> Any:
    if value is None:
        return None
    if isinstance(column.type, DateTime):
        moment = datetime.fromisoformat(value).astimezone(UTC)
        return moment.replace(tzinfo=None) if naive else moment
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    if isinstance(column.type, Time):
        return time.fromisoformat(value)
    return value


def as_stored(name: str, values: dict[str, Any]) -> dict[str, Any]:
    """Một dòng của bản sao dạng đầu (tập từ là danh sách, JSON là đối tượng) thành đúng chữ đang lưu trong bảng."""
    known = Base.metadata.tables.get(name)
    return {column: _as_text(known.c.get(column) if known is not None else None, value) for column, value in values.items()}


def _as_text(column: Column[Any] | None, value: Any) -> Any:
    if value is not None and column is not None and isinstance(column.type, WordSet):
        return ",".join(value)
    if isinstance(value, dict | list) or (value is not None and column is not None and isinstance(column.type, CanonicalJson)):
        return canonical_json(value)
    return value


def _restart_counters(connection: Connection, tables: Iterable[Table]) -> None:
    """PostgreSQL: số tự tăng đi tiếp sau các mã đã nạp."""
    for table in tables:
        newest = connection.scalar(select(func.max(table.c.id))) if "id" in table.c else None
        if newest is not None:
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :newest)"), {"name": table.name, "newest": newest}
            )
