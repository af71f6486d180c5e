"""Phần ổ đĩa mà ghi lưu không được đụng tới: sổ, nhật ký và kho tiếng cần nó; ghi lưu thưa đi rồi dừng trước mọi thứ khác."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path

RESERVE_BYTES = 1_000_000_000
_RESERVE_SHARE = 10
"""Ổ nhỏ hơn 10 GB thì dành một phần mười."""


class Room(IntEnum):
    """Chỗ còn trên ổ đĩa, từ hết tới thừa."""

    STOP = 0
    """Đã chạm phần dành riêng: ghi lưu dừng."""
    THIN = 1
    """Chưa tới hai lần phần dành riêng: bỏ bớt bản thu cũ nhất."""
    PLENTY = 2


class Reserve:
    """Phần dành riêng trên ổ đĩa chứa ``folder`` (thư mục chưa có thì xem thư mục cha)."""

    def __init__(self, folder: Path, usage: Callable[[Path], tuple[int, int, int]] = shutil.disk_usage) -> None:
        """``usage``: thư mục → (tổng, đã dùng, còn trống), byte."""
        self._folder, self._usage = folder, usage

    def free(self) -> tuple[int, int]:
        """(byte còn trống, byte dành riêng). Lỗi: ``OSError`` khi ổ đĩa không trả lời."""
        folder = next(path for path in (self._folder, *self._folder.parents) if path.exists())
        total, _, free = self._usage(folder)
        return free, min(RESERVE_BYTES, total // _RESERVE_SHARE)

    def room(self) -> Room:
        """Còn chỗ cho ghi lưu tới đâu. Lỗi: ``OSError``."""
        free, reserve = self.free()
        return Room(min(free // reserve, Room.PLENTY)) if reserve else Room.STOP
