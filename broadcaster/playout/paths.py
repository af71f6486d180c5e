"""Bộ bơm nói gì về từng đường ra: rảnh lúc nào, đang im lặng không, còn nhận tiếng không."""

from __future__ import annotations

from collections.abc import Collection

from broadcaster.errors import NotFound
from broadcaster.playout.network import Path
from broadcaster.sound.events import Key
from broadcaster.sound.outputs import BESIDE, SinkState
from broadcaster.sound.pump import Pump

_OVERLAP_FRAMES = 5
"""Mục cũ còn thừa chừng này khung thì đường ra vẫn coi là rảnh: nhạc lấp có thể dài hơn mục một khung."""


def divided(pump: Pump, paths: Collection[Path], frame: int) -> tuple[list[Path], list[Path]]:
    """(đường nhận được tiếng ở khung ``frame``, đường còn nhường khẩn cấp hoặc phát nốt mục cũ)."""
    free = [path for path in paths if (end := busy_until(pump, path.output_id)) is not None and end <= frame + _OVERLAP_FRAMES]
    return free, [path for path in paths if path not in free]


def busy_until(pump: Pump, output_id: int) -> int | None:
    """Như ``Pump.busy_until``; đường ra vừa bị gỡ thì chưa biết."""
    try:
        return pump.busy_until(output_id)
    except NotFound:
        return None


def is_silenced(pump: Pump, key: Key) -> bool:
    """Nút im lặng của đường ra có đang bấm không."""
    try:
        return pump.is_silenced(key)
    except NotFound:
        return False


def is_healthy(pump: Pump, key: Key) -> bool:
    """Đường ra thật còn nhận tiếng: ghi lưu không kể (đĩa đầy thì loa vẫn kêu), nghe thử chỉ kể khi không còn đường khác."""
    try:
        health = pump.health(key)
    except NotFound:
        return True
    sounding = {name: one for name, one in health.items() if name != "capture"}
    real = {name: one for name, one in sounding.items() if name not in BESIDE}
    return not any(one.state is SinkState.FAILED for one in (real or sounding).values())
