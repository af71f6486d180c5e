"""Loa có im khi máy chết không: giết tiến trình phát, khoá cơ sở dữ liệu, đầy đĩa, kiểm chuỗi; người nghe đứng ngoài phán.

Người nghe là một chương trình ``aplay`` giả: mỗi khối nhận được là một dấu giờ, nên im lặng được đo ở dưới phần ghi của cạc,
không hỏi đài lấy một câu. ``month``: một tháng mô phỏng với nghìn lần giết, đạo diễn, sổ trực và nhật ký thật.

Chạy: python scripts/bench/survival.py [--json] [--quick] [--only kills locked disk verify cost month]
Khoá không đo được ở máy này là null; ``--quick`` dưới 45 giây, cùng các khoá.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

KEYS = (
    "kill_silence_ms_p95 kill_silence_ms_max locked_extra_silence_ms disk_full_extra_silence_ms verify_late_frames "
    "doubles unlogged without_end heard_error_ms_p95 cpu_ratio_liquidsoap"
).split()
WORST = frozenset({"doubles", "unlogged", "without_end", "chain_faults", "heard_error_ms_p95"})
"""Nhiều phần cùng đo: số xấu nhất."""
PARTS = {
    "kills": ("trials", "kills", {"count": 4, "every_s": 3.0}, {"count": 60, "every_s": 6.0}),
    "locked": ("trials", "locked", {"seconds": 10.0}, {"seconds": 600.0}),
    "disk": ("trials", "disk_full", {"seconds": 10.0}, {"seconds": 240.0}),
    "verify": ("trials", "verifying", {"lines": 3_000, "seconds": 10.0}, {"lines": 1_000_000, "seconds": 90.0}),
    "cost": ("cost", "cost", {"zones": (10,), "seconds": 5.0}, {"zones": (10, 30), "seconds": 30.0}),
    "month": ("month", "month", {"days": 1, "kills": 8, "a_day": 1}, {"days": 31, "kills": 1000}),
}
"""Phần → (tệp, hàm, cỡ nhanh, cỡ đủ)."""
LANES = (("kills",), ("cost",), ("locked", "verify"), ("disk", "month"))
"""Chạy nhanh: bốn làn song song, trong làn lần lượt."""


def main() -> None:
    """In các số đo, hoặc JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--part", choices=list(PARTS), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.part:
        print(json.dumps(_measure(asked.part, quick=asked.quick)))
        return
    began = time.monotonic()
    found: dict[str, Any] = dict.fromkeys(KEYS) | {"load_before": list(os.getloadavg())}
    lanes = [[name for name in lane if name in asked.only] for lane in (LANES if asked.quick else [PARTS])]
    for part in _run(lanes, quick=asked.quick):
        for key, value in part.items():
            found[key] = max(found[key], value) if key in WORST and found.get(key) is not None else value
    found |= {"load_after": list(os.getloadavg()), "took_s": round(time.monotonic() - began, 1)}
    print(json.dumps(found, ensure_ascii=False, indent=None if asked.json else 1))


def _run(lanes: Sequence[Sequence[str]], *, quick: bool) -> list[dict[str, Any]]:
    """Các làn song song, trong làn lần lượt."""

    def whole_lane(lane: Sequence[str]) -> list[dict[str, Any]]:
        return [_part(name, quick=quick) for name in lane]

    with ThreadPoolExecutor(len(lanes)) as pool:
        return [part for lane in pool.map(whole_lane, lanes) for part in lane]


def _part(name: str, *, quick: bool) -> dict[str, Any]:
    """Mỗi phần một tiến trình: môi trường, bộ nhớ và lỗi của phần này không chạm phần kia."""
    argv = [sys.executable, __file__, "--part", name, *(["--quick"] if quick else [])]
    done = subprocess.run(argv, stdout=subprocess.PIPE, check=False)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {f"{name}_failed": True}
    return told


def _measure(name: str, *, quick: bool) -> dict[str, Any]:
    sys.path.insert(0, str(ROOT))
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    module, function, small, whole = PARTS[name]
    folder = Path(tempfile.mkdtemp(prefix=f"song-sot-{name}-"))
    try:
        part = getattr(import_module(f"scripts.bench.surviving.{module}"), function)
        told: dict[str, Any] = part(folder, **(small if quick else whole))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return told


if __name__ == "__main__":
    main()
