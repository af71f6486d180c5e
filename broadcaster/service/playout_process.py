"""Tiến trình phát: bộ bơm, đường ra, bản phát, sổ trực và cổng nội bộ; tiến trình duy nhất đụng tới loa.

Không nạp cơ sở dữ liệu, web hay bộ mẫu (có giao kèo nạp trong pyproject): khoá ghi, đĩa đầy, mất cơ sở dữ liệu không chạm tới
tiếng, và chết thì sống lại trong chớp mắt. Lên lịch, chuẩn bị và chuyển sổ ở ``traffic_process``.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from broadcaster.clock import Clock
from broadcaster.errors import OutputFailed
from broadcaster.loop import Loop
from broadcaster.playout.booth import Booth
from broadcaster.playout.director import Director
from broadcaster.playout.faults import PathFaults
from broadcaster.playout.heard import HeardRing, heard_of
from broadcaster.playout.journal import Journal
from broadcaster.playout.loopback import LoopbackServer, Room
from broadcaster.playout.mixers import MixerWatch
from broadcaster.playout.network import Network
from broadcaster.playout.outputs import OutputBoard
from broadcaster.playout.recovery import Recovery
from broadcaster.playout.rundown import Shelf
from broadcaster.playout.station_log import StationLog
from broadcaster.playout.urgent.active_order import play_key
from broadcaster.playout.urgent.dispatcher import UrgentDesk
from broadcaster.service.folders import capture_folder, instance_secret, journal_folder, open_library, ring_file, rundown_folder
from broadcaster.service.place import Place
from broadcaster.service.process import Process
from broadcaster.sound.events import PumpEvent
from broadcaster.sound.ident_files import Ident
from broadcaster.sound.ident_files import load as load_ident
from broadcaster.sound.outputs.amplifier import allow
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.priority import favour_pump
from broadcaster.sound.pump import Pump

log = structlog.get_logger(__name__)

_WAIT_S = 0.1
_SYNC_S = 1.0
_DISK_S = 2.0
_MIXER_S = 60.0
_CARDS_S = 1.0
"""Đợi cạc mở nhiều nhất chừng này rồi mới hẹn tiếng: mở kịp thì không mất đầu câu nào."""


def run(place: Place, *, supervised: bool) -> None:
    """Chạy tới khi được bảo dừng. Chỉ một tiến trình trên một thư mục dữ liệu được phát; tiến trình thứ hai đứng chờ khoá."""
    favour_pump()
    allow(place.amplifiers)
    with Process(place, "playout", supervised=supervised) as process:
        if not process.take_turn():
            return
        shelf = Shelf(rundown_folder(place))
        network = _network(shelf, process.clock, process.stop)
        if network is not None:
            house = PlayoutHouse(place, process.clock, shelf, network)
            process.on_stop(house.director_loop.stop)
            process.idle = house.director.idle
            house.run()


def _network(shelf: Shelf, clock: Clock, stop: threading.Event) -> Network | None:
    """Mạng loa trên đĩa; lần chạy đầu tiên phải đợi người viết bản phát."""
    while not stop.is_set():
        shelf.refresh()
        if shelf.network is not None:
            return shelf.network
        clock.wait(stop, _WAIT_S)
    return None


class PlayoutHouse:
    """Mọi phần của tiến trình phát, dựng theo thứ tự: sổ, bộ bơm, đường ra, phục hồi, rồi mới tới các vòng."""

    def __init__(self, place: Place, clock: Clock, shelf: Shelf, network: Network) -> None:
        """Chưa có tiếng nào; lượt dở của lần trước đã được nhận lại trong bộ bơm."""
        self._place, self._clock, self._shelf = place, clock, shelf
        ring = ring_file(place, network.player_id)
        self._log = StationLog(Journal(journal_folder(place), network.player_id, clock, after=network.entered))
        self._ring = HeardRing(ring)
        self.pump = Pump(clock, self._tell, self._ring.note)
        self._captures = CaptureStore(capture_folder(place), clock)
        self._board = OutputBoard(self.pump, clock, self._captures)
        library = open_library(place)
        booth = Booth(clock, self.pump, library, self._log, shelf, self._ring)
        self.director = Director(booth)
        self._faults = PathFaults(clock, self.pump, self._log, self._board.name_of)
        zone, signal = ZoneInfo(network.zone), load_ident(Ident.URGENT)
        self.desk = UrgentDesk(clock, self.pump, self._board, library, self._log, signal=signal, zone=zone)
        known = (OutputFailed,)
        self.director_loop = Loop("đạo diễn", self.director.step, clock, pulse_s=1.0, known=known, back_off_s=_DISK_S)
        self._urgent_loop = Loop("khẩn cấp", self._urgent, clock, pulse_s=1.0, known=known, back_off_s=_DISK_S)
        self._sync_loop = Loop("đường ra", self._sync, clock, pulse_s=_SYNC_S)
        mixers = MixerWatch(clock, self._log, self._board.cards)
        self._mixer_loop = Loop("bộ trộn của cạc", mixers.step, clock, pulse_s=_MIXER_S, known=(OSError,))
        self._sync()
        if not self._board.settle(_CARDS_S):
            log.warning("có cạc mở lâu, không đợi nữa")
        self._restore(ring)
        Recovery(booth, self.director, ring).run()

    def run(self) -> None:
        """Chạy tới khi vòng đạo diễn được bảo dừng, rồi tắt êm: điều đo được cuối cùng vẫn vào sổ."""
        room = Room(self._board, self.pump, self.director.on_air, self.desk, self._log, self._clock, woken=self._wake)
        loopback = LoopbackServer(self._place.port, instance_secret(self._place), room, self._place.station)
        self.pump.start()
        loopback.start()
        self._urgent_loop.start()
        self._sync_loop.start()
        self._mixer_loop.start()
        try:
            self.director_loop.run()
        finally:
            loopback.stop()
            self._sync_loop.join()
            self._mixer_loop.join()
            self.pump.stop()
            self._urgent_loop.join()
            self._last_words()
            self._captures.close()
            self._log.journal.close()
            self._ring.close()

    def _tell(self, event: PumpEvent) -> None:
        self.desk.on_event(event)
        self._faults.on_event(event)
        self.director.on_event(event)
        self._wake()

    def _wake(self) -> None:
        self.director_loop.wake.set()
        self._urgent_loop.wake.set()

    def _urgent(self) -> float:
        self._faults.step()
        return self.desk.step()

    def _sync(self) -> None:
        network = self._shelf.network
        if network is not None:
            self._board.sync(network.paths, hour=network.hour(self._clock.now()), pressed=self._log.state.silenced)

    def _restore(self, ring: Path) -> None:
        orders = self._log.state.orders.items()
        keys = [play_key(key, order.number) for key, order in orders if order.armed]
        self.desk.restore({key: heard_of(ring, key) for key in keys})

    def _last_words(self) -> None:
        steps: tuple[Callable[[], object], ...] = (self._urgent, self.director.drain)
        for step in steps:
            try:
                step()
            except OutputFailed as error:
                log.error("tắt mà chưa ghi được sổ trực; lần khởi động sau đọc vòng đã nghe", loi=error.message)
