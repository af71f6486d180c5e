"""Phòng phát sóng không nạp cơ sở dữ liệu: buổi phát mô phỏng chạy trên SQLite, phép thử nào đi qua SQL của việc đưa vào nhật ký,
viết bản phát hay buổi đã lỡ thì xin cả hai (``BOTH``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from broadcaster.database import Database
from tests.support.radio_house import House, Ready


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    """SQLite, hoặc điều phép thử xin."""
    found = request.getfixturevalue(getattr(request, "param", "sqlite"))
    assert isinstance(found, Database)
    return found


@pytest.fixture(scope="session")
def ready(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Ready:
    """Đài đã chuẩn bị của cả làn, để chép."""
    return Ready.lay(tmp_path_factory.mktemp("dai-san"), sqlite_template)


@pytest.fixture
def house(request: pytest.FixtureRequest, database: Database, ready: Ready, tmp_path: Path) -> Iterator[House]:
    """Một bản tin, một buổi lúc 08:10, đã chuẩn bị; bây giờ là 08:09:50."""
    with ExitStack() as leaving:
        if database.is_sqlite:
            made = leaving.enter_context(ready.copied(tmp_path / "dai"))
        else:
            made = House(request.getfixturevalue("scene"), tmp_path)
            made.one_script()
        made.wait(590)
        yield made
