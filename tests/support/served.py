"""Ứng dụng web thật trên một cổng thật của máy, cho phép thử cần trình duyệt mà không cần cả ngôi nhà."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from tests.support.waiting import eventually


@contextmanager
def served(app: FastAPI, gate: socket.socket | None = None) -> Iterator[str]:
    """Địa chỉ ``http://127.0.0.1:cổng`` của ``app``; dừng khi xong. ``gate``: ổ cắm đang nghe, để lần nào cũng cùng một cổng."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=1))
    given = None if gate is None else [gate.dup()]
    thread = threading.Thread(target=server.run, kwargs={"sockets": given})
    thread.start()
    try:
        eventually(lambda: server.started, what="máy chủ nhận người gọi")
        yield f"http://127.0.0.1:{(gate or server.servers[0].sockets[0]).getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(120)
