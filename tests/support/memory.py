"""SQLite thật trong bộ nhớ, đủ mọi bảng: cho luật chỉ hỏi vài dòng, không cần dựng cả sân khấu."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

import broadcaster.reports.tables
import broadcaster.studio.tables
import broadcaster.traffic.tables  # noqa: F401  ba phòng này kéo theo bảng của mọi phòng dưới
from broadcaster.database.base import Base


@contextmanager
def memory_session() -> Iterator[Session]:
    """Một phiên; xong thì không còn gì."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.connection.driver_connection.deserialize(_empty())  # type: ignore[union-attr]
    with Session(engine) as session:
        yield session
    engine.dispose()


@cache
def _empty() -> bytes:
    """Mọi bảng, chưa dòng nào: dựng một lần mỗi tiến trình."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        found: bytes = connection.connection.driver_connection.serialize()  # type: ignore[union-attr]
    engine.dispose()
    return found
