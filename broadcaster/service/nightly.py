"""Việc hằng đêm do APScheduler đánh thức: sao lưu, gửi mốc, đếm lại cho chỉ mục, dọn lần thu bỏ quên.

Máy tắt lúc tới giờ thì làm ngay sau khi bật lại.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from broadcaster.accounts.audit import close_alert, raise_alert
from broadcaster.accounts.enums import AlertLevel
from broadcaster.accounts.tables import Station
from broadcaster.alarm import AlarmClock
from broadcaster.clock import Clock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.errors import BroadcasterError, DatabaseAway
from broadcaster.loop import Loop
from broadcaster.service.anchoring import anchor
from broadcaster.service.assembly import open_parts
from broadcaster.service.backup import back_up, backups, made_at
from broadcaster.traffic.keeper import Alarm

log = structlog.get_logger(__name__)

_SETTLE = timedelta(minutes=2)
"""Bật máy xong để đài yên vị đã."""
_PULSE_S = 600.0
_LONGEST_S = 3 * 3600.0
"""Sao lưu một đài nhiều năm có thể mất chừng này."""
_FURTHEST = timedelta(days=1, hours=1)
"""Lần sao lưu kế tiếp không bao giờ xa hơn thế."""
_SUBJECT = "backup"
_ABANDONED = timedelta(days=1)
"""Lần thu không ai động tới chừng này là bỏ quên."""


def next_backup(config: Config, newest: datetime | None, now: datetime) -> datetime:
    """Lần sao lưu kế tiếp: giờ đã định của đêm tới, hoặc ngay sau đây khi đêm vừa rồi chưa có bản nào."""
    last = _night(config, now)
    if newest is None or newest < last:
        return now + _SETTLE
    return last + timedelta(days=1)


def _night(config: Config, now: datetime) -> datetime:
    """Giờ đã định của đêm vừa rồi."""
    zone = ZoneInfo(config.station.timezone)
    today = datetime.combine(now.astimezone(zone).date(), config.backup.at, zone)
    return today if today <= now else today - timedelta(days=1)


class Nightly:
    """Giữ đúng một hẹn: lần sao lưu kế tiếp. Hẹn suy từ các bản sao đang có, nên lỡ báo thức hay vấp lỗi cũng không mất hẹn."""

    def __init__(self, config: Config, database: Database, clock: Clock) -> None:
        """``database``: nơi nêu cảnh báo khi sao lưu hỏng."""
        self._config = config
        self._database = database
        self._clock = clock
        self._at: datetime | None = None
        self._anchored: datetime | None = None
        known = (DatabaseAway, OSError)
        self._loop = Loop("việc hằng đêm", self.step, clock, pulse_s=_PULSE_S, known=known, grace_s=_LONGEST_S)
        self._alarm_clock = AlarmClock(lambda _alarm: self._loop.wake.set(), self._alert)

    def start(self) -> None:
        """Bắt đầu đếm giờ."""
        self._alarm_clock.start()
        self._loop.start()

    def stop(self) -> None:
        """Thôi; đang sao lưu dở thì bỏ, bản dở không để lại gì."""
        self._alarm_clock.stop()
        self._loop.join(1)

    def step(self) -> None:
        """Tới hẹn thì làm việc của đêm, rồi hẹn lần sau. Lỗi: ``DatabaseAway``, ``OSError``."""
        if self._at is not None and self._clock.now() >= self._at:
            self.work()
            self._at = None
        now = self._clock.now()
        if self._at is None or self._at - now > _FURTHEST:  # đồng hồ vừa bị lùi: hẹn cũ ở tận ngày mà giờ sai đã chỉ
            times = [made_at(one) for one in backups(self._config.backup_folder, self._config.station.code)]
            self._at = next_backup(self._config, max((at for at in times if at <= now), default=None), now)
        self._alarm_clock.set([Alarm(kind="backup", at=self._at, programme_id=None)])

    def work(self) -> None:
        """Mọi việc của một đêm; dọn dẹp vấp thì bản sao lưu vẫn có, đêm sau dọn tiếp."""
        self.back_up()
        self._anchor()
        self._refresh_statistics()
        try:
            swept = open_parts(self._config).sweep(before=self._clock.now() - _ABANDONED)
        except OSError as error:
            log.error("chưa dọn được lần thu bỏ quên", loi=repr(error))
        else:
            log.info("đã dọn lần thu bỏ quên", so=swept)

    def _anchor(self) -> None:
        """Mỗi đêm một lần: sao lưu hỏng thì được thử lại vài phút một lần, mà hộp thư của phường không nhận từng ấy mốc."""
        night = _night(self._config, self._clock.now())
        if self._anchored == night:
            return
        for sent in anchor(self._config, self._database, self._clock):
            log.info("mốc nhật ký", noi=sent.place, ket_qua=sent.error or sent.doubt or sent.receipt)
        self._anchored = night

    def _refresh_statistics(self) -> None:
        try:
            self._database.refresh_statistics()
        except DatabaseAway as error:
            log.error("chưa đếm lại được số liệu cho chỉ mục", loi=repr(error))

    def back_up(self) -> None:
        """Sao lưu; hỏng thì nêu cảnh báo, không làm phòng thu dừng."""
        try:
            kept = back_up(self._config, self._clock, self._config.backup_folder, keep=self._config.backup.keep)
        except (BroadcasterError, OSError) as error:
            log.error("sao lưu hỏng", loi=repr(error))
            self._alert(f"Sao lưu đêm qua không xong: {error}. Hãy xem ổ đĩa còn chỗ, rồi chạy broadcaster backup.")
        else:
            log.info("đã sao lưu", tep=kept.path.name, dong=kept.rows, am_thanh=kept.sounds)
            self._each_station(lambda session, station_id, now: close_alert(session, station_id, _SUBJECT, by="sao lưu", now=now))

    def _alert(self, message: str) -> None:
        level = AlertLevel.CRITICAL
        self._each_station(
            lambda session, station_id, now: raise_alert(session, station_id, _SUBJECT, message, now=now, level=level)
        )

    def _each_station(self, deed: Callable[..., None]) -> None:
        with self._database.writing() as session:
            for station_id in session.scalars(select(Station.id)).all():
                deed(session, station_id, self._clock.now())
