"""Phiên bản của bộ đọc tính từ chính mã của nó: đổi một luật hay một chữ trong bảng là phiên bản khác."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_ROOM = Path(__file__).parent


@cache
def engine_version() -> str:
    """Mười hai ký tự đầu của SHA-256 mọi tệp mã trong phòng này, theo thứ tự tên."""
    digest = hashlib.sha256()
    for path in sorted(_ROOM.rglob("*.py")):
        digest.update(path.relative_to(_ROOM).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
