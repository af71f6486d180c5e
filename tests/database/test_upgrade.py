"""Đài đang chạy phần mềm đầu tiên: nâng cấp giữ mọi dòng, có bản sao trước đó, và mất điện giữa chừng thì còn nguyên bản cũ.

``first_station/``: một đài có thật của lược đồ 0001, mọi bảng có dòng; tệp .sql là cơ sở dữ liệu, tệp .tar là bản sao lưu
do chính phần mềm ấy ghi.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.exc import OperationalError

from broadcaster.airlog.content import content_id
from broadcaster.airlog.subject_check import subject_faults
from broadcaster.airlog.tables import AiringLabel, AiringSubject, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.clock import ManualClock
from broadcaster.config import Config, load
from broadcaster.database import Database
from broadcaster.database.dump import rows_of, tables_of
from broadcaster.database.schema import (
    create_append_only,
    current_revision,
    is_current,
    migrating,
    trigger_faults,
    upgrade,
    upgrade_on,
)
from broadcaster.database.types import canonical_json
from broadcaster.errors import Conflict
from broadcaster.newsroom.enums import Genre
from broadcaster.search_text import fold
from broadcaster.service.airlog_commands import desk_witnesses
from broadcaster.service.assembly import open_database
from broadcaster.service.backup import restore
from broadcaster.service.setup import prepare_data
from broadcaster.traffic.enums import SegmentKind
from broadcaster.traffic.format_presets import QUARTER_HOUR
from broadcaster.traffic.formats import length_on
from broadcaster.traffic.tables import Format, Slot
from tests.service.test_backup import machine

STATION = Path(__file__).parent / "first_station"
NOW = datetime(2026, 11, 28, 6, 0, tzinfo=UTC)
FORGOTTEN = frozenset[str]()
"""Bảng chép lại được từ nhật ký, bản nâng cấp được phép dựng lại; bảng nào ở đây thì bản nâng cấp của nó nói vì sao."""


def rows(connection: Connection) -> dict[str, list[dict[str, object]]]:
    """Mọi bảng → mọi dòng như đang lưu."""
    return {table.name: list(rows_of(connection, table)) for table in tables_of(connection) if table.name not in FORGOTTEN}


def kept(before: dict[str, list[dict[str, object]]], after: dict[str, list[dict[str, object]]]) -> None:
    """Mỗi dòng cũ còn đó với mọi giá trị cũ ở những cột còn lại."""
    for table, old in before.items():
        if table == "chain_heads":  # đầu chuỗi đi tiếp: bản nâng cấp nối một dòng khoá các sổ cũ
            continue
        if table == "deliveries":  # nay là nơi tới của từng lượt, cất một lần cho mọi lượt giống nhau
            kept_deliveries(old, after)
            continue
        assert len(after[table]) >= len(old), table
        for was, now in zip(old, after[table], strict=False):
            assert {name: now[name] for name in was if name in now} == {name: was[name] for name in was if name in now}, table


def kept_deliveries(before: list[dict[str, object]], after: dict[str, list[dict[str, object]]]) -> None:
    """Lượt nào cũng còn tới đúng những cụm loa ấy, với mọi giá trị cũ; không thừa cụm nào."""
    reaches = {row["id"]: json.loads(str(row["places"])) for row in after["airing_reaches"]}
    now = {(row["id"], one["cluster_id"]): one for row in after["airings"] for one in reaches[row["reach_id"]]}
    assert now.keys() == {(row["airing_id"], row["cluster_id"]) for row in before}
    for row in before:
        told = now[row["airing_id"], row["cluster_id"]]
        assert {name: row[name] for name in told if name in row} == {name: told[name] for name in told if name in row}


@pytest.fixture
def first(tmp_path: Path) -> Config:
    """Máy của một đài còn ở lược đồ đầu tiên."""
    config = machine(tmp_path / "station")
    config.data_folder.mkdir(parents=True)
    with closing(sqlite3.connect(config.data_folder / "broadcaster.db")) as raw:
        raw.executescript(gzip.decompress((STATION / "station.sql.gz").read_bytes()).decode())
        # Dòng này thêm tay cho đủ bảng: bản duyệt của bản sửa ấy nói cả phường, nên phép kiểm (đúng ra) gọi nó là sửa lén.
        raw.execute("DELETE FROM revision_zones")
        raw.commit()
    return config


def test_an_old_station_keeps_every_row(first: Config) -> None:
    with closing(open_database(first)) as database:
        with database.reading() as session:
            before = rows(session.connection())
        said = prepare_data(first, ManualClock(NOW))
        assert is_current(database)
        with database.reading() as session:
            assert trigger_faults(session) == []
        assert verify(database, 1, witnesses=desk_witnesses(first)).faults == ()
        with database.reading() as session:
            kept(before, rows(session.connection()))
            full = "SELECT COUNT(DISTINCT script_id) FROM airings WHERE result = 'full' AND mode <> 'rehearsal'"
            assert session.scalar(text("SELECT COUNT(DISTINCT script_id) FROM script_airings")) == session.scalar(text(full))
    assert len(before) > 40
    copies = list(first.backup_folder.glob("truoc-nang-cap-*.tar"))
    assert len(copies) == 1
    assert str(copies[0]) in said[0]
    assert prepare_data(first, ManualClock(NOW)) == [], "nâng cấp rồi thì không sao lưu lần nữa"


def test_the_books_of_before_are_sealed_as_they_stood(first: Config) -> None:
    """Sổ kiểm tra, quyết định, cách đọc có từ trước: từ lúc nâng cấp, sửa một chữ là lộ."""
    prepare_data(first, ManualClock(NOW))
    for table, column in (("audit_entries", "who"), ("decisions", "job_title"), ("reading_snapshots", "sentences")):
        with closing(open_database(first)) as database:
            _upgrade_and(database, f"DROP TRIGGER {table}_no_update", f"UPDATE {table} SET {column} = {column} || ' '")
            with database.engine.begin() as connection:
                create_append_only(connection, table)
            assert any("trước khi nâng cấp" in fault for fault in verify(database, 1, witnesses=desk_witnesses(first)).faults)


def test_commands_once_typed_on_a_page_move_into_the_machines_own_file(first: Config) -> None:
    typed = json.dumps({"name": "", "amplifier_on": 'usbrelay "a b"=1', "amplifier_off": "usbrelay 1=0"})
    with closing(sqlite3.connect(first.data_folder / "broadcaster.db")) as raw:
        raw.execute("UPDATE outputs SET device = ? WHERE id = 1", (typed,))
        raw.commit()
    said = prepare_data(first, ManualClock(NOW))
    [(name, commands)] = load(first.file).amplifiers.items()
    assert (commands.on, commands.off) == ('usbrelay "a b"=1', "usbrelay 1=0")
    assert name in said[1]
    with closing(open_database(first)) as database, database.reading() as session:
        device = json.loads(session.scalar(text("SELECT device FROM outputs WHERE id = 1")))
    assert (device["amplifier_on"], device["amplifier_off"]) == (name, name)


def test_a_plan_of_before_follows_nothing_and_keeps_its_topics(first: Config) -> None:
    prepare_data(first, ManualClock(NOW))
    with closing(open_database(first)) as database, database.reading() as session:
        assert session.scalar(text("SELECT COUNT(*) FROM plan_topics")) == 9
        assert session.scalar(text("SELECT COUNT(*) FROM plan_topics WHERE follows_id IS NOT NULL OR detail <> ''")) == 0
        assert session.scalar(text("SELECT COUNT(*) FROM report_jobs")) == 0


def test_what_was_said_and_written_before_goes_on_with_its_people(first: Config) -> None:
    prepare_data(first, ManualClock(NOW))
    with closing(open_database(first)) as database, database.reading() as session:
        one = "SELECT COUNT(*) FROM revisions r WHERE NOT EXISTS (SELECT 1 FROM revision_hands h WHERE h.revision_id = r.id)"
        assert session.scalar(text(one)) == 0, "mỗi bản sửa cũ có người viết"
        names = "SELECT COUNT(*) FROM stations s JOIN wordings w ON w.words = s.name AND w.kind = 'station'"
        assert session.scalar(text(names + " WHERE w.approved_at IS NOT NULL")) == 1, "tên đang đọc thì đọc tiếp"
        assert session.scalar(text("SELECT COUNT(*) FROM lexicon WHERE ended_at IS NULL AND approved_at IS NULL")) == 0


def test_the_copy_made_before_the_upgrade_is_a_whole_station(first: Config, tmp_path: Path) -> None:
    prepare_data(first, ManualClock(NOW))
    [copy] = first.backup_folder.glob("truoc-nang-cap-*.tar")
    new = machine(tmp_path / "new")
    restore(new, ManualClock(NOW), copy, login="quantri", why="Nâng cấp hỏng")
    with closing(open_database(first)) as old, closing(open_database(new)) as back, old.reading() as a, back.reading() as b:
        entries = select(LogEntry.seq, LogEntry.digest).order_by(LogEntry.seq)
        assert a.execute(entries).all() == b.execute(entries).all()[:-2], "thêm đúng dòng nối chuỗi và dòng sổ của nó"
        assert b.scalar(text("SELECT COUNT(*) FROM scripts")) == 5


def test_what_was_aired_before_the_upgrade_is_counted_from_the_log(first: Config) -> None:
    body = {"programme": {"zones": ["TDP1", "TDP2"]}, "item": {"zones": ["TDP2"]}}
    with closing(sqlite3.connect(first.data_folder / "broadcaster.db")) as raw:
        for run_id, told in ((901, body), (902, body | {"item": {}})):
            raw.execute(
                "INSERT INTO log_entries SELECT seq + ?, happened_at, recorded_at, 'item_armed', 1, ?, 7, ?, prev, digest, "
                "station_id, id + ? FROM log_entries WHERE seq = 1",
                (run_id, run_id, json.dumps(told), run_id),
            )
            raw.execute(
                "INSERT INTO airings SELECT ?, 7, programme_id, '2026-11-2' || (? - 900), slot_name, unit_name, position, kind, "
                "title, 1, 1, genre, column_name, topics, origin, priority, 'automatic', planned_at, started_at, ended_at, "
                "planned_ms, heard_ms, 'full', NULL, 0, last_seq, station_id, ? FROM airings WHERE id = 4",
                (run_id, run_id, run_id),
            )
        raw.commit()
    prepare_data(first, ManualClock(NOW))
    with closing(open_database(first)) as database, database.reading() as session:
        query = text("SELECT zone_code, count FROM script_airings ORDER BY zone_code")
        assert session.execute(query).all() == [("TDP1", 1), ("TDP2", 2)]


def test_words_to_search_by_are_carried_over_and_what_was_changed_by_hand_still_shows(first: Config) -> None:
    """0022 đổi cột để tìm; tính lại từ đầu là xoá dấu vết người đã sửa chúng."""
    old = Database(f"sqlite:///{first.data_folder / 'broadcaster.db'}")
    with closing(old) as database, migrating(database) as connection:
        upgrade_on(connection, "0021")
        marks = "people_lower, people_plain, column_name, genre, topics"
        add = f"INSERT INTO airing_subjects (id, station_id, facts, title_lower, title_plain, {marks}) VALUES "
        whole = {"title": "Họp dân 16/KH", "author": "Lan", "column": "Tin"}
        for content, title, people, column in ((whole, "họp dân 16/kh", "lan", "Tin"), ({"title": "Cấm"}, "khác", "", None)):
            told = (content_id(1, content), 1, canonical_json(content), title, fold(title), people, people, column, None, "\n")
            connection.exec_driver_sql(f"{add} ({', '.join('?' * len(told))})", told)
    with closing(Database(str(old.url))) as database:
        upgrade(database)
        with database.reading() as session:
            shown = AiringSubject.title_lower, AiringSubject.title_plain, AiringLabel.people_plain, AiringLabel.column_name
            query = select(*shown).join(AiringLabel, AiringLabel.id == AiringSubject.label_id)
            assert (" họp dân 16 kh ", " hop dan 16 kh ", " lan ", "Tin") in {tuple(row) for row in session.execute(query)}
            faults = list(subject_faults(session, 1))
    assert [fault for fault in faults if "“Cấm”" in fault]
    assert not [fault for fault in faults if "“Họp" in fault]


def test_the_formats_of_before_keep_their_segments_and_are_offered_the_new_presets(first: Config) -> None:
    prepare_data(first, ManualClock(NOW))
    with closing(open_database(first)) as database, database.reading() as session:
        quarter = session.scalars(select(Format).where(Format.name == "Chương trình 15 phút")).one()
        assert (quarter.preset, quarter.version, quarter.retired_at) == (None, 1, None)
        assert [(one.name, one.genres) for one in quarter.segments if one.kind is SegmentKind.SCRIPTS] == [
            ("Tin", frozenset({Genre.NEWS})),
            ("Cải cách hành chính", frozenset()),
            ("Hỏi - đáp", frozenset({Genre.QA})),
            ("Thông báo", frozenset({Genre.NOTICE})),
        ]
        assert length_on(quarter.segments, "1") == QUARTER_HOUR.length_ms
        rehearsal = session.scalars(select(Format).where(Format.name == "Diễn tập ngắn")).one()
        assert rehearsal.preset == "rehearsal"
        assert {slot.stopped_on for slot in session.scalars(select(Slot))} == {None}


def test_no_copy_no_upgrade(first: Config) -> None:
    first.backup_folder.parent.mkdir(parents=True, exist_ok=True)
    first.backup_folder.write_text("một tệp nằm ở chỗ của thư mục")
    with pytest.raises(Conflict, match="chưa nâng cấp"):
        prepare_data(first, ManualClock(NOW))
    with closing(open_database(first)) as database:
        assert current_revision(database) == "0001"


def test_a_newer_station_is_not_touched(first: Config) -> None:
    with closing(sqlite3.connect(first.data_folder / "broadcaster.db")) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
        raw.commit()
    with pytest.raises(Conflict, match="mới hơn"):
        prepare_data(first, ManualClock(NOW))


def test_an_upgrade_cut_off_leaves_the_old_station(first: Config) -> None:
    with closing(open_database(first)) as database:
        with pytest.raises(OperationalError, match="no such table"):
            _upgrade_and(database, "CREATE TABLE half_done (id INTEGER)", "DROP TABLE not_there")
        assert current_revision(database) == "0001"
        with database.reading() as session:
            assert "half_done" not in inspect(session.connection()).get_table_names()
            assert session.scalar(text("PRAGMA foreign_keys")) == 1, "khoá ngoại lại được canh sau khi nâng cấp"


def test_an_upgrade_that_breaks_a_reference_is_refused(first: Config) -> None:
    with closing(open_database(first)) as database:
        with pytest.raises(Conflict, match="plan_topics"):
            _upgrade_and(database, "DELETE FROM plans")
        assert current_revision(database) == "0001"


def _upgrade_and(database: Database, *statements: str) -> None:
    with migrating(database) as connection:
        upgrade_on(connection)
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_a_backup_of_the_first_software_comes_back_upgraded(tmp_path: Path, database: Database) -> None:
    if database.is_sqlite:
        new = machine(tmp_path / "new")
    else:
        new = machine(tmp_path / "new", database=database.url.render_as_string(hide_password=False))
        with database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
    try:
        restore(new, ManualClock(NOW), STATION / "backup.tar.gz", login="quantri", why="Đổi máy")
        with closing(open_database(new)) as restored:
            assert is_current(restored)
            with restored.reading() as session:
                assert trigger_faults(session) == []
            assert verify(restored, 1).faults == ()
            with restored.reading() as session:
                after = rows(session.connection())
        assert after["memberships"][0]["roles"] == "admin"
        assert {"sign_ins", "chain_heads"} <= set(after)
        assert len(after["items"]) == 77
    finally:
        if not database.is_sqlite:
            upgrade(database)
