"""Một buổi thường lệ trên ổ đĩa đầy tới byte cuối, chạy trong một tiến trình có ổ đĩa của riêng nó; in điều đã xảy ra."""

from __future__ import annotations

import json
import shutil
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from broadcaster.clock import ManualClock
from broadcaster.database import Database
from broadcaster.database.schema import upgrade
from tests.end_to_end.filling import fill
from tests.support.radio_house import House
from tests.support.scene import lay_scene

START = datetime(2026, 3, 2, 8, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


def main(folder: Path) -> None:
    """Đĩa đầy từ mười giây trước giờ phát tới hết buổi; rồi có chỗ lại."""
    with closing(Database(f"sqlite:///{folder}/dai.sqlite")) as database:
        upgrade(database)
        house = House(lay_scene(database, ManualClock(START)), folder)
        house.script("Tin một")
        house.slot()
        house.settle()
        house.wait(590)
        fill(folder / "day.bin")
        free = shutil.disk_usage(folder).free
        house.go(180)
        held_back = not any(one.result for one in house.airings())
        heard_ms = {sink.name: 20 * sum(bool(frame.any()) for _, frame in sink.frames) for sink in house.sinks.values()}
        (folder / "day.bin").unlink()
        house.go(90)
        told = [[one.title, one.result, one.heard_ms] for one in house.airings()]
        found = {"free": free, "held_back": held_back, "heard_ms": heard_ms, "told": told}
        sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
