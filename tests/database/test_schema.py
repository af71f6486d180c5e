"""Lược đồ nâng cấp đúng bằng các bảng trong mã; bảng chỉ-thêm từ chối sửa và xoá trên cả hai cơ sở dữ liệu."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Enum, inspect, text
from sqlalchemy.exc import DBAPIError

from broadcaster.airlog.enums import Event
from broadcaster.airlog.writing import append
from broadcaster.database import Database
from broadcaster.database.base import Base
from broadcaster.database.schema import is_current, trigger_faults, upgrade
from tests.support.scene import Scene


@pytest.mark.filterwarnings("ignore:autogenerate skipping:UserWarning")  # SQLite không đọc lại được chỉ mục của PostgreSQL
def test_migration_makes_exactly_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        mine = partial(_of_this_database, connection.dialect.name)
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": mine})
        assert compare_metadata(context, Base.metadata) == []


def _of_this_database(dialect: str, item: Any, _name: str, kind: str, *_more: object) -> bool:
    """alembic không đọc ``ddl_if``: chỉ mục của cơ sở dữ liệu kia thì không so."""
    condition = item._ddl_if if kind == "index" else None
    return condition is None or condition.dialect == dialect


def test_every_column_of_words_takes_every_word(database: Database) -> None:
    """Hai bản nâng cấp cùng kể lại các từ của một cột: bản sau quên từ của bản trước là cả đài không ghi được dòng nào."""
    inspector = inspect(database.engine)
    for table in Base.metadata.tables.values():
        checks = {one["name"]: str(one["sqltext"]) for one in inspector.get_check_constraints(table.name)}
        for column in table.c:
            if isinstance(column.type, Enum):
                told = {word for sql in checks.values() if column.name in sql for word in re.findall(r"'([^']*)'", sql)}
                assert set(column.type.enums) <= told, f"{table.name}.{column.name}"


def test_upgrade_again_changes_nothing(database: Database) -> None:
    upgrade(database)
    assert is_current(database)
    with database.reading() as session:
        assert trigger_faults(session) == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE log_entries SET body = '{}'",
        "DELETE FROM log_entries",
    ],
)
def test_log_refuses_change(scene: Scene, sql: str) -> None:
    _one_line(scene)
    with pytest.raises(DBAPIError), scene.database.engine.begin() as connection:
        connection.execute(text(sql))


def test_replace_does_not_slip_past(sqlite: Database, clock: object) -> None:
    with sqlite.engine.connect() as connection:
        assert connection.execute(text("PRAGMA recursive_triggers")).scalar() == 1


def _one_line(scene: Scene) -> None:
    with scene.database.writing() as session:
        append(
            session,
            scene.station_id,
            Event.SILENCED,
            {"by": "a"},
            happened_at=scene.clock.now(),
            now=scene.clock.now(),
        )
