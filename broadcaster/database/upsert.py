"""Thêm dòng nếu chưa có, hay thêm hoặc đổi: cơ sở dữ liệu quyết cuộc đua, không phải ta hỏi trước rồi thêm sau."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import CursorResult, FromClause
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from broadcaster.database.base import Base

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

    _Insert = sqlite.Insert | postgresql.Insert


def insert_if_absent(session: Session, row: type[Base], **values: Any) -> bool:
    """INSERT … ON CONFLICT DO NOTHING; trả về có thêm thật không."""
    # SQLAlchemy tự thêm RETURNING trên PostgreSQL, khi ấy số dòng chỉ còn nếu ta xin giữ.
    statement = _insert(session.get_bind().dialect.name, row).values(**values).on_conflict_do_nothing()
    result = session.execute(statement.execution_options(preserve_rowcount=True))
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


@cache
def absent_only(dialect: str, table: FromClause) -> _Insert:
    """Câu thêm dòng nếu chưa có, soạn một lần cho mọi lần gọi; giá trị đưa lúc gọi; ``rowcount`` nói có thêm thật không."""
    return _insert(dialect, table).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


@cache
def insert_or_change(dialect: str, table: FromClause, key: tuple[str, ...], changed: tuple[str, ...]) -> _Insert:
    """Câu thêm dòng, hay đổi các cột ``changed`` của dòng đã có cùng ``key`` (một ràng buộc duy nhất); soạn một lần."""
    statement = _insert(dialect, table)
    new = {name: statement.excluded[name] for name in changed}
    return statement.on_conflict_do_update(index_elements=key, set_=new)


def _insert(dialect: str, row: Any) -> _Insert:
    if dialect == "sqlite":
        return sqlite.insert(row)
    from sqlalchemy.dialects import postgresql  # kéo theo cả asyncio: đài SQLite khỏi nạp ở mỗi tiến trình

    return postgresql.insert(row)
