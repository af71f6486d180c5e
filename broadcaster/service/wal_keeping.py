"""Mỗi phút dồn WAL của SQLite vào tệp chính: lượt phát đang ghi sổ không bao giờ phải đợi đĩa làm hộ việc ấy."""

from __future__ import annotations

from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.errors import DatabaseAway
from broadcaster.loop import Loop

_PULSE_S = 60.0


class WalKeeping:
    """Một vòng nền của phòng thu; PostgreSQL thì vòng không làm gì."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Chưa dồn gì."""
        self._loop = Loop("dồn WAL", database.checkpoint, clock, pulse_s=_PULSE_S, known=(DatabaseAway,))

    def start(self) -> None:
        """Bắt đầu."""
        self._loop.start()

    def stop(self) -> None:
        """Thôi."""
        self._loop.join(1)
