"""Chuông báo: sau mỗi lần ghi, tiến trình khác biết ngay để xem lại việc cần làm.

Mất một tiếng chuông không sao: ai cũng tự thức theo nhịp. SQLite: hỏi ``data_version`` mỗi 50 ms; PostgreSQL: LISTEN.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from broadcaster.database.engine import CHANNEL, Database

log = structlog.get_logger(__name__)

_POLL_S = 0.05
_RETRY_S = 1.0


class Doorbell:
    """Luồng nền gọi ``on_ring`` sau mỗi lần có ai ghi vào cơ sở dữ liệu (kể cả chính tiến trình này)."""

    def __init__(self, database: Database, on_ring: Callable[[], None]) -> None:
        """``on_ring`` chạy ở luồng nền: phải ngắn, thường chỉ bật một ``Event``."""
        self._database = database
        self._on_ring = on_ring
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="doorbell", daemon=True)

    def start(self) -> None:
        """Bắt đầu nghe."""
        self._thread.start()

    def stop(self) -> None:
        """Thôi nghe và đợi luồng xong."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        listen = self._listen_sqlite if self._database.is_sqlite else self._listen_postgres
        while not self._stop.is_set():
            try:
                listen()
            except (SQLAlchemyError, OSError) as error:
                log.warning("chuông báo mất kết nối, nối lại", loi=type(error).__name__)
            self._stop.wait(_RETRY_S)

    def _listen_sqlite(self) -> None:
        raw = self._database.engine.raw_connection()
        try:
            cursor = raw.cursor()
            seen = cursor.execute("PRAGMA data_version").fetchone()
            while not self._stop.wait(_POLL_S):
                version = cursor.execute("PRAGMA data_version").fetchone()
                if version != seen:
                    seen = version
                    self._on_ring()
        finally:
            raw.close()

    def _listen_postgres(self) -> None:
        raw = self._database.engine.raw_connection()
        try:
            connection = raw.driver_connection
            assert connection is not None
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            while not self._stop.is_set():
                for _notice in connection.notifies(timeout=_POLL_S * 4, stop_after=1):
                    self._on_ring()
        finally:
            raw.invalidate()
            raw.close()
