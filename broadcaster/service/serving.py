"""``broadcaster serve``: dựng dữ liệu, rồi canh các tiến trình của đài.

Việc dựng nạp cả cơ sở dữ liệu, việc canh thì không cần gì: dựng xong, tiến trình tự thay mình bằng người canh gọn.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta

from broadcaster.clock import Clock
from broadcaster.config import Config
from broadcaster.errors import AlreadyRunning
from broadcaster.service.demo import prepare_demo
from broadcaster.service.guarding import guard
from broadcaster.service.place import Place
from broadcaster.service.process import SUPERVISOR, Process
from broadcaster.service.setup import prepare_data


def serve(config: Config, *, demo_after: timedelta | None = None) -> None:
    """Chạy tới khi được bảo dừng; ``demo_after``: dựng đài mẫu và diễn tập sau chừng ấy.

    Lỗi: ``AlreadyRunning`` khi thư mục dữ liệu đã có lần chạy khác, ``Conflict`` khi dựng mẫu vào đài thật.
    """
    with Process(config, SUPERVISOR, supervised=False) as process:
        if not process.take_turn(wait=False):
            raise AlreadyRunning
        _prepare(config, process.clock, demo_after)
        stopped = process.stop.is_set()
    if not stopped:  # lệnh dừng tới lúc đang dựng thì không bật đài nữa
        _guard(config)


def _guard(config: Config) -> None:
    """Windows không thay được tiến trình tại chỗ: ở đó người canh làm việc ngay trong tiến trình này."""
    place, file = Place.of(config), config.file
    if os.name == "nt":
        guard(place, file)
    else:
        told = ["--place", place.as_text(), "--config", str(file)]
        os.execv(sys.executable, [sys.executable, "-m", "broadcaster.service.guarding", *told])  # noqa: S606  chính ta


def _prepare(config: Config, clock: Clock, demo_after: timedelta | None) -> None:
    for line in prepare_data(config, clock):
        print(line, flush=True)  # noqa: T201  câu cho người chạy, gồm mật khẩu dùng một lần
    for line in [] if demo_after is None else prepare_demo(config, clock, after=demo_after):
        print(line, flush=True)  # noqa: T201  mật khẩu của tài khoản mẫu, giờ diễn tập
    print(f"Mở http://{config.web.host}:{config.web.port} trong trình duyệt.", flush=True)  # noqa: T201
