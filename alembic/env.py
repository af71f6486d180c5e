"""Alembic chạy từ ``broadcaster.database.schema``, hoặc từ dòng lệnh với BROADCASTER_DATABASE_URL."""

from __future__ import annotations

import os
from typing import Literal

from sqlalchemy import Connection

import broadcaster.accounts.tables
import broadcaster.airlog.tables
import broadcaster.newsroom.tables
import broadcaster.playout.tables
import broadcaster.reports.tables
import broadcaster.studio.tables
import broadcaster.traffic.tables  # noqa: F401
from alembic import context
from broadcaster.database import Database
from broadcaster.database.base import Base
from broadcaster.database.types import CanonicalJson, UtcDateTime, WordSet


def render_item(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Kiểu cột của ta viết gọn trong bản nâng cấp; tập từ chỉ là chữ."""
    if kind != "type":
        return False
    if isinstance(item, WordSet):
        return "sa.Text()"
    if isinstance(item, (UtcDateTime, CanonicalJson)):
        return f"types.{type(item).__name__}()"
    return False


def run(connection: Connection) -> None:
    """Chạy các bản nâng cấp trong một giao dịch."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_item=render_item,
        transactional_ddl=True,  # trình điều khiển SQLite của ta không tự commit, nên lược đồ cũng nằm trong giao dịch
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with Database(os.environ["BROADCASTER_DATABASE_URL"]).engine.connect() as opened:
        run(opened)
        opened.commit()
