"""Mọi phép thử chạm dữ liệu chạy trên SQLite thật và PostgreSQL thật; thiếu thì nói rõ, ở CI thiếu là hỏng."""

from __future__ import annotations

import compileall
import gc
import os
import shutil
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
import structlog
from sqlalchemy import text

import broadcaster
from broadcaster.clock import ManualClock
from broadcaster.database import Database
from broadcaster.database.base import Base
from broadcaster.database.schema import upgrade
from tests.support.databases import open_database, upgraded_sqlite
from tests.support.postgres import PostgresMissing, end_run, fresh_database, new_run
from tests.support.scene import Scene, lay_scene
from tests.support.secrets import leaked

if TYPE_CHECKING:
    from tests.support.tampering import Station

# Máy nào cấm Python ghi tệp dịch sẵn thì mỗi làn, mỗi tiến trình con lại dịch lại cả cây mã từ đầu.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

gc.disable()  # nạp phép thử chỉ thêm thứ sống tới hết lần chạy: dọn rác giữa chừng là đi qua chúng hết lần này tới lần khác

# Hypothesis cho mỗi ví dụ 200 ms: máy bận là hỏng. CI thử lần nào cũng đúng những ví dụ ấy, máy của ta thì bốc ví dụ mới.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.register_profile("few", deadline=None, derandomize=True, max_examples=20)  # scripts/mutate.py
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "ours")

_LEFT_OUT = "máy này thiếu: "


def leave_out(what: str) -> None:
    """Bỏ phép thử cần thứ máy này không có; ở CI thì đó là lỗi, không được bỏ."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI thiếu thứ phép thử cần: {what}")
    pytest.skip(_LEFT_OUT + what)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Phép thử cả ngôi nhà phần lớn là chờ: chia cho các làn, mỗi làn ở một quãng khác, để làn này chờ thì làn kia tính."""
    lanes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    houses: dict[Path, list[pytest.Item]] = {}
    for item in items:
        if item.path.parent.name == "end_to_end":
            houses.setdefault(item.path, []).append(item)
    quick = [item for item in items if item.path not in houses]
    size = -(-len(quick) // lanes)
    spread: list[pytest.Item] = []
    for lane in range(lanes):
        mine = quick[lane * size : (lane + 1) * size]
        turn = len(mine) * lane // lanes
        waits = [item for path in list(houses)[lane::lanes] for item in houses[path]]
        spread += [*mine[:turn], *waits, *mine[turn:]]
    items[:] = spread


def pytest_collection_finish() -> None:
    """Mọi thứ vừa nạp sống tới hết lần chạy: người dọn rác khỏi đi qua chúng ở mỗi phép thử."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def plain_log() -> None:
    """Không phép thử nào thừa hưởng cách ghi của phép thử trước (lệnh một lần chỉ ghi điều đáng lo).

    Vết lỗi trần như nhật ký thật: bản tô màu mặc định kể mọi biến, mất hàng giây mỗi lỗi mà đài không bao giờ dùng.
    """
    structlog.reset_defaults()
    written = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(processors=[*structlog.get_config()["processors"][:-1], written])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Soi điều mọi phép thử đã in và ghi: có mật khẩu, thẻ hay bánh quy đã dùng là hỏng."""
    report = yield
    found = [secret for title, text in report.sections if "log" in title or "std" in title for secret in leaked(text)]
    if found and report.passed:
        report.outcome, report.longrepr = "failed", f"nhật ký mang bí mật: {found}"
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Nói rõ đã bỏ những gì vì máy thiếu gì."""
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    missing = Counter(reason.rpartition(_LEFT_OUT)[2].rstrip("')") for reason in skipped if _LEFT_OUT in reason)
    for what, count in sorted(missing.items()):
        terminalreporter.write_line(f"BỎ {count} phép thử vì máy này thiếu: {what}")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Station:
    """Một đài đã phát, sổ sách còn nguyên, dựng một lần cho cả làn; phép thử nào sửa thì sửa bản chép (``tampering.copied``)."""
    from tests.support.tampering import build  # kéo theo cả dịch vụ: phép thử luật thuần khỏi nạp

    return build(tmp_path_factory.mktemp("dai") / "nguyen")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Một tệp SQLite đã nâng cấp, chép cho từng phép thử."""
    path = tmp_path_factory.mktemp("template") / "broadcaster.db"
    path.write_bytes(upgraded_sqlite())
    return path


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """Chỉ SQLite."""
    path = tmp_path / "broadcaster.db"
    shutil.copy(sqlite_template, path)
    database = open_database(f"sqlite:///{path}")
    yield database
    database.close()


def pytest_configure(config: pytest.Config) -> None:
    """Tiến trình chính của lần chạy thử mở chỗ chung; các làn thừa hưởng. Mã vừa lấy về thì dịch một lần cho mọi làn."""
    if not hasattr(config, "workerinput"):
        compileall.compile_dir(Path(broadcaster.__file__).parent, quiet=2)
        new_run()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Dọn chỗ chung."""
    if not hasattr(config, "workerinput"):
        end_run()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Địa chỉ một cơ sở dữ liệu PostgreSQL thật của riêng làn này, lược đồ đã nâng cấp."""
    try:
        with fresh_database(os.environ.get("PYTEST_XDIST_WORKER", "mot"), _upgrade) as url:
            yield url
    except PostgresMissing as missing:
        leave_out(str(missing))


def _upgrade(url: str) -> None:
    database = Database(url)
    upgrade(database)
    database.close()


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    """Chỉ PostgreSQL; mỗi phép thử bắt đầu từ bảng rỗng."""
    database = open_database(postgres_url)
    tables = [table.name for table in Base.metadata.sorted_tables]
    # DELETE nhanh hơn TRUNCATE mười lần khi bảng gần rỗng: không phải tạo lại tệp của từng bảng và chỉ mục.
    wipe = "".join(f"DELETE FROM {table};" for table in tables)
    restart = "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences"
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.exec_driver_sql(wipe)
        connection.execute(text(restart))
    yield database
    database.close()


BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))
"""Phép thử chứng minh SQL hay cuộc đua thì chạy trên cả hai; trang và biểu mẫu thì một là đủ (``tests/web/conftest.py``)."""


@pytest.fixture(params=BOTH)
def database(request: pytest.FixtureRequest) -> Database:
    """Cùng phép thử trên cả hai cơ sở dữ liệu."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Database)
    return found


@pytest.fixture
def clock() -> ManualClock:
    """Thứ Hai 02/03/2026, 08:00 giờ Việt Nam."""
    return ManualClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def laid(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[datetime], tuple[Path, Scene]]:
    """Tệp SQLite có sẵn sân khấu dựng lúc ấy, mỗi lúc dựng một lần, và sân khấu trong đó."""

    @cache
    def lay(now: datetime) -> tuple[Path, Scene]:
        path = tmp_path_factory.mktemp("san-khau") / "broadcaster.db"
        shutil.copy(sqlite_template, path)
        with closing(open_database(f"sqlite:///{path}")) as database:
            return path, lay_scene(database, ManualClock(now))

    return lay


@pytest.fixture
def scene(database: Database, clock: ManualClock, laid: Callable[[datetime], tuple[Path, Scene]]) -> Scene:
    """Một đài nhỏ có đủ vai, hai TDP, hai đường ra, hai cụm loa, và một đài thứ hai để thử cửa id."""
    if not database.is_sqlite:
        return lay_scene(database, clock)
    path, known = laid(clock.now())
    with closing(sqlite3.connect(path)) as ready, closing(sqlite3.connect(str(database.url.database))) as fresh:
        ready.backup(fresh)
    return replace(known, database=database, clock=clock)
