"""Giờ đơn điệu của máy thật."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from broadcaster.clock import JumpWatch, ManualClock, SystemClock
from tests.conftest import leave_out

_SLEPT_S = 100_000
_ASK = "import time; from broadcaster.clock import SystemClock; print(SystemClock().monotonic() - time.monotonic())"


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="chỉ Linux có giờ đếm cả lúc ngủ")
def test_the_monotonic_clock_counts_the_time_the_machine_slept() -> None:
    """Trong một không gian tên mà máy “đã ngủ” một trăm nghìn giây."""
    slept = [shutil.which("unshare") or "", "--time", "--boottime", str(_SLEPT_S), "--fork"]
    if not slept[0] or subprocess.run([*slept, "true"], capture_output=True, check=False).returncode:
        leave_out("không gian tên thời gian (unshare --time, cần quyền)")
    told = subprocess.run([*slept, sys.executable, "-c", _ASK], capture_output=True, text=True, check=True)
    assert float(told.stdout) == pytest.approx(_SLEPT_S, abs=60)


def test_the_monotonic_clock_never_steps_back() -> None:
    clock = SystemClock()
    seen = [clock.monotonic() for _ in range(1000)]
    assert seen == sorted(seen)


def test_a_far_jump_of_the_wall_clock_is_recent_for_a_few_seconds_and_sleep_is_no_jump() -> None:
    clock = ManualClock(datetime(2026, 3, 2, tzinfo=UTC))
    watch = JumpWatch(clock)
    clock.advance(90 * 86_400)
    clock.step(JumpWatch.FAR_S / 2)
    assert not watch.recent()
    clock.step(JumpWatch.FAR_S)
    assert watch.recent()
    clock.advance(JumpWatch.PATIENCE_S - 0.1)
    assert watch.recent()
    clock.advance(0.2)
    assert not watch.recent()
    clock.step(-2 * 86_400)
    assert watch.recent()
