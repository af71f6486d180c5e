"""Phòng lịch phát: giữ lịch, viết bản phát, đưa sổ trực vào nhật ký. Chết thì loa vẫn kêu.

Bình thường nó ở chung tiến trình với phòng thu, vì thêm một tiến trình là thêm chín mươi megabyte; máy chỉ có loa thì chạy riêng.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from filelock import FileLock, Timeout
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.tables import Station
from broadcaster.alarm import AlarmClock
from broadcaster.clock import Clock, JumpWatch
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.database.doorbell import Doorbell
from broadcaster.errors import DatabaseAway, NotFound, OutputFailed
from broadcaster.loop import Loop
from broadcaster.newsroom.reading_aloud import manner_of, read_text
from broadcaster.playout.clock_gate import is_shut
from broadcaster.playout.entering.forwarder import Forwarder
from broadcaster.playout.entering.rundown_writer import RundownWriter
from broadcaster.playout.loopback_client import PlayoutClient
from broadcaster.playout.rundown import Shelf
from broadcaster.playout.tables import Player
from broadcaster.service.assembly import open_database
from broadcaster.service.folders import instance_secret, journal_folder, ring_file, rundown_folder
from broadcaster.service.hearing import heard_with
from broadcaster.service.process import Process
from broadcaster.studio.desk import StudioDesk
from broadcaster.traffic.keeper import Memory, alarms, upkeep

NAME = "traffic"
_PULSE_S = 15.0
_REST_S = 0.2
_WRITE_PULSE_S = 5.0
_WRITE_REST_S = 0.05
_FORWARD_S = 0.1


def run(config: Config, *, supervised: bool) -> None:
    """Chạy riêng một tiến trình (máy chỉ có loa); tiến trình thứ hai trên cùng thư mục dữ liệu đứng chờ khoá."""
    with Process(config, NAME, supervised=supervised) as process:
        if not process.take_turn():
            return
        database = open_database(config)
        try:
            work = Traffic(config, database, process.clock)
            work.start()
            process.stop.wait()
            work.stop()
        finally:
            database.close()


def beside(config: Config, database: Database, clock: Clock) -> Traffic | None:
    """Việc của phòng lịch phát ở chung một tiến trình đang có; đã có tiến trình riêng giữ lượt thì ``None``."""
    lock = FileLock(config.data_folder / f"{NAME}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return Traffic(config, database, clock, lock=lock)


class Traffic:
    """Ba vòng: giữ lịch, viết bản phát, đưa sổ trực vào nhật ký."""

    def __init__(self, config: Config, database: Database, clock: Clock, *, lock: FileLock | None = None) -> None:
        """``lock``: lượt đã giữ, thả khi dừng."""
        station_id, player_id = player_of(database, config)
        place = {"station_id": station_id, "player_id": player_id}
        self._writer = RundownWriter(database, clock, **place, shelf=Shelf(rundown_folder(config)))
        self._playout = PlayoutClient(config.playout.port, instance_secret(config), config.station.code)
        journal, ring = journal_folder(config), ring_file(config, player_id)
        forwarder = Forwarder(database, clock, **place, journal=journal, ring=ring)
        away = (DatabaseAway,)
        forward = _quietly(forwarder.step)
        known = (*away, OSError)
        self._writing = Loop("bản phát", self._write, clock, pulse_s=_WRITE_PULSE_S, rest_s=_WRITE_REST_S, known=known)
        self._forwarding = Loop("sổ trực vào nhật ký", forward, clock, pulse_s=_FORWARD_S, known=away, back_off_s=1.0)
        self._keeper = _Keeper(database, clock, station_id, self._writing)
        self._lock = lock

    def _write(self) -> None:
        """Bản phát đổi thì gọi phòng phát sóng đọc ngay; phòng ấy vắng thì lúc lên nó tự đọc."""
        if self._writer.step():
            with suppress(OutputFailed):
                self._playout.rung()

    def start(self) -> None:
        """Bắt đầu cả ba."""
        self._writing.start()
        self._forwarding.start()
        self._keeper.start()

    def stop(self) -> None:
        """Dừng cả ba; điều trong sổ mà chưa vào nhật ký thì lần chạy sau đưa vào."""
        self._keeper.stop()
        self._writing.join()
        self._forwarding.join()
        if self._lock is not None:
            self._lock.release()


def player_of(database: Database, config: Config) -> tuple[int, int]:
    """(đài, trạm phát) của cấu hình. Lỗi: ``NotFound`` khi chưa dựng."""
    with database.reading() as session:
        query = select(Player.station_id, Player.id).join(Station).where(Station.code == config.station.code)
        if config.playout.player:
            query = query.where(Player.name == config.playout.player)
        row = session.execute(query.order_by(Player.id).limit(1)).first()
    if row is None:
        raise NotFound("Chưa có đài hoặc trạm phát này trong cơ sở dữ liệu. Hãy chạy broadcaster init trước.")
    return row[0], row[1]


def _quietly(step: Callable[[], int]) -> Callable[[], None]:
    """Vòng chờ theo nhịp của nó, không theo số việc đã làm."""

    def turn() -> None:
        step()

    return turn


class _Keeper:
    """Giữ lịch: sau mỗi tiếng chuông, báo thức hay nhịp thì xem lại, rồi đặt lại báo thức từ dữ liệu."""

    def __init__(self, database: Database, clock: Clock, station_id: int, writing: Loop) -> None:
        """``writing``: vòng viết bản phát, reo cùng chuông."""
        self._database, self._clock, self._station_id = database, clock, station_id
        self._writing = writing
        self._loop = Loop("giữ lịch", self._look, clock, pulse_s=_PULSE_S, rest_s=_REST_S, known=(DatabaseAway,))
        self._doorbell = Doorbell(database, self._ring, clock)
        self._alarm_clock = AlarmClock(lambda _alarm: self._ring(), self._trouble)
        self._studio = StudioDesk(self._read)
        self._jumps = JumpWatch(clock)
        self._memory = Memory()

    def start(self) -> None:
        """Nghe chuông, bật báo thức, bắt đầu giữ lịch."""
        self._doorbell.start()
        self._alarm_clock.start()
        self._loop.start()

    def stop(self) -> None:
        """Thôi giữ lịch."""
        self._loop.join()
        self._alarm_clock.stop()
        self._doorbell.stop()

    def _read(self, text: str) -> tuple[str, ...]:
        with self._database.reading() as session:
            manner = manner_of(session, self._station_id, self._clock.now().date(), approved=True)
        return read_text(text, manner).sentences

    def _ring(self) -> None:
        self._writing.wake.set()
        self._loop.wake.set()

    def _look(self) -> None:
        upkeep(
            self._database,
            self._clock,
            self._station_id,
            studio=self._studio,
            memory=self._memory,
            network=heard_with,
            gate=self._gate,
        )
        now = self._clock.now()
        with self._database.reading() as session:
            self._alarm_clock.set(alarms(session, self._station_id, now))

    def _gate(self, session: Session, station_id: int, now: datetime) -> bool:
        """Giờ vừa nhảy thì đợi: máy phát chưa kịp nói nó có tin giờ ấy không."""
        return self._jumps.recent() or is_shut(session, station_id, now)

    def _trouble(self, message: str) -> None:
        with self._database.writing() as session:
            raise_alert(session, self._station_id, "alarm", message, now=self._clock.now())
