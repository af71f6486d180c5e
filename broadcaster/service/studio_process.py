"""Tiến trình phòng thu: nghe chuông, làm bản ghi; và việc hằng đêm, vì việc nặng không được ở cạnh bộ bơm."""

from __future__ import annotations

import os
import threading
import uuid

from broadcaster.clock import SystemClock
from broadcaster.config import Config
from broadcaster.database.doorbell import Doorbell
from broadcaster.service import logs
from broadcaster.service.assembly import open_database, open_library, open_voices
from broadcaster.service.nightly import Nightly
from broadcaster.service.supervisor import stop_when_told
from broadcaster.studio.worker import Worker


def run(config: Config, *, supervised: bool) -> None:
    """Chạy tới khi được bảo dừng; việc dở sẽ có người nhận lại."""
    logs.configure(config.log.level, "studio")
    clock, stop, wake = SystemClock(), threading.Event(), threading.Event()

    def end() -> None:
        stop.set()
        wake.set()

    stop_when_told(end, supervised=supervised)
    database = open_database(config)
    name = f"{os.getpid()}-{uuid.uuid4().hex[:8]}"
    worker = Worker(database, clock, open_voices(config, clock), open_library(config), name=name)
    doorbell = Doorbell(database, wake.set)
    nightly = Nightly(config, database, clock)
    doorbell.start()
    nightly.start()
    try:
        worker.run(stop, wake)
    finally:
        nightly.stop()
        doorbell.stop()
        database.close()
