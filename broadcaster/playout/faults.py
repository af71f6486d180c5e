"""Đường ra mất tiếng từ lúc nào tới lúc nào, vào sổ trực nên đĩa đầy cũng không mất; máy chạy lại mà cạc đã lành thì cũng nói."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

from broadcaster.clock import Clock
from broadcaster.errors import NotFound
from broadcaster.playout import records
from broadcaster.playout.station_log import StationLog
from broadcaster.sound.events import PumpEvent, SinkChanged
from broadcaster.sound.outputs import Health, SinkState
from broadcaster.sound.pump import Pump

_QUIET_SINKS = ("monitor",)
"""Nghe thử hỏng thì loa vẫn kêu: không phải việc của nhật ký."""
MIXER = "mixer"
"""Bộ trộn của cạc: không phải đầu ra của bộ bơm, ``mixers`` hỏi nó và tự báo khi nó lành."""
_SURE = timedelta(seconds=3)
"""Máy vừa chạy lại thì đợi chừng này mới tin là đường cũ hỏng đã lành: thiết bị cần lúc mở."""


class PathFaults:
    """Gom các lần đổi tình trạng của đầu ra."""

    def __init__(self, clock: Clock, pump: Pump, station: StationLog, name_of: Callable[[int], str]) -> None:
        """``name_of``: mã đường ra → tên, từ bảng trong bộ nhớ."""
        self._clock, self._pump, self._log, self._name_of = clock, pump, station, name_of
        self._events: SimpleQueue[SinkChanged] = SimpleQueue()
        self._inherited = {one for one in station.state.failed if one[1] != MIXER}
        """Đường mà lần chạy trước để lại là hỏng, lần này chưa biết."""
        self._since = clock.monotonic()

    def on_event(self, event: PumpEvent) -> None:
        """Bộ bơm gọi ở luồng của nó: chỉ xếp hàng."""
        if isinstance(event, SinkChanged) and event.sink not in _QUIET_SINKS:
            self._events.put(event)

    def step(self) -> None:
        """Ghi những lần đổi đang chờ. Lỗi: ``OutputFailed`` khi không ghi được sổ."""
        while True:
            try:
                event = self._events.get_nowait()
            except Empty:
                break
            if isinstance(event.channel, int):
                self._inherited.discard((event.channel, event.sink))
                self._note(event.channel, event.sink, event.health)
        if self._inherited and self._clock.monotonic() - self._since > _SURE.total_seconds():
            self._settle()

    def _settle(self) -> None:
        """Đường hỏng từ lần chạy trước mà lần này vẫn làm việc (hoặc đã bỏ): lành rồi."""
        for output_id, sink in sorted(self._inherited):
            try:
                health = self._pump.health(output_id).get(sink)
            except NotFound:
                health = None
            if health is None or health.state is not SinkState.FAILED:
                self._note(output_id, sink, Health(SinkState.WORKING, since=self._clock.now()))
        self._inherited.clear()

    def _note(self, output_id: int, sink: str, health: Health) -> None:
        failed = health.state is SinkState.FAILED
        if failed is ((output_id, sink) in self._log.state.failed):
            return
        since: datetime = health.since or self._clock.now()
        told = {"output_id": output_id, "output": self._name_of(output_id), "sink": sink, "error": health.error or ""}
        self._log.write(records.of_station("path_silent" if failed else "path_back", since, **told), must=False)
