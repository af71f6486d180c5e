"""Vòng lặp: vấp lỗi quen thì lùi rồi chạy tiếp và nói ra; lỗi lạ dừng cả tiến trình với mã riêng, không luồng nào chết lặng."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from broadcaster.clock import ManualClock, SystemClock
from broadcaster.errors import DatabaseAway, Invalid
from broadcaster.loop import DIED, GRACE_S, Loop, running

DATABASE_AWAY = DatabaseAway()


class _Script:
    """Mỗi lượt lấy một việc: ném lỗi hoặc trả về số giây; hết việc thì dừng vòng."""

    def __init__(self, turns: Iterable[float | Exception | None], clock: ManualClock) -> None:
        self._turns = iter(turns)
        self._clock = clock
        self.times: list[float] = []
        self.loop: Loop

    def __call__(self) -> float | None:
        self.times.append(self._clock.monotonic())
        for turn in self._turns:
            if isinstance(turn, Exception):
                raise turn
            return turn
        self.loop.stop()
        return None


def _run(clock: ManualClock, turns: Iterable[float | Exception | None], **manner: float) -> list[float]:
    script = _Script(turns, clock)
    script.loop = Loop("thử", script, clock, pulse_s=10, known=(DatabaseAway,), **manner)
    script.loop.run()
    return script.times


def test_a_turn_comes_after_the_wait_it_asked_for_or_after_the_pulse(clock: ManualClock) -> None:
    assert _run(clock, [3.0, None, 0.0]) == [0, 3, 13, 13]


def test_a_rest_is_kept_between_turns_even_under_a_ringing_bell(clock: ManualClock) -> None:
    assert _run(clock, [0.0, 0.0], rest_s=0.2) == pytest.approx([0, 0.2, 0.4])


def test_a_known_fault_backs_off_doubling_up_to_its_bound_and_starts_afresh_after_a_good_turn(clock: ManualClock) -> None:
    faults = [DATABASE_AWAY] * 5
    times = _run(clock, [*faults, 0.0, DATABASE_AWAY], back_off_s=3)
    assert times == [0, 0.5, 1.5, 3.5, 6.5, 9.5, 9.5, 10.0]


def test_a_ringing_bell_does_not_shorten_the_back_off(clock: ManualClock) -> None:
    rung = threading.Event()
    seen: list[float] = []

    def step() -> float | None:
        seen.append(clock.monotonic())
        rung.set()
        if len(seen) == 3:
            loop.stop()
        raise DATABASE_AWAY

    loop = Loop("thử", step, clock, pulse_s=10, known=(DatabaseAway,), wake=rung)
    loop.run()
    assert seen == [0, 0.5, 1.5]


def test_the_state_tells_the_fault_until_the_next_good_turn_and_when_the_loop_is_late(clock: ManualClock) -> None:
    states = []

    def step() -> float | None:
        states.extend(running())
        if len(states) == 2:
            raise DATABASE_AWAY
        if len(states) == 4:
            loop.stop()
        return 5.0

    loop = Loop("giữ lịch", step, clock, pulse_s=10, known=(DatabaseAway,))
    loop.run()
    assert [state.name for state in states] == ["giữ lịch"] * 4
    assert [state.fault for state in states] == [None, None, DATABASE_AWAY.message, None]
    assert [state.good_at for state in states] == [0, 0, 0, 5.5]
    assert [state.due_at for state in states] == [GRACE_S, 5 + GRACE_S, 5 + GRACE_S, 10.5 + GRACE_S]
    assert running() == []


def test_a_long_turn_that_advances_is_not_late(clock: ManualClock) -> None:
    def step() -> None:
        clock.advance(100)
        loop.alive()
        due.append(loop.state().due_at)
        loop.stop()

    due: list[float] = []
    loop = Loop("đọc", step, clock, pulse_s=1)
    loop.run()
    assert due == [100 + GRACE_S]


def test_an_unknown_fault_leaves_the_loop(clock: ManualClock) -> None:
    with pytest.raises(Invalid):
        _run(clock, [0.0, Invalid("lạ"), 0.0])
    assert running() == []


def test_a_loop_of_its_own_thread_stops_at_once_when_told() -> None:
    turned = threading.Event()
    loop = Loop("nền", turned.set, SystemClock(), pulse_s=3600)  # type: ignore[func-returns-value]
    loop.start()
    assert turned.wait(10)
    assert loop.join()


PROCESS = """
import sys, threading
from pathlib import Path
from broadcaster.clock import SystemClock
from broadcaster.loop import Loop, guard_process

def last_words(name, error):
    Path(sys.argv[1]).write_text(f"{name}: {error!r}", "utf-8")

def broken():
    raise KeyError("thong_bao_ai")

guard_process(last_words)
if sys.argv[2] == "loop":
    Loop("giữ lịch", broken, SystemClock(), pulse_s=1).start()
elif sys.argv[2] == "main":
    Loop("giữ lịch", broken, SystemClock(), pulse_s=1).run()
else:
    threading.Thread(target=broken, name="giữ lịch").start()
threading.Event().wait(60)
"""


@pytest.mark.parametrize("where", ["loop", "main", "thread"])
def test_an_unknown_fault_anywhere_ends_the_whole_process_with_its_own_code_and_last_words(tmp_path: Path, where: str) -> None:
    words = tmp_path / "words"
    ended = subprocess.run([sys.executable, "-c", PROCESS, str(words), where], timeout=60, capture_output=True, check=False)
    assert ended.returncode == DIED
    assert words.read_text("utf-8") == "giữ lịch: KeyError('thong_bao_ai')"
