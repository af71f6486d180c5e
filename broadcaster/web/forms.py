"""Đọc biểu mẫu: chữ, số, ngày, nhiều lựa chọn; giá trị sai thành lời nhắn ở đúng ô, chữ đã gõ luôn còn để hiện lại."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime, time
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from broadcaster.clock import read_day, read_moment, read_time
from broadcaster.enums import Word
from broadcaster.errors import Invalid, UnsoundText
from broadcaster.plain_text import is_unsound, mended
from broadcaster.web.params import MAX_ID

S = TypeVar("S")
W = TypeVar("W", bound=Word)
T = TypeVar("T")

MOST_BOXES, MOST_TEXT = 500, 6_000_000
"""Nhiều ô nhất, và một ô chữ dài nhất (byte), của một biểu mẫu."""
_MENDED = "Chữ gửi lên có ký tự hỏng, không lưu được; đài đã bỏ riêng những ký tự ấy. Hãy xem lại chữ rồi bấm Gửi lại."
_LONG = 4_000
"""Biểu mẫu từ chừng này byte thì tách ở luồng khác."""
IDS = range(1, MAX_ID + 1)


class Posted:
    """Biểu mẫu đã gửi."""

    def __init__(self, data: FormData) -> None:
        """``data``: của Starlette, đã đọc xong."""
        self._data = data

    def text(self, name: str) -> str:
        """Chữ đã gõ; không có ô ấy thì rỗng."""
        value = self._data.get(name)
        return value if isinstance(value, str) else ""

    def has(self, name: str) -> bool:
        """Biểu mẫu có ô ấy, dù để trống."""
        return name in self._data

    def texts(self, name: str) -> list[str]:
        """Mọi lựa chọn của một ô nhiều giá trị."""
        return [value for value in self._data.getlist(name) if isinstance(value, str)]

    def ids(self, name: str) -> tuple[int, ...]:
        """Các mã đã chọn, mỗi mã một lần. Lỗi: ``Invalid``."""
        found = [value for value in self.texts(name) if value]
        chosen = (self._parse(name, value, _whole(IDS), "Lựa chọn không hợp lệ. Hãy chọn lại.") for value in found)
        return tuple(dict.fromkeys(chosen))

    def whole(self, name: str, within: range = IDS) -> int:
        """Một số nguyên bắt buộc, mặc định là mã của một dòng. Lỗi: ``Invalid``."""
        problem = "Lựa chọn không hợp lệ. Hãy chọn lại." if within is IDS else _between(within.start, within.stop - 1)
        return self._parse(name, self.text(name), _whole(within), problem)

    def maybe(self, name: str, within: range = IDS) -> int | None:
        """Như ``whole`` hoặc để trống. Lỗi: ``Invalid``."""
        return self.whole(name, within) if self.text(name).strip() else None

    def decimal(self, name: str, low: float, high: float, *, empty: float | None = None) -> float:
        """Một số thập phân từ ``low`` tới ``high``, dấu phẩy hay dấu chấm; ``empty``: giá trị khi để trống. Lỗi: ``Invalid``."""
        if empty is not None and not self.text(name).strip():
            return empty

        def read(text: str) -> float:
            found = float(text.replace(",", "."))
            if not math.isfinite(found) or not low <= found <= high:
                raise ValueError(text)
            return found

        return self._parse(name, self.text(name), read, _between(low, high))

    def day(self, name: str) -> date | None:
        """Một ngày hoặc để trống. Lỗi: ``Invalid``."""
        text = self.text(name).strip()
        return self._parse(name, text, read_day, "Hãy nhập ngày dạng 05/12/2026.") if text else None

    def clock_time(self, name: str) -> time:
        """Giờ bắt buộc, có hoặc không có giây. Lỗi: ``Invalid``."""
        return self._parse(name, self.text(name).strip(), read_time, "Hãy nhập giờ 24 giờ, dạng 06:00 hoặc 17:30.")

    def moment(self, name: str) -> datetime:
        """Ngày giờ bắt buộc, theo giờ của đài, chưa kèm múi giờ. Lỗi: ``Invalid``."""
        return self._parse(name, self.text(name).strip(), read_moment, "Hãy nhập ngày và giờ, dạng 05/12/2026 17:30.")

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
        secret = {"mat_khau", "cu", "moi", "lai", "ma", "khoa_moi"}
        return [(name, value) for name, value in self._data.multi_items() if isinstance(value, str) and name not in secret]

    async def close(self) -> None:
        """Bỏ tệp tạm; chữ vẫn còn."""
        await self._data.close()

    @staticmethod
    def _parse(name: str, text: str, read: Callable[[str], T], problem: str) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise Invalid(problems={name: problem}) from error


def _whole(within: range) -> Callable[[str], int]:
    def read(text: str) -> int:
        found = int(text)
        if found not in within:
            raise ValueError(text)
        return found

    return read


def _between(low: float, high: float) -> str:
    return f"Hãy nhập một số từ {low:g} đến {high:g}."


async def read_form(request: Request) -> Posted:
    """Biểu mẫu của yêu cầu này, đọc một lần. Lỗi: ``Invalid`` khi quá nhiều ô, ``UnsoundText`` khi có ký tự không lưu được
    (lần đọc sau thì ký tự ấy đã được bỏ, để trang lỗi hiện lại chữ).

    Chữ dài được tách ở luồng khác: sáu triệu byte tách ngay ở vòng lặp sự kiện thì nút đỏ phải chờ. Chữ ngắn tách tại chỗ:
    lúc đông, mỗi lần sang luồng khác rồi về là hai lượt chờ.
    """
    if not hasattr(request.state, "posted"):
        kind, size = request.headers.get("content-type", "").partition(";")[0].strip().lower(), _LONG
        if kind == "multipart/form-data":
            _check_charset(request)
            data = await request.form(max_files=1, max_fields=MOST_BOXES, max_part_size=MOST_TEXT)
        else:
            body = await request.body() if kind == "application/x-www-form-urlencoded" else b""
            size = len(body)
            data = await _worked(size, _unpacked, body)
        pairs, broken = await _worked(size, _mended, data)
        request.state.posted = Posted(FormData(pairs))
        if broken:
            await data.close()
            raise UnsoundText(_MENDED)
    found: Posted = request.state.posted
    return found


async def _worked(size: int, work: Callable[[S], T], given: S) -> T:
    return work(given) if size < _LONG else await run_in_threadpool(work, given)


def _check_charset(request: Request) -> None:
    """Trình duyệt không bao giờ khai bảng mã ở đây; bảng mã lạ (``unicode_escape``, ``punycode``) là cách đưa chữ hỏng vào."""
    charset = re.search(r"charset=\W*([\w-]+)", request.headers.get("content-type", "").lower())
    if charset and charset[1] not in ("utf-8", "utf8"):
        raise Invalid("Biểu mẫu gửi lên phải là chữ UTF-8.")


def _mended(data: FormData) -> tuple[list[tuple[str, str | UploadFile]], bool]:
    """Các ô không còn ký tự hỏng, và có phải bỏ ký tự nào không."""
    pairs = data.multi_items()
    texts = [text for name, value in pairs for text in (name, value if isinstance(value, str) else value.filename or "")]
    if not any(map(is_unsound, texts)):
        return pairs, False
    return [(mended(name), mended(value)) for name, value in pairs if isinstance(value, str)], True


def _unpacked(body: bytes) -> FormData:
    try:
        pairs: list[tuple[str, str | UploadFile]] = list(
            parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MOST_BOXES)
        )
    except ValueError as error:
        raise Invalid("Biểu mẫu gửi lên có quá nhiều ô. Hãy tải lại trang rồi gửi lại.") from error
    return FormData([*pairs])


async def posted(request: Request) -> AsyncIterator[Posted]:
    """Đọc biểu mẫu ở vòng lặp sự kiện, để đường xử lý sau đó chạy đồng bộ; tệp tạm được đóng khi xong."""
    found = await read_form(request)
    try:
        yield found
    finally:
        await found.close()


Form = Annotated[Posted, Depends(posted)]
