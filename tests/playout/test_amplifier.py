"""Máy tăng âm bật theo kênh, tắt khi cạc đã phát hết; chỉ lệnh có trong tệp của máy được chạy."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import ClassVar

import numpy as np

from broadcaster.clock import ManualClock, SystemClock
from broadcaster.sound.frames import FRAME
from broadcaster.sound.outputs import SinkState
from broadcaster.sound.outputs.amplifier import TAIL_S, AmplifierSink, allow
from tests.support.waiting import eventually


def test_the_amplifier_is_switched_on_with_the_channel_and_off_after_it(tmp_path: Path) -> None:
    mark = tmp_path / "nguon"
    allow({"Rơ-le 1": (f"touch {mark}", f"rm {mark}")})
    amplifier = AmplifierSink("Rơ-le 1", "Rơ-le 1", SystemClock())
    frame = np.zeros(FRAME, np.int16)
    amplifier.open()
    for number in range(3):
        amplifier.push(number, frame)
    eventually(mark.exists, what="đã bật")
    amplifier.rest()
    eventually(lambda: not mark.exists(), what="đã tắt")
    assert amplifier.health().state is SinkState.WORKING
    amplifier.close()


def test_the_amplifier_stays_on_until_the_card_has_played_what_it_still_holds(tmp_path: Path) -> None:
    """Từng tắt 60 ms trước mẫu cuối. Kênh mở lại trong quãng đợi thì máy tăng âm không bị tắt."""
    mark, reopened = tmp_path / "nguon", threading.Event()
    allow({"Rơ-le 1": (f"touch {mark}", f"rm {mark}")})

    class Tail(ManualClock):
        waits: ClassVar[list[float]] = []

        def wait(self, event: threading.Event, seconds: float) -> bool:
            self.waits.append(seconds)
            assert mark.exists(), "còn đợi thì còn nguồn"
            return event.wait(20) if reopened.is_set() else super().wait(event, seconds)

    amplifier, frame = AmplifierSink("Rơ-le 1", "Rơ-le 1", Tail(SystemClock().now())), np.zeros(FRAME, np.int16)
    amplifier.push(1, frame)
    eventually(mark.exists, what="đã bật")
    reopened.set()
    amplifier.rest()
    eventually(lambda: Tail.waits == [TAIL_S], what="đang đợi")
    amplifier.push(2, frame)
    reopened.clear()
    amplifier.close()
    assert Tail.waits == [TAIL_S, TAIL_S]
    assert not mark.exists(), "đóng hẳn thì tắt"


def test_a_command_that_is_not_in_the_machines_own_file_never_runs(tmp_path: Path) -> None:
    mark = tmp_path / "da-chay"
    allow({"Rơ-le 1": ("true", "true")})
    amplifier = AmplifierSink(f"touch {mark}", f"touch {mark}", SystemClock())
    amplifier.push(1, np.zeros(FRAME, np.int16))
    eventually(lambda: "config.toml không có" in (amplifier.health().error or ""), what="báo không có tên ấy")
    amplifier.close()
    assert not mark.exists()


def test_an_amplifier_command_that_fails_is_told_and_stops_nothing(tmp_path: Path) -> None:
    allow({"Rơ-le 1": ("khong-co-chuong-trinh-nay", "false")})
    amplifier = AmplifierSink("Rơ-le 1", "Rơ-le 1", SystemClock())
    amplifier.push(1, np.zeros(FRAME, np.int16))
    eventually(lambda: amplifier.health().state is SinkState.FAILED, what="báo hỏng")
    assert "không chạy được" in (amplifier.health().error or "")
    amplifier.rest()
    eventually(lambda: "mã 1" in (amplifier.health().error or ""), what="báo mã lỗi")
    amplifier.close()
