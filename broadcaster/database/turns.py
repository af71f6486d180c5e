"""Một việc, mỗi lúc một người: đếm rồi ghi mà không ai chen vào giữa."""

from __future__ import annotations

import zlib

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def one_at_a_time(session: Session, what: str) -> None:
    """Tới hết giao dịch ghi này, không giao dịch ghi nào khác làm cùng việc ``what``.

    SQLite đã chỉ có một người ghi; PostgreSQL thì xin khoá theo tên việc.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(zlib.crc32(what.encode()))))
