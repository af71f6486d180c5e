"""Nhật ký máy không bao giờ lớn vô hạn: mỗi loại dòng có phần mỗi phút, tệp nhật ký xoay vòng theo cỡ."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from structlog import DropEvent

EACH, WINDOW_S = 30, 60.0
"""Một loại dòng được ghi chừng này lần mỗi phút; phần bỏ đi được đếm và kể ở dòng kế tiếp cùng loại."""
_MOST_KINDS = 500
SKIPPED = "da_bo_cung_loai"


class Share:
    """Phần của từng loại dòng; dùng chung cho nhật ký của ta và của thư viện, từ mọi luồng."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``monotonic``: giây không lùi."""
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kinds: OrderedDict[tuple[str, ...], list[float]] = OrderedDict()

    def skipped(self, *kind: str) -> int | None:
        """``None``: bỏ dòng này; không thì số dòng cùng loại đã bỏ từ lần trước."""
        now = self._monotonic()
        with self._lock:
            state = self._kinds.get(kind)
            if state is None or now - state[0] >= WINDOW_S:
                dropped = 0 if state is None else max(0, int(state[1]) - EACH)
                self._kinds[kind] = [now, 1]
                self._kinds.move_to_end(kind)
                if len(self._kinds) > _MOST_KINDS:
                    self._kinds.popitem(last=False)
                return dropped
            state[1] += 1
            return 0 if state[1] <= EACH else None

    def of_ours(self, _logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Bước của structlog: loại là mức và câu."""
        dropped = self.skipped(method, str(event.get("event")))
        if dropped is None:
            raise DropEvent
        return {**event, SKIPPED: dropped} if dropped else event

    def of_libraries(self, record: logging.LogRecord) -> bool:
        """Lọc của ``logging``: loại là nơi ghi, mức và mẫu câu."""
        dropped = self.skipped(record.name, record.levelname, str(record.msg))
        if dropped:
            record.msg = f"{record.msg} ({SKIPPED}={dropped})"
        return dropped is not None


class RollingFile:
    """Tệp nhật ký của một tiến trình: đầy ``mb`` thì sang tệp mới, giữ ``keep`` tệp; không ghi được thì thôi, đài vẫn chạy."""

    def __init__(self, path: Path, *, mb: int, keep: int) -> None:
        """Thư mục được tạo khi có dòng đầu tiên."""
        self._path = path
        self._bytes, self._keep = mb * 1_000_000, keep
        self._handler: RotatingFileHandler | None = None

    def write(self, text: str) -> None:
        """Thêm chữ. Lỗi: ``OSError``."""
        if self._handler is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._handler = _Quiet(self._path, maxBytes=self._bytes, backupCount=self._keep, encoding="utf-8", delay=True)
        if line := text.rstrip("\n"):
            self._handler.handle(logging.makeLogRecord({"msg": line}))

    def close(self) -> None:
        """Đóng tệp."""
        if self._handler is not None:
            self._handler.close()


class _Quiet(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  tên của thư viện
        """Đĩa đầy: bỏ dòng này."""
