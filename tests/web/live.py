"""Trang web chạy thật sau uvicorn và cửa của ta, trong một luồng của phép thử: cho điều chỉ có ở ổ cắm mạng."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from fastapi import FastAPI

from broadcaster.config import WebSection
from broadcaster.web.connections import BACKLOG, Door, Limits
from broadcaster.web.handover import Link, Side
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


class Halves:
    """Cửa trước và các trang nối như ở đài thật, mỗi bên một luồng; ``front``, ``pages``: kết nối đang mở ở đó."""

    def __init__(self, app: FastAPI, limits: Limits, gate: socket.socket) -> None:
        self.port = int(gate.getsockname()[1])
        self.front, self.pages = Door(limits), Door(limits)
        self._links = [Link(end) for end in socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)]
        self._servers, self._threads = list[Server](), list[threading.Thread]()
        for door, link, gates in ((self.front, self._links[0], [gate]), (self.pages, self._links[1], [])):
            link.calm()
            self._servers.append(Server(uvicorn_config(WebSection(), app, door, Side(link, red=bool(gates))), link))
            self._threads.append(threading.Thread(target=self._servers[-1].run, args=(gates,)))

    def start(self, number: int) -> None:
        self._threads[number].start()
        eventually(lambda: self._servers[number].started, seconds=30, what="trang web nghe")

    def start_pages(self) -> None:
        """Các trang tới muộn."""
        self.start(1)

    def stop(self) -> None:
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.should_exit = server.force_exit = True
            if thread.is_alive():
                thread.join()
        for link in self._links:
            link.close()


@contextmanager
def halves(app: FastAPI, limits: Limits, *, pages: bool = True) -> Iterator[Halves]:
    """Hai bên đang chạy; ``pages`` sai: các trang chưa lấy kết nối nào tới ``start_pages``."""
    with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as gate:
        found = Halves(app, limits, gate)
        found.start(0)
        if pages:
            found.start_pages()
        try:
            yield found
        finally:
            found.stop()


def connected(port: int) -> socket.socket:
    """Một kết nối thô; đọc thì có hạn."""
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def status_line(wire: socket.socket) -> str:
    """Dòng đầu của trả lời; rỗng khi bị cắt."""
    with wire.makefile("rb") as lines:
        return lines.readline().decode()
