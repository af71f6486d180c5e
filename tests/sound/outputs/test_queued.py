"""Hàng đợi và luồng ghi: kẹt không lan, lỗi tự lành, bỏ khung cũ nhất, ghi lưu không mất khung nào."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.clock import ManualClock
from broadcaster.sound.frames import FRAME, SILENCE, Samples, frame_at
from broadcaster.sound.outputs import SinkState
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.outputs.queued import QueuedSink
from tests.support.waiting import eventually

NOW = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)


class Device:
    """Một thiết bị hỏng ``failures`` lần ghi đầu và đứng chờ khi ``gate`` đóng."""

    def __init__(self, *, failures: int = 0) -> None:
        self.failures = failures
        self.gate = threading.Event()
        self.gate.set()
        self.inside = threading.Event()
        self.done = threading.Event()
        self.numbers: list[int] = []
        self.calls: list[str] = []
        self.last = -1

    def open(self) -> None:
        self.calls.append("open")

    def write(self, frame_number: int, frame: Samples) -> None:
        self.inside.set()
        self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise OSError("rút dây")
        self.numbers.append(frame_number)
        if frame_number == self.last:
            self.done.set()

    def rest(self) -> None:
        self.calls.append("rest")

    def close(self) -> None:
        self.calls.append("close")


def push(sink: QueuedSink, first: int, count: int) -> None:
    for number in range(first, first + count):
        sink.push(number, SILENCE)


def test_everything_pushed_is_written_in_order_and_flushed_on_close() -> None:
    device = Device()
    sink = QueuedSink("loa", device, ManualClock(NOW))
    assert sink.health().state is SinkState.CLOSED
    sink.open()
    push(sink, 0, 80)
    sink.rest()
    sink.close()
    assert device.numbers == list(range(80))
    assert device.calls[0] == "open"
    assert device.calls[-1] == "close"
    assert "rest" in device.calls
    assert sink.health().state is SinkState.CLOSED
    assert not sink.push(81, SILENCE)


def test_a_stuck_device_drops_the_oldest_and_says_so_then_recovers() -> None:
    device = Device()
    device.gate.clear()
    sink = QueuedSink("loa", device, ManualClock(NOW), limit_frames=10)
    sink.open()
    push(sink, 0, 1)
    assert device.inside.wait(60)
    push(sink, 1, 30)
    assert sink.health().state is SinkState.BEHIND
    assert sink.health().dropped_frames == 20
    device.gate.set()
    sink.close()
    assert device.numbers == [0, *range(21, 31)]


def test_failures_back_off_longer_each_time_and_the_capture_kind_loses_no_frame() -> None:
    clock = ManualClock(NOW)
    device = Device(failures=8)
    device.last = 4
    sink = QueuedSink("ghi", device, clock, keep_backlog=True)
    sink.open()
    push(sink, 0, 5)
    assert device.done.wait(60)
    assert device.numbers == [0, 1, 2, 3, 4]
    assert clock.now() - NOW == timedelta(seconds=0.2 + 0.4 + 0.8 + 1.6 + 3.2 + 6.4 + 10 + 10)
    assert sink.health().dropped_frames == 0
    sink.close()
    assert device.calls.count("open") == device.calls.count("close") == 9


def test_a_live_device_drops_its_backlog_after_a_failure() -> None:
    device = Device(failures=1)
    device.gate.clear()
    sink = QueuedSink("loa", device, ManualClock(NOW))
    sink.open()
    push(sink, 0, 1)
    assert device.inside.wait(60)
    push(sink, 1, 20)
    device.last = 99
    device.gate.set()
    deadline = threading.Event()
    while not device.done.is_set() and not deadline.wait(0.01):
        sink.push(99, SILENCE)
    sink.close()
    assert set(device.numbers) == {99}
    assert sink.health().dropped_frames >= 21


class NoticingClock(ManualClock):
    """Báo khi luồng ghi bắt đầu đợi sau một lỗi."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.backing_off = threading.Event()
        self.may_go_on = threading.Event()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.backing_off.set()
        self.may_go_on.wait(5)
        return super().wait(event, seconds)


def test_a_failed_sink_says_what_and_since_when_until_it_works_again() -> None:
    clock = NoticingClock(NOW)
    device = Device(failures=1)
    device.last = 0
    sink = QueuedSink("loa", device, clock, keep_backlog=True)
    sink.open()
    clock.advance(60)
    assert sink.push(0, SILENCE)
    assert clock.backing_off.wait(60)
    failed = sink.health()
    assert (failed.state, failed.error, failed.since) == (SinkState.FAILED, "rút dây", NOW + timedelta(seconds=60))
    assert not sink.push(1, SILENCE)
    device.last = 1
    clock.may_go_on.set()
    assert device.done.wait(60)
    sink.close()
    assert device.numbers == [0, 1]
    assert sink.health().error is None


def test_a_capture_without_a_disk_fails_alone_and_writes_everything_when_it_returns(tmp_path: Path) -> None:
    clock = NoticingClock(NOW)
    blocked = tmp_path / "7"
    blocked.write_bytes(b"not a folder")
    store = CaptureStore(tmp_path, clock)
    sink = QueuedSink("capture", store.writer(7), clock, keep_backlog=True)
    frames = np.random.default_rng(1).integers(-9000, 9000, (20, FRAME), dtype=np.int16)
    sink.open()
    for index, frame in enumerate(frames):
        sink.push(frame_at(NOW) + index, frame)
    assert clock.backing_off.wait(60)
    assert sink.health().state is SinkState.FAILED
    blocked.unlink()
    clock.may_go_on.set()
    sink.close()
    store.close()
    assert np.array_equal(store.read(7, NOW, NOW + timedelta(seconds=1))[0], frames.reshape(-1))


@pytest.mark.parametrize("keep_backlog", [True, False])
def test_a_device_that_always_fails_does_not_hold_up_the_shutdown(*, keep_backlog: bool) -> None:
    sink = QueuedSink("loa", Device(failures=10**9), ManualClock(NOW), keep_backlog=keep_backlog)
    sink.open()
    push(sink, 0, 5)
    sink.close()
    assert sink.health().state is SinkState.CLOSED


def test_a_device_that_never_answers_does_not_hold_up_the_shutdown() -> None:
    device = Device()
    device.gate.clear()
    sink = QueuedSink("loa", device, ManualClock(NOW), patience_s=0.05)
    sink.open()
    push(sink, 0, 5)
    assert device.inside.wait(60)
    sink.close()
    assert sink.health().state is SinkState.CLOSED
    device.gate.set()


class Prompt(Device):
    """Thiết bị nhận ngay khi ``ready``; ``dead`` thì lần giao ngay nào cũng lỗi."""

    def __init__(self) -> None:
        super().__init__()
        self.ready, self.dead, self.handed = True, False, 0

    def offer(self, frame_number: int, frame: Samples) -> bool:
        if self.dead:
            raise BrokenPipeError
        if self.ready:
            self.handed += 1
            self.write(frame_number, frame)
        return self.ready


@contextmanager
def prompt_sink(device: Prompt) -> Iterator[QueuedSink]:
    """Thiết bị đã mở và đã nhận khối số -1 qua luồng ghi."""
    sink = QueuedSink("loa", device, ManualClock(NOW), offer=device.offer)
    sink.open()
    device.ready = False
    sink.push(-1, SILENCE)
    eventually(lambda: device.numbers == [-1], what="luồng ghi nhận khối đầu")
    device.ready = True
    yield sink
    sink.close()


def test_a_device_that_takes_at_once_never_wakes_the_writing_thread() -> None:
    device = Prompt()
    with prompt_sink(device) as sink:
        eventually(lambda: pushed_straight(sink, device, 0), what="luồng ghi buông tay")
        before = device.handed
        push(sink, 1, 50)
        assert device.handed == before + 50
        assert sink.waiting() == 0
    assert device.numbers == sorted(device.numbers)


def pushed_straight(sink: QueuedSink, device: Prompt, number: int) -> bool:
    before = device.handed
    sink.push(number, SILENCE)
    return device.handed > before


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_blocks_never_overtake_whether_handed_or_queued(ready: list[bool]) -> None:
    device = Prompt()
    with prompt_sink(device) as sink:
        for number, takes in enumerate(ready):
            device.ready = takes
            sink.push(number, SILENCE)
    assert device.numbers == [-1, *range(len(ready))]


def test_a_block_is_not_handed_past_one_still_in_the_threads_hand() -> None:
    device = Prompt()
    with prompt_sink(device) as sink:
        device.ready = False
        device.gate.clear()
        device.inside.clear()
        sink.push(0, SILENCE)
        device.inside.wait()
        device.ready = True
        sink.push(1, SILENCE)
        assert sink.waiting() == 1, "khối sau phải xếp hàng"
        device.gate.set()
    assert device.numbers == [-1, 0, 1]


def test_a_device_that_dies_in_the_hand_is_closed_and_opened_by_its_thread() -> None:
    device = Prompt()
    with prompt_sink(device) as sink:
        device.dead, device.failures = True, 1
        sink.push(0, SILENCE)
        eventually(lambda: device.calls == ["open", "close", "open"], what="đóng rồi mở lại")
        device.dead = False
        sink.push(1, SILENCE)
        eventually(lambda: sink.health().state is SinkState.WORKING, what="chạy lại")
    assert device.numbers == [-1, 1], "khối đã muộn thì bỏ, và được đếm"
    assert sink.health().dropped_frames == 1
