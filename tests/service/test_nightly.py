"""Việc hằng đêm qua vòng thật: sao lưu hỏng đúng lúc cơ sở dữ liệu vắng cũng không mất hẹn, không mất cảnh báo."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select, text

from broadcaster.accounts.audit import open_alerts
from broadcaster.accounts.tables import Station
from broadcaster.clock import ManualClock
from broadcaster.config import Config, load
from broadcaster.errors import DatabaseAway
from broadcaster.loop import running
from broadcaster.service.assembly import open_database
from broadcaster.service.backup import backups, made_at
from broadcaster.service.nightly import Nightly
from broadcaster.service.setup import prepare_data

SAMPLE = Path(__file__).parent.parent.parent / "config.toml"


@pytest.fixture
def config(tmp_path: Path, clock: ManualClock) -> Config:
    (tmp_path / "config.toml").write_bytes(SAMPLE.read_bytes())
    config = load(tmp_path / "config.toml")
    prepare_data(config, clock)
    return config


def test_after_the_clock_was_set_back_a_month_every_night_still_has_its_backup(config: Config, clock: ManualClock) -> None:
    """Các bản mang giờ tương lai không được coi là bản đêm nay, cũng không được đẩy bản đêm nay đi."""
    folder = config.backup_folder
    with closing(open_database(config)) as database:
        nightly = Nightly(config, database, clock)
        clock.step(31 * 86_400)
        for _ in range(config.backup.keep):
            nightly.back_up()
            clock.step(86_400)
        nightly.step()
        clock.step(-60 * 86_400)
        started = clock.now()
        for _ in range(4 * 48):
            nightly.step()
            clock.advance(1800)
    times = [made_at(one) for one in backups(folder, config.station.code)]
    assert len(times) == config.backup.keep
    nights = [sum(night <= at - started < night + timedelta(days=1) for at in times) for night in map(timedelta, range(4))]
    assert min(nights) == 1, nights


def test_a_backup_that_fails_while_the_database_is_away_is_told_and_made_as_soon_as_it_can(
    config: Config, clock: ManualClock
) -> None:
    blocked = config.backup_folder
    blocked.parent.mkdir(parents=True, exist_ok=True)
    blocked.write_text("một tệp nằm đúng chỗ thư mục sao lưu")
    with closing(open_database(config)) as database:
        away, turns, seen = [True], [0], list[tuple[int, list[str]]]()

        def refuse(_connection: object) -> None:
            if away[0] and turns[0] > 1:
                raise DatabaseAway

        class Watched(Nightly):
            def step(self) -> None:
                turns[0] += 1
                done = len(backups(config.backup_folder, config.station.code)) if blocked.is_dir() else 0
                if turns[0] == 4:
                    away[0] = False
                if not (away[0] and turns[0] > 1):
                    with database.reading() as session:
                        station_id = session.scalars(select(Station.id)).first() or 0
                        alerts = [one.message for one in open_alerts(session, station_id) if one.subject == "backup"]
                    seen.append((done, alerts))
                    if alerts:
                        blocked.unlink(missing_ok=True)
                if done:
                    self._loop.stop()
                super().step()

        nightly = Watched(config, database, clock)
        event.listen(database.engine, "begin", refuse)
        nightly._loop.run()
        event.remove(database.engine, "begin", refuse)
    assert seen[0] == (0, [])
    assert any("Sao lưu đêm qua không xong" in alerts[0] for _, alerts in seen if alerts)
    assert seen[-1] == (1, []), "có bản sao rồi thì cảnh báo tự đóng"
    assert running() == []


def test_the_night_counts_the_indexes_again(config: Config, clock: ManualClock) -> None:
    with closing(open_database(config)) as database:
        Nightly(config, database, clock).work()
        with database.engine.connect() as connection:
            assert connection.scalar(text("SELECT count(*) FROM sqlite_stat1")) > 0


def test_a_backup_tried_again_and_again_sends_one_anchor_a_night(config: Config, clock: ManualClock) -> None:
    """Ổ sao lưu đầy từng gửi một mốc mỗi lần thử lại: hộp thư của phường nhận hàng trăm thư một ngày."""
    (config.file.parent / "ngoai").mkdir()
    config.file.write_text(config.file.read_text("utf-8").replace("folders = []", 'folders = ["ngoai"]'), "utf-8")
    config = load(config.file)
    config.backup_folder.parent.mkdir(parents=True, exist_ok=True)
    config.backup_folder.write_text("một tệp nằm đúng chỗ thư mục sao lưu")
    with closing(open_database(config)) as database:
        nightly = Nightly(config, database, clock)
        for _ in range(3):
            nightly.work()
        clock.advance(24 * 3600)
        nightly.work()
    [path] = (config.file.parent / "ngoai").iterdir()
    assert len(path.read_text("utf-8").splitlines()) == 2
