"""Bộ bơm chạy thật trong luồng của nó, một hai giây: đúng khung, hai kênh cùng lúc, đầu ra kẹt không phiền ai."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import soundfile

from broadcaster.clock import ManualClock, SystemClock
from broadcaster.sound.events import Ended, PumpEvent, Started
from broadcaster.sound.frames import FRAME, RATE, Samples, frame_at, wall_of
from broadcaster.sound.outputs import SinkState
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.outputs.monitor import MonitorSink
from broadcaster.sound.outputs.queued import QueuedSink
from broadcaster.sound.outputs.simulated import RecordingSink
from broadcaster.sound.pump import Pump
from broadcaster.sound.sources import ArraySource, FileSource


def noise(samples: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(1, 20_000, samples, dtype=np.int16)


class Stuck:
    """Một thiết bị nuốt khung đầu rồi không bao giờ trả lời cho tới khi được thả."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def open(self) -> None:
        pass

    def write(self, frame_number: int, frame: Samples) -> None:
        self.released.wait()

    def rest(self) -> None:
        pass

    def close(self) -> None:
        pass


def until_ended(events: SimpleQueue[PumpEvent], *, legs: int) -> list[PumpEvent]:
    """Mọi sự kiện tới khi ``legs`` kênh đã hết mục."""
    seen: list[PumpEvent] = []
    while sum(isinstance(event, Ended) for event in seen) < legs:
        seen.append(events.get(timeout=10))
    return seen


def test_a_pump_that_waited_for_the_cards_books_nothing_in_the_past() -> None:
    """Phục hồi đợi cạc mở cả giây rồi mới hẹn mục: giây ấy dồn ra cạc thì mọi tiếng sau đó muộn chừng ấy."""
    clock = ManualClock(datetime(2026, 8, 1, 5, tzinfo=UTC))
    pump = Pump(clock, lambda _: None)
    pump.add_channel(1, [RecordingSink()])
    clock.advance(1.2)
    assert pump.frame_now() == frame_at(clock.now())
    clock.advance(0.3)
    assert pump.open_channel(1) == frame_at(clock.now())


def test_two_channels_start_on_the_same_sample_beside_a_stuck_device(tmp_path: Path) -> None:
    clock = SystemClock()
    events: SimpleQueue[PumpEvent] = SimpleQueue()
    store = CaptureStore(tmp_path / "capture", clock)
    pump = Pump(clock, events.put)
    stuck = Stuck()
    pump.add_channel(1, [store.sink(1), MonitorSink(clock), QueuedSink("loa", stuck, clock, limit_frames=10)])
    pump.add_channel(2, [store.sink(2)])
    tune = noise(RATE + 123)
    path = tmp_path / "tin.flac"
    soundfile.write(path, tune, RATE, subtype="PCM_16")
    pump.start()
    begin = clock.now()
    pump.open_channel(1)
    pump.open_channel(2)
    at = frame_at(clock.now() + timedelta(milliseconds=300))
    source = FileSource(path)
    pump.schedule([1, 2], "chung", source, at)
    pump.schedule(2, "riêng", ArraySource(noise(FRAME * 10, 2)), at + source.frames)
    seen = until_ended(events, legs=3)
    arrived = clock.now()
    health = pump.health(1)
    stuck.released.set()
    pump.stop()
    store.close()

    starts = [event for event in seen if isinstance(event, Started) and event.item_id == "chung"]
    assert [event.first_frame for event in starts] == [at, at]
    complete = {(event.item_id, event.channel): event.complete for event in seen if isinstance(event, Ended)}
    assert complete == {("chung", 1): False, ("chung", 2): True, ("riêng", 2): True}, "loa kẹt thì kênh ấy không được nghe đủ"
    last = max(event.wall for event in seen if isinstance(event, Ended))
    assert timedelta(0) <= arrived - (last - timedelta(milliseconds=20)) < timedelta(milliseconds=500)
    one, start_one = store.read(1, begin, arrived + timedelta(seconds=1))
    two, start_two = store.read(2, begin, arrived + timedelta(seconds=1))
    for samples, start in ((one, start_one), (two, start_two)):
        onset = round((wall_of(at) - start) / timedelta(seconds=1) * RATE)
        assert np.array_equal(samples[onset : onset + len(tune)], tune)
        assert not samples[:onset].any()
    after = round((wall_of(at + source.frames) - start_two) / timedelta(seconds=1) * RATE)
    assert np.array_equal(two[after : after + FRAME * 10], noise(FRAME * 10, 2))
    assert (health["loa"].state, health["capture"].state) == (SinkState.BEHIND, SinkState.WORKING)
    assert health["loa"].dropped_frames > 20
    assert (health["capture"].dropped_frames, health["monitor"].dropped_frames) == (0, 0)
    assert pump.gaps() == ()
    assert pump.lateness().ticks > 10


def test_a_browser_hears_the_channel_live() -> None:
    clock = SystemClock()
    pump = Pump(clock, lambda event: None)
    monitor = MonitorSink(clock)
    pump.add_channel(1, [monitor])
    pump.start()
    listener = monitor.subscribe(head_start=False)
    first = next(listener)
    pump.stop()
    assert first[:2] == b"\xff\xfb"
    assert monitor.listeners == 0
