"""Số trên đường dẫn và sau dấu hỏi: số nào cũng có khoảng, ngoài khoảng là đường dẫn sai."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

MAX_ID = 2**31 - 1
"""Cột khoá của PostgreSQL là số nguyên 32 bit."""

Id = Annotated[int, Field(ge=1, le=MAX_ID)]
"""Mã của một dòng."""
PageNumber = Annotated[int, Field(ge=1, le=100_000)]
"""Trang của một danh sách, đếm từ 1."""
Number = Annotated[int, Field(ge=0, le=100_000)]
"""Số thứ tự của một bản sửa; 0 là không chọn."""


def id_in(text: str) -> int | None:
    """Mã viết trong chữ từ ngoài; không phải mã nào dùng được thì ``None``.

    ``str.isdigit`` nhận cả “²”, ``int`` thì không; và một mã dài nghìn chữ số làm cả hai cùng hỏng.
    """
    short = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID))
    return int(text) if short and 1 <= int(text) <= MAX_ID else None
