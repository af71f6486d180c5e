"""Giờ của máy phát có tin được không: cổng đồng hồ, và những lúc máy ngủ hay giờ nhảy đang chờ vào sổ trực."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from broadcaster.clock import Clock
from broadcaster.playout import absences, records
from broadcaster.playout.lineup import Refusal
from broadcaster.playout.network import Network
from broadcaster.playout.rules import clock_behind
from broadcaster.playout.station_log import StationLog
from broadcaster.sound.events import ClockJumped, Gap
from broadcaster.sound.frames import FRAME_MS

STARTED_LATE = "Buổi bắt đầu trễ."


class ClockWatch:
    """Của đạo diễn, cùng luồng với đạo diễn."""

    def __init__(self, clock: Clock, station: StationLog) -> None:
        """``station``: sổ trực đã đọc lại."""
        self._clock, self._log = clock, station
        self._waiting: list[dict[str, Any]] = []

    def gate_shut(self, network: Network | None) -> bool:
        """Giờ máy lùi quá hai giây sau mốc, hoặc đã nhảy quá xa: ngừng phát thường lệ tới khi giờ đuổi kịp hay người xác nhận.

        Đóng hay mở thì có bản ghi. Lỗi: ``OutputFailed``.
        """
        now, state = self._clock.now(), self._log.state
        trusted = network.clock_trusted_from if network else None
        fresh = trusted is not None and trusted != state.trusted
        mark = trusted if fresh else self._newest(network)
        shut = clock_behind(now, mark) or (state.doubted and not fresh)
        if shut is not state.gate_shut or (fresh and not shut):
            self._tell_gate(shut=shut, now=now, newest=mark, trusted=trusted if fresh else None)
        return shut

    def _newest(self, network: Network | None) -> datetime | None:
        """Mốc của cổng; đã có lời xác nhận thì dòng của cơ sở dữ liệu còn mang giờ sai nên chỉ hỏi sổ."""
        line = network.newest_line if network and network.clock_trusted_from is None else None
        return max((at for at in (self._log.state.newest, line) if at is not None), default=None)

    def slept(self, event: Gap) -> tuple[datetime, datetime]:
        """Máy vừa đứng hình hay ngủ dậy; trả về từ lúc nào tới lúc nào."""
        span = event.wall, event.wall + timedelta(milliseconds=event.frames * FRAME_MS)
        self._waiting.append(records.away(span, absences.ASLEEP))
        return span

    def jumped(self, event: ClockJumped) -> None:
        """Giờ tường vừa nhảy; máy chạy đã lâu, giờ đang tin được mà nhảy tới quá xa thì chờ người."""
        far = event.after - event.before > absences.LONGEST_LEAP
        doubted = far and not self._log.state.gate_shut and self._clock.monotonic() > absences.BOOTING_S
        self._waiting.append(records.clock_jumped(event.before, event.after, doubted=doubted))

    def write(self) -> None:
        """Điều đang chờ vào sổ. Lỗi: ``OutputFailed``; lần sau ghi tiếp từ chỗ dở."""
        while self._waiting:
            self._log.write(self._waiting[0])
            del self._waiting[0]

    def why_late(self, since: datetime, now: datetime) -> Refusal | None:
        """Điều đã làm máy vắng trong quãng ấy; máy có mặt suốt thì ``None``."""
        away = absences.why(self._log.state.away, since, now)
        return Refusal(away.reason, away.note) if away else None

    def late_start(self, starts_at: datetime, now: datetime) -> Refusal | None:
        """Lý do của mục không còn chỗ vì buổi được nhận sau giờ bắt đầu; máy có mặt suốt thì ``None``."""
        away = self.why_late(starts_at, now)
        return Refusal(away.reason, f"{STARTED_LATE} {away.note}") if away else None

    def _tell_gate(self, *, shut: bool, now: datetime, newest: datetime | None, trusted: datetime | None) -> None:
        told: dict[str, Any] = {"newest": newest.isoformat() if newest else None, "clock": now.isoformat()}
        told["doubted"], since = self._log.state.doubted, self._log.state.gate_since
        if shut:
            self._log.write(records.of_station("clock_stepped", now, **told))
            return
        if since is not None and since < now:
            self._log.write(records.away((since, now), absences.DOUBT if self._log.state.doubted else absences.GATE))
        told["trusted"] = trusted.isoformat() if trusted else None
        self._log.write(records.of_station("clock_back", now, **told))
