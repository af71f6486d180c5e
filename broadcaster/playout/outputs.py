"""Bảng đường ra: giữ bộ bơm khớp với mạng loa; thêm, bớt đường ra không cần tắt máy phát."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from broadcaster.clock import Clock
from broadcaster.playout.network import Path
from broadcaster.sound.outputs import SinkPort
from broadcaster.sound.outputs.amplifier import AmplifierSink
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.outputs.cards import Device, card_sink, open_device
from broadcaster.sound.outputs.monitor import MonitorSink
from broadcaster.sound.outputs.queued import QueuedSink
from broadcaster.sound.pump import Pump

_LOOK_S = 0.01


class OutputBoard:
    """Mỗi đường ra một kênh của bộ bơm, với đầu nghe trong trình duyệt và đầu thu."""

    def __init__(
        self, pump: Pump, clock: Clock, captures: CaptureStore, open_device: Callable[[str], Device] = open_device
    ) -> None:
        """``open_device``: mở cạc theo tên."""
        self._open_device = open_device
        self._pump = pump
        self._clock = clock
        self._captures = captures
        self._monitors: dict[int, MonitorSink] = {}
        self._cards: dict[int, QueuedSink] = {}
        self._told: dict[int, bool] = {}
        self._paths: dict[int, Path] = {}

    def sync(self, wanted: Iterable[Path], *, hour: int = 12, pressed: Mapping[int, bool] | None = None) -> None:
        """Thêm đường mới, gỡ đường đã bỏ (đường đang phát để lần sau), và theo mỗi lần dữ liệu *đổi* lệnh im lặng.

        Chỉ theo lần đổi: nút đỏ mà dữ liệu chưa biết thì không được tự nhả. ``pressed``: đường ra → nút đỏ theo sổ trực, thắng dữ
        liệu khi kênh vừa được dựng. ``hour``: giờ địa phương, cho trần âm lượng.
        """
        paths = {path.output_id: path for path in wanted}
        kept = {key for key, path in paths.items() if key in self._paths and self._paths[key].build == path.build}
        for output_id in self._monitors.keys() - kept:
            if not self._pump.is_open(output_id):
                self._pump.remove_channel(output_id)
                del self._monitors[output_id]
                self._cards.pop(output_id, None)
                self._told.pop(output_id, None)
            elif output_id in paths:  # đang phát: lần sau mới dựng lại
                paths[output_id] = replace(paths[output_id], **_built(self._paths[output_id]))
        self._paths = paths
        for output_id, path in paths.items():
            if output_id not in self._monitors:
                self._pump.add_channel(output_id, self._sinks(path))
                self._pump.silence(output_id, on=(pressed or {}).get(output_id, path.silenced))
                self._told[output_id] = path.silenced
            self._pump.set_volume(output_id, path.volume(hour))
            if self._told[output_id] != path.silenced:
                self._pump.silence(output_id, on=path.silenced)
                self._told[output_id] = path.silenced

    def _sinks(self, path: Path) -> list[SinkPort]:
        monitor = self._monitors[path.output_id] = MonitorSink(self._clock)
        sinks: list[SinkPort] = [monitor]
        if path.captured:
            sinks.append(self._captures.sink(path.output_id))
        if path.card is not None:
            self._cards[path.output_id] = card_sink(partial(self._open_device, path.card), self._clock)
            sinks.append(self._cards[path.output_id])
        if any(path.amplifier):
            sinks.append(AmplifierSink(*path.amplifier, self._clock))
        return sinks

    def settle(self, within_s: float) -> bool:
        """Đợi mọi cạc mở xong hoặc hỏng, nhiều nhất ``within_s`` giây: tiếng giao cho cạc còn đang mở là tiếng mất."""
        until, pause = self._clock.monotonic() + within_s, threading.Event()
        while opening := any(card.opening for card in self._cards.values()):
            if self._clock.monotonic() >= until:
                break
            self._clock.wait(pause, _LOOK_S)
        return not opening

    def name_of(self, output_id: int) -> str:
        """Tên đường ra như lần xem dữ liệu gần nhất."""
        path = self._paths.get(output_id)
        return path.name if path else str(output_id)

    def cards(self) -> dict[int, tuple[str, str]]:
        """Đường ra → (tên, cạc), những đường ra cạc đang có."""
        return {key: (path.name, path.card) for key, path in self._paths.items() if path.card is not None}

    def lead_ms(self, output_id: int) -> int:
        """Thời gian mở trước của đường ra."""
        path = self._paths.get(output_id)
        return path.lead_ms if path else 0

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


def _built(path: Path) -> dict[str, Any]:
    return {"captured": path.captured, "card": path.card, "amplifier": path.amplifier}
