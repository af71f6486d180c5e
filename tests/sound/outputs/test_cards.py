"""Cạc âm thanh: nhận đúng từng mẫu, chết hay kẹt thì tự mở lại, lệch đồng hồ được sửa giữa khoảng lặng."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcaster.clock import ManualClock, SystemClock
from broadcaster.sound.frames import FRAME, FRAMES_PER_SECOND, RATE, SILENCE, Samples, frame_at
from broadcaster.sound.outputs import SinkState
from broadcaster.sound.outputs.cards import devices
from broadcaster.sound.outputs.cards.drift import LATE_FRAMES, TARGET, Drift, Step, quiet_frames
from broadcaster.sound.outputs.cards.pipe import PipeDevice
from broadcaster.sound.outputs.cards.writer import CardWriter, Device, card_sink
from broadcaster.sound.outputs.queued import QueuedSink
from broadcaster.sound.outputs.simulated import SimulatedCard
from tests.conftest import leave_out
from tests.support.cards import CardMissing, alsa, received
from tests.support.waiting import eventually

BACKENDS = ("aplay", "portaudio")


@pytest.fixture(params=BACKENDS)
def using(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def card(using: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    try:
        return alsa(tmp_path / "alsa", monkeypatch.setenv, "loa", using=using)["loa"]
    except CardMissing as missing:
        leave_out(str(missing))
        raise


def speech(frames: int, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).integers(1_000, 20_000, frames * FRAME, dtype=np.int16)


def push(sink: QueuedSink, samples: Samples) -> None:
    first = frame_at(SystemClock().now())
    for place in range(len(samples) // FRAME):
        sink.push(first + place, samples[place * FRAME : (place + 1) * FRAME])


def push_in_time(sink: QueuedSink, samples: Samples) -> None:
    """Như bộ bơm: khung sau chỉ tới khi khung trước đã được lấy, nên không khung nào muộn."""
    for place in range(len(samples) // FRAME):
        eventually(lambda: sink.waiting() == 0, what="thiết bị nhận khung trước")
        sink.push(place, samples[place * FRAME : (place + 1) * FRAME])


def heard(path: Path) -> Samples:
    samples = received(path) if path.exists() else np.zeros(0, np.int16)
    sounding = np.flatnonzero(samples)
    return samples[sounding[0] : sounding[-1] + 1] if len(sounding) else samples[:0]


def test_the_card_gets_every_sample_after_the_silence_it_starts_with(card: Path, using: str) -> None:
    clock = SystemClock()
    sink = card_sink(lambda: devices.open_device("loa", using), clock)
    sink.open()
    sound = speech(40)
    push_in_time(sink, sound)
    sink.close()
    assert np.array_equal(heard(card), sound)
    assert (received(card)[:TARGET] == 0).all()


def test_a_device_that_is_not_there_is_a_failure_in_words_and_is_found_when_it_comes(
    card: Path, using: str, tmp_path: Path
) -> None:
    conf = tmp_path / "alsa" / "asound.conf"
    there = conf.read_text()
    conf.write_text(there.replace("pcm.loa ", "pcm.khac "))
    clock = SystemClock()
    sink = card_sink(lambda: devices.open_device("loa", using), clock)
    sink.open()
    sound = speech(20)

    def fails() -> bool:
        push(sink, sound[:FRAME])  # bộ bơm giao khung lặng cả khi không có buổi nào: chương trình phát chết chậm thì thấy ở đó
        return sink.health().state is SinkState.FAILED

    try:
        eventually(fails, what="báo hỏng")
        assert sink.health().error
        conf.write_text(there)

        def comes_back() -> bool:
            push(sink, sound)
            return sink.health().state is SinkState.WORKING

        eventually(comes_back, what="mở lại được")
    finally:
        sink.close()


_SLOW_PLAYER = """#!{python} -S
import os, sys, time
time.sleep(0.4)
taken = open("{taken}", "ab", buffering=0)
while data := os.read(0, 1920):
    taken.write(data)
"""


def test_a_slow_player_is_open_only_when_it_takes_the_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Giao tiếng khi chương trình con chưa đọc thì tiếng đọng trong ống, muộn suốt buổi; nó chết thì phần đọng mất."""
    taken = tmp_path / "lay"
    program = tmp_path / "aplay"
    program.write_text(_SLOW_PLAYER.format(python=sys.executable, taken=taken))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    device = PipeDevice("aplay", "loa")
    try:
        assert taken.exists(), "mở xong mà chương trình con chưa lấy khung nào"
    finally:
        device.close()


def test_a_player_that_takes_nothing_is_a_failure_and_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "aplay"
    program.write_text(f"#!/bin/sh\necho $$ > {tmp_path / 'so-hieu'}\nexec tail -f /dev/null\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(OSError, match="không nhận tiếng"):
        PipeDevice("aplay", "loa")
    assert not psutil.pid_exists(int((tmp_path / "so-hieu").read_text()))


@pytest.fixture
def player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[QueuedSink, list[PipeDevice]]]:
    """Đầu ra qua ``aplay`` và các tiến trình con của nó, theo thứ tự mở."""
    try:
        alsa(tmp_path / "alsa", monkeypatch.setenv, "loa", using="aplay")
    except CardMissing as missing:
        leave_out(str(missing))
    opened: list[PipeDevice] = []

    def open_one() -> Device:
        opened.append(PipeDevice("aplay", "loa"))
        return opened[-1]

    sink = card_sink(open_one, SystemClock())
    sink.open()
    yield sink, opened
    sink.close()


def test_a_killed_player_is_started_again_twenty_times(player: tuple[QueuedSink, list[PipeDevice]]) -> None:
    sink, opened = player
    for number in range(20):
        eventually(lambda n=number: len(opened) > n, what="mở lại")
        os.kill(opened[-1].pid, signal.SIGKILL)

        def notices(n: int = number) -> bool:
            push(sink, speech(2))
            return len(opened) > n + 1

        eventually(notices, seconds=15, what="thấy tiến trình con đã chết")
    assert len(opened) >= 21


def test_a_stalled_player_is_given_up_and_started_again(player: tuple[QueuedSink, list[PipeDevice]]) -> None:
    sink, opened = player
    eventually(lambda: bool(opened), what="mở")
    push(sink, speech(2))
    os.kill(opened[0].pid, signal.SIGSTOP)

    def notices() -> bool:
        push(sink, speech(10))
        return len(opened) > 1

    eventually(notices, seconds=15, what="bỏ tiến trình con bị kẹt")
    assert not psutil.pid_exists(opened[0].pid), "tiến trình kẹt phải bị giết, không bị bỏ quên"
    assert psutil.pid_exists(opened[1].pid)


@pytest.mark.parametrize("error", [0.0002, -0.0002, 0.0])
def test_over_an_hour_the_card_stays_within_a_tenth_of_a_second(error: float) -> None:
    """Một giờ tăng tốc: lời 50 giây rồi lặng 2 giây, như các mục của một buổi dài."""
    clock = ManualClock(datetime(2026, 8, 1, 5, tzinfo=UTC))
    device = SimulatedCard(clock, error=error)
    writer = CardWriter(lambda: device, lambda: 0)
    writer.open()
    loud, worst, cut = speech(1), 0, 0
    for number in range(3600 * FRAMES_PER_SECOND):
        sounding = number % (52 * FRAMES_PER_SECOND) < 50 * FRAMES_PER_SECOND
        before = device.written
        writer.write(number, loud if sounding else SILENCE)
        cut += sounding and device.written - before != FRAME
        worst = max(worst, abs(device.pending() - FRAME - TARGET))
        clock.advance(0.02)
    assert worst <= RATE // 10
    assert device.gaps == 0
    assert cut == 0, "không bao giờ bỏ hay thêm gì trong lời"


def test_what_waited_while_the_device_was_opening_is_not_played_late() -> None:
    """Lỗi đã gặp khi đo: tiếng đọng lúc mở cạc ở lại mãi, mọi lệnh khẩn cấp sau đó muộn thêm chừng ấy."""
    device, waiting = SimulatedCard(ManualClock(datetime(2026, 8, 1, 5, tzinfo=UTC))), 40
    writer = CardWriter(lambda: device, lambda: waiting)
    writer.open()
    while waiting > LATE_FRAMES:
        writer.write(40 - waiting, speech(1))
        waiting -= 1
    assert device.written == TARGET, "chỉ có khoảng lặng đệm lúc mở"
    writer.write(40, speech(1))
    assert device.written == TARGET + FRAME


def test_a_machine_that_stumbled_catches_up_in_the_next_silence_and_never_in_speech() -> None:
    clock = ManualClock(datetime(2026, 8, 1, 5, tzinfo=UTC))
    device, waiting = SimulatedCard(clock), 0
    writer = CardWriter(lambda: device, lambda: waiting)
    writer.open()
    writer.write(0, SILENCE)
    waiting, written = 20, []
    for number in range(200):
        before = device.written
        writer.write(number, speech(1) if number < 100 else SILENCE)
        written.append(device.written - before)
        if written[-1]:
            clock.advance(0.02)
        else:
            waiting -= 1
    assert written[:100] == [FRAME] * 100
    assert (written.count(0), waiting) == (20 - LATE_FRAMES, LATE_FRAMES), "đuổi kịp đúng phần đã muộn"


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 40 * FRAME)), max_size=400))
def test_speech_is_never_touched_and_corrections_are_rare(frames: list[tuple[bool, int]]) -> None:
    drift, corrected = Drift(), 0
    for loud, lag in frames:
        step = drift.step(lag, quiet=not loud)
        assert not (loud and step is not Step.WRITE)
        corrected += step is Step.DOUBLE
    assert corrected <= len(frames) // (20 * FRAMES_PER_SECOND)


def test_only_what_nobody_hears_is_silence() -> None:
    frames = [SILENCE, np.full(FRAME, -30, np.int16), np.full(FRAME, -32768, np.int16), np.full(FRAME, 34, np.int16)]
    assert quiet_frames(np.concatenate(frames)) == [True, True, False, False]
