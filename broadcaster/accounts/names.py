"""Họ tên đứng dưới mọi lệnh và mọi dòng sổ: phải đọc được, và hai người của một đài không viết giống nhau."""

from __future__ import annotations

import unicodedata

LONGEST = 100
_JOINERS = " .,'’-()"


def clean_name(raw: str) -> str:
    """Tên như sẽ lưu: NFC, một dấu cách giữa các chữ, không ký tự điều khiển hay vô hình."""
    seen = "".join(char for char in unicodedata.normalize("NFC", raw) if unicodedata.category(char)[0] != "C" or char.isspace())
    return " ".join(seen.split())


def readable(text: str) -> bool:
    """Có chữ hay số nhìn thấy được: ô chỉ có ký tự vô hình là ô trống, dù ``strip`` không thấy vậy."""
    return any(char.isalnum() and unicodedata.name(char, "").startswith(("LATIN ", "DIGIT ")) for char in text)


def name_problem(name: str) -> str:
    """Vì sao ``name`` (đã làm sạch) không dùng được; rỗng là được.

    Chỉ nhận chữ cái la-tinh: ô lấp Hangul hay chữ Kirin trông như trống, hay trông như tên người khác.
    """
    if sum(char.isalpha() for char in name) < 2 or not all(_is_plain(char) for char in name):
        return "Hãy nhập họ và tên bằng chữ cái đọc được: nhật ký phát thanh sẽ ghi tên này."
    return f"Họ và tên dài quá {LONGEST} ký tự. Hãy rút gọn." if len(name) > LONGEST else ""


def same_name(one: str, other: str) -> bool:
    """Hai tên mà người đọc sổ không phân biệt được: chỉ khác chữ hoa, dấu câu hay khoảng trắng."""
    return _letters(one) == _letters(other)


def signature(full_name: str, login: str) -> str:
    """Tên ghi dưới mọi lệnh: họ tên, hoặc tên đăng nhập khi họ tên có từ trước không ai đọc được."""
    return login if name_problem(clean_name(full_name)) else clean_name(full_name)


def _is_plain(char: str) -> bool:
    return char in _JOINERS or char in "0123456789" or unicodedata.name(char, "").startswith("LATIN ")


def _letters(name: str) -> str:
    return "".join(char for char in clean_name(name).casefold() if char.isalnum())
