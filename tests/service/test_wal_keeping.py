"""Phòng thu đang chạy dồn WAL vào tệp chính, để người ghi không bao giờ phải dồn hộ giữa lúc phát."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from broadcaster.clock import SystemClock
from broadcaster.service.assembly import open_database
from broadcaster.service.setup import prepare_data
from tests.end_to_end.house import configured
from tests.end_to_end.test_crash import processes
from tests.support.waiting import eventually


def test_a_running_studio_folds_what_was_written_into_the_main_file(tmp_path: Path) -> None:
    config = configured(tmp_path)
    prepare_data(config, SystemClock())
    database = open_database(config)
    file = Path(str(database.url.database))
    try:
        with database.reading() as held:  # còn người mở thì không ai dồn WAL hộ lúc đóng
            held.connection()
            with database.writing() as session:
                session.connection().exec_driver_sql("CREATE TABLE moi (chu TEXT)")
            assert not _in_main_file(file)
        with processes(config, "studio"):
            eventually(lambda: _in_main_file(file), seconds=120, what="phòng thu dồn WAL")
    finally:
        database.close()


def _in_main_file(file: Path) -> bool:
    """Chỉ đọc tệp chính, như thể không có WAL; đúng lúc đang dồn thì tệp chính dở dang, chưa kể."""
    with closing(sqlite3.connect(f"file:{file}?immutable=1", uri=True)) as main, suppress(sqlite3.DatabaseError):
        return main.execute("SELECT count(*) FROM sqlite_master WHERE name = 'moi'").fetchone() == (1,)
    return False
