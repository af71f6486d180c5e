"""Đo bộ đọc: đúng theo tệp vàng, tốc độ, nạp, bộ nhớ, và văn bản thù địch 100 kB cho từng luật; kèm bộ đọc khác nếu máy có.

Chạy: python scripts/bench/reading.py [--json] [--against module:hàm …]
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from broadcaster.reading import read, spoken  # noqa: E402
from broadcaster.reading.rules import RULES, Rule  # noqa: E402
from tests.reading.test_golden import PAIRS  # noqa: E402

SIZE = 100_000
HOSTILE = (
    "1",
    "1,",
    "1.1",
    "1/",
    "1-1",
    "0 1 ",
    "a.",
    "A-",
    "A1",
    "a@",
    "((",
    "x 1 ",
    "1 000 ",
    "UBND/",
    "I",
    "ngày 1/",
    ". ",
    "—",
    "1h",
    "a/",
)


def main() -> None:
    """In các số đo, hoặc JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--against", nargs="*", default=[])
    chosen = parser.parse_args()
    found: dict[str, Any] = {
        "sentences": len(PAIRS),
        "ours": _speed(spoken),
        "import_ms": _import_ms(),
        "added_mb": _added_mb(),
        "linear": _linear(),
        "hostile": _hostile(),
    }
    for name in chosen.against:
        module, _, function = name.partition(":")
        found[name] = _speed(getattr(importlib.import_module(module), function))
    print(json.dumps(found, ensure_ascii=False, indent=1))


def _speed(reader: Callable[[str], str]) -> dict[str, float]:
    """Ký tự mỗi giây (trung vị năm lần) và phần câu của tệp vàng đọc đúng từng chữ."""
    text = "\n".join(written for written, _ in PAIRS) * 10
    reader(text[:2000])
    times = [_timed(lambda: reader(text)) for _ in range(5)]
    right = sum(reader(written) == said for written, said in PAIRS)
    return {"chars_per_s": round(len(text) / statistics.median(times)), "golden": round(right / len(PAIRS), 4)}


def _hostile() -> dict[str, float]:
    """Mili giây lâu nhất của một luật trên một văn bản thù địch, và của cả bộ đọc."""
    texts = [(piece * (SIZE // len(piece) + 1))[:SIZE] for piece in HOSTILE]
    by_rule = {(rule.name, text[:8]): _scan(rule, text) for rule in RULES for text in texts}
    whole = {text[:8]: _timed(partial(read, text)) for text in texts}
    slowest, worst = max(by_rule, key=by_rule.__getitem__), max(whole, key=whole.__getitem__)
    return {f"rule {slowest}": round(by_rule[slowest] * 1000, 1), f"read {worst!r}": round(whole[worst] * 1000, 1)}


def _scan(rule: Rule, text: str) -> float:
    return _timed(lambda: sum(1 for _ in rule.pattern.finditer(text)))


def _linear() -> dict[str, float]:
    """Mili giây mỗi 100 kB ở 100 kB và ở 1 MB: gần bằng nhau là tuyến tính."""
    text = "\n".join(written for written, _ in PAIRS)
    small, large = (text * 200)[:SIZE], (text * 200)[: 10 * SIZE]
    return {
        "per_100kb_small_ms": round(_timed(lambda: read(small)) * 1000),
        "per_100kb_large_ms": round(_timed(lambda: read(large)) * 100),
    }


def _import_ms() -> float:
    code = "import time; t = time.perf_counter(); import broadcaster.reading; print((time.perf_counter() - t) * 1000)"
    return round(statistics.median(float(_python(code)) for _ in range(5)), 1)


def _added_mb() -> float:
    """Bộ nhớ thêm sau khi nạp và đọc một câu, so với Python trần."""
    code = (
        "import psutil; before = psutil.Process().memory_info().rss\n"
        "from broadcaster.reading import spoken; spoken('UBND phường họp ngày 1/2/2025, chi 5 triệu đồng.')\n"
        "print((psutil.Process().memory_info().rss - before) / 1e6)"
    )
    return round(float(_python(code)), 1)


def _python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
