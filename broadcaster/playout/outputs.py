"""Bảng đường ra: giữ bộ bơm khớp với các dòng ``Output``; thêm, bớt đường ra không cần tắt máy phát."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from broadcaster.airlog.bodies import DeliveryBody
from broadcaster.clock import Clock
from broadcaster.playout import routing
from broadcaster.playout.tables import Output
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.outputs.monitor import MonitorSink
from broadcaster.sound.pump import Pump


@dataclass(frozen=True)
class Path:
    """Một đường ra cần có; ``clusters``: (mã TDP, cụm loa) nó nuôi, để khẩn cấp tìm được đường mà không hỏi cơ sở dữ liệu."""

    output_id: int
    captured: bool
    silenced: bool
    name: str = ""
    lead_ms: int = 0
    clusters: tuple[tuple[int, DeliveryBody], ...] = ()

    def serves(self, zone_ids: Collection[int]) -> bool:
        """Có tới được TDP nào trong số ấy không; không nêu TDP nào là mọi TDP."""
        return not zone_ids or any(zone_id in zone_ids for zone_id, _ in self.clusters)

    def targets(self, zone_ids: Collection[int]) -> list[DeliveryBody]:
        """Cụm loa dự kiến."""
        return [body for zone_id, body in self.clusters if not zone_ids or zone_id in zone_ids]


def path_of(output: Output) -> Path:
    """Từ dòng dữ liệu, kèm cụm loa còn dùng."""
    bodies = {body["cluster_id"]: body for body in routing.deliveries([output], ())}
    clusters = tuple((cluster.zone_id, bodies[cluster.id]) for cluster in output.clusters if cluster.id in bodies)
    return Path(output.id, output.captured, output.silenced_by is not None, output.name, output.lead_ms, clusters)


class OutputBoard:
    """Mỗi đường ra một kênh của bộ bơm, với đầu nghe trong trình duyệt và đầu thu."""

    def __init__(self, pump: Pump, clock: Clock, captures: CaptureStore) -> None:
        """``captures``: đã ``recover`` xong."""
        self._pump = pump
        self._clock = clock
        self._captures = captures
        self._monitors: dict[int, MonitorSink] = {}
        self._told: dict[int, bool] = {}
        self._paths: dict[int, Path] = {}

    def sync(self, wanted: Iterable[Path]) -> None:
        """Thêm đường mới, gỡ đường đã bỏ (đường đang phát để lần sau), và theo mỗi lần dữ liệu *đổi* lệnh im lặng.

        Chỉ theo lần đổi: nút đỏ bấm lúc đĩa đầy chưa ghi được vào dữ liệu thì không được tự nhả.
        """
        paths = {path.output_id: path for path in wanted}
        self._paths = paths
        for output_id in self._monitors.keys() - paths.keys():
            if not self._pump.is_open(output_id):
                self._pump.remove_channel(output_id)
                del self._monitors[output_id]
                self._told.pop(output_id, None)
        for output_id, path in paths.items():
            if output_id not in self._monitors:
                monitor = MonitorSink(self._clock)
                sinks = [monitor, *([self._captures.sink(output_id)] if path.captured else [])]
                self._pump.add_channel(output_id, sinks)
                self._monitors[output_id] = monitor
            if self._told.get(output_id, False) != path.silenced:
                self._pump.silence(output_id, on=path.silenced)
                self._told[output_id] = path.silenced

    def monitor(self, output_id: int) -> MonitorSink | None:
        """Đầu nghe của một đường; không có đường ấy thì ``None``."""
        return self._monitors.get(output_id)

    def serving(self, zone_ids: Collection[int]) -> list[Path]:
        """Các đường ra tới được những TDP ấy, như lần xem dữ liệu gần nhất."""
        known = self._pump.channels()
        return [path for path in self._paths.values() if path.output_id in known and path.serves(zone_ids)]

    def ids(self) -> tuple[int, ...]:
        """Các đường đang có."""
        return tuple(self._monitors)
