"""Tiến trình phòng phát sóng: bộ bơm, đạo diễn, báo thức và việc giữ lịch; tiến trình duy nhất đụng tới loa."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from zoneinfo import ZoneInfo

from sqlalchemy import select

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.tables import Station
from broadcaster.alarm import AlarmClock
from broadcaster.clock import Clock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.database.doorbell import Doorbell
from broadcaster.errors import DatabaseAway, NotFound
from broadcaster.loop import Loop
from broadcaster.newsroom.reading_aloud import manner_of, read_text
from broadcaster.playout.director import Director
from broadcaster.playout.loopback import LoopbackServer, Room
from broadcaster.playout.outputs import OutputBoard, path_of
from broadcaster.playout.routing import outputs_of
from broadcaster.playout.tables import Player
from broadcaster.playout.urgent.service import open_room
from broadcaster.service.assembly import capture_folder, instance_secret, open_database, open_library
from broadcaster.service.hearing import heard_with
from broadcaster.service.process import Process
from broadcaster.sound.idents import Ident, load
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.priority import favour_pump
from broadcaster.sound.pump import Pump, PumpEvent
from broadcaster.studio.desk import StudioDesk
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.keeper import Memory, alarms, upkeep

_PULSE_S = 15.0
_REST_S = 0.2


def run(config: Config, *, supervised: bool) -> None:
    """Chạy tới khi được bảo dừng. Chỉ một tiến trình trên một thư mục dữ liệu được phát; tiến trình thứ hai đứng chờ khoá."""
    favour_pump()
    with Process(config, "playout", supervised=supervised) as process:
        if not process.take_turn():
            return
        wake = threading.Event()
        process.on_stop(wake.set)
        database = open_database(config)
        try:
            _air(config, database, process.clock, process.stop, wake)
        finally:
            database.close()


def _air(config: Config, database: Database, clock: Clock, stop: threading.Event, wake: threading.Event) -> None:
    station_id, player_id = _player(database, config)
    director: Director
    urgent = open_room(database, clock, config.data_folder / "spool", station_id=station_id, player_id=player_id)

    def tell(event: PumpEvent) -> None:
        urgent.on_event(event)
        director.on_event(event)
        wake.set()

    pump = Pump(clock, tell)
    library = open_library(config)
    director = Director(database, clock, pump, library, player_id=player_id, station_id=station_id, holder=uuid.uuid4().hex)
    captures = CaptureStore(capture_folder(config), clock)
    captures.recover()
    director.recover()
    board = OutputBoard(pump, clock, captures)
    keeper = _Keeper(database, clock, station_id, player_id, board=board, director_wake=wake.set)
    keeper.sync_outputs()
    urgent.furnish(pump, board, library, signal=load(Ident.URGENT), zone=_zone(database, station_id))
    room = Room(board, pump, director.on_air, urgent.desk, urgent.spool, clock, woken=urgent.woken)
    loopback = LoopbackServer(config.playout.port, instance_secret(config), room, config.station.code)
    pump.start()
    urgent.start()
    loopback.start()
    keeper.start()
    try:
        director.run(stop, wake)
    finally:
        keeper.stop()
        loopback.stop()
        pump.stop()
        urgent.stop()
        director.drain()
        captures.close()


def _zone(database: Database, station_id: int) -> ZoneInfo:
    with database.reading() as session:
        return zone_of(session, station_id)


def _player(database: Database, config: Config) -> tuple[int, int]:
    with database.reading() as session:
        query = select(Player.station_id, Player.id).join(Station).where(Station.code == config.station.code)
        if config.playout.player:
            query = query.where(Player.name == config.playout.player)
        row = session.execute(query.order_by(Player.id).limit(1)).first()
    if row is None:
        raise NotFound("Chưa có đài hoặc trạm phát này trong cơ sở dữ liệu. Hãy chạy broadcaster init trước.")
    return row[0], row[1]


class _Keeper:
    """Giữ lịch: sau mỗi tiếng chuông, báo thức hay nhịp thì xem lại, rồi đặt lại báo thức từ dữ liệu."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        station_id: int,
        player_id: int,
        *,
        board: OutputBoard,
        director_wake: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._station_id = station_id
        self._player_id = player_id
        self._board = board
        self._director_wake = director_wake
        self._loop = Loop("giữ lịch", self._look, clock, pulse_s=_PULSE_S, rest_s=_REST_S, known=(DatabaseAway,))
        self._doorbell = Doorbell(database, self._ring, clock)
        self._alarm_clock = AlarmClock(lambda _alarm: self._ring(), self._trouble)
        self._studio = StudioDesk(self._read)
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

    def sync_outputs(self) -> None:
        """Bộ bơm khớp với các đường ra trong dữ liệu."""
        with self._database.reading() as session:
            rows = outputs_of(session, self._station_id, self._player_id)
            hour = self._clock.now().astimezone(zone_of(session, self._station_id)).hour
            paths = [path_of(row, hour) for row in rows]
        self._board.sync(paths)

    def _read(self, text: str) -> tuple[str, ...]:
        with self._database.reading() as session:
            manner = manner_of(session, self._station_id, self._clock.now().date(), approved=True)
        return read_text(text, manner).sentences

    def _ring(self) -> None:
        self._loop.wake.set()
        self._director_wake()

    def _look(self) -> None:
        upkeep(
            self._database,
            self._clock,
            self._station_id,
            studio=self._studio,
            memory=self._memory,
            network=heard_with,
        )
        self.sync_outputs()
        now = self._clock.now()
        with self._database.reading() as session:
            self._alarm_clock.set(alarms(session, self._station_id, now))

    def _trouble(self, message: str) -> None:
        with self._database.writing() as session:
            raise_alert(session, self._station_id, "alarm", message, now=self._clock.now())
