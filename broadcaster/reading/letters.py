"""Tên chữ cái tiếng Việt: đánh vần là cách cuối cùng khi không có cách đọc nào khác."""

from __future__ import annotations

import unicodedata

NAMES = {
    "a": "a", "ă": "á", "â": "ớ", "b": "bê", "c": "xê", "d": "đê", "đ": "đê", "e": "e", "ê": "ê", "f": "ép phờ",
    "g": "giê", "h": "hát", "i": "i", "j": "gi", "k": "ca", "l": "lờ", "m": "em", "n": "en", "o": "ô", "ô": "ô",
    "ơ": "ơ", "p": "pê", "q": "quy", "r": "rờ", "s": "ét", "t": "tê", "u": "u", "ư": "ư", "v": "vê", "w": "vê kép",
    "x": "ích", "y": "i dài", "z": "giét",
}  # fmt: skip


def spell(text: str) -> str:
    """Đọc từng chữ cái; chữ không có tên trong tiếng Việt thì giữ chữ gốc không dấu."""
    return " ".join(name for name in map(letter_name, text.lower()) if name)


def letter_name(char: str) -> str:
    """Tên của một chữ cái, "" nếu ký tự không phải chữ."""
    if char in NAMES:
        return NAMES[char]
    base = unicodedata.normalize("NFD", char)[0].lower()
    return NAMES.get(base, char if char.isalpha() else "")
