"""Đo luồng bơm thật: trễ khi dậy và CPU với 1, 10, 60 kênh, mỗi kênh vừa phát tệp, vừa ghi lưu, vừa có một người nghe thử.

Chạy: python scripts/bench/pump.py [--seconds 10] [--runs 5] [--channels 1 10 60] [--no-listeners]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from broadcaster.clock import SystemClock
from broadcaster.sound.frames import RATE
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.outputs.monitor import MonitorSink
from broadcaster.sound.priority import favour_pump
from broadcaster.sound.pump import Pump
from broadcaster.sound.sources import FileSource


@dataclass(frozen=True)
class Result:
    """Một lần đo."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    cpu_percent: float
    dropped: int
    gaps: int


def measure(folder: Path, tune: Path, channels: int, seconds: float, *, listeners: bool) -> Result:
    """Phát ``tune`` trên ``channels`` kênh trong ``seconds`` giây."""
    clock = SystemClock()
    pump = Pump(clock, [].append)
    store = CaptureStore(folder, clock)
    monitors = [MonitorSink(clock) for _ in range(channels)]
    for key, monitor in enumerate(monitors):
        pump.add_channel(key, [monitor, store.sink(key)])
        if listeners:
            threading.Thread(target=deque, args=(monitor.subscribe(head_start=False), 0), daemon=True).start()
    sources = [FileSource(tune, loop=True) for _ in range(channels)]
    for key in range(channels):
        pump.open_channel(key)
    pump.start()
    at = pump.frame_now() + 25
    for key, source in enumerate(sources):
        pump.schedule(key, f"muc-{key}", source, at)
    cpu = time.process_time()
    threading.Event().wait(seconds)
    cpu = time.process_time() - cpu
    late = pump.lateness()
    dropped = sum(health.dropped_frames for key in range(channels) for health in pump.health(key).values())
    gaps = len(pump.gaps())
    pump.stop()
    store.close()
    return Result(late.p50_ms, late.p99_ms, late.max_ms, 100 * cpu / seconds, dropped, gaps)


def main() -> None:
    """In trung vị của các lần đo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--channels", type=int, nargs="+", default=[1, 10, 60])
    parser.add_argument("--no-listeners", action="store_true")
    asked = parser.parse_args()
    favour_pump()
    print("kênh  p50 ms  p99 ms  lớn nhất ms  % một lõi  khung bỏ  đứng hình")
    with tempfile.TemporaryDirectory() as folder:
        tune = Path(folder) / "tin.flac"
        noise = np.random.default_rng(1).normal(0, 3000, RATE * 10).astype(np.int16)
        soundfile.write(tune, noise, RATE, subtype="PCM_16")
        for channels in asked.channels:
            runs = [
                measure(Path(folder) / f"{channels}-{run}", tune, channels, asked.seconds, listeners=not asked.no_listeners)
                for run in range(asked.runs)
            ]
            p50, p99, worst, cpu = (
                median(getattr(run, name) for run in runs) for name in ("p50_ms", "p99_ms", "max_ms", "cpu_percent")
            )
            dropped, gaps = sum(run.dropped for run in runs), sum(run.gaps for run in runs)
            print(f"{channels:4}  {p50:6.1f}  {p99:6.1f}  {worst:11.1f}  {cpu:9.1f}  {dropped:8}  {gaps:9}")


if __name__ == "__main__":
    main()
