"""Nghe thử: MP3 giải mã được từ bất kỳ lúc nào vào nghe, người chậm không làm phiền ai."""

from __future__ import annotations

import io
import threading
from datetime import UTC, datetime

import numpy as np
import soundfile

from broadcaster.clock import ManualClock
from broadcaster.sound.frames import FRAME, RATE, SILENCE
from broadcaster.sound.outputs.monitor import Listener, MonitorSink, Mp3Fan

NOW = datetime(2026, 8, 1, 5, 0, tzinfo=UTC)
TONE = (12_000 * np.sin(2 * np.pi * 1000 * np.arange(FRAME) / RATE)).astype(np.int16)


def taken(listener: Listener) -> bytes:
    """Mọi mẩu tới lúc người nghe bị ngắt."""
    return b"".join(listener)


def loudest(samples: np.ndarray) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.fft.rfftfreq(len(samples), 1 / RATE)[int(np.argmax(spectrum))])


def test_the_stream_decodes_to_what_was_sent() -> None:
    fan = Mp3Fan()
    listener = fan.subscribe()
    for number in range(100):
        fan.write(number, TONE)
    fan.shut()
    samples, rate = soundfile.read(io.BytesIO(taken(listener)), dtype="float32")
    assert (rate, samples.ndim) == (RATE, 1)
    assert len(samples) / RATE > 1.8
    assert abs(loudest(samples[RATE // 2 :]) - 1000) < 5
    assert abs(np.max(np.abs(samples[RATE // 2 :])) - 12_000 / 32_768) < 0.05


def test_a_listener_who_comes_late_starts_on_a_frame_boundary() -> None:
    fan = Mp3Fan()
    first = fan.subscribe()
    for number in range(37):
        fan.write(number, TONE)
    late = fan.subscribe()
    for number in range(37, 100):
        fan.write(number, TONE)
    fan.shut()
    stream = taken(late)
    assert stream[:2] == b"\xff\xfb"
    assert len(soundfile.read(io.BytesIO(stream))[0]) / RATE > 1.0
    assert taken(first).endswith(stream)


def test_first_bytes_come_within_five_frames() -> None:
    fan = Mp3Fan()
    listener = fan.subscribe()
    for number in range(5):
        fan.write(number, TONE)
    fan.shut()
    assert taken(listener)


def test_a_browser_gets_a_block_of_silence_at_once_so_that_it_plays_at_once() -> None:
    fan = Mp3Fan()
    listener = fan.subscribe(head_start=True)
    head = next(listener)
    assert len(head) >= 32 * 1024
    for number in range(100):
        fan.write(number, TONE)
    fan.shut()
    samples, _ = soundfile.read(io.BytesIO(head + taken(listener)), dtype="float32")
    onset = int(np.argmax(np.abs(samples) > 0.1)) / RATE
    assert abs(onset - len(head) / 288 * 1152 / RATE) < 0.2


def test_no_listener_means_no_encoder_and_no_queue() -> None:
    sink = MonitorSink(ManualClock(NOW))
    for number in range(1000):
        assert sink.push(number, SILENCE)
    assert (sink.listeners, sink.health().dropped_frames) == (0, 0)
    listener = sink.subscribe(head_start=False)
    assert sink.listeners == 1
    listener.close()
    assert sink.listeners == 0
    assert list(listener) == []


def test_a_slow_listener_loses_old_sound_then_its_place_and_the_other_loses_nothing() -> None:
    fan = Mp3Fan()
    slow, quick = fan.subscribe(), fan.subscribe()
    got = b""
    for number in range(1200):
        fan.write(number, TONE)
        if number == 299:
            assert fan.listeners == 2
        if number % 50 == 49:
            got += next(quick)
    assert fan.listeners == 1
    fan.shut()
    got += taken(quick)
    assert abs(len(got) - 1200 * 240) < 2000
    kept = taken(slow)
    assert len(kept) <= 170 * 288
    assert kept[:2] == b"\xff\xfb"


def test_through_the_writer_thread_a_waiting_listener_is_woken_and_released() -> None:
    sink = MonitorSink(ManualClock(NOW))
    sink.open()
    listener = sink.subscribe(head_start=False)
    got: list[bytes] = []
    first = threading.Event()

    def listen() -> None:
        for chunk in listener:
            got.append(chunk)
            first.set()

    thread = threading.Thread(target=listen)
    thread.start()
    for number in range(20):
        sink.push(number, TONE)
    assert first.wait(60)
    sink.close()
    thread.join(60)
    assert not thread.is_alive()
    assert b"".join(got)[:2] == b"\xff\xfb"
    assert list(sink.subscribe()) == []
