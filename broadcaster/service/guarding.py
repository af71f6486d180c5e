"""Người canh gọn: ``python -m broadcaster.service.guarding``; ``broadcaster serve`` thành nó sau khi dựng xong dữ liệu.

Chạy cả năm chỉ để dựng lại tiến trình chết, nên không nạp cơ sở dữ liệu, trang web, bộ dòng lệnh hay bộ kiểm cấu hình.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from broadcaster.service.place import Place
    from broadcaster.service.supervisor import Command

PROCESSES = ("playout", "playout", "web", "studio")
"""Hai phòng phát: một giữ lượt, một đứng chờ đã nạp xong; giữ lượt mà chết thì tiếng trở lại sau vài phần mười giây.

Phòng lịch phát ở chung tiến trình với phòng thu.
"""
_PLAYOUT_BACKOFF_S = 0.5


def guard(place: Place, file: Path) -> None:
    """Canh tới khi được bảo dừng; ``file``: config.toml. Lỗi: ``AlreadyRunning`` khi thư mục dữ liệu đã có người canh khác."""
    from broadcaster.errors import AlreadyRunning
    from broadcaster.service.process import SUPERVISOR, Process
    from broadcaster.service.supervisor import Supervisor

    with Process(place, SUPERVISOR, supervised=False) as process:
        if not process.take_turn(wait=False):
            raise AlreadyRunning
        supervisor = Supervisor([command(place, file, name) for name in PROCESSES], process.clock)
        process.on_stop(supervisor.stop)
        supervisor.run()


def command(place: Place, file: Path, name: str) -> Command:
    """Dòng lệnh của một tiến trình con."""
    from broadcaster.service.supervisor import Command

    python, told = [sys.executable, "-m"], ["--config", str(file), "--supervised"]
    if name == "playout":  # cửa gọn: không nạp cả bộ dòng lệnh
        told = ["--place", place.as_text(), "--supervised"]
        return Command(name, [*python, "broadcaster.service.playout_entrance", *told], _PLAYOUT_BACKOFF_S)
    return Command(name, [*python, "broadcaster", name, *told])


def main(arguments: list[str] | None = None) -> None:
    """``--place``: chữ của ``Place.as_text``."""
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]
    from broadcaster.errors import AlreadyRunning
    from broadcaster.service.place import Place

    parser = argparse.ArgumentParser(prog="serve")
    parser.add_argument("--place", required=True)
    parser.add_argument("--config", required=True, type=Path)
    asked = parser.parse_args(arguments)
    try:
        guard(Place.from_text(asked.place), asked.config)
    except AlreadyRunning as error:  # ai đó vừa bật đài đúng lúc này
        sys.exit(error.message)


if __name__ == "__main__":
    main()
