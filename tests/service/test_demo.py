"""Đài mẫu: dựng một lần, mỗi lần chạy thêm một buổi diễn tập, không bao giờ đụng vào đài thật."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from broadcaster.accounts.tables import User, Zone
from broadcaster.clock import ManualClock
from broadcaster.config import Config, load
from broadcaster.errors import Conflict
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.plan_year import plan_year
from broadcaster.newsroom.tables import Plan, Revision, Script
from broadcaster.playout.tables import Cluster, Output
from broadcaster.service.assembly import open_database
from broadcaster.service.demo import PEOPLE, prepare_demo
from broadcaster.service.setup import prepare_data
from broadcaster.traffic.tables import Slot
from tests.support.stations import SAMPLE, copied

NOW = datetime(2026, 3, 2, 9, 50, tzinfo=UTC)
"""16:50 giờ Việt Nam, thứ Hai: sát buổi chiều."""
AFTER = timedelta(minutes=3)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Một đài vừa dựng từ ``config.toml`` mẫu."""
    folder = tmp_path_factory.mktemp("dai")
    (folder / "config.toml").write_text(SAMPLE.read_text("utf-8"), "utf-8")
    config = load(folder / "config.toml")
    prepare_data(config, ManualClock(NOW))
    return config


@pytest.fixture
def config(built: Config, tmp_path: Path) -> Config:
    """Bản riêng của phép thử."""
    return copied(built, tmp_path)


def test_the_sample_station_is_filled_once(config: Config, clock: ManualClock) -> None:
    first = prepare_demo(config, clock, after=AFTER)
    second = prepare_demo(config, clock, after=AFTER)
    clock.advance(30 * 60)
    prepare_demo(config, clock, after=AFTER)
    assert sum(person.login in line for person in PEOPLE for line in first) == len(PEOPLE)
    assert not any(person.login in line for person in PEOPLE for line in second), "mật khẩu chỉ hiện một lần"
    database = open_database(config)
    with database.reading() as session:
        counts = {row: session.scalar(select(func.count()).select_from(row)) for row in (User, Zone, Cluster, Output, Script)}
        states = Counter(session.scalars(select(Revision.state)))
        years = set(session.scalars(select(Plan.year)))
        rehearsals = session.scalars(select(Slot.starts_at).where(Slot.rehearsal).order_by(Slot.id)).all()
        reach = {len(cluster) for cluster in (output.clusters for output in session.scalars(select(Output)))}
    database.close()
    assert counts == {User: len(PEOPLE) + 1, Zone: 4, Cluster: 4, Output: 2, Script: 5}
    assert states == {RevisionState.APPROVED: 3, RevisionState.SUBMITTED: 2}
    assert reach == {2}
    assert years == {2025, plan_year(clock.now().date())}, "năm nay cũng có kế hoạch để theo"
    assert [f"{at:%H:%M}" for at in rehearsals] == ["16:53", "17:23"], "buổi đang chờ thì dùng luôn, qua rồi mới thêm"


def test_a_rehearsal_makes_way_for_the_real_programme(config: Config, clock: ManualClock) -> None:
    clock.advance(9 * 60)
    (line,) = [line for line in prepare_demo(config, clock, after=AFTER) if "diễn tập" in line]
    assert "17:15" in line


def test_a_rehearsal_may_be_heard_in_the_quiet_hours(config: Config, clock: ManualClock) -> None:
    clock.advance(6 * 3600 + 600)
    (line,) = [line for line in prepare_demo(config, clock, after=AFTER) if "diễn tập" in line]
    assert "23:03" in line


def test_a_station_with_its_own_scripts_is_left_alone(config: Config, clock: ManualClock) -> None:
    database = open_database(config)
    with database.writing() as session:
        session.add(Script(station_id=1, created_by_id=1, created_at=clock.now()))
    with pytest.raises(Conflict, match="bản tin thật"):
        prepare_demo(config, clock, after=AFTER)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1
    database.close()
