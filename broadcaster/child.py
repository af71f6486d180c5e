"""Một tiến trình con trả lời từng câu hỏi qua ống: chết hay treo thì được dựng lại, tự thoát vì rỗi cũng vậy."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any


class ChildLost(Exception):
    """Tiến trình con treo hay chết hai lần liền."""


class Child:
    """Chủ của đúng một tiến trình con; câu hỏi xếp hàng qua đây, gọi từ luồng nào cũng được."""

    def __init__(self, serve: Callable[[Connection], None], name: str, *, patience_s: float) -> None:
        """``serve``: vòng đời của tiến trình con; nó chỉ sống từ câu hỏi đầu tiên. ``patience_s``: lâu hơn thế là treo."""
        self._serve, self._name, self._patience_s = serve, name, patience_s
        self._lock = threading.Lock()
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None

    @property
    def pid(self) -> int | None:
        """Số hiệu tiến trình con đang sống, để giám sát."""
        return self._process.pid if self._process else None

    def ask(self, question: Any) -> Any:
        """Câu trả lời; tiến trình con mất thì dựng lại và hỏi thêm một lần. Lỗi: ``ChildLost``."""
        with self._lock:
            for _ in range(2):
                with suppress(EOFError, OSError):
                    return self._exchange(question)
                self._stop()
        raise ChildLost

    def close(self) -> None:
        """Tắt tiến trình con; câu hỏi sau sẽ tự dựng lại."""
        with self._lock:
            self._stop()

    def _exchange(self, question: Any) -> Any:
        pipe = self._pipe or self._start()
        pipe.send(question)
        if not pipe.poll(self._patience_s):
            raise EOFError
        return pipe.recv()

    def _start(self) -> Connection:
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=self._serve, args=(theirs,), name=self._name, daemon=True)
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
