"""Mã sáu số của ứng dụng xác thực trên điện thoại (RFC 6238, SHA-1, nhịp 30 giây): mất mật khẩu chưa mất tài khoản.

Thuần: khoá và giờ vào, mã ra. Lệch nhau một nhịp vẫn nhận, vì đồng hồ điện thoại hay máy trực sai vài giây là thường.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from datetime import datetime
from urllib.parse import quote

_STEP_S, _DIGITS, _SLACK = 30, 6, 1


def new_secret() -> str:
    """Khoá mới, 160 bit, dạng base32 mà ứng dụng nhận."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def code_at(secret: str, step: int) -> str:
    """Mã của một nhịp (RFC 4226 mục 5.3)."""
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    start = digest[-1] & 0xF
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**_DIGITS:0{_DIGITS}}"


def step_of(secret: str, code: str, now: datetime, *, after: int | None = None) -> int | None:
    """Nhịp mà ``code`` đúng, gần ``now`` và sau nhịp ``after`` đã dùng; sai thì ``None``."""
    typed, middle = "".join(code.split()), int(now.timestamp()) // _STEP_S
    for step in range(middle - _SLACK, middle + _SLACK + 1):
        if (after is None or step > after) and hmac.compare_digest(code_at(secret, step).encode(), typed.encode()):
            return step
    return None


def address(secret: str, *, login: str, station: str) -> str:
    """Địa chỉ ``otpauth://`` để ứng dụng quét."""
    return f"otpauth://totp/{quote(station)}:{quote(login)}?secret={secret}&issuer={quote(station)}&digits={_DIGITS}&period={_STEP_S}"
