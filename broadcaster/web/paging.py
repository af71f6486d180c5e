"""Chia trang: ba điều mà mẫu ``trang_so.html`` cần, tính ở một chỗ."""

from __future__ import annotations

from typing import TypedDict


class Paged(TypedDict):
    """``total``: bao nhiêu dòng khớp; ``page``: trang đang xem; ``pages``: bao nhiêu trang, ít nhất một."""

    total: int
    page: int
    pages: int


def paged(total: int, page: int, size: int) -> Paged:
    """Trang ``page`` của ``total`` dòng, mỗi trang ``size`` dòng."""
    return Paged(total=total, page=page, pages=max(1, -(-total // size)))
