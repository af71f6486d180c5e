"""Mật khẩu: argon2, luôn tính ngoài giao dịch ghi vì cố ý chậm; không bao giờ vào nhật ký."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from broadcaster.errors import Invalid

MIN_LENGTH = 10
_HASHER = PasswordHasher()
_EASY = "abcdefghjkmnpqrstuvwxyz23456789"  # không có chữ dễ nhầm: i l o 0 1


_FEWEST = 5
"""Mật khẩu ít chữ khác nhau hơn thế là một mẩu lặp lại."""
_COMMON = frozenset(
    """123456 123123 111111 abc abcd abcdef abc123 qwerty qwertyuiop asdfghjkl zxcvbnm qazwsx 1q2w3e4r 1qaz2wsx iloveyou admin
    administrator administrators password passw0rd welcome letmein dragon monkey sunshine princess football master login
    changeme secret default test temp guest root user matkhau mat khau quantri quanly dangnhap anhyeuem emyeuanh yeuem yeuanh
    nhoem vietnam hanoi saigon hochiminh hungyen myhao phungchikien daitruyenthanh daitruyenthanhphuong truyenthanh phatthanh
    phuong ubnd ubndphuong uyban loa loaphuong xinchao conyeu giadinh hoilamgi khongbiet khongnho khongco""".split()
)
"""Từ và dãy hay gặp nhất, viết không dấu; ghép thêm số, dấu hay ghép chúng với nhau vẫn là dễ đoán."""
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn")


def hash_password(password: str, *, about: Iterable[str] = ()) -> str:
    """Băm argon2id. ``about``: điều ai cũng biết về người ấy (tên đăng nhập, họ tên, đài).

    Lỗi: ``Invalid`` khi mật khẩu ngắn hay dễ đoán.
    """
    if len(password) < MIN_LENGTH:
        raise Invalid(problems={"moi": f"Mật khẩu cần ít nhất {MIN_LENGTH} ký tự; nên ghép vài từ dễ nhớ."})
    if is_easy(password, about):
        raise Invalid(
            problems={"moi": "Mật khẩu này dễ đoán. Hãy ghép bốn từ không liên quan tới nhau, ví dụ tên món ăn và đồ vật."}
        )
    return _HASHER.hash(password)


def is_easy(password: str, about: Iterable[str] = ()) -> bool:
    """Bỏ hết mẩu lặp, dãy phím, từ hay gặp và tên của chính người ấy thì không còn đủ chữ để phải đoán."""
    plain = _plain(password)
    if len(set(plain)) < _FEWEST:
        return True
    known = {_plain(text) for text in about if len(_plain(text)) > 2}
    known |= {_plain(word) for text in about for word in re.split(r"[\W_]+", text) if len(word) > 3}
    left = plain
    for word in sorted(_COMMON | known, key=len, reverse=True):
        left = left.replace(word, "")
    left = re.sub(r"(.{1,6}?)\1+", r"\1", _without_rows(left))
    return len(re.sub(r"\d+$|^\d+", "", left)) < 4


def _without_rows(text: str) -> str:
    """Bỏ mọi đoạn từ bốn phím liền nhau, xuôi hay ngược."""
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        for size in range(len(row), 3, -1):
            for start in range(len(row) - size + 1):
                text = text.replace(row[start : start + size], "")
    return text


def _plain(text: str) -> str:
    """Chữ thường không dấu, chỉ chữ và số."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(char for char in bare if char.isalnum())


def is_password(password: str, stored: str | None) -> bool:
    """Mật khẩu có đúng không; tài khoản không có (``None``) cũng tốn chừng ấy công, để không ai dò được tên."""
    try:
        return _HASHER.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def one_time_password() -> str:
    """Mật khẩu dùng một lần, dễ đọc qua điện thoại: ba nhóm năm ký tự."""
    return "-".join("".join(secrets.choice(_EASY) for _ in range(5)) for _ in range(3))


@cache
def _nobody() -> str:
    return _HASHER.hash(secrets.token_hex(16))
