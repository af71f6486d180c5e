"""Gom các dòng của một nhóm thành một chữ JSON, ngay trong cơ sở dữ liệu."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, type_coerce


def grouped_json(dialect: str, *columns: ColumnElement[Any]) -> ColumnElement[Any]:
    """Mảng của mảng ``columns``. Một chữ thay nhiều dòng, và nhanh hơn nối chữ hai lần."""
    if dialect == "sqlite":
        return type_coerce(func.json_group_array(func.json_array(*columns)), String)
    return cast(func.json_agg(func.json_build_array(*columns)), String)
