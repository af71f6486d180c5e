"""``broadcaster serve``: dựng dữ liệu, rồi canh các tiến trình của đài."""

from __future__ import annotations

import sys
import threading
from datetime import timedelta

from filelock import FileLock, Timeout

from broadcaster.clock import SystemClock
from broadcaster.config import Config
from broadcaster.errors import AlreadyRunning
from broadcaster.service import logs
from broadcaster.service.demo import prepare_demo
from broadcaster.service.setup import prepare_data
from broadcaster.service.supervisor import Command, Supervisor, stop_when_told

PROCESSES = ("web", "studio", "playout")


def serve(config: Config, *, demo_after: timedelta | None = None) -> None:
    """Chạy tới khi được bảo dừng; ``demo_after``: dựng đài mẫu và diễn tập sau chừng ấy.

    Lỗi: ``AlreadyRunning`` khi thư mục dữ liệu đã có lần chạy khác, ``Conflict`` khi dựng mẫu vào đài thật.
    """
    clock, stop = SystemClock(), threading.Event()
    config.data_folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(config.data_folder / "serve.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise AlreadyRunning from error
    logs.configure(config.log.level, "serve")
    try:
        for line in prepare_data(config, clock):
            print(line, flush=True)  # noqa: T201  câu cho người chạy, gồm mật khẩu dùng một lần
        for line in [] if demo_after is None else prepare_demo(config, clock, after=demo_after):
            print(line, flush=True)  # noqa: T201  mật khẩu của tài khoản mẫu, giờ diễn tập
        print(f"Mở http://{config.web.host}:{config.web.port} trong trình duyệt.", flush=True)  # noqa: T201
        stop_when_told(stop.set, supervised=False)
        Supervisor([_command(config, name) for name in PROCESSES], clock).run(stop)
    finally:
        lock.release()


def _command(config: Config, name: str) -> Command:
    argv = [sys.executable, "-m", "broadcaster", name, "--config", str(config.file), "--supervised"]
    return Command(name, argv)
