"""Chữ trông y hệt chữ Việt nhưng thuộc bảng chữ khác (Nga, Hy Lạp, chữ Ð của Iceland): mắt không thấy, giọng đọc thì bỏ.

Đổi những chữ này không đổi điều ai nhìn thấy, nên làm ngay khi lưu; đổi rồi vẫn không thành chữ Việt thì để nguyên cho người xem.
"""

from __future__ import annotations

import re
import unicodedata

from broadcaster.newsroom.importing.syllables import is_syllable

_SAME = str.maketrans(
    "АВЕЅІЈКМНОРСТУХЅаеіјорсухѕһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονƉɖ",
    "ABESIJKMHOPCTYXSaeijopcyxshdqwABEZHIKMNOPTYXovĐđ",
)
_ETH = str.maketrans("Ðð", "Đđ")
_SUSPECT = re.compile(r"[\u0370-\u03ff\u0400-\u052fÐðƉɖ\ufb00-\ufb06]")
_WORD = re.compile(r"[^\W\d_][^\W\d_\u0300-\u036f]*(?:[\u0300-\u036f]+[^\W\d_]*)*")
_LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}


def as_latin(text: str) -> str:
    """``text`` với mọi chữ đội lốt trở về chữ Việt; chữ nước khác thật sự và chữ ở bảng mã cũ giữ nguyên."""
    if not _SUSPECT.search(text):
        return text
    return _WORD.sub(lambda match: _word(match[0]) if _SUSPECT.search(match[0]) else match[0], text)


def _word(word: str) -> str:
    parts = unicodedata.normalize("NFD", "".join(_LIGATURES.get(char, char) for char in word))
    mapped = unicodedata.normalize("NFC", parts.translate(_SAME))
    if _is_foreign(mapped):
        return word
    mapped = _with_d(mapped)
    mixed = any(char.isascii() or char in "đĐ" for char in parts)
    return mapped if mixed or is_syllable(mapped.lower()) else word


def _with_d(word: str) -> str:
    """Ð đứng đầu chữ, hay trong chữ viết tắt hoa (HÐND), là Đ; chỗ khác có thể là chữ ợ của bảng mã TCVN3."""
    plain = word.translate(_ETH)
    is_first = word[:1] in "Ðð" and is_syllable(plain.lower())
    return plain if is_first or (word.isupper() and "Ð" in word) else word


def _is_foreign(word: str) -> bool:
    return any("\u0370" <= char <= "\u03ff" or "\u0400" <= char <= "\u052f" for char in word)
