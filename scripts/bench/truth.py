"""Nhật ký có nói đúng điều loa đã phát không: ngày có ngủ, giờ nhảy, cổng đóng, lệnh phút chót, cạc mất, chậm, kẹt.

Đài thật (đạo diễn, bộ bơm, sổ trực, bản phát, nhật ký) trên đồng hồ đặt tay; cạc là bản thế chỗ. Người nghe đứng ngoài: nhận
ra từng khung 20 ms bằng chính mẫu tiếng của bản ghi và giờ của đồng hồ, không hỏi đài điều gì, rồi đối với từng dòng nhật ký.
Mỗi đợt là một đài mới gặp mỗi chuyện ít nhất một lần; ``upsets`` đếm những chuyện có bằng chứng là đã xảy ra thật.

    scripts/bench/truth.py --json [--quick] [--days 200] [--seed 1] [--processes 2] [--only sleep leap …]
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import structlog

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.bench.telling.month import Tally, month_of
from scripts.bench.telling.upsets import KINDS

ROUND = 20
"""Số ngày một đợt."""
QUICK_S = 30.0
_TOLD = 8


def simulate(days: int, seed: int, limit_s: float | None, only: list[str]) -> Tally:
    """Một đợt ``days`` ngày, hay chừng nào ``limit_s`` giây còn cho phép; ``only``: chỉ những chuyện ấy."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    began, kinds = time.monotonic(), [kind for kind in KINDS if not only or kind.name in only]
    with month_of(seed) as month:
        while month.tally.days < days and (limit_s is None or time.monotonic() - began < limit_s):
            if month.tally.days % len(kinds) == 0:
                month.chance.shuffle(kinds)
            kind = kinds[month.tally.days % len(kinds)]
            known = len(month.tally.told)
            month.day(kind)
            for wrong in month.tally.told[known:]:
                print(f"đợt {seed}: {wrong}", file=sys.stderr)
            told = f"đợt {seed}: ngày {month.tally.days}/{days} {kind.name}, {len(month.tally.told)} chỗ sai"
            print(f"{told}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return month.tally


def run(asked: argparse.Namespace) -> dict[str, Any]:
    """Các đợt, nhiều nhất hai đợt cùng lúc; cộng lại."""
    limit_s = QUICK_S if asked.quick else None
    names = [kind.name for kind in KINDS if not asked.only or kind.name in asked.only]
    if asked.quick:  # mỗi tiến trình một nửa các chuyện
        rounds = [(asked.days, asked.seed + half, limit_s, names[half :: asked.processes]) for half in range(asked.processes)]
    else:
        sizes = [min(ROUND, asked.days - done) for done in range(0, asked.days, ROUND)]
        rounds = [(size, asked.seed + number, limit_s, asked.only) for number, size in enumerate(sizes)]
    tally, began = Tally(), time.monotonic()
    with ProcessPoolExecutor(asked.processes, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(simulate, *one) for one in rounds]):
            tally.add(done.result())
    return _figures(tally, names) | {"seconds": round(time.monotonic() - began), "load": list(os.getloadavg())}


def _figures(tally: Tally, names: list[str]) -> dict[str, Any]:
    return {
        "days": tally.days,
        "items": tally.items,
        "start_error_ms_p95": _p95(tally.start_ms),
        "start_error_ms_max": round(max(tally.start_ms, default=0.0), 1),
        "heard_error_ms_p95": _p95(tally.heard_ms),
        "quiet_seconds": round(tally.quiet_seconds, 2),
        "foreign_path_seconds": round(tally.foreign_path_seconds, 2),
        "without_result": tally.without_result,
        "wrong_cause": tally.wrong_cause,
        "wrong_path": tally.wrong_path,
        "chain_faults": tally.chain_faults,
        "upsets": {name: tally.upsets[name] for name in names},
        "wrong": len(tally.told),
        "told": _grouped(tally.told),
    }


def _p95(values: list[float]) -> float:
    return round(float(np.percentile(values, 95)), 1) if values else 0.0


def _grouped(told: list[str]) -> list[str]:
    groups: dict[str, list[str]] = {}
    for one in told:
        groups.setdefault(one.partition(":")[0], []).append(one)
    return [line for lines in groups.values() for line in lines[:_TOLD]]


def main() -> None:
    """Chạy và in."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="không quá 45 giây")
    parser.add_argument("--days", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2, choices=(1, 2))
    parser.add_argument("--only", nargs="*", default=[], choices=[kind.name for kind in KINDS])
    found = run(parser.parse_args())
    if found["upsets"] and (idle := [name for name, count in found["upsets"].items() if not count]):
        print(f"chưa xảy ra: {', '.join(idle)}", file=sys.stderr)
    if "--json" in sys.argv:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        print("\n".join(f"{name:24} {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
