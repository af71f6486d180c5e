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
