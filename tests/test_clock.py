"""Giờ đơn điệu của máy thật."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time

import pytest

from broadcaster.clock import SystemClock
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
