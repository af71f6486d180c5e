"""Dồn WAL: dòng đã ghi vào tới tệp chính, không chặn người đang ghi, không làm rơi gì."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from broadcaster.database import Database
from broadcaster.errors import DatabaseAway


def _make(database: Database, name: str) -> None:
    with database.writing() as session:
        session.execute(text(f"CREATE TABLE {name} (a INTEGER)"))


def _in_main_file(database: Database, folder: Path) -> set[str]:
    """Các bảng ``thu_…`` có trong riêng tệp chính, không kèm WAL."""
    copy = Path(shutil.copy(str(database.url.database), folder / "chep.db"))
    with closing(sqlite3.connect(copy)) as raw:
        return {name for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE name LIKE 'thu_%'")}


def test_what_was_written_reaches_the_main_file(sqlite: Database, tmp_path: Path) -> None:
    _make(sqlite, "thu_mot")
    assert _in_main_file(sqlite, tmp_path) == set()
    sqlite.checkpoint()
    assert _in_main_file(sqlite, tmp_path) == {"thu_mot"}


def test_a_writer_in_the_middle_neither_waits_nor_loses(sqlite: Database, tmp_path: Path) -> None:
    _make(sqlite, "thu_mot")
    with sqlite.writing() as session:
        session.execute(text("CREATE TABLE thu_hai (a INTEGER)"))
        sqlite.checkpoint()
        assert _in_main_file(sqlite, tmp_path) == {"thu_mot"}
    sqlite.checkpoint()
    assert _in_main_file(sqlite, tmp_path) == {"thu_mot", "thu_hai"}


@pytest.mark.parametrize("content", [None, b"khong phai SQLite" * 100])
def test_a_database_gone_or_broken_is_told_as_such(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "mat" / "x.db" if content is None else tmp_path / "x.db"
    if content is not None:
        path.write_bytes(content)
    with closing(Database(f"sqlite:///{path}")) as database, pytest.raises(DatabaseAway):
        database.checkpoint()


def test_any_database_may_be_asked(database: Database) -> None:
    database.checkpoint()
    with database.reading() as session:
        assert session.scalar(text("SELECT 1")) == 1
