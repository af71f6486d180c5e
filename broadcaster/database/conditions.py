"""Điều kiện mỗi cơ sở dữ liệu nói một cách."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Dialect, String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine


class Condition(FunctionElement[bool]):
    """Điều kiện tự dịch; SQLAlchemy không thêm “= 1” vào sau, vì thêm là SQLite bỏ chỉ mục."""

    type = Boolean()

    def self_group(self, against: Any = None) -> Any:
        """Đứng cạnh gì cũng là chính nó."""
        return self


def among(column: Any, ids: Iterable[int]) -> ColumnElement[bool]:
    """Như ``column.in_(ids)``, cả danh sách đi trong một tham số: nghìn mã vẫn là một câu lệnh đã soạn."""
    return _Among(column, bindparam(None, list(ids), type_=_Ids, unique=True))


class _Ids(TypeDecorator[list[int]]):
    """Danh sách mã: mảng của PostgreSQL, chữ JSON của SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String())
        from sqlalchemy.dialects.postgresql import ARRAY  # kéo theo cả asyncio: đài SQLite khỏi nạp ở mỗi tiến trình

        return dialect.type_descriptor(ARRAY(BigInteger()))

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> Any:
        return json.dumps(value) if dialect.name == "sqlite" else value


class _Among(Condition):
    inherit_cache = True


@compiles(_Among)
def _in_array(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    column, ids = (compiler.process(part, **more) for part in element.clauses)
    return f"{column} = ANY ({ids})"


@compiles(_Among, "sqlite")
def _in_json(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    column, ids = (compiler.process(part, **more) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608
