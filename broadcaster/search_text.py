"""Chữ để tìm: không phân biệt hoa thường, và không dấu khi người tìm không gõ dấu."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_MOST_LETTERS = 64


def fold(text: str) -> str:
    """Chữ thường không dấu, đ thành d: “cai cach” tìm thấy “Cải cách”."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(char for char in plain if not unicodedata.combining(char))


def lower(text: str) -> str:
    """Chữ thường còn nguyên dấu, một dạng dựng sẵn: “cải cách” không tìm thấy “cái cạch”."""
    return unicodedata.normalize("NFC", text.casefold())


def marked(word: str) -> bool:
    """Từ này được gõ có dấu, nên phải khớp cả dấu."""
    return fold(word) != word


def tokens(text: str) -> list[str]:
    """Các từ của một đoạn chữ (chữ thường còn dấu), bỏ mọi dấu câu: “16/KH-UBND” là 16, kh, ubnd; từ quá dài thì cắt."""
    return [word[:_MOST_LETTERS] for word in re.findall(r"[^\W_]+", lower(text))]


def spaced(words: Iterable[str]) -> str:
    """Mọi từ đứng giữa hai dấu cách, nên “ hop” gặp “họp” và “hợp đồng” mà không gặp “thop”."""
    return f" {' '.join(filter(None, words))} "
