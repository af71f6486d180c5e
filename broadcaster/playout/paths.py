"""Đường ra nào nhận mục này: đường tới vùng của mục, còn rảnh, không đang nhường tin khẩn cấp."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from broadcaster.airlog.enums import Reason
from broadcaster.errors import NotFound
from broadcaster.playout import routing
from broadcaster.playout.preflight import Refusal
from broadcaster.playout.tables import Output
from broadcaster.sound.channel import Key
from broadcaster.sound.outputs import SinkState
from broadcaster.sound.pump import Pump
from broadcaster.traffic.snapshots import Line
from broadcaster.traffic.tables import Item

_OVERLAP_FRAMES = 5
"""Mục cũ còn thừa chừng này khung thì đường ra vẫn coi là rảnh: nhạc lấp có thể dài hơn mục một khung."""


@dataclass(frozen=True)
class Paths:
    """Đường ra của buổi lúc chuẩn bị một mục: ``free`` nhận mục ấy, ``taken`` còn đang nhường khẩn cấp hoặc phát nốt mục cũ."""

    free: list[Output]
    taken: list[Output]


def paths_at(pump: Pump, outputs: list[Output], frame: int) -> Paths:
    """Chia các đường ra theo việc chúng có rảnh ở khung ``frame`` không."""
    free = [output for output in outputs if (end := busy_until(pump, output.id)) is not None and end <= frame + _OVERLAP_FRAMES]
    return Paths(free, [output for output in outputs if output not in free])


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
    """Đường ra thật (không kể nghe thử và ghi lưu khi còn đường khác) còn nhận tiếng."""
    try:
        health = pump.health(key)
    except NotFound:
        return True
    real = {name: one for name, one in health.items() if name not in ("monitor", "capture")}
    return not any(one.state is SinkState.FAILED for one in (real or health).values())


def held_of(outputs: list[Output], output_ids: Collection[int]) -> list[Output]:
    """Những đường ra buổi đang giữ."""
    return [output for output in outputs if output.id in output_ids]


def mine_of(outputs: list[Output], item: Item) -> list[Output]:
    """Trong các đường ra ấy, những đường tới vùng riêng của mục."""
    return routing.feeding(outputs, {zone.id for zone in item.zones}) if item.zones else outputs


def unfit(line: Line, paths: Paths, *, gave_way: bool) -> Refusal | None:
    """Mục không còn chỗ hoặc không có đường ra; ``gave_way``: buổi đã muộn đi vì nhường khẩn cấp."""
    if not line.fits and gave_way:
        return Refusal(Reason.URGENT, "Không còn đủ thời lượng vì buổi đã nhường tin khẩn cấp.")
    if not line.fits:
        return Refusal(Reason.LATE, line.reason)
    if mine_of(paths.free, line.item):
        return None
    if mine_of(paths.taken, line.item):
        return Refusal(Reason.URGENT, "Các đường ra tới TDP của mục này đang nhường tin khẩn cấp.")
    return Refusal(Reason.DEVICE, "Buổi không có đường ra nào tới các TDP của mục này.")
