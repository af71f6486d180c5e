"""Dấu của một dòng như người ta đã thấy: hai người cùng mở một mục thì người lưu sau được báo, không đè lặng lẽ."""

from __future__ import annotations

import hashlib

from sqlalchemy import inspect

from broadcaster.database.base import Base
from broadcaster.errors import StaleForm


def stamp(row: Base) -> str:
    """Dấu ngắn của mọi cột; trang gửi kèm biểu mẫu."""
    columns = sorted(attribute.key for attribute in inspect(type(row)).column_attrs)
    shown = repr([(name, getattr(row, name)) for name in columns])
    return hashlib.sha256(shown.encode()).hexdigest()[:16]


def unchanged(row: Base, seen: str) -> None:
    """Dòng còn đúng như lúc trang mở. ``seen`` rỗng: người gọi không có trang. Lỗi: ``StaleForm``."""
    if seen and seen != stamp(row):
        raise StaleForm("Người khác vừa sửa mục này. Trang đã nạp bản mới, chữ bạn gõ còn nguyên: xem lại rồi lưu lần nữa.")
