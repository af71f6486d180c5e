"""Tên chữ cái tiếng Việt: đánh vần là cách cuối cùng khi không có cách đọc nào khác."""

from __future__ import annotations

import unicodedata

NAMES = {
    "a": "a", "ă": "á", "â": "ớ", "b": "bê", "c": "xê", "d": "đê", "đ": "đê", "e": "e", "ê": "ê", "f": "ép phờ",
    "g": "giê", "h": "hát", "i": "i", "j": "gi", "k": "ca", "l": "lờ", "m": "em", "n": "en", "o": "ô", "ô": "ô",
    "ơ": "ơ", "p": "pê", "q": "quy", "r": "rờ", "s": "ét", "t": "tê", "u": "u", "ư": "ư", "v": "vê", "w": "vê kép",
    "x": "ích", "y": "i dài", "z": "giét",
}  # fmt: skip


_MARKED = "à á ả ã ạ ă ằ ắ ẳ ẵ ặ â ầ ấ ẩ ẫ ậ è é ẻ ẽ ẹ ê ề ế ể ễ ệ ì í ỉ ĩ ị ò ó ỏ õ ọ ô ồ ố ổ ỗ ộ ơ ờ ớ ở ỡ ợ ù ú ủ ũ ụ"
_MARKED += " ư ừ ứ ử ữ ự ỳ ý ỷ ỹ ỵ đ"
LETTERS = "a-zA-Z" + (_MARKED + _MARKED.upper()).replace(" ", "")
"""Lớp ký tự của chữ được phép rời bộ đọc: chữ Việt, cùng f j w z của tên riêng."""


def spell(text: str) -> str:
    """Đọc từng chữ cái; chữ không có tên trong tiếng Việt thì giữ chữ gốc không dấu."""
    return " ".join(name for name in map(letter_name, text.lower()) if name)


def letter_name(char: str) -> str:
    """Tên của một chữ cái, "" nếu ký tự không phải chữ."""
    if char in NAMES:
        return NAMES[char]
    base = unicodedata.normalize("NFD", char)[0].lower()
    return NAMES.get(base, char if char.isalpha() else "")
