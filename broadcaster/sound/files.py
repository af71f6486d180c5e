"""Tệp được ghi trọn hoặc không có gì: mất điện giữa chừng không bao giờ để lại nửa tệp mang tên thật."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path


@contextmanager
def whole_file(target: Path) -> Iterator[Path]:
    """Cho một đường dẫn tạm cạnh ``target`` để ghi; ra khỏi khối không lỗi thì tệp tạm thành ``target``, có lỗi thì biến mất."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = temporary_beside(target)
    try:
        yield temporary
        settle(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_beside(target: Path) -> Path:
    """Tên tạm không trùng, cùng ổ đĩa với ``target`` để đổi tên là nguyên tử; giữ đuôi để thư viện âm thanh nhận dạng."""
    return target.with_name(f".{target.stem[:16]}-{secrets.token_hex(6)}.part{target.suffix}")


def sweep(folder: Path, *, before: datetime) -> int:
    """Bỏ tệp tạm mồ côi (tiến trình bị giết giữa chừng) cũ hơn ``before`` dưới ``folder``; trả về số tệp."""
    orphans = [path for path in folder.rglob(".*.part*") if path.stat().st_mtime < before.timestamp()]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def settle(temporary: Path, target: Path) -> None:
    """Ép dữ liệu xuống đĩa rồi đổi tên; sau lời gọi này tệp còn nguyên dù mất điện."""
    with temporary.open("rb+") as handle:
        os.fsync(handle.fileno())
    temporary.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Ép tên tệp mới trong thư mục xuống đĩa; Windows tự lo việc này và không cho mở thư mục."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
