"""Tiến trình trang web: lắp các phần thật vào ứng dụng rồi chạy uvicorn tới khi được bảo dừng."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from functools import partial
from typing import Any

import anyio.to_thread
import structlog
import uvicorn
from fastapi import FastAPI

from broadcaster.clock import Clock, SystemClock
from broadcaster.config import Config, WebSection
from broadcaster.errors import PortTaken
from broadcaster.loop import end_process, guard_process
from broadcaster.newsroom.reading_apart import ReaderApart
from broadcaster.playout.loopback_client import PlayoutClient
from broadcaster.service.assembly import open_database, open_parts
from broadcaster.service.folders import capture_folder, instance_secret, open_library, packs_folder
from broadcaster.service.ports import listen
from broadcaster.service.process import Process, beats_folder, open_log
from broadcaster.sound.library import encode_mp3
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker
from broadcaster.studio.announcing import Announcer
from broadcaster.web.app import create_app
from broadcaster.web.connections import ACCEPTS, BACKLOG, Connection, Door, Limits
from broadcaster.web.front import CAN_SPLIT, Front, split
from broadcaster.web.handover import LONGEST_HEAD, Link, Routed, Side
from broadcaster.web.lanes import MEMORY, THREADS
from broadcaster.web.services import ConfiguredAnchors, Services

log = structlog.get_logger(__name__)

_SWITCH_S = 0.001 if sys.platform == "win32" else 0.0001
"""Việc nặng nhả luồng sau chừng này: một lần bấm qua vài chục lượt đổi luồng, mỗi lượt chờ một mili giây đã là trễ thấy được.
Windows chỉ chờ được từng mili giây: ngắn hơn thì nó quay vòng mà đốt CPU."""


class Server(uvicorn.Server):
    """``Process`` nghe tín hiệu và ống của cha (cả trên Windows), nên uvicorn không giành tín hiệu."""

    def __init__(self, config: uvicorn.Config, link: Link | None = None) -> None:
        """``link``: nối với bên kia, để nhận kết nối được trao."""
        super().__init__(config)
        self.told: Callable[[bytes], None] = lambda _words: None
        """Nghe lời của bên kia; rỗng là nó đã mất."""
        self._link = link
        self._arriving: set[asyncio.Task[Any]] = set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Không đổi cách xử lý tín hiệu nào."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Đủ luồng cho mọi làn, rồi mới nghe: asyncio lấy ``backlog`` làm cả số kết nối nhận một lượt nên hàng đợi nới sau."""
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(BACKLOG)
        if self._link is not None:
            asyncio.get_running_loop().add_reader(self._link, self._arrivals, self._link)

    def _arrivals(self, link: Link) -> None:
        """Kết nối bên kia trao, mỗi vòng nhiều nhất ``ACCEPTS``."""
        for _ in range(ACCEPTS):
            try:
                words, one = link.take()
            except BlockingIOError:
                return
            if one is not None:
                self._arriving.add(task := asyncio.ensure_future(self._arrive(one, words)))
                task.add_done_callback(self._arriving.discard)
                continue
            if not words:
                asyncio.get_running_loop().remove_reader(link)
            self.told(words)
            return

    async def _arrive(self, one: socket.socket, preface: bytes) -> None:
        protocol: Any = self.config.http_protocol_class
        make = partial(protocol, preface=preface, config=self.config, server_state=self.server_state)
        with suppress(OSError):  # người gọi đã bỏ đi
            await asyncio.get_running_loop().connect_accepted_socket(partial(make, app_state=self.lifespan.state), one)


def run(config: Config, *, supervised: bool) -> None:
    """Chạy tới khi được bảo dừng."""
    front = split(partial(_red, config)) if CAN_SPLIT else None
    leaving = closing(front) if front else nullcontext()  # cổng phải rảnh trước khi lượt được trả cho người thay
    with Process(config, "web", supervised=supervised) as process, leaving:
        if process.take_turn():
            _pages(config, process, front)


def _pages(config: Config, process: Process, front: Front | None) -> None:
    """Mọi trang; không có cửa trước (máy không tách được tiến trình) thì cả nút đỏ và cổng."""
    gate = listener(config.web)
    with _services(config, process.clock) as services:
        server = _server(config, services, Side(front.link, red=False) if front else None)

        def lost(_words: bytes) -> None:
            if not server.should_exit:
                end_process("cửa trước", RuntimeError("cửa trước đã mất"))

        def end() -> None:
            server.should_exit = True
            if front is not None:
                front.stop()

        server.told = lost
        process.on_stop(end)
        if front is not None:
            front.open(gate)
        server.run([] if front else [gate])


def _red(config: Config, link: Link, gate: socket.socket) -> None:
    """Cửa trước: nhận mọi khách, giữ nút đỏ. Các trang mất thì dừng ngay để cổng rảnh cho lần dựng lại."""
    open_log(config, "front")
    guard_process(lambda _name, _error: None)
    with _services(config, SystemClock()) as services:
        server = _server(config, services, Side(link, red=True))

        def told(words: bytes) -> None:
            if not words:
                os._exit(0)
            server.should_exit = True

        server.told = told
        server.run([gate])


def _server(config: Config, services: Services, side: Side | None) -> Server:
    sys.setswitchinterval(_SWITCH_S)
    MEMORY.tame()
    server = Server(uvicorn_config(config.web, create_app(services), side=side), side.link if side else None)
    gc.collect()
    gc.freeze()  # ứng dụng đã dựng sống mãi: dọn rác giữa lúc đông không quét lại nó
    return server


@contextmanager
def _services(config: Config, clock: Clock) -> Iterator[Services]:
    database, worker, reader = open_database(config), EspeakWorker(), ReaderApart()
    voice, library = EspeakVoice(worker), open_library(config)
    try:
        yield Services(
            database=database,
            clock=clock,
            library=library,
            playout=PlayoutClient(config.playout.port, instance_secret(config), config.station.code),
            reader=reader,
            speak=lambda text: encode_mp3(voice.speak([text]).samples),
            announcer=Announcer(voice, library),
            parts=open_parts(config),
            exports=config.data_folder / "exports",
            captures=capture_folder(config),
            beats=beats_folder(config),
            packs=packs_folder(config),
            site=str(config.site_folder or ""),
            names=config.web.names,
            https=config.web.https,
            amplifiers=tuple(config.amplifiers),
            anchors=ConfiguredAnchors(config, database, clock),
            session_hours=config.web.session_hours,
        )
    finally:
        worker.close()
        reader.close()
        database.close()


def listener(web: WebSection) -> socket.socket:
    """Ổ cắm ở địa chỉ của trang, chưa nhận ai; cổng đang có người khác dùng thì nói rõ rồi dừng."""
    try:
        found = listen(web.host, web.port)
        found.listen(ACCEPTS)
    except (PortTaken, OSError) as error:
        log.error("không mở được trang web", dia_chi=f"{web.host}:{web.port}", vi=getattr(error, "message", repr(error)))
        raise SystemExit(1) from error
    return found


def uvicorn_config(web: WebSection, app: FastAPI, door: Door | None = None, side: Side | None = None) -> uvicorn.Config:
    """Cách uvicorn nghe: cửa của ta, hạn chờ, và chỉ tin máy chuyển tiếp đã khai; ``side``: trao kết nối với bên kia."""
    door = door or Door(Limits(trusted=frozenset(web.proxies)))
    connection = partial(Connection, door) if side is None else partial(Routed, door, side)
    return uvicorn.Config(
        app,
        host=web.host,
        port=web.port,
        http=connection,  # type: ignore[arg-type]  # uvicorn chỉ gọi nó như một lớp
        ws="none",
        backlog=ACCEPTS,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        log_config=None,  # như mọi thư viện: vào tệp xoay vòng, mỗi loại dòng có phần
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(web.proxies),
        forwarded_allow_ips=list(web.proxies),
        timeout_keep_alive=5,
        timeout_graceful_shutdown=3,
    )
