"""Phòng phát sóng không nạp cơ sở dữ liệu: buổi phát mô phỏng chạy trên SQLite, phép thử nào đi qua SQL của việc đưa vào nhật ký,
viết bản phát hay buổi đã lỡ thì xin cả hai (``BOTH``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from broadcaster.database import Database
from tests.support.radio_house import House
from tests.support.scene import Scene


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    """SQLite, hoặc điều phép thử xin."""
    found = request.getfixturevalue(getattr(request, "param", "sqlite"))
    assert isinstance(found, Database)
    return found


@pytest.fixture
def house(scene: Scene, tmp_path: Path) -> House:
    """Một bản tin, một buổi lúc 08:10, đã chuẩn bị; bây giờ là 08:09:50."""
    made = House(scene, tmp_path)
    made.script("Tin một")
    made.slot()
    made.settle()
    made.wait(590)
    return made
