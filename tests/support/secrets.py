"""Bí mật mà phép thử đã dùng, để soi mọi nhật ký của cả lần chạy: không dòng nào được mang chúng."""

from __future__ import annotations

_KNOWN: set[str] = set()


def used(secret: str) -> str:
    """Ghi nhớ một bí mật (thẻ, bánh quy, mật khẩu) rồi trả lại nó."""
    _KNOWN.add(secret)
    return secret


def leaked(log: str) -> list[str]:
    """Những bí mật nằm trong một nhật ký."""
    return sorted(secret for secret in _KNOWN if secret in log)
