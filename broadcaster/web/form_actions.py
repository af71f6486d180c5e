"""Một việc từ biểu mẫu: làm trong một giao dịch, xong thì quay lại trang; sai thì hiện lại trang, chữ đã gõ còn nguyên.

Ô của từng dòng mang thêm ``_mã`` ở tên, nên lời nhắn trở về đúng dòng ấy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.accounts.signing_in import Signed
from broadcaster.errors import Conflict, Invalid
from broadcaster.web.forms import Posted
from broadcaster.web.pages import back_to, services_of

Deed = Callable[[Session, datetime], object]
Show = Callable[[Request, Signed, int, Mapping[str, str], Mapping[str, str]], Response]
"""Dựng trang từ: yêu cầu, người, mã HTTP, chữ đã gõ, lời nhắn theo ô (``chung`` là của cả trang)."""


def attempt(
    request: Request, signed: Signed, form: Posted, deed: Deed, *, show: Show, back: str, said: str, row: int | str | None = None
) -> Response:
    """``row``: mã của dòng đang sửa. Lỗi khác ``Invalid`` và ``Conflict`` đi tiếp ra trang lỗi."""
    services, typed = services_of(request), dict(form.kept())
    try:
        with services.database.writing() as session:
            deed(session, services.clock.now())
    except Invalid as error:
        problems = error.problems or {"chung": error.message}
        return show(request, signed, 422, typed, {_in_row(name, row): text for name, text in problems.items()})
    except Conflict as error:
        return show(request, signed, 409, typed, {"chung": error.message})
    return back_to(back, said)


def _in_row(name: str, row: int | str | None) -> str:
    return name if row is None or name.endswith(f"_{row}") else f"{name}_{row}"
