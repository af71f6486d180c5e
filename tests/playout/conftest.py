"""Phòng phát sóng không nạp cơ sở dữ liệu: buổi phát mô phỏng chạy trên SQLite, phép thử nào đi qua SQL của việc đưa vào nhật ký,
viết bản phát hay buổi đã lỡ thì xin cả hai (``BOTH``)."""

from __future__ import annotations

import pytest

from broadcaster.database import Database


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Database:
    """SQLite, hoặc điều phép thử xin."""
    found = request.getfixturevalue(getattr(request, "param", "sqlite"))
    assert isinstance(found, Database)
    return found
