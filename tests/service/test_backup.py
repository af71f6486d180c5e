"""Sao lưu lúc đang chạy, phục hồi vào máy trống, trên cả hai cơ sở dữ liệu và từ cái này sang cái kia."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from broadcaster.accounts.audit import UNNAMED
from broadcaster.accounts.tables import AuditEntry
from broadcaster.airlog.anchors import typed
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.airlog.writing import append
from broadcaster.clock import ManualClock
from broadcaster.config import Config, load
from broadcaster.database import Database
from broadcaster.database.base import Base
from broadcaster.database.schema import current_revision
from broadcaster.errors import Conflict, Invalid, NotFound
from broadcaster.newsroom.drafting import Draft, create
from broadcaster.newsroom.tables import Revision
from broadcaster.service.assembly import open_database, open_parts
from broadcaster.service.backup import back_up, back_up_by, backups, made_at, restore
from broadcaster.service.backup_check import Examined
from broadcaster.service.demo import prepare_demo
from broadcaster.service.folders import open_library
from broadcaster.service.local import opened
from broadcaster.service.marks import marks_for_restore
from broadcaster.service.nightly import Nightly, next_backup
from broadcaster.service.setup import prepare_data
from broadcaster.sound.pcm import silence
from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio.worker import Worker
from tests.airlog.bodies import armed, ended
from tests.support import tampering
from tests.support.stations import SAMPLE, copied
from tests.support.voice import wav

START = datetime(2026, 3, 2, 9, 50, tzinfo=UTC)


MANIFESTS = {
    "a list": b"[]",
    "nothing": b"{}",
    "a number": b'{"format": 2, "rows_sha256": 5}',
    "a path": b'{"format": 2, "schema": "0001", "station": "x", "rows": 1, "rows_sha256": "", "sounds": ["../x"], "missing": []}',
}


def machine(folder: Path, *, database: str = "", code: str = "phung-chi-kien") -> Config:
    """Cấu hình của một máy còn trống."""
    folder.mkdir(parents=True)
    wording = SAMPLE.read_text("utf-8").replace('code = "phung-chi-kien"', f'code = "{code}"')
    (folder / "config.toml").write_text(wording.replace('database = ""', f'database = "{database}"'), "utf-8")
    return load(folder / "config.toml")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Một đài có người, bản tin, bản ghi và vài dòng nhật ký."""
    config, clock = machine(tmp_path_factory.mktemp("dai") / "old"), ManualClock(START)
    prepare_data(config, clock)
    prepare_demo(config, clock, after=timedelta(minutes=3))
    with closing(open_database(config)) as database:
        maker = Worker(database, clock, {ToneVoice.name: ToneVoice()}, open_library(config), name="thợ")
        with database.writing() as session:
            session.execute(text("UPDATE recordings SET voices = '[\"tone\"]'"))
        maker.step()
        with database.writing() as session:
            for event, body in ((Event.ITEM_ARMED, armed(11, START)), (Event.ITEM_ENDED, ended(START))):
                append(session, 1, event, body, happened_at=START, now=START, run_id=1, item_id=11)
    return config


@pytest.fixture
def busy(built: Config, tmp_path: Path) -> Config:
    """Bản riêng của phép thử."""
    return copied(built, tmp_path / "old")


def counts(config: Config) -> dict[str, int]:
    """Số dòng từng bảng."""
    with closing(open_database(config)) as database, database.reading() as session:
        return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in Base.metadata.sorted_tables}


def check_same(old: Config, new: Config) -> None:
    """Mọi bảng cùng số dòng, trừ dòng nối lại chuỗi; chuỗi nguyên vẹn; bản sửa giữ đúng mã băm."""
    before, after = counts(old), counts(new)
    assert {name: after[name] - before[name] for name in before if after[name] != before[name]} in (
        {"log_entries": 2, "audit_entries": 1},
        {"log_entries": 2, "audit_entries": 1, "sign_ins": -before["sign_ins"]},
    )
    with closing(open_database(new)) as database:
        assert verify(database, 1).faults == ()
        with database.reading() as session:
            last, recorded = reversed(session.scalars(select(LogEntry).order_by(LogEntry.seq.desc()).limit(2)).all())
            assert (last.event, recorded.event) == (Event.CHAIN_RESUMED, Event.RECORDED)
            body = json.loads(last.body)
            assert (body["who"].endswith("(dòng lệnh)"), body["why"]) == (True, "Hỏng ổ cứng")
            book = session.scalars(select(AuditEntry).where(AuditEntry.action == "restored")).one()
            assert (book.who, book.detail["why"], book.user_id is not None) == (body["who"], "Hỏng ổ cứng", True)
            with closing(open_database(old)) as origin, origin.reading() as there:
                query = select(Revision.frozen_sha256).order_by(Revision.id)
                assert session.scalars(query).all() == there.scalars(query).all()


def test_a_station_comes_back_whole_on_an_empty_machine(tmp_path: Path, busy: Config, clock: ManualClock) -> None:
    kept = back_up(busy, clock, tmp_path / "kept")
    new = machine(tmp_path / "new")
    said = restore(new, clock, kept.path, login="quantri", why="Hỏng ổ cứng")
    check_same(busy, new)
    assert kept.sounds == len(list(open_library(new).root.rglob("*.flac"))) > 3
    assert str(kept.rows) in said[0]
    assert prepare_data(new, clock) == [], "phục hồi xong là chạy được, không dựng lại"


def test_a_station_moves_to_postgresql_and_goes_on_counting(
    tmp_path: Path, busy: Config, clock: ManualClock, postgres: Database
) -> None:
    kept = back_up(busy, clock, tmp_path / "kept")
    new = machine(tmp_path / "new", database=postgres.url.render_as_string(hide_password=False))
    restore(new, clock, kept.path, login="quantri", why="Hỏng ổ cứng")
    check_same(busy, new)
    with opened(new) as (database, actor), database.writing() as session:
        create(session, actor, Draft(title="Sau phục hồi", body="Chữ"), now=clock.now())


def test_a_backup_is_one_moment_although_writers_go_on(tmp_path: Path, busy: Config, clock: ManualClock) -> None:
    with closing(open_database(busy)) as database:
        reader = database.reading()
        with reader as session:
            session.scalar(select(func.count()).select_from(LogEntry))
            kept = back_up(busy, clock, tmp_path / "kept")
        with opened(busy) as (_, actor), database.writing() as session:
            create(session, actor, Draft(title="Sau sao lưu", body="Chữ"), now=clock.now())
    new = machine(tmp_path / "new")
    restore(new, clock, kept.path, login="quantri", why="Hỏng ổ cứng")
    assert counts(new)["revisions"] == counts(busy)["revisions"] - 1


def test_a_restore_never_covers_a_living_station(tmp_path: Path, busy: Config, clock: ManualClock) -> None:
    kept = back_up(busy, clock, tmp_path / "kept")
    before = counts(busy)
    with pytest.raises(Conflict, match="đã có đài"):
        restore(busy, clock, kept.path, login="quantri", why="Nhầm")
    assert counts(busy) == before


@pytest.mark.parametrize(("login", "error"), [("", Invalid), ("khách lạ", NotFound)])
def test_nobody_restores_without_a_name_of_the_station(
    tmp_path: Path, busy: Config, clock: ManualClock, login: str, error: type[Exception]
) -> None:
    kept, new = back_up(busy, clock, tmp_path / "kept"), machine(tmp_path / "new")
    with pytest.raises(error, match=r"Hãy cho biết bạn là ai|đang có: quantri"):
        restore(new, clock, kept.path, login=login, why="Hỏng ổ cứng")
    assert prepare_data(new, clock) != [], "máy vẫn trống"


@pytest.mark.parametrize(("login", "name"), [("quantri", "(dòng lệnh)"), ("", UNNAMED)])
def test_a_backup_made_by_hand_is_in_the_book(tmp_path: Path, busy: Config, clock: ManualClock, login: str, name: str) -> None:
    kept = back_up_by(busy, clock, tmp_path / "usb", login=login)
    with closing(open_database(busy)) as database, database.reading() as session:
        book = session.scalars(select(AuditEntry).where(AuditEntry.action == "exported")).one()
    assert (book.who.endswith(name), book.user_id is None) == (True, not login)
    assert book.detail == {"file": str(kept.path), "sealed": False}


def test_another_stations_backup_is_refused(tmp_path: Path, busy: Config, clock: ManualClock) -> None:
    kept = back_up(busy, clock, tmp_path / "kept")
    with pytest.raises(Invalid, match="phung-chi-kien"):
        restore(machine(tmp_path / "new", code="bach-sam"), clock, kept.path, login="quantri", why="Nhầm")


@pytest.mark.parametrize("harm", ["cut", "row", "sound", "schema", "text", "escape", *MANIFESTS])
def test_a_damaged_backup_is_refused_and_leaves_nothing(tmp_path: Path, busy: Config, clock: ManualClock, harm: str) -> None:
    kept = back_up(busy, clock, tmp_path / "kept").path
    _harm(kept, harm)
    new = machine(tmp_path / "new")
    with pytest.raises(Exception, match=r"Hãy (chọn bản|phục hồi bằng)"):
        restore(new, clock, kept, login="quantri", why="Hỏng ổ cứng")
    assert not (tmp_path / "escaped").exists()
    with closing(open_database(new)) as database:
        assert current_revision(database) is None, "chưa có bảng nào"


def _harm(path: Path, harm: str) -> None:
    if harm in ("cut", "text"):
        path.write_bytes(path.read_bytes()[:5000] if harm == "cut" else b"khong phai tar")
        return
    with tarfile.open(path) as archive:
        parts = {entry.name: (archive.extractfile(entry) or io.BytesIO()).read() for entry in archive}
    sound = next(name for name in parts if name.startswith("sounds/"))
    if harm == "row":
        parts["rows.jsonl"] = parts["rows.jsonl"].replace("Nguyễn Thị Lan".encode(), "Nguyễn Thị Lạ".encode())
    if harm == "sound":
        parts[sound] = parts[sound][:-1] + b"?"
    if harm == "schema":
        parts["manifest.json"] = parts["manifest.json"].replace(b'"schema": "', b'"schema": "0')
    parts["manifest.json"] = MANIFESTS.get(harm, parts["manifest.json"])
    if harm == "escape":
        parts = {"../../escaped": b"x", **parts}
    with tarfile.open(path, "w") as archive:
        for name, data in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def test_only_the_newest_are_kept(tmp_path: Path, busy: Config, clock: ManualClock) -> None:
    folder = tmp_path / "kept"
    for _ in range(4):
        newest = back_up(busy, clock, folder, keep=2).path
        clock.advance(86_400)
    assert [made_at(path) for path in backups(folder, busy.station.code)] == [clock.now() - timedelta(days=n) for n in (1, 2)]
    assert newest in backups(folder, busy.station.code)


def test_a_full_disk_leaves_no_half_backup(tmp_path: Path, busy: Config, clock: ManualClock) -> None:
    folder = tmp_path / "kept"
    shutil.rmtree(open_library(busy).root)
    kept = back_up(busy, clock, folder)
    assert kept.missing, "tệp mất được kể tên, không làm hỏng bản sao"
    (folder / "in-the-way").write_text("x")
    with pytest.raises(OSError, match="in-the-way"):
        back_up(busy, clock, folder / "in-the-way")
    assert [path.name for path in folder.iterdir() if ".part" in path.name] == []


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)), st.integers(0, 100))
def test_a_backup_is_always_ahead_and_at_its_hour_or_overdue(now: datetime, hours_old: int) -> None:
    config = load(SAMPLE)
    newest = now - timedelta(hours=hours_old)
    at = next_backup(config, newest, now)
    assert now < at <= now + timedelta(days=1)
    if hours_old > 24:
        assert at == now + timedelta(minutes=2), "lỡ một đêm thì làm ngay"
    if hours_old == 0:
        assert at.time() == time(2, 30)


def test_the_night_keeps_a_backup_and_sweeps_forgotten_recordings(busy: Config, clock: ManualClock) -> None:
    parts = open_parts(busy)
    old, new = (parts.open("1:1:1", now=clock.now()).key for _ in range(2))
    for key, hours in ((old, 30), (new, 1)):
        parts.put(key, "1:1:1", 0, wav(silence(500)))
        touched = (clock.now() - timedelta(hours=hours)).timestamp()
        folder = busy.audio_folder / "uploads" / key
        for path in (*folder.iterdir(), folder):
            os.utime(path, (touched, touched))
    with closing(open_database(busy)) as database:
        Nightly(busy, database, clock).work()
    assert [one.key for one in parts.unfinished("1:1:1")] == [new]
    assert len(backups(busy.backup_folder, busy.station.code)) == 1


def test_restore_says_before_it_writes_what_the_log_in_the_backup_is_worth(tmp_path: Path, clock: ManualClock) -> None:
    """Bản sao của một đài đã bị viết lại: người phục hồi biết trước khi có gì được ghi, và thôi được."""
    station = tampering.build(tmp_path / "old")
    paper = typed(f"{station.verdict().lines}:{station.verdict().digest[:20]}")
    tampering.KINDS["approver's name"](station)
    tampering.KINDS["tail cut, head reset, projections rebuilt"](station)
    kept = back_up(station.config, clock, tmp_path / "kept")
    new = machine(tmp_path / "new")

    def refuse(found: Sequence[Examined]) -> None:
        told = "\n".join(line for one in found for line in one.lines())
        assert "quyết định 1 đã bị sửa" in told
        assert f"nói nhật ký có tới dòng {paper.seq}" in told
        raise Conflict("thôi")

    with pytest.raises(Conflict, match="thôi"):
        restore(new, clock, kept.path, login="quantri", why="Thử", marks_of=lambda _code: [paper], examined=refuse)
    with closing(open_database(new)) as database:
        assert current_revision(database) is None


def test_restore_asks_the_stick_and_the_other_backups_by_itself(tmp_path: Path, clock: ManualClock) -> None:
    """Bản sao của nhật ký đã viết lại từng được dựng lên khi USB có mốc vẫn cắm; bản cũ hơn mốc thì nói sẽ mất mấy dòng."""
    station = tampering.build(tmp_path / "old")
    honest = back_up(station.config, clock, tmp_path / "kept")
    tampering.KINDS["value changed, everything rechained"](station)
    forged = back_up(station.config, clock, tmp_path / "forged")
    (tmp_path / "new").mkdir()
    shutil.copy(station.config.file, tmp_path / "new")
    shutil.copytree(station.folder / "ngoai", tmp_path / "new" / "ngoai")
    new = load(tmp_path / "new" / "config.toml")
    found: list[str] = []

    def refuse(examined: Sequence[Examined]) -> None:
        found[:] = [line for one in examined for line in one.lines()]
        raise Conflict("thôi")

    def told(archive: Path) -> str:
        marks_of = marks_for_restore(new, (), archive, None)
        with pytest.raises(Conflict, match="thôi"):
            restore(new, clock, archive, login="quantri", why="Thử", marks_of=marks_of, examined=refuse)
        return "\n".join(found)

    assert "SAI: tệp neo-phung-chi-kien.jsonl" in told(forged.path)
    assert "SAI" not in told(honest.path)
    stick = new.file.parent / "ngoai" / "neo-phung-chi-kien.jsonl"
    newer = {**json.loads(stick.read_text("utf-8").splitlines()[-1]), "dong": 999}
    stick.write_text(stick.read_text("utf-8") + json.dumps(newer) + "\n", "utf-8")
    assert "SAI" not in told(honest.path)
    assert "giữ tới dòng 999, bản sao tới dòng" in told(honest.path)
