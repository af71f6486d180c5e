"""Cổng nội bộ thật qua HTTP thật: có khoá mới vào được, nghe ra tiếng thật, im lặng là im ngay."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import soundfile
from sqlalchemy import select

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.enums import Role
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.clock import SystemClock
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound, OutputFailed
from broadcaster.playout.entering.forwarder import Forwarder
from broadcaster.playout.enums import UrgentLevel
from broadcaster.playout.journal import Journal, read
from broadcaster.playout.loopback import LoopbackServer
from broadcaster.playout.loopback import Room as Opened
from broadcaster.playout.loopback_client import PlayoutClient
from broadcaster.playout.network import Path as OutputPath
from broadcaster.playout.outputs import OutputBoard
from broadcaster.playout.records import of_station
from broadcaster.playout.silencing import may_silence
from broadcaster.playout.station_log import StationLog
from broadcaster.playout.tables import Output
from broadcaster.playout.urgent.dispatcher import UrgentDesk
from broadcaster.playout.urgent.orders import Order
from broadcaster.sound.events import PumpEvent
from broadcaster.sound.frames import frame_at
from broadcaster.sound.library import Library
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.pump import Pump
from broadcaster.sound.sources import ArraySource
from tests.conftest import BOTH
from tests.support.scene import Scene
from tests.support.waiting import eventually

SECRET = "a" * 64
LEADER = Actor(1, 1, "Trần Văn Lãnh", "Chủ tịch UBND", frozenset({Role.APPROVER}))


STATION = "phung-chi-kien"


class Room:
    """Bộ bơm thật, bảng đường ra thật, cổng thật."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.folder = SystemClock(), folder
        self.pump = Pump(self.clock, self.tell)
        self.captures = CaptureStore(folder, self.clock)
        self.board = OutputBoard(self.pump, self.clock, self.captures)
        self.board.sync([OutputPath(1, captured=True, silenced=False)])
        self.journal = Journal(folder / "so", 1, self.clock)
        self.log = StationLog(self.journal)
        library = Library(folder / "kho")
        signal, zone = np.zeros(960, np.int16), ZoneInfo("Asia/Ho_Chi_Minh")
        self.desk = UrgentDesk(self.clock, self.pump, self.board, library, self.log, signal=signal, zone=zone)
        self.woken = threading.Event()
        on_air = {1: {"title": "Tin"}}
        opened = Opened(self.board, self.pump, lambda: on_air, self.desk, self.log, self.clock, woken=self.woken.set)
        self.server = LoopbackServer(0, SECRET, opened, STATION)
        self.stop, self.wake = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        self.pump.start()
        self.server.start()
        self.client = PlayoutClient(self.server.port, SECRET, STATION)

    def tone(self) -> None:
        """Hai giây tiếng bíp, từ ngay bây giờ."""
        samples = (8000 * np.sin(np.arange(96_000) * 0.05)).astype(np.int16)
        self.pump.open_channel(1)
        self.pump.schedule([1], 5, ArraySource(samples), self.pump.frame_now())

    def _run(self) -> None:
        while not self.stop.is_set():
            self.wake.clear()
            self.clock.wait(self.wake, self.desk.step())

    def tell(self, event: PumpEvent) -> None:
        self.desk.on_event(event)
        self.wake.set()

    def close(self) -> None:
        self.server.stop()
        self.stop.set()
        self.wake.set()
        self.thread.join()
        self.pump.stop()
        self.captures.close()
        self.journal.close()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    found = Room(tmp_path)
    yield found
    found.close()


def test_only_with_the_secret(room: Room) -> None:
    assert room.client.state()["outputs"]["1"]["on_air"] == {"title": "Tin"}
    stranger = PlayoutClient(room.server.port, "b" * 64, STATION)
    for call in (stranger.state, lambda: stranger.silence(None, on=True, by=LEADER), lambda: next(stranger.monitor(1))):
        with pytest.raises(OutputFailed):
            call()
    with pytest.raises(OutputFailed):
        next(room.client.monitor(99))


def test_a_new_rundown_wakes_the_player_at_once(room: Room) -> None:
    room.client.rung()
    assert room.woken.wait(20)


def test_while_the_urgent_page_is_open_no_press_waits_for_a_block(room: Room) -> None:
    def ahead() -> int:
        return room.pump.frame_now() - frame_at(room.clock.now())

    room.pump.open_channel(1)
    eventually(lambda: ahead() >= 3, what="bộ bơm làm trước từng khối")
    assert room.client.state(alert=True)["outputs"].keys() == {"1"}
    eventually(lambda: ahead() <= 1, what="khối đang dở đã qua")
    for _ in range(50):
        room.client.state(alert=True)
        assert ahead() <= 2


def test_what_the_browser_hears_is_sound(room: Room) -> None:
    stream = room.client.monitor(1)
    head = next(stream)
    room.tone()
    heard = bytearray(head)
    while len(heard) < 90_000:
        heard += next(stream)
    stream.close()  # type: ignore[attr-defined]
    samples, rate = soundfile.read(io.BytesIO(bytes(heard)))
    assert rate == 48_000
    assert np.abs(samples).max() > 0.1
    monitor = room.board.monitor(1)
    assert monitor is not None
    eventually(lambda: monitor.listeners == 0, what="người nghe đã đi được gỡ")


def test_silence_is_silent_at_once_and_stays(room: Room) -> None:
    room.client.silence(None, on=True, by=LEADER)
    start = room.clock.now()
    room.tone()
    eventually(lambda: room.pump.progress(5) is None, what="mục hết")
    room.pump.close_channel(1)
    eventually(lambda: len(room.captures.read(1, start, start + timedelta(seconds=2))[0]) > 48_000, what="bản thu")
    assert not room.captures.read(1, start, start + timedelta(seconds=2))[0].any()
    assert room.client.state()["outputs"]["1"]["silenced"]
    room.client.silence(1, on=False, by=LEADER)
    assert not room.client.state()["outputs"]["1"]["silenced"]


def test_outputs_come_and_go_while_running(room: Room) -> None:
    room.board.sync([OutputPath(1, captured=True, silenced=True), OutputPath(2, captured=False, silenced=False)])
    assert room.board.ids() == (1, 2)
    assert room.pump.is_silenced(1)
    room.board.sync([OutputPath(2, captured=False, silenced=False)])
    assert room.board.ids() == (2,)


def test_the_red_button_holds_although_the_database_never_heard_of_it(room: Room) -> None:
    room.client.silence(1, on=True, by=LEADER)
    room.board.sync([OutputPath(1, captured=True, silenced=False)])
    assert room.pump.is_silenced(1), "đĩa đầy, chưa ghi được lệnh: vẫn phải im"
    room.board.sync([OutputPath(1, captured=True, silenced=True)])
    room.board.sync([OutputPath(1, captured=True, silenced=False)])
    assert not room.pump.is_silenced(1), "lệnh đã ghi rồi được gỡ thì gỡ"


def test_lifting_and_sounding_is_one_call(room: Room) -> None:
    room.client.silence(None, on=True, by=LEADER)
    assert room.client.audience([])["warning"].startswith("1/1 đường ra đang im lặng")
    room.client.order_urgent(_order(room), np.full(24_000, 9000, np.int16), lift=True)
    assert not room.client.state()["outputs"]["1"]["silenced"]
    told = [record.body["what"] for record in read(room.folder / "so", 1)]
    assert told[:3] == ["silenced", "lifted", "ordered"]


def _order(room: Room) -> Order:
    return Order(
        "k", "Lãnh đạo", "", "web", room.clock.now(), UrgentLevel.FOUR, "Bão", "Bão tới.", "Bão tới.", "Phường", signal=False
    )


def test_a_caller_who_left_and_a_strange_fault_are_one_line_each(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    server = room.server._server
    for error in (BrokenPipeError("đã đi"), RuntimeError("lạ")):
        try:
            raise error
        except Exception:
            server.handle_error(None, ("127.0.0.1", 1))
    told = "".join(capsys.readouterr())
    assert "người gọi cổng nội bộ đã đi" in told
    assert "lỗi lạ ở cổng nội bộ" in told
    assert "Exception occurred during processing" not in told


def test_playout_away_is_told_in_words() -> None:
    with pytest.raises(OutputFailed, match="chưa chạy"):
        PlayoutClient(1, SECRET, STATION).state()


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_the_press_is_in_the_journal_and_then_in_the_log_with_the_name_and_kept(scene: Scene, tmp_path: Path) -> None:
    journal, now = Journal(tmp_path / "so", scene.player_id, scene.clock), scene.clock.now()
    first, second = scene.output_ids
    told = {"by": scene.leader.name, "job_title": "Chủ tịch"}
    for what, outputs in (("silenced", [first, second]), ("silenced", [first]), ("lifted", [first])):
        journal.append([of_station(what, now, outputs=outputs, **told)])
    journal.close()
    place = {"station_id": scene.station_id, "player_id": scene.player_id}
    Forwarder(scene.database, scene.clock, **place, journal=tmp_path / "so", ring=tmp_path / "khong").step()
    with scene.database.reading() as session:
        assert list(session.scalars(select(Output.silenced_by).order_by(Output.id))) == [None, scene.leader.name]
        events = list(session.scalars(select(LogEntry.event).order_by(LogEntry.seq)))
    assert events == [Event.SILENCED, Event.SILENCED, Event.SILENCE_LIFTED]


def test_only_those_who_may_press_it(scene: Scene) -> None:
    with scene.database.reading() as session:
        may_silence(session, scene.leader, None)
        may_silence(session, scene.operator, scene.output_ids[0])
        with pytest.raises(NotAllowed):
            may_silence(session, scene.clerk, None)
        with pytest.raises(NotFound):
            may_silence(session, scene.stranger, scene.output_ids[0])


def test_an_urgent_order_goes_through_the_port_with_its_sound_and_its_refusals(room: Room) -> None:
    order, start = _order(room), room.clock.now()
    answer = room.client.order_urgent(order, np.full(24_000, 9000, np.int16))
    assert answer["state"] == "sounding"
    eventually(lambda: not room.pump.is_open(1), what="tin khẩn hết")

    def captured() -> bool:
        return bool((room.captures.read(1, start, start + timedelta(seconds=2))[0] == 9000).any())

    eventually(captured, what="bản thu")
    assert room.client.state()["urgent"][0]["state"] == "done"
    with pytest.raises(NotFound):
        room.client.stop_urgent("lạ", by=LEADER)
    with pytest.raises(Conflict):
        room.client.choose_urgent("k", "sau", by=LEADER)
    with pytest.raises(Invalid) as refused:
        room.client.order_urgent(replace(order, key="m", text=""), np.full(24_000, 9000, np.int16))
    assert "noi_dung" in refused.value.problems


def test_another_station_reaches_nothing_here(room: Room) -> None:
    stranger = Actor(9, 2, "Người đài khác", "", frozenset(Role), "bach-sam")
    there = room.client.of(stranger)
    for deed in (
        there.state,
        there.devices,
        lambda: there.silence(None, on=True, by=stranger),
        lambda: there.test(1, np.zeros(960, np.int16), spoken="", by=stranger),
        lambda: there.stop_urgent("khoa", by=stranger),
        lambda: there.choose_urgent("khoa", "ngay", by=stranger),
        lambda: next(there.monitor(1)),
    ):
        with pytest.raises(OutputFailed, match="đài khác"):
            deed()
    assert not room.client.state()["outputs"]["1"]["silenced"]
