"""Mẫu chính quy biên dịch ở lần dùng đầu tiên: nạp bộ đọc chỉ tốn vài phần trăm giây, dù có hàng trăm mẫu."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cached_property

_MARKED = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"


def opened(text: str) -> str:
    """Mở hai lớp ký tự viết gọn: ``A-ZĐÀ-Ỹ`` là chữ Việt hoa, ``a-zà-ỹđ`` là chữ Việt thường (dải Unicode thì lẫn cả hai)."""
    return text.replace("A-ZĐÀ-Ỹ", "A-Z" + _MARKED.upper()).replace("a-zà-ỹđ", "a-z" + _MARKED).replace("a-zà-ỹ", "a-z" + _MARKED)


class Pattern:
    """Như ``re.Pattern``, chỉ có những lời gọi bộ đọc dùng."""

    def __init__(self, text: str, flags: int = 0) -> None:
        """``text``: mẫu chính quy."""
        self._text, self._flags = text, flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(opened(self._text), self._flags)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """Khớp ngay ở ``start``."""
        return self._compiled.match(text, start)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Khớp trọn ``text``."""
        return self._compiled.fullmatch(text)

    def search(self, text: str, start: int = 0, end: int = 2**62) -> re.Match[str] | None:
        """Khớp sớm nhất trong đoạn."""
        return self._compiled.search(text, start, end)

    def finditer(self, text: str, start: int = 0, end: int = 2**62) -> Iterator[re.Match[str]]:
        """Mọi chỗ khớp trong đoạn."""
        return self._compiled.finditer(text, start, end)

    def findall(self, text: str) -> list[str]:
        """Chữ của mọi chỗ khớp."""
        return self._compiled.findall(text)

    def split(self, text: str) -> list[str]:
        """Cắt ở mọi chỗ khớp."""
        return self._compiled.split(text)

    def sub(self, replacement: str | Callable[[re.Match[str]], str], text: str) -> str:
        """Thay mọi chỗ khớp."""
        return self._compiled.sub(replacement, text)
