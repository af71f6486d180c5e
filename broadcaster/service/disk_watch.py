"""Trông ổ đĩa: bỏ bản thu quá hạn giữ, bỏ bớt bản thu cũ khi sắp chật, và báo trước ít nhất một ngày khi đĩa sắp hết chỗ."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select

from broadcaster.accounts import settings
from broadcaster.accounts.tables import Station
from broadcaster.clock import Clock, JumpWatch
from broadcaster.database import Database
from broadcaster.errors import DatabaseAway
from broadcaster.loop import Loop
from broadcaster.playout.clock_gate import is_shut
from broadcaster.sound.outputs.reserve import Reserve, Room
from broadcaster.sound.outputs.segments import prune, thin
from broadcaster.traffic.alerting import alert_gap, settle_alerts

log = structlog.get_logger(__name__)

SUBJECT = "disk:"
_LOOK_S = 600.0
_WARN_AHEAD = timedelta(hours=36)
"""Nói trước hơn một ngày, để còn một ngày làm việc mà xử lý."""
_TREND = timedelta(days=2)
_TREND_AT_LEAST = timedelta(hours=3)
LEAST_KEPT = timedelta(days=7)
"""Chật mấy cũng không bỏ bản thu của bảy ngày gần nhất: người dân hỏi thì còn mà nghe lại."""
_ADVICE = "Hãy dọn bớt tệp, chuyển [data] sang ổ lớn hơn, hoặc giảm số ngày giữ bản thu ở trang Đài."


@dataclass(frozen=True)
class Sample:
    """Một lần đo: lúc nào, còn trống bao nhiêu byte."""

    at: datetime
    free: int


def runs_out_at(samples: list[Sample], reserve: int) -> datetime | None:
    """Lúc chỗ trống chạm phần dành riêng nếu cứ đà này; đo chưa đủ lâu hoặc không vơi đi thì ``None``."""
    if not samples or samples[-1].at - samples[0].at < _TREND_AT_LEAST:
        return None
    first, last = samples[0], samples[-1]
    lost = first.free - last.free
    if lost <= 0:
        return None
    return last.at + (last.at - first.at) * ((last.free - reserve) / lost)


def warning(samples: list[Sample], reserve: int) -> str | None:
    """Lời cảnh báo về chỗ trống lúc này, hoặc ``None`` khi còn thoải mái; không mang số đo, để cùng một chuyện là một lời."""
    free = samples[-1].free
    if free < reserve:
        return f"Ổ đĩa còn chưa tới {_size(reserve)}: đã ngừng ghi lưu để dành chỗ cho nhật ký; đài vẫn phát. {_ADVICE}"
    if free < 2 * reserve:
        return f"Ổ đĩa còn chưa tới {_size(2 * reserve)}: đang bỏ bớt bản thu cũ hơn {LEAST_KEPT.days} ngày. {_ADVICE}"
    ends = runs_out_at(samples, reserve)
    if ends is not None and ends - samples[-1].at < _WARN_AHEAD:
        return f"Ổ đĩa vơi nhanh: cứ đà này thì chưa đầy hai ngày nữa sẽ phải ngừng ghi lưu. {_ADVICE}"
    return None


class DiskWatch:
    """Vòng trông ổ đĩa của máy này; chỉ một tiến trình trên máy cần chạy nó."""

    def __init__(self, database: Database, clock: Clock, station: str, captures: Path, reserve: Reserve) -> None:
        """``captures``: thư mục bản thu của đài mang mã ``station``; ``reserve``: phần dành riêng trên ổ đĩa ấy."""
        self._database, self._clock, self._station = database, clock, station
        self._captures, self._reserve = captures, reserve
        self._samples: deque[Sample] = deque()
        self._jumps = JumpWatch(clock)
        self.loop = Loop("trông ổ đĩa", self.step, clock, pulse_s=_LOOK_S, known=(DatabaseAway, OSError), grace_s=_LOOK_S)

    def start(self) -> None:
        """Chạy ở luồng nền."""
        self.loop.start()

    def stop(self) -> None:
        """Thôi."""
        self.loop.join()

    def step(self) -> None:
        """Dọn theo hạn giữ, bỏ bớt khi chật, đo, rồi nêu hoặc đóng cảnh báo. Lỗi: ``DatabaseAway``, ``OSError``.

        Giờ không tin được thì không dọn: đồng hồ nhảy ba tháng không được lấy đi mọi bản thu.
        """
        now = self._clock.now()
        with self._database.reading() as session:
            station_id = session.scalar(select(Station.id).where(Station.code == self._station))
            if station_id is None:
                return
            days = settings.get(session, station_id, settings.CAPTURE_DAYS)
            doubted = is_shut(session, station_id, now)
        if not self._jumps.recent() and not doubted:
            self._tidy(now, timedelta(days=days))
        free, reserve = self._reserve.free()
        self._samples.append(Sample(now, free))
        while abs(now - self._samples[0].at) > _TREND:  # kể cả số đo của lúc đồng hồ chạy trước
            self._samples.popleft()
        self._tell(station_id, warning(list(self._samples), reserve), now)

    def _tidy(self, now: datetime, kept: timedelta) -> None:
        pruned = prune(self._captures, now - kept)
        thinned = 0
        if self._reserve.room() is not Room.PLENTY:
            thinned = thin(self._captures, now - LEAST_KEPT, lambda: self._reserve.room() is Room.PLENTY)
        if pruned or thinned:
            log.info("đã dọn bản thu", qua_han=pruned, bo_bot=thinned)

    def _tell(self, station_id: int, told: str | None, now: datetime) -> None:
        with self._database.reading() as session:
            gap = alert_gap(session, station_id, (SUBJECT,), {f"{SUBJECT}room": told} if told else {})
        if gap.needed:
            with self._database.writing() as session:
                settle_alerts(session, station_id, gap, now=now)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
