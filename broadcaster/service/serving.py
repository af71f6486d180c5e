"""``broadcaster serve``: dựng dữ liệu, rồi canh các tiến trình của đài."""

from __future__ import annotations

import sys
from datetime import timedelta

from broadcaster.clock import Clock
from broadcaster.config import Config
from broadcaster.errors import AlreadyRunning
from broadcaster.service.demo import prepare_demo
from broadcaster.service.place import Place
from broadcaster.service.process import SUPERVISOR, Process
from broadcaster.service.setup import prepare_data
from broadcaster.service.supervisor import Command, Supervisor

PROCESSES = ("playout", "playout", "web", "studio")
"""Hai phòng phát: một giữ lượt, một đứng chờ đã nạp xong; giữ lượt mà chết thì tiếng trở lại sau vài phần mười giây.

Phòng lịch phát ở chung tiến trình với phòng thu.
"""
_PLAYOUT_BACKOFF_S = 0.5


def serve(config: Config, *, demo_after: timedelta | None = None) -> None:
    """Chạy tới khi được bảo dừng; ``demo_after``: dựng đài mẫu và diễn tập sau chừng ấy.

    Lỗi: ``AlreadyRunning`` khi thư mục dữ liệu đã có lần chạy khác, ``Conflict`` khi dựng mẫu vào đài thật.
    """
    with Process(config, SUPERVISOR, supervised=False) as process:
        if not process.take_turn(wait=False):
            raise AlreadyRunning
        _prepare(config, process.clock, demo_after)
        supervisor = Supervisor([command(config, name) for name in PROCESSES], process.clock)
        process.on_stop(supervisor.stop)
        supervisor.run()


def _prepare(config: Config, clock: Clock, demo_after: timedelta | None) -> None:
    for line in prepare_data(config, clock):
        print(line, flush=True)  # noqa: T201  câu cho người chạy, gồm mật khẩu dùng một lần
    for line in [] if demo_after is None else prepare_demo(config, clock, after=demo_after):
        print(line, flush=True)  # noqa: T201  mật khẩu của tài khoản mẫu, giờ diễn tập
    print(f"Mở http://{config.web.host}:{config.web.port} trong trình duyệt.", flush=True)  # noqa: T201


def command(config: Config, name: str) -> Command:
    """Dòng lệnh của một tiến trình con."""
    python, told = [sys.executable, "-m"], ["--config", str(config.file), "--supervised"]
    if name == "playout":  # cửa gọn: không nạp cả bộ dòng lệnh
        told = ["--place", Place.of(config).as_text(), "--supervised"]
        return Command(name, [*python, "broadcaster.service.playout_entrance", *told], _PLAYOUT_BACKOFF_S)
    return Command(name, [*python, "broadcaster", name, *told])
