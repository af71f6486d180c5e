"""Đường ra mất tiếng từ lúc nào tới lúc nào: dòng nhật ký và cảnh báo, qua sổ tạm nên đĩa đầy cũng không mất."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy.orm import Session

from broadcaster.accounts.audit import close_alert, raise_alert
from broadcaster.accounts.enums import AlertLevel
from broadcaster.airlog.enums import Event
from broadcaster.airlog.writing import append
from broadcaster.playout.spool import Spool
from broadcaster.sound.outputs import SinkState
from broadcaster.sound.pump import PumpEvent, SinkChanged

SILENT, BACK = "path_silent", "path_back"
_QUIET_SINKS = ("monitor",)
"""Nghe thử hỏng thì loa vẫn kêu: không phải việc của nhật ký."""
_BY = "đường ra"


class PathFaults:
    """Gom các lần đổi tình trạng của đầu ra."""

    def __init__(self, spool: Spool, name_of: Callable[[int], str]) -> None:
        """``name_of``: mã đường ra → tên, từ bảng trong bộ nhớ."""
        self._spool = spool
        self._name_of = name_of
        self._events: SimpleQueue[SinkChanged] = SimpleQueue()
        self._silent: set[tuple[int, str]] = set()

    def on_event(self, event: PumpEvent) -> None:
        """Bộ bơm gọi ở luồng của nó: chỉ xếp hàng."""
        if isinstance(event, SinkChanged) and event.sink not in _QUIET_SINKS:
            self._events.put(event)

    def step(self) -> None:
        """Ghi những lần đổi đang chờ. Lỗi: ``OutputFailed`` khi không ghi được sổ tạm."""
        while True:
            try:
                event = self._events.get_nowait()
            except Empty:
                return
            if isinstance(event.channel, int):
                self._note(event.channel, event)

    def _note(self, output_id: int, event: SinkChanged) -> None:
        place, failed = (output_id, event.sink), event.health.state is SinkState.FAILED
        if failed is (place in self._silent):
            return
        since = event.health.since
        body = {
            "what": SILENT if failed else BACK,
            "at": since.isoformat() if since else None,
            "output_id": output_id,
            "output": self._name_of(output_id),
            "sink": event.sink,
            "error": event.health.error or "",
        }
        if since is not None:
            self._spool.append([body])
        self._silent = self._silent | {place} if failed else self._silent - {place}


def enter_fault(session: Session, station_id: int, body: Mapping[str, Any], *, at: datetime, now: datetime) -> None:
    """Bản ghi sổ tạm thành dòng nhật ký và cảnh báo (hoặc đóng cảnh báo)."""
    told = {key: body[key] for key in ("output_id", "output", "sink", "error")}
    silent = body["what"] == SILENT
    append(session, station_id, Event.PATH_SILENT if silent else Event.PATH_BACK, told, happened_at=at, now=now)
    subject = f"output:{body['output_id']}:{body['sink']}"
    if not silent:
        close_alert(session, station_id, subject, by=_BY, now=now)
        return
    why = f" ({body['error']})" if body["error"] else ""
    message = f"Đường ra “{body['output']}” đang không có tiếng{why}. Hãy xem dây, cạc âm thanh và máy tăng âm; đài tự thử lại."
    raise_alert(session, station_id, subject, message, now=now, level=AlertLevel.CRITICAL)
