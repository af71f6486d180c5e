"""``broadcaster serve``: dựng dữ liệu, rồi canh các tiến trình của đài."""

from __future__ import annotations

import sys
import threading

from filelock import FileLock, Timeout

from broadcaster.clock import SystemClock
from broadcaster.config import Config
from broadcaster.errors import AlreadyRunning
from broadcaster.service import logs
from broadcaster.service.setup import prepare_data
from broadcaster.service.supervisor import Command, Supervisor, stop_when_told

PROCESSES = ("web", "studio", "playout")


def serve(config: Config) -> None:
    """Chạy tới khi được bảo dừng. Lỗi: ``AlreadyRunning`` khi thư mục dữ liệu đã có lần chạy khác."""
    logs.configure(config.log.level, "serve")
    clock, stop = SystemClock(), threading.Event()
    config.data_folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(config.data_folder / "serve.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise AlreadyRunning from error
    try:
        for line in prepare_data(config, clock):
            print(line, flush=True)  # noqa: T201  câu cho người chạy, gồm mật khẩu dùng một lần
        print(f"Mở http://{config.web.host}:{config.web.port} trong trình duyệt.", flush=True)  # noqa: T201
        stop_when_told(stop.set, supervised=False)
        Supervisor([_command(config, name) for name in PROCESSES], clock).run(stop)
    finally:
        lock.release()


def _command(config: Config, name: str) -> Command:
    argv = [sys.executable, "-m", "broadcaster", name, "--config", str(config.file), "--supervised"]
    return Command(name, argv)
