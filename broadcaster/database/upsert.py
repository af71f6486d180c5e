"""Thêm dòng nếu chưa có: cơ sở dữ liệu quyết cuộc đua, không phải ta hỏi trước rồi thêm sau."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from broadcaster.database.base import Base


def insert_if_absent(session: Session, row: type[Base], **values: Any) -> bool:
    """INSERT … ON CONFLICT DO NOTHING; trả về có thêm thật không."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    # SQLAlchemy tự thêm RETURNING trên PostgreSQL, khi ấy số dòng chỉ còn nếu ta xin giữ.
    statement = insert(row).values(**values).on_conflict_do_nothing().execution_options(preserve_rowcount=True)
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount == 1
