"""Chữ như người gửi → chữ bộ đọc làm việc: NFC, một dấu cách, chữ số, ký hiệu lạ về dạng thường; nhớ chỗ cũ."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from broadcaster.reading.patterns import Pattern

_BLANK = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_CHANGING = Pattern(
    rf"⁰(?= ?[CcF])| *\t[\t{_BLANK}]*|[{_BLANK}]{{2,}}|\r\n?|[^\W\d_][\u0300-\u036f]+"
    "|[⁰¹²³⁴-⁹]+|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad]"
    "|[\u0250-\u1dff\u1f00-\u2012\u2015-\u2017\u201a-\u201b\u201e-\u2021\u2024-\u2025\u2027-\uffff\U00010000-\U0010ffff]"
)
"""Mọi chỗ có thể phải đổi; chữ Việt, chữ La-tinh và dấu câu thường không nằm trong này."""
_ASTRAL = Pattern("[\U00010000-\U0010ffff]")
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"})
_LINES = frozenset("\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
_WIDE = 5
"""Từ chừng này dấu cách liền nhau là khoảng trống người soạn chừa ra, như một dấu nhảy cột."""
_MARKS = 3
"""Chữ Việt mang nhiều nhất hai dấu; phần thừa chỉ làm chậm."""
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_CIRCLED = Pattern("[\u2460-\u249b\u24ea-\u24ff\u2776-\u2793]")
_COMPATIBLE = Pattern(
    "[\u2080-\u208e\u2100-\u2115\u2119-\u211d\u2120-\u212d\u2160-\u2188\u249c-\u24e9\u3200-\u33ff\ufb00-\ufb06"
    "\uff01-\uff5e\U0001d400-\U0001d7ff\u1d2c-\u1d6a]"
)
"""Chữ viết bằng ký tự riêng (Ⅳ, ㎡, ₂, chữ đậm toán học) mà dạng thường nói đúng cùng một điều."""
_NAMED = {
    "\u2010": "-",
    "\u2011": "-",
    "№": "số ",
    "⁄": "/",
    "∕": "/",
    "∶": ":",
    "‚": ",",
    "„": '"',
    "‟": '"',
    "‛": "'",
    "∼": "~",
    "․": ".",
    "∙": "·",
}  # fmt: skip


@dataclass(frozen=True)
class Normal:
    """``text`` để đọc, và đường về chữ gốc: các mốc nơi hai bản lệch nhau."""

    text: str
    starts: tuple[int, ...] = (0,)
    origins: tuple[int, ...] = (0,)
    fixed: tuple[bool, ...] = (True,)
    """Đoạn từ mốc này giữ nguyên từng ký tự; không thì cả đoạn ứng với cả đoạn gốc."""
    origin: str = ""
    """Chữ như người gửi."""

    def given(self, at: int, *, end: bool = False) -> int:
        """Vị trí trong chữ gốc của vị trí ``at``; ``end``: ``at`` là chỗ kết thúc một đoạn."""
        index = bisect_right(self.starts, at) - 1
        if end and self.starts[index] == at and index:
            index -= 1
        if self.fixed[index]:
            return self.origins[index] + at - self.starts[index]
        if not end:
            return self.origins[index]
        return self.origins[index + 1] if index + 1 < len(self.origins) else len(self.origin)

    def utf16(self, at: int) -> int:
        """Vị trí ``at`` của chữ gốc đếm theo UTF-16, như JavaScript, Java, C# đếm."""
        return at + bisect_right(self._wide, at - 1)

    @cached_property
    def _wide(self) -> list[int]:
        return [match.start() for match in _ASTRAL.finditer(self.origin)]


def normal(given: str) -> Normal:
    """Chuẩn hoá, tuyến tính theo độ dài."""
    pieces: list[str] = []
    starts, origins, fixed = [0], [0], [True]
    at = size = 0
    for match in _CHANGING.finditer(given):
        new = _changed(match, pieces[-1][-1:] if match.start() == at and pieces else given[match.start() - 1 : match.start()])
        if new == match[0]:
            continue
        pieces.append(given[at : match.start()])
        size += match.start() - at
        pieces.append(new)
        starts += [size, size + len(new)]
        origins += [match.start(), match.end()]
        fixed += [False, True]
        size += len(new)
        at = match.end()
    if not pieces:
        return Normal(given, origin=given)
    pieces.append(given[at:])
    return Normal("".join(pieces), tuple(starts), tuple(origins), tuple(fixed), given)


def _changed(match: re.Match[str], before: str) -> str:
    text = match[0]
    first = text[0]
    if "\t" in text:
        return "\t"
    if len(text) > 1 and first.isspace() and first not in _LINES:
        return "\t" if len(text) >= _WIDE and before not in ("", "\n") else " "
    if first in _LINES:
        return "\n"
    if text == "⁰":
        return "°"
    if first in "⁰¹²³⁴⁵⁶⁷⁸⁹":
        return ("^" if before.isdigit() else "") + text.translate(_SUPERSCRIPTS)
    return _letter(text) if len(text) > 1 else _plain(first)


def _letter(cluster: str) -> str:
    """Một chữ và dấu rời của nó."""
    base = unicodedata.normalize("NFKC", cluster[0]) if _COMPATIBLE.match(cluster) else cluster[0]
    return unicodedata.normalize("NFC", base + cluster[1 : 1 + _MARKS])


def _plain(char: str) -> str:
    if char in _NAMED:
        return _NAMED[char]
    if char.isspace():
        return " "
    if unicodedata.category(char) in _UNSEEN:
        return ""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if _CIRCLED.match(char):
        return f"({round(unicodedata.numeric(char))}) "
    if _COMPATIBLE.match(char):
        return unicodedata.normalize("NFKC", char)
    return unicodedata.normalize("NFC", char)
