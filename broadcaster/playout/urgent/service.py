"""Phòng khẩn cấp của tiến trình phát: bàn, sổ tạm, và hai luồng: một lo nhịp của lệnh, một đưa sổ vào nhật ký."""

from __future__ import annotations

import threading
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.errors import DatabaseAway, OutputFailed
from broadcaster.playout.faults import PathFaults
from broadcaster.playout.outputs import OutputBoard
from broadcaster.playout.spool import Spool
from broadcaster.playout.urgent import replay
from broadcaster.playout.urgent.dispatcher import UrgentDesk
from broadcaster.sound.frames import Samples
from broadcaster.sound.library import Library
from broadcaster.sound.pump import Pump, PumpEvent

log = structlog.get_logger(__name__)

_RETRY_S = 1.0


class UrgentRoom:
    """Dựng một lần khi tiến trình phát chạy, dưới khoá tệp nên chỉ một phòng mở sổ tạm này."""

    def __init__(self, database: Database, clock: Clock, *, station_id: int, player_id: int, spool: Spool) -> None:
        """``spool``: đã mở, biết bản ghi nào đã vào nhật ký."""
        self.spool = spool
        self._database = database
        self._clock = clock
        self._station_id, self._player_id = station_id, player_id
        self._stop, self._wake, self._drain = threading.Event(), threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []
        self.desk: UrgentDesk
        self.faults: PathFaults

    def furnish(self, pump: Pump, board: OutputBoard, library: Library, *, signal: Samples, zone: ZoneInfo) -> None:
        """Đặt bàn vào phòng khi bộ bơm và bảng đường ra đã có."""
        self.desk = UrgentDesk(self._clock, pump, board, library, self.spool, signal=signal, zone=zone)
        self.faults = PathFaults(self.spool, board.name_of)

    def on_event(self, event: PumpEvent) -> None:
        """Bộ bơm gọi ở luồng của nó."""
        self.desk.on_event(event)
        self.faults.on_event(event)
        self._wake.set()

    def woken(self) -> None:
        """Vừa có lệnh: nhìn lại và đưa sổ vào nhật ký ngay."""
        self._wake.set()
        self._drain.set()

    def start(self) -> None:
        """Chạy hai luồng."""
        desk = threading.Thread(target=self._run, name="khan-cap", daemon=True)
        drain = threading.Thread(target=self._enter_all, name="so-tam", daemon=True)
        self._threads = [desk, drain]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Thôi nhận; gọi sau khi bộ bơm đã dừng, để kết thúc cuối cùng vào sổ rồi vào nhật ký."""
        self._stop.set()
        self.woken()
        for thread in self._threads:
            thread.join(timeout=10)
        self.desk.step()
        self._enter()
        self.spool.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                self.faults.step()
                wait_s = self.desk.step()
            except OutputFailed as error:
                log.error("chưa ghi được sổ tạm", loi=error.message)
                wait_s = _RETRY_S
            self._clock.wait(self._wake, wait_s)

    def _enter_all(self) -> None:
        restored = False
        while not self._stop.is_set():
            self._drain.clear()
            restored = restored or self._restore()
            self._clock.wait(self._drain, 0.0 if self._enter() and self.spool.pending() else _RETRY_S)

    def _enter(self) -> bool:
        """Đưa sổ vào nhật ký; ``False`` khi cơ sở dữ liệu còn vắng."""
        try:
            replay.enter_pending(self._database, self._clock, self._station_id, self._player_id, self.spool)
        except DatabaseAway:
            log.warning("cơ sở dữ liệu vắng, sổ tạm giữ các dòng", dong=len(self.spool.pending()))
            return False
        return True

    def _restore(self) -> bool:
        """Sau khi sổ cũ đã vào nhật ký, bàn nhớ lại các lệnh còn đứng."""
        if not self._enter():
            return False
        try:
            with self._database.writing(eager=True) as session:
                found = replay.standings(session, self._station_id, self._player_id, now=self._clock.now())
        except DatabaseAway:
            return False
        self.desk.restore(found)
        return True


def open_room(database: Database, clock: Clock, folder: Path, *, station_id: int, player_id: int) -> UrgentRoom:
    """Mở sổ tạm của trạm phát trong ``folder``. Lỗi: ``OSError`` khi không cấp được chỗ cho sổ."""
    with database.reading() as session:
        after = replay.entered(session, station_id, player_id)
    spool = Spool(folder / f"so-tam-{player_id}", after=after)
    return UrgentRoom(database, clock, station_id=station_id, player_id=player_id, spool=spool)
