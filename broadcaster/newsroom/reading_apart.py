"""Đọc chữ dài ở tiến trình riêng: một giây đọc giữ khoá của Python thì cả trang, và nút đỏ, đứng theo."""

from __future__ import annotations

import threading
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from broadcaster.errors import TooBusy
from broadcaster.newsroom import _reading_worker
from broadcaster.newsroom.reading_aloud import PLAIN, Manner, read_text
from broadcaster.newsroom.submitting import ReadText

LONG = 6_000
"""Chữ dài từ chừng này ký tự thì đọc ở tiến trình riêng; ngắn hơn thì đọc tại chỗ chỉ hai chục mili giây."""
_PATIENCE_S = 60.0


class ReaderApart:
    """Như ``read_text``, gọi từ luồng nào cũng được; tiến trình con chỉ sống khi có chữ dài để đọc."""

    def __init__(self, *, patience_s: float = _PATIENCE_S) -> None:
        """``patience_s``: một văn bản lâu hơn thế là treo."""
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None

    @property
    def pid(self) -> int | None:
        """Tiến trình con, nếu có."""
        return self._process.pid if self._process else None

    def __call__(self, body: str, manner: Manner = PLAIN) -> ReadText:
        """Cách đọc của ``body``. Lỗi: ``TooBusy`` khi tiến trình con treo hay chết hai lần liền."""
        if len(body) < LONG:
            return read_text(body, manner)
        with self._lock:
            for _ in range(2):  # nó vừa tự thoát vì rỗi, hoặc bị giết: dựng lại
                try:
                    return self._exchange(body, manner)
                except (EOFError, OSError):
                    self._stop()
        raise TooBusy

    def close(self) -> None:
        """Tắt tiến trình con; lần đọc sau tự dựng lại."""
        with self._lock:
            self._stop()

    def _exchange(self, body: str, manner: Manner) -> ReadText:
        pipe = self._pipe or self._start()
        pipe.send((body, manner))
        if not pipe.poll(self._patience_s):
            raise EOFError
        answer = pipe.recv()
        if isinstance(answer, ReadText):
            return answer
        raise answer

    def _start(self) -> Connection:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_reading_worker.serve, args=(theirs,), name="đọc chữ dài", daemon=True)
        self._process.start()
        theirs.close()
        return self._pipe

    def _stop(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._pipe = self._process = None
