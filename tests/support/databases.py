"""Cơ sở dữ liệu của phép thử: tệp thật, máy chủ thật, nhưng bộ câu lệnh đã dịch thì mọi phép thử của một làn dùng chung."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, text

from broadcaster.database import Database
from broadcaster.database.schema import upgrade

_FIRST: dict[str, Engine] = {}


def open_database(url: str) -> Database:
    """Như ``Database(url)``; mỗi phép thử một động cơ mới mà phải dịch lại từng câu lệnh thì phép thử nào cũng chậm gấp rưỡi.

    SQLite không đợi đĩa: phép thử trong một tiến trình không thử được mất điện, phép thử giết tiến trình thì chạy đài thật.
    """
    database = Database(url)
    if database.is_sqlite:
        event.listen(database.engine, "connect", _do_not_wait_for_the_disk)
    first = _FIRST.get(database.engine.dialect.name)
    if first is None:
        with database.engine.connect():
            _FIRST[database.engine.dialect.name] = database.engine
        return database
    for engine in {database.engine, database._reader, database._writer, database._eager}:
        # Khoá của bộ câu lệnh đã dịch có cả ``dialect``: phải cùng một ``dialect`` thì mới gặp lại nhau.
        engine.dialect, engine._compiled_cache = first.dialect, first._compiled_cache
    return database


@cache
def upgraded_sqlite() -> bytes:
    """Tệp SQLite đã nâng cấp, dựng một lần mỗi tiến trình; tiến trình tách ra từ nó (``scripts/mutate.py``) dùng lại luôn."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "broadcaster.db"
        database = Database(f"sqlite:///{path}")
        upgrade(database)
        with database.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        database.close()
        return path.read_bytes()


def _do_not_wait_for_the_disk(raw: Any, _record: object) -> None:
    raw.execute("PRAGMA synchronous=OFF")
