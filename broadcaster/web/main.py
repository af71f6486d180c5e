"""Tiến trình trang web: lắp các phần thật vào ứng dụng rồi chạy uvicorn tới khi được bảo dừng."""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import anyio.to_thread
import structlog
import uvicorn
from fastapi import FastAPI

from broadcaster.config import Config, WebSection
from broadcaster.errors import PortTaken
from broadcaster.newsroom.reading_apart import ReaderApart
from broadcaster.playout.loopback_client import PlayoutClient
from broadcaster.service.assembly import open_database, open_parts
from broadcaster.service.folders import capture_folder, instance_secret, open_library, packs_folder
from broadcaster.service.ports import listen
from broadcaster.service.process import Process, beats_folder
from broadcaster.sound.library import encode_mp3
from broadcaster.sound.voices.espeak import EspeakVoice, EspeakWorker
from broadcaster.studio.announcing import Announcer
from broadcaster.web.app import create_app
from broadcaster.web.connections import ACCEPTS, BACKLOG, Connection, Door, Limits
from broadcaster.web.lanes import MEMORY, THREADS
from broadcaster.web.services import ConfiguredAnchors, Services

log = structlog.get_logger(__name__)

_SWITCH_S = 0.001 if sys.platform == "win32" else 0.0001
"""Việc nặng nhả luồng sau chừng này: một lần bấm qua vài chục lượt đổi luồng, mỗi lượt chờ một mili giây đã là trễ thấy được.
Windows chỉ chờ được từng mili giây: ngắn hơn thì nó quay vòng mà đốt CPU."""


class Server(uvicorn.Server):
    """``Process`` nghe tín hiệu và ống của cha (cả trên Windows), nên uvicorn không giành tín hiệu."""

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


def run(config: Config, *, supervised: bool) -> None:
    """Chạy tới khi được bảo dừng."""
    with Process(config, "web", supervised=supervised) as process:
        if process.take_turn():
            _serve(config, process)


def _serve(config: Config, process: Process) -> None:
    database, worker, reader = open_database(config), EspeakWorker(), ReaderApart()
    voice, library = EspeakVoice(worker), open_library(config)
    services = Services(
        database=database,
        clock=process.clock,
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
        anchors=ConfiguredAnchors(config, database, process.clock),
        session_hours=config.web.session_hours,
    )
    sys.setswitchinterval(_SWITCH_S)
    MEMORY.tame()
    server = Server(uvicorn_config(config.web, create_app(services)))

    def end() -> None:
        server.should_exit = True

    process.on_stop(end)
    gc.collect()
    gc.freeze()  # ứng dụng đã dựng sống mãi: dọn rác giữa lúc đông không quét lại nó
    try:
        server.run([listener(config.web)])
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


def uvicorn_config(web: WebSection, app: FastAPI, door: Door | None = None) -> uvicorn.Config:
    """Cách uvicorn nghe: cửa của ta, hạn chờ, và chỉ tin máy chuyển tiếp đã khai."""
    return uvicorn.Config(
        app,
        host=web.host,
        port=web.port,
        http=partial(Connection, door or Door(Limits(trusted=frozenset(web.proxies)))),  # type: ignore[arg-type]  # uvicorn chỉ gọi nó như một lớp
        ws="none",
        backlog=ACCEPTS,
        h11_max_incomplete_event_size=32_768,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=bool(web.proxies),
        forwarded_allow_ips=list(web.proxies),
        timeout_keep_alive=5,
        timeout_graceful_shutdown=3,
    )
