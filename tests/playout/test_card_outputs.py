"""Đường ra cạc âm thanh dưới bộ bơm thật: cạc nhận đúng cái đã ghi lưu, hỏng thì đường khác không hề gì và nhật ký nói rõ."""

from __future__ import annotations

import base64
import json
import os
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from broadcaster.accounts.tables import Alert
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.clock import ManualClock, SystemClock
from broadcaster.errors import Conflict
from broadcaster.playout.entering.forwarder import Forwarder
from broadcaster.playout.faults import PathFaults
from broadcaster.playout.journal import Journal, read
from broadcaster.playout.loopback import Room
from broadcaster.playout.network import Path as OutputPath
from broadcaster.playout.outputs import OutputBoard
from broadcaster.playout.records import of_station
from broadcaster.playout.rules import volume_at
from broadcaster.playout.station_log import StationLog
from broadcaster.sound.events import PumpEvent
from broadcaster.sound.frames import FRAME, RATE, Samples, frame_at
from broadcaster.sound.outputs import SinkState
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.outputs.cards import card_sink, devices
from broadcaster.sound.outputs.cards.pipe import PipeDevice
from broadcaster.sound.outputs.cards.writer import Device
from broadcaster.sound.outputs.simulated import ManualPump, RecordingSink, SimulatedCard
from broadcaster.sound.pump import Pump
from broadcaster.sound.sources import ArraySource
from tests.conftest import BOTH, leave_out
from tests.support.cards import CardMissing, alsa, received
from tests.support.scene import Scene
from tests.support.waiting import eventually


def noise(seconds: float, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).integers(1_000, 20_000, int(seconds * RATE), dtype=np.int16)


class Desk:
    """Bộ bơm thật, bảng đường ra thật, ghi lưu thật; cạc là ALSA ghi vào tệp."""

    def __init__(self, folder: Path, using: str, *cards: str) -> None:
        self.clock = SystemClock()
        self.events: list[PumpEvent] = []
        self.pump = Pump(self.clock, self.events.append)
        self.captures = CaptureStore(folder / "thu", self.clock)
        self.players: dict[str, list[Device]] = {card: [] for card in cards}
        self.using = using
        self.board = OutputBoard(self.pump, self.clock, self.captures, self._open)
        self.board.sync(
            OutputPath(number, captured=True, silenced=False, name=card, card=card) for number, card in enumerate(cards, 1)
        )
        assert self.board.settle(20)
        self.began = self.clock.now()
        self.pump.start()

    def _open(self, name: str) -> Device:
        device = devices.open_device(name, self.using)
        self.players[name].append(device)
        return device

    def play(self, key: int, item: int, sound: Samples) -> None:
        self.pump.open_channel(key, lead_ms=300)
        self.pump.schedule(key, item, ArraySource(sound), self.pump.frame_now())

    def done(self, item: int) -> None:
        eventually(lambda: self.pump.progress(item) is None, seconds=20, what="mục hết")

    def captured(self, key: int, length: int) -> Samples:
        """Phần có tiếng của bản thu, đợi tới khi đủ ``length`` mẫu đã xuống đĩa."""
        self.pump.close_channel(key)
        wanted = self.began, self.clock.now() + timedelta(seconds=1)
        eventually(lambda: len(sounding(self.captures.read(key, *wanted)[0])) >= length, what="bản thu")
        return sounding(self.captures.read(key, *wanted)[0])

    def close(self) -> None:
        self.pump.stop()
        self.captures.close()


@pytest.fixture(params=["aplay", "portaudio"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    try:
        alsa(tmp_path / "alsa", monkeypatch.setenv, "loa1", "loa2", using=request.param)
    except CardMissing as missing:
        leave_out(str(missing))
    found = Desk(tmp_path, request.param, "loa1", "loa2")
    yield found
    found.close()


def _card_state(desk: Desk) -> SinkState:
    return desk.pump.health(1)["card"].state


def sounding(samples: Samples) -> Samples:
    at = np.flatnonzero(samples)
    return samples[at[0] : at[-1] + 1] if len(at) else samples[:0]


def test_two_cards_play_two_programmes_and_each_got_what_was_captured(desk: Desk, tmp_path: Path) -> None:
    first, second = noise(1.5, 1), noise(1.2, 2)
    desk.play(1, 11, first)
    desk.play(2, 12, second)
    desk.done(11)
    desk.done(12)
    captured = {key: desk.captured(key, len(sound)) for key, sound in ((1, first), (2, second))}
    desk.pump.stop()
    for key, sound in ((1, first), (2, second)):
        assert np.array_equal(captured[key], sound)
        assert np.array_equal(sounding(received(tmp_path / "alsa" / f"loa{key}.raw")), sound)


@pytest.mark.parametrize("desk", ["aplay"], indirect=True)
def test_a_card_that_fails_twenty_times_costs_the_other_card_nothing(desk: Desk, tmp_path: Path) -> None:
    """Tiến trình phát bị giết, bị kẹt, thiết bị biến mất rồi trở lại; trong một mục dài đang vang ra cả hai cạc."""
    sound, conf = noise(22, 3), tmp_path / "alsa" / "asound.conf"
    desk.play(1, 11, noise(22, 4))
    desk.play(2, 12, sound)
    for number in range(20):
        eventually(lambda n=number: len(desk.players["loa1"]) > n, seconds=15, what="mở lại")
        player = desk.players["loa1"][-1]
        assert isinstance(player, PipeDevice)
        if number % 3 == 1:
            os.kill(player.pid, signal.SIGSTOP)
            continue
        gone = conf.rename(conf.with_suffix(".gone")) if number % 3 == 2 else None
        os.kill(player.pid, signal.SIGKILL)
        if gone:
            eventually(lambda: _card_state(desk) is SinkState.FAILED, seconds=15, what="báo mất thiết bị")
            gone.rename(conf)
    assert desk.pump.progress(12) is not None, "cả hai mươi lần phải nằm trong mục đang vang"
    desk.done(12)
    assert np.array_equal(desk.captured(2, len(sound)), sound)
    desk.pump.stop()
    assert np.array_equal(sounding(received(tmp_path / "alsa" / "loa2.raw")), sound)


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_from_when_to_when_a_path_was_silent_is_in_the_log_with_an_alert(scene: Scene, tmp_path: Path) -> None:
    clock, journal = scene.clock, Journal(tmp_path / "so", scene.player_id, scene.clock)
    heard: list[PumpEvent] = []
    pump = ManualPump(clock, heard.append)
    faults = PathFaults(clock, pump, StationLog(journal), lambda _key: "Loa chợ")
    place = {"station_id": scene.station_id, "player_id": scene.player_id}
    forwarder = Forwarder(scene.database, clock, **place, journal=tmp_path / "so", ring=tmp_path / "khong")
    sink = RecordingSink("card", wants_idle=True)
    pump.add_channel(1, [RecordingSink("capture"), sink])
    pump.open_channel(1)

    def go(seconds: float) -> None:
        pump.run_until(clock.now() + timedelta(seconds=seconds))
        while heard:
            faults.on_event(heard.pop(0))
        faults.step()
        forwarder.step()

    go(2)
    failed_at = clock.now()
    sink.fail("thiết bị đã rút", since=failed_at)
    go(5)
    go(5)
    with scene.database.reading() as session:
        assert session.scalars(select(Alert.message).where(Alert.closed_at.is_(None))).one().startswith("Đường ra “Loa chợ”")
    sink.fail(None, since=clock.now())
    go(3)
    journal.close()
    with scene.database.reading() as session:
        lines = session.execute(select(LogEntry.event, LogEntry.happened_at, LogEntry.body).order_by(LogEntry.seq)).all()
        assert session.scalars(select(Alert).where(Alert.closed_at.is_(None))).all() == []
    assert [line.event for line in lines] == [Event.PATH_SILENT, Event.PATH_BACK]
    assert lines[0].happened_at == failed_at
    assert json.loads(lines[0].body)["error"] == "thiết bị đã rút"
    assert (lines[1].happened_at - lines[0].happened_at) == timedelta(seconds=10)


def test_a_path_that_was_broken_before_the_restart_and_works_now_is_told_as_back(scene: Scene, tmp_path: Path) -> None:
    clock = scene.clock
    place = {"station_id": scene.station_id, "player_id": scene.player_id}
    forwarder = Forwarder(scene.database, clock, **place, journal=tmp_path / "so", ring=tmp_path / "khong")
    journal = Journal(tmp_path / "so", scene.player_id, clock)
    told = {"output_id": 1, "output": "Loa chợ", "sink": "card", "error": "đã rút"}
    journal.append([of_station("path_silent", clock.now(), **told)])
    journal.close()
    journal = Journal(tmp_path / "so", scene.player_id, clock)
    pump = ManualPump(clock, lambda _event: None)
    pump.add_channel(1, [RecordingSink("card", wants_idle=True)])
    faults = PathFaults(clock, pump, StationLog(journal), lambda _key: "Loa chợ")
    for _ in range(10):
        faults.step()
        clock.advance(1)
    forwarder.step()
    journal.close()
    with scene.database.reading() as session:
        assert session.scalars(select(Alert).where(Alert.closed_at.is_(None))).all() == []
        assert session.scalars(select(LogEntry.event).order_by(LogEntry.seq)).all() == [Event.PATH_SILENT, Event.PATH_BACK]


def test_the_volume_is_the_lowest_cap_of_the_hour_and_urgent_bulletins_ignore_it() -> None:
    caps = [(20, 24, 50), (21, 22, 30), (5, 6, 40)]
    assert [round(volume_at(0.0, caps, hour), 3) for hour in (5, 6, 20, 21, 22)] == [0.4, 1.0, 0.5, 0.3, 0.5]
    assert volume_at(-6.0, [], 12) == pytest.approx(0.501, abs=0.001)
    clock = ManualClock(SystemClock().now())
    pump = ManualPump(clock, lambda _event: None)
    sink = RecordingSink()
    pump.add_channel(1, [sink])
    pump.open_channel(1)
    pump.set_volume(1, 0.5)
    pump.schedule(1, "tin", ArraySource(np.full(FRAME * 10, 8000, np.int16)), pump.frame_now())
    pump.run_frames(3)
    pump.preempt([1], "khẩn", ArraySource(np.full(FRAME * 2, 9000, np.int16)))
    pump.run_frames(3)
    heard = [int(frame[-1]) for _, frame in sink.frames]
    assert heard == [4000, 4000, 4000, 9000, 9000, 4000]


def test_changing_the_card_rebuilds_an_idle_path_and_leaves_one_on_air_alone(tmp_path: Path) -> None:
    clock = ManualClock(SystemClock().now())
    pump = ManualPump(clock, lambda _event: None)
    captures = CaptureStore(tmp_path, clock)
    opened: list[str] = []

    def open_one(name: str) -> Device:
        opened.append(name)
        return SimulatedCard(clock)

    board = OutputBoard(pump, clock, captures, open_one)
    path = partial(OutputPath, 1, captured=False, silenced=False)
    board.sync([path(card="a")])
    eventually(lambda: opened == ["a"], what="mở cạc a")
    pump.open_channel(1)
    board.sync([path(card="b")])
    assert opened == ["a"]
    pump.close_channel(1)
    board.sync([path(card="b")])
    eventually(lambda: opened == ["a", "b"], what="mở cạc b")
    board.sync([path(card=None)])
    assert set(pump.health(1)) == {"monitor"}
    pump.stop()
    captures.close()


def test_a_loudspeaker_test_sounds_only_there_and_not_while_on_air(tmp_path: Path) -> None:
    clock = SystemClock()
    pump = Pump(clock, lambda _event: None)
    captures, journal = CaptureStore(tmp_path / "thu", clock), Journal(tmp_path / "so", 1, clock)
    board = OutputBoard(pump, clock, captures)
    board.sync([OutputPath(1, captured=True, silenced=False), OutputPath(2, captured=True, silenced=False)])
    room = Room(board, pump, dict, None, StationLog(journal), clock)  # type: ignore[arg-type]
    pump.start()
    began, sound = clock.now(), noise(0.5)
    body = {"output": 1, "pcm": base64.b64encode(sound.tobytes()), "by": "Trần Văn Lãnh", "job_title": ""}
    room.test(body)
    with pytest.raises(Conflict, match="đang phát"):
        room.test(body)
    eventually(lambda: not pump.is_open(1), what="thử xong thì đóng đường")
    ends = clock.now() + timedelta(seconds=1)
    eventually(lambda: len(sounding(captures.read(1, began, ends)[0])) >= len(sound), what="bản thu")
    assert np.array_equal(sounding(captures.read(1, began, ends)[0]), sound)
    assert not captures.read(2, began, clock.now())[0].any()
    assert [record.body["what"] for record in read(tmp_path / "so", 1)] == ["tested"]
    pump.stop()
    captures.close()
    journal.close()


def test_sound_waits_for_a_card_that_is_opening_but_not_for_one_that_hangs(tmp_path: Path) -> None:
    """Tiếng giao cho cạc còn đang mở thì bị bỏ: sau khi sống lại mà không đợi là mất đầu câu."""
    clock, ready = SystemClock(), threading.Event()

    def slow(_name: str) -> Device:
        ready.wait(20)
        return SimulatedCard(ManualClock(clock.now()))

    pump = Pump(clock, lambda _event: None)
    captures = CaptureStore(tmp_path / "thu", clock)
    board = OutputBoard(pump, clock, captures, slow)
    board.sync([OutputPath(1, captured=False, silenced=False, card="loa1")])
    assert not board.settle(0.05)
    ready.set()
    assert board.settle(20)
    pump.stop()
    captures.close()


def test_an_output_removed_during_its_loudspeaker_test_ends_the_test_and_no_thread(tmp_path: Path) -> None:
    """Luồng hẹn giờ chết vì lỗi lạ là cả tiến trình phát dừng: bấm thử loa rồi bỏ đường ấy không được làm loa im."""
    clock, died = SystemClock(), list[str]()
    pump = Pump(clock, lambda _event: None)
    captures, journal = CaptureStore(tmp_path / "thu", clock), Journal(tmp_path / "so", 1, clock)
    board = OutputBoard(pump, clock, captures)
    board.sync([OutputPath(1, captured=False, silenced=False)])
    room = Room(board, pump, dict, None, StationLog(journal), clock)  # type: ignore[arg-type]
    before, threading.excepthook = threading.excepthook, lambda args: died.append(repr(args.exc_value))
    try:
        room.test({"output": 1, "pcm": base64.b64encode(noise(0.1).tobytes()), "by": "Trần Văn Lãnh", "job_title": ""})
        pump.remove_channel(1)
        timer = next(thread for thread in threading.enumerate() if isinstance(thread, threading.Timer))
        timer.join(20)
    finally:
        threading.excepthook = before
        captures.close()
    assert died == []


def test_a_queued_card_that_is_pulled_out_reports_since_when() -> None:
    clock = SystemClock()
    device = SimulatedCard(ManualClock(clock.now()))
    sink = card_sink(lambda: device, clock)
    sink.open()
    sink.push(frame_at(clock.now()), np.zeros(FRAME, np.int16))
    device.failure = "thiết bị đã rút"
    before = clock.now()

    def noticed() -> bool:
        sink.push(frame_at(clock.now()), np.zeros(FRAME, np.int16))
        return sink.health().state is SinkState.FAILED

    eventually(noticed, what="báo hỏng")
    health = sink.health()
    assert health.error == "thiết bị đã rút"
    assert health.since is not None
    assert health.since >= before
    sink.close()
