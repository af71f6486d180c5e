"""Sổ trực cùng trạng thái đọc ra từ nó: ghi một điều là cả hai cùng đi, nên bộ nhớ không bao giờ nói khác sổ."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import structlog

from broadcaster.errors import Conflict
from broadcaster.playout.air_state import AirState, decide
from broadcaster.playout.journal import Journal

log = structlog.get_logger(__name__)


class StationLog:
    """Gọi được từ mọi luồng."""

    def __init__(self, journal: Journal) -> None:
        """Đọc lại cả sổ; bản ghi không hợp bảng chuyển trạng thái thì bỏ qua có tiếng, những bản ghi sau vẫn được kể."""
        self._journal = journal
        self._lock = threading.Lock()
        self.state = AirState()
        for record in journal.known:
            self.state = _after(self.state, record.body, number=record.number)

    @property
    def journal(self) -> Journal:
        """Sổ trực."""
        return self._journal

    def write(self, *bodies: Mapping[str, Any], must: bool = True) -> None:
        """Bền trên đĩa rồi trạng thái mới đổi. Lỗi: ``OutputFailed`` khi ``must``; ``Conflict`` khi bảng không cho."""
        with self._lock:
            state = self.state
            for body in bodies:
                state = decide(state, self._journal.stamped(body))  # cổng đồng hồ cần giờ của chính bản ghi này
            self._journal.append(bodies, must=must)
            self.state = state


def _after(state: AirState, body: Mapping[str, Any], *, number: int) -> AirState:
    try:
        return decide(state, body)
    except (Conflict, KeyError, TypeError, ValueError, AttributeError) as error:
        log.error("bản ghi sổ trực không đọc lại được", so=number, loi=repr(error))
        return state
