"""Trang web chạy thật sau uvicorn và cửa của ta, trong một luồng của phép thử: cho điều chỉ có ở ổ cắm mạng."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from broadcaster.config import WebSection
from broadcaster.web.connections import BACKLOG, Door, Limits
from broadcaster.web.main import Server, uvicorn_config
from tests.support.waiting import eventually

Crowd = Callable[[int], None]


@contextmanager
def listening(app: FastAPI, limits: Limits | None = None, door: Door | None = None, crowd: Crowd | None = None) -> Iterator[int]:
    """Cổng đang nghe; ``door``: để phép thử đếm kết nối; ``crowd`` gọi với cổng ấy khi chưa ai được nhận."""
    with socket.socket() as given:
        given.bind(("127.0.0.1", 0))
        given.listen(BACKLOG)
        if crowd is not None:
            crowd(given.getsockname()[1])
        server = Server(uvicorn_config(WebSection(), app, door or Door(limits or Limits())))
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
