"""Chuông báo: sau mỗi lần ghi, tiến trình khác biết ngay để xem lại việc cần làm.

Mất một tiếng chuông không sao: ai cũng tự thức theo nhịp. SQLite: hỏi ``data_version`` mỗi 50 ms; PostgreSQL: LISTEN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError

from broadcaster.clock import Clock, SystemClock
from broadcaster.database.engine import CHANNEL, Database
from broadcaster.loop import Loop

_POLL_S = 0.05
_LISTEN_S = 0.2
_RETRY_S = 1.0


class Doorbell:
    """Luồng nền gọi ``on_ring`` sau mỗi lần có ai ghi (kể cả chính tiến trình này) và mỗi lần nối được đường."""

    def __init__(self, database: Database, on_ring: Callable[[], None], clock: Clock | None = None) -> None:
        """``on_ring`` chạy ở luồng nền: phải ngắn, thường chỉ bật một ``Event``."""
        self._database = database
        self._on_ring = on_ring
        self._raw: PoolProxiedConnection | None = None
        self._seen: Any = None
        listen = self._listen_sqlite if database.is_sqlite else self._listen_postgres
        # Trình điều khiển ném lỗi của chính nó: ở đây không có SQLAlchemy bọc giúp.
        away = (SQLAlchemyError, database.engine.dialect.loaded_dbapi.Error, OSError)
        self._loop = Loop("chuông báo", listen, clock or SystemClock(), pulse_s=_POLL_S, known=away, back_off_s=_RETRY_S)

    def start(self) -> None:
        """Bắt đầu nghe."""
        self._loop.start()

    def stop(self) -> None:
        """Thôi nghe và đợi luồng xong."""
        if self._loop.join(5):
            self._hang_up()

    def _listen_sqlite(self) -> None:
        try:
            version = self._line().cursor().execute("PRAGMA data_version").fetchone()
        except Exception:
            self._hang_up()
            raise
        if version != self._seen:
            self._on_ring()
        self._seen = version

    def _listen_postgres(self) -> float:
        try:
            first = self._raw is None
            connection: Any = self._line().driver_connection
            if first:
                connection.autocommit = True
                connection.execute(f"LISTEN {CHANNEL}")
            rung = list(connection.notifies(timeout=_LISTEN_S, stop_after=1))
        except Exception:
            self._hang_up()
            raise
        if rung or first:
            self._on_ring()
        return 0.0

    def _line(self) -> PoolProxiedConnection:
        """Đường dây đang mở, hoặc một đường mới."""
        if self._raw is None:
            self._raw = self._database.engine.raw_connection()
        return self._raw

    def _hang_up(self) -> None:
        """Bỏ đường dây: đường LISTEN không được trả về cho người khác dùng tiếp."""
        raw, self._raw, self._seen = self._raw, None, None
        if raw is not None:
            raw.invalidate()
            raw.close()
