"""Mật khẩu: argon2, luôn tính ngoài giao dịch ghi vì cố ý chậm; không bao giờ vào nhật ký."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from broadcaster.errors import Invalid

MIN_LENGTH = 10
_HASHER = PasswordHasher()
_EASY = "abcdefghjkmnpqrstuvwxyz23456789"  # không có chữ dễ nhầm: i l o 0 1


def hash_password(password: str) -> str:
    """Băm argon2id. Lỗi: ``Invalid`` khi mật khẩu quá ngắn."""
    if len(password) < MIN_LENGTH:
        raise Invalid(problems={"moi": f"Mật khẩu cần ít nhất {MIN_LENGTH} ký tự; nên ghép vài từ dễ nhớ."})
    return _HASHER.hash(password)


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
