"""Chuông báo thật trên cả hai cơ sở dữ liệu: reo sau mỗi lần ghi, và đường dây đứt thì tự nối lại."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from broadcaster.accounts.tables import Station
from broadcaster.database import Database
from broadcaster.database.doorbell import Doorbell
from broadcaster.loop import running
from tests.support.waiting import eventually

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def bell(database: Database) -> Iterator[threading.Event]:
    rung = threading.Event()
    doorbell = Doorbell(database, rung.set)
    doorbell.start()
    assert rung.wait(60), "nối được đường thì reo một tiếng: có thể đã có người ghi trước đó"
    rung.clear()
    yield rung
    doorbell.stop()
    assert running() == []


def _write(database: Database, code: str) -> None:
    with database.writing() as session:
        session.add(Station(code=code, name=code, created_at=NOW))


def test_it_rings_after_a_write_by_anybody(database: Database, bell: threading.Event) -> None:
    other = Database(database.engine.url.render_as_string(hide_password=False))
    _write(other, "mot")
    other.close()
    assert bell.wait(60)


def test_a_lost_line_to_postgresql_is_taken_up_again(postgres: Database) -> None:
    rung = threading.Event()
    doorbell = Doorbell(postgres, rung.set)
    doorbell.start()
    assert rung.wait(60)
    rung.clear()
    with postgres.engine.begin() as connection:
        mine = "datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}"))
    assert rung.wait(60), "máy chủ cắt đường LISTEN: chuông phải nối lại"
    rung.clear()
    _write(postgres, "hai")
    assert rung.wait(60)
    doorbell.stop()


def test_a_disk_that_comes_late_is_a_known_fault_and_the_bell_comes_with_it(tmp_path: Path) -> None:
    folder, rung = tmp_path / "o-dia", threading.Event()
    late = Database(f"sqlite:///{folder}/broadcaster.db")
    doorbell = Doorbell(late, rung.set)
    doorbell.start()
    eventually(lambda: any(state.fault for state in running()), what="vòng nói đang vấp")
    folder.mkdir()
    assert rung.wait(60)
    doorbell.stop()
    late.close()
