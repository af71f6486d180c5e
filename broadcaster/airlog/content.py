"""Mã của một nội dung: bảng chiếu cất nội dung giống nhau một lần, và ai cũng tính lại được mã mà không phải hỏi bảng nào."""

from __future__ import annotations

import hashlib

from broadcaster.database.types import canonical_json


def content_id(station_id: int, content: object) -> int:
    """Mã 63 bit: đầu băm SHA-256 của JSON chuẩn. Hai đài kể y hệt nhau vẫn là hai mã."""
    told = canonical_json([station_id, content])
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:8]) >> 1
