"""``broadcaster serve``: dựng dữ liệu, rồi canh các tiến trình của đài.

Việc dựng nạp cả cơ sở dữ liệu, việc canh thì không cần gì: dựng xong, tiến trình tự thay mình bằng người canh gọn.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta

from broadcaster.clock import Clock
from broadcaster.config import Config, load
from broadcaster.errors import AlreadyRunning
from broadcaster.service import ports
from broadcaster.service.demo import prepare_demo
from broadcaster.service.folders import must_be_writable
from broadcaster.service.guarding import guard
from broadcaster.service.place import Place
from broadcaster.service.process import SUPERVISOR, Process
from broadcaster.service.setup import prepare_data


def serve(config: Config, *, demo_after: timedelta | None = None, port: int | None = None) -> None:
    """Chạy tới khi được bảo dừng; ``demo_after``: dựng đài mẫu và diễn tập sau chừng ấy; ``port``: cổng trang web lần này.

    Lỗi: ``FolderClosed``; ``AlreadyRunning`` khi thư mục dữ liệu đã có lần chạy khác; ``PortTaken`` khi cổng bận (đài mẫu tự
    lấy cổng kế tiếp); ``Conflict`` khi dựng mẫu vào đài thật.
    """
    for folder in (config.data_folder, config.audio_folder):
        must_be_writable(folder)
    with Process(config, SUPERVISOR, supervised=False) as process:
        if not process.take_turn(wait=False):
            raise AlreadyRunning
        os.environ.update(ports.settle(config, wanted=port, next_free=demo_after is not None))
        config = load(config.file)
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
    """Điều người chạy phải đọc (mật khẩu, giờ diễn tập) đứng liền nhau ở cuối, ngay trên địa chỉ phải mở."""
    lines = prepare_data(config, clock)
    if demo_after is not None:
        lines += prepare_demo(config, clock, after=demo_after)
    address = f"http://{config.web.host}:{config.web.port}"
    first = f"Đài mới: đăng nhập quản trị rồi mở {address}/bat-dau, từng bước tới bản tin đầu tiên."
    closing = "Tắt đài: Ctrl+C. Nhật ký máy: " + str(config.data_folder / "logs")
    for line in (*lines, *([first] if lines else []), closing, f"Mở {address} trong trình duyệt."):
        print(line, flush=True)  # noqa: T201  câu cho người chạy, gồm mật khẩu dùng một lần
