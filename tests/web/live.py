"""Trang web chạy thật sau uvicorn và cửa của ta, trong một luồng của phép thử: cho điều chỉ có ở ổ cắm mạng."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import uvicorn
from fastapi import FastAPI

from broadcaster.web.connections import Connection, Door, Limits
from tests.support.waiting import eventually


@contextmanager
def listening(app: FastAPI, limits: Limits | None = None, door: Door | None = None) -> Iterator[int]:
    """Cổng đang nghe; ``door``: để phép thử đếm kết nối."""
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            app,
            http=partial(Connection, door or Door(limits or Limits())),  # type: ignore[arg-type]
            ws="none",
            log_level="critical",
            access_log=False,
            proxy_headers=False,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [given]})
        thread.start()
        try:
            eventually(lambda: server.started, seconds=30, what="trang web nghe")
            yield given.getsockname()[1]
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


def connected(port: int) -> socket.socket:
    """Một kết nối thô; đọc thì có hạn."""
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def status_line(wire: socket.socket) -> str:
    """Dòng đầu của trả lời; rỗng khi bị cắt."""
    with wire.makefile("rb") as lines:
        return lines.readline().decode()
