"""Đọc biểu mẫu: chữ, số, ngày, nhiều lựa chọn; giá trị sai thành lời nhắn ở đúng ô, chữ đã gõ luôn còn để hiện lại."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import date, time
from typing import Annotated, TypeVar

from fastapi import Depends
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from broadcaster.database.enums import Word
from broadcaster.errors import Invalid

W = TypeVar("W", bound=Word)
T = TypeVar("T")


_YEARS = range(1900, 2200)


def read_day(text: str) -> date:
    """Ngày dạng ``2026-03-01``; năm ngoài 1900-2199 là gõ nhầm. Lỗi: ``ValueError``."""
    day = date.fromisoformat(text)
    if day.year not in _YEARS:
        raise ValueError(text)
    return day


class Posted:
    """Biểu mẫu đã gửi."""

    def __init__(self, data: FormData) -> None:
        """``data``: của Starlette, đã đọc xong."""
        self._data = data

    def text(self, name: str) -> str:
        """Chữ đã gõ; không có ô ấy thì rỗng."""
        value = self._data.get(name)
        return value.replace("\0", "") if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """Mọi lựa chọn của một ô nhiều giá trị."""
        return [value for value in self._data.getlist(name) if isinstance(value, str)]

    def ids(self, name: str) -> tuple[int, ...]:
        """Các mã đã chọn. Lỗi: ``Invalid``."""
        return tuple(self._parse(name, value, int, "Lựa chọn không hợp lệ. Hãy chọn lại.") for value in self.texts(name) if value)

    def whole(self, name: str) -> int:
        """Một số nguyên bắt buộc. Lỗi: ``Invalid``."""
        return self._parse(name, self.text(name), int, "Hãy nhập một số nguyên.")

    def maybe(self, name: str) -> int | None:
        """Một số nguyên hoặc để trống. Lỗi: ``Invalid``."""
        return self.whole(name) if self.text(name).strip() else None

    def day(self, name: str) -> date | None:
        """Một ngày hoặc để trống. Lỗi: ``Invalid``."""
        text = self.text(name).strip()
        return self._parse(name, text, read_day, "Hãy nhập ngày, ví dụ 2026-03-01.") if text else None

    def clock_time(self, name: str) -> time:
        """Giờ bắt buộc, có hoặc không có giây. Lỗi: ``Invalid``."""
        return self._parse(name, self.text(name).strip(), time.fromisoformat, "Hãy nhập giờ dạng 06:00.")

    def word(self, name: str, words: type[W], default: W) -> W:
        """Một từ của ngành; để trống thì ``default``. Lỗi: ``Invalid``."""
        text = self.text(name)
        return self._parse(name, text, words, "Lựa chọn không hợp lệ. Hãy chọn lại.") if text else default

    def checked(self, name: str) -> bool:
        """Ô đánh dấu."""
        return bool(self.text(name))

    def file(self, name: str) -> UploadFile | None:
        """Tệp đã gửi; không chọn tệp thì ``None``."""
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def kept(self) -> list[tuple[str, str]]:
        """Mọi chữ đã gõ, để gửi lại sau khi đăng nhập; không giữ mật khẩu và tệp."""
        secret = {"mat_khau", "cu", "moi", "lai"}
        return [(name, value) for name, value in self._data.multi_items() if isinstance(value, str) and name not in secret]

    @staticmethod
    def _parse(name: str, text: str, read: Callable[[str], T], problem: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise Invalid(problems={name: problem}) from error


async def posted(request: Request) -> AsyncIterator[Posted]:
    """Đọc biểu mẫu ở vòng lặp sự kiện, để đường xử lý sau đó chạy đồng bộ; tệp tạm được đóng khi xong."""
    async with request.form(max_files=1, max_fields=500, max_part_size=52_000_000) as data:
        yield Posted(data)


Form = Annotated[Posted, Depends(posted)]
