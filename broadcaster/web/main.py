"""Tiến trình trang web: lắp các phần thật vào ứng dụng rồi chạy uvicorn tới khi được bảo dừng."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import anyio.to_thread
import uvicorn
from fastapi import FastAPI

from broadcaster.config import Config, WebSection
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.playout.loopback_client import PlayoutClient
from broadcaster.service.assembly import open_database, open_parts
from broadcaster.service.folders import capture_folder, instance_secret, open_library, packs_folder
from broadcaster.service.process import Process, beats_folder
from broadcaster.sound.library import encode_mp3
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker
from broadcaster.studio.announcing import Announcer
from broadcaster.web.app import create_app
from broadcaster.web.connections import BACKLOG, Connection, Door, Limits
from broadcaster.web.lanes import MEMORY, THREADS
from broadcaster.web.services import ConfiguredAnchors, Services


class _Server(uvicorn.Server):
    """``Process`` nghe tín hiệu và ống của cha (cả trên Windows), nên uvicorn không giành tín hiệu."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Không đổi cách xử lý tín hiệu nào."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Đủ luồng cho mọi làn, rồi mới nghe."""
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        await super().startup(sockets)


def run(config: Config, *, supervised: bool) -> None:
    """Chạy tới khi được bảo dừng."""
    with Process(config, "web", supervised=supervised) as process:
        if process.take_turn():
            _serve(config, process)


def _serve(config: Config, process: Process) -> None:
    database, worker = open_database(config), EspeakWorker()
    voice, library = EspeakVoice(worker), open_library(config)
    services = Services(
        database=database,
        clock=process.clock,
        library=library,
        playout=PlayoutClient(config.playout.port, instance_secret(config), config.station.code),
        reader=read_text,
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
        anchors=ConfiguredAnchors(config, database, process.clock),
        session_hours=config.web.session_hours,
    )
    sys.setswitchinterval(0.001)  # việc nặng nhả luồng mỗi mili giây: nút đỏ không chờ nó năm
    MEMORY.tame()
    server = _Server(uvicorn_config(config.web, create_app(services)))

    def end() -> None:
        server.should_exit = True

    process.on_stop(end)
    try:
        server.run()
    finally:
        worker.close()
        database.close()


def uvicorn_config(web: WebSection, app: FastAPI) -> uvicorn.Config:
    """Cách uvicorn nghe: cửa của ta, hạn chờ, và chỉ tin máy chuyển tiếp đã khai."""
    door = Door(Limits(trusted=frozenset(web.proxies)))
    return uvicorn.Config(
        app,
        host=web.host,
        port=web.port,
        http=partial(Connection, door),  # type: ignore[arg-type]  # uvicorn chỉ gọi nó như một lớp
        ws="none",
        backlog=BACKLOG,
        h11_max_incomplete_event_size=32_768,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(web.proxies),
        forwarded_allow_ips=list(web.proxies),
        timeout_keep_alive=5,
        timeout_graceful_shutdown=3,
    )
