"""Cổng nội bộ thật qua HTTP thật: có khoá mới vào được, nghe ra tiếng thật, im lặng là im ngay."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile
from sqlalchemy import select

from broadcaster.airlog.tables import LogEntry
from broadcaster.airlog.words import Event
from broadcaster.clock import SystemClock
from broadcaster.errors import NotAllowed, NotFound, OutputFailed
from broadcaster.playout.loopback import LoopbackServer
from broadcaster.playout.loopback_client import PlayoutClient
from broadcaster.playout.outputs import OutputBoard
from broadcaster.playout.outputs import Path as OutputPath
from broadcaster.playout.silencing import silence
from broadcaster.playout.tables import Output
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.pump import Pump
from broadcaster.sound.sources import ArraySource
from tests.support.scene import Scene
from tests.support.waiting import eventually

SECRET = "a" * 64


class Room:
    """Bộ bơm thật, bảng đường ra thật, cổng thật."""

    def __init__(self, folder: Path) -> None:
        self.clock = SystemClock()
        self.pump = Pump(self.clock, lambda _event: None)
        self.captures = CaptureStore(folder, self.clock)
        self.board = OutputBoard(self.pump, self.clock, self.captures)
        self.board.sync([OutputPath(1, captured=True, silenced=False)])
        self.server = LoopbackServer(0, SECRET, board=self.board, pump=self.pump, on_air=lambda: {1: {"title": "Tin"}})
        self.pump.start()
        self.server.start()
        self.client = PlayoutClient(self.server.port, SECRET)

    def tone(self) -> None:
        """Hai giây tiếng bíp, từ ngay bây giờ."""
        samples = (8000 * np.sin(np.arange(96_000) * 0.05)).astype(np.int16)
        self.pump.open_channel(1)
        self.pump.schedule([1], 5, ArraySource(samples), self.pump.frame_now())

    def close(self) -> None:
        self.server.stop()
        self.pump.stop()
        self.captures.close()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    found = Room(tmp_path)
    yield found
    found.close()


def test_only_with_the_secret(room: Room) -> None:
    assert room.client.state()["outputs"]["1"]["on_air"] == {"title": "Tin"}
    stranger = PlayoutClient(room.server.port, "b" * 64)
    for call in (stranger.state, lambda: stranger.silence(None, on=True), lambda: next(stranger.monitor(1))):
        with pytest.raises(OutputFailed):
            call()
    with pytest.raises(OutputFailed):
        next(room.client.monitor(99))


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
    room.client.silence(None, on=True)
    start = room.clock.now()
    room.tone()
    eventually(lambda: room.pump.progress(5) is None, what="mục hết")
    room.pump.close_channel(1)
    eventually(lambda: len(room.captures.read(1, start, start + timedelta(seconds=2))[0]) > 48_000, what="bản thu")
    assert not room.captures.read(1, start, start + timedelta(seconds=2))[0].any()
    assert room.client.state()["outputs"]["1"]["silenced"]
    room.client.silence(1, on=False)
    assert not room.client.state()["outputs"]["1"]["silenced"]


def test_outputs_come_and_go_while_running(room: Room) -> None:
    room.board.sync([OutputPath(1, captured=True, silenced=True), OutputPath(2, captured=False, silenced=False)])
    assert room.board.ids() == (1, 2)
    assert room.pump.is_silenced(1)
    room.board.sync([OutputPath(2, captured=False, silenced=False)])
    assert room.board.ids() == (2,)


def test_the_red_button_holds_although_the_database_never_heard_of_it(room: Room) -> None:
    room.client.silence(1, on=True)
    room.board.sync([OutputPath(1, captured=True, silenced=False)])
    assert room.pump.is_silenced(1), "đĩa đầy, chưa ghi được lệnh: vẫn phải im"
    room.board.sync([OutputPath(1, captured=True, silenced=True)])
    room.board.sync([OutputPath(1, captured=True, silenced=False)])
    assert not room.pump.is_silenced(1), "lệnh đã ghi rồi được gỡ thì gỡ"


def test_playout_away_is_told_in_words() -> None:
    with pytest.raises(OutputFailed, match="chưa chạy"):
        PlayoutClient(1, SECRET).state()


def test_the_order_is_logged_with_the_name_and_kept(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        assert len(silence(session, scene.leader, None, on=True, now=now)) == 2
        assert silence(session, scene.leader, None, on=True, now=now) == []
        silence(session, scene.operator, scene.output_ids[0], on=False, now=now)
        with pytest.raises(NotAllowed):
            silence(session, scene.clerk, None, on=True, now=now)
        with pytest.raises(NotFound):
            silence(session, scene.stranger, scene.output_ids[0], on=True, now=now)
    with scene.database.reading() as session:
        assert list(session.scalars(select(Output.silenced_by).order_by(Output.id))) == [None, scene.leader.name]
        events = list(session.scalars(select(LogEntry.event).order_by(LogEntry.seq)))
    assert events == [Event.SILENCED, Event.SILENCED, Event.SILENCE_LIFTED]
