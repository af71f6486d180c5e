"""Chủ máy viết lại nhật ký bằng mọi cách đã biết: cách nào ``verify`` cũng thấy, và đài nguyên vẹn thì không bị báo oan."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from broadcaster.clock import ManualClock
from broadcaster.database import Database
from broadcaster.database.schema import APPEND_ONLY, create_append_only
from broadcaster.newsroom.records import BOOKS
from broadcaster.service.capture_sealing import CaptureSealing
from broadcaster.service.folders import capture_folder
from tests.support.tampering import KINDS, START, Station, build, copied, owner


def test_an_untouched_station_is_sound_and_tells_what_was_compared(whole: Station) -> None:
    verdict = whole.verdict()
    assert verdict.faults == ()
    assert verdict.lines > 20


def test_every_append_only_book_hangs_in_the_chain() -> None:
    assert set(BOOKS) == set(APPEND_ONLY) - {"log_entries"}


@pytest.mark.parametrize("name", list(KINDS))
def test_every_way_to_rewrite_is_found(whole: Station, tmp_path: Path, name: str) -> None:
    station = copied(whole, tmp_path / "dai")
    KINDS[name](station)
    assert not station.verdict().sound


@pytest.mark.postgres
def test_every_way_to_rewrite_is_found_on_postgres(postgres: Database, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = postgres.url.render_as_string(hide_password=False)
    station = build(tmp_path / "dai", url=url)
    assert station.verdict().faults == ()
    changes = [
        change for name, change in KINDS.items() if "delivery" in name or "audit entry edited" in name or name == "reading"
    ]
    for change in changes:
        change(station)
        assert not station.verdict().sound
    try:
        KINDS["empty trigger of the same name"](station)
        assert any("trigger" in fault for fault in station.verdict().faults)
    finally:
        # Cơ sở dữ liệu là của cả làn: trigger rỗng để lại thì mọi phép thử sau không còn bảng chỉ-thêm.
        with postgres.engine.begin() as connection:
            create_append_only(connection, "log_entries")
    assert not any("trigger" in fault for fault in station.verdict().faults)


COVERED: dict[str, frozenset[str]] = {
    "log_entries": frozenset({"id"}),
    "chain_heads": frozenset({"recorded_at"}),
    "airings": frozenset({"id"}),
    "airing_subjects": frozenset(),
    "airing_labels": frozenset(),
    "airing_scopes": frozenset(),
    "airing_reaches": frozenset(),
    "script_airings": frozenset({"id", "last_seq"}),
    "decisions": frozenset(),
    "audit_entries": frozenset(),
    "reading_snapshots": frozenset(),
    "anchors": frozenset(),
    "revisions": frozenset(
        {"id", "script_id", "number", "state", "version", "column_id", "author_id", "created_at", "updated_at", "submitted_at"}
    ),
}
"""Bảng → cột không mang điều gì đã phát: số thứ tự riêng của bảng, và trạng thái còn đổi hợp lệ."""


@pytest.mark.parametrize("seed", range(40))
def test_any_byte_of_any_row(whole: Station, tmp_path: Path, seed: int) -> None:
    choose = random.Random(seed)
    station = copied(whole, tmp_path / "dai")
    table = sorted(COVERED)[seed % len(COVERED)]
    with closing(sqlite3.connect(station.config.data_folder / "broadcaster.db")) as raw, raw:
        raw.execute("PRAGMA ignore_check_constraints = ON")
        triggers = raw.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for one, _ in triggers:
            raw.execute(f"DROP TRIGGER {one}")
        names = [row[1] for row in raw.execute(f"PRAGMA table_info({table})") if row[1] not in COVERED[table]]
        rows = raw.execute(f"SELECT rowid, {', '.join(names)} FROM {table}").fetchall()
        spots = [
            (row[0], one, value) for row in rows for one, value in zip(names, row[1:], strict=True) if value not in (None, "")
        ]
        spot, name, value = choose.choice(spots)
        changed = _other(value, choose)
        raw.execute(f"UPDATE OR REPLACE {table} SET {name} = ? WHERE rowid = ?", (changed, spot))
        for _, sql in triggers:
            raw.execute(sql)
    assert not station.verdict().sound, (table, name, value, changed)


def _other(value: Any, choose: random.Random) -> Any:
    if isinstance(value, int):
        return value ^ (1 << choose.randrange(6))
    spot = choose.randrange(len(value))
    return value[:spot] + choose.choice([one for one in "aZ19 é" if one != value[spot]]) + value[spot + 1 :]


@pytest.mark.parametrize("change", [KINDS["value changed, everything rechained"]], ids=["rechained"])
def test_a_mark_on_paper_is_enough(whole: Station, tmp_path: Path, change: Callable[[Station], None]) -> None:
    """Mọi mốc trên máy bị xoá cả, chỉ còn một dòng trên giấy."""
    paper = f"{whole.verdict().lines}:{whole.verdict().digest[:20]}"
    station = copied(whole, tmp_path / "dai")
    with owner(station) as connection:
        connection.execute(text("DELETE FROM anchors"))
        connection.execute(text("DELETE FROM log_entries WHERE event = 'recorded' AND body LIKE '%\"table\":\"anchors\"%'"))
    change(station)
    for path in (station.folder / "ngoai").iterdir():
        path.unlink()
    assert station.verdict().sound, "không còn mốc nào trên máy thì máy không tự biết được"
    assert not station.verdict(against=(paper,)).sound


def _captured(station: Station, minute: int, *, days: int = 0) -> Path:
    """Một phút thu nữa, khoá ``days`` ngày sau giờ trong tên."""
    folder, book = capture_folder(station.config), station.config.data_folder / "da-khoa.txt"
    path = folder / "1" / f"1_20260302T0100{minute:02d}.000Z.flac"
    path.write_bytes(b"fLaC" + bytes(minute * 10))
    with station.open() as database:
        CaptureSealing(database, ManualClock(START + timedelta(days=days)), station.config.station.code, folder, book).step()
    return path


def test_a_capture_deleted_from_the_middle_is_no_expiry(whole: Station, tmp_path: Path) -> None:
    """Đài bỏ bản thu từ bản cũ nhất; xoá đúng phút bị phản ánh từng chỉ là một lưu ý “hết hạn giữ”."""
    station = copied(whole, tmp_path / "dai")
    oldest = next(capture_folder(station.config).rglob("*.flac"))
    middle = _captured(station, 1)
    _captured(station, 2)
    assert station.verdict().faults == ()
    oldest.unlink()
    assert station.verdict().faults == ()
    assert any("hết hạn giữ" in one for one in station.verdict().notes)
    _captured(station, 0)
    middle.unlink()
    assert any("1_20260302T010001.000Z.flac đã bị xoá" in one for one in station.verdict().faults)


def test_a_capture_laid_in_days_later_is_told(whole: Station, tmp_path: Path) -> None:
    station = copied(whole, tmp_path / "dai")
    _captured(station, 3, days=5)
    verdict = station.verdict()
    assert verdict.faults == ()
    assert any("khoá muộn hơn 2 ngày" in one and "T010003" in one for one in verdict.notes)
