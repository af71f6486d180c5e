"""Đo bộ đọc, cạnh các bộ đọc khác trên PyPI: đúng bao nhiêu, hỏi bao nhiêu, nhanh bao nhiêu, lâu nhất trên văn bản thù địch.

Chạy: python scripts/bench/reading.py [--json] [--quick] [--peers PYTHON] [--sentences THƯ_MỤC]

Thời gian là thời gian CPU của tiến trình (máy bận không làm sai), trung vị nhiều lần. ``--peers`` là một Python đã cài các bộ đọc
khác (pip install vietnormalizer sea-g2p vinormx vinorm); bộ nào thiếu thì ghi vào ``missing``. ``--sentences`` là thư mục có
dev.jsonl, dev2.jsonl và score.py; mặc định là thư mục shared/reading cạnh kho mã.
"""

from __future__ import annotations

import argparse
import importlib.util
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
from tests.reading.grammar import documents  # noqa: E402
from tests.reading.test_golden import PAIRS  # noqa: E402
from tests.reading.test_linear import HOSTILE  # noqa: E402

SIZE = 100_000
PLAN = ROOT / "tests/reading/ke-hoach.md"
PEERS = {
    "vietnormalizer": "from vietnormalizer import VietnameseNormalizer; f = VietnameseNormalizer().normalize",
    "sea-g2p": "from sea_g2p import Normalizer; f = Normalizer().normalize",
    "vinormx": "from vinormx import TTSnorm as f",
    "vinorm": "from vinorm import TTSnorm as f",
}
PEER = """
import json, sys, time
began = time.process_time()
{load}
loaded = time.process_time() - began
texts = json.load(sys.stdin)
def one(text):
    try:
        return str(f(text))
    except Exception:
        return ""
one("Xin chào.")
began = time.process_time()
said = [one(text) for text in texts]
spent = time.process_time() - began
sys.stdout.reconfigure(encoding="utf-8")
speed = round(sum(map(len, texts)) / max(spent, 1e-9))
print("\\n" + json.dumps({{"said": said, "import_ms": round(loaded * 1000, 1), "chars_per_s": speed}}))
"""


def main() -> None:
    """In các số đo thành bảng, hoặc JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="ít lần hơn, ít bài hơn, không đo bộ khác nếu không nêu --peers")
    parser.add_argument("--peers", metavar="PYTHON", help="Python đã cài các bộ đọc khác")
    parser.add_argument("--sentences", type=Path, default=ROOT.parent / "shared" / "reading")
    chosen = parser.parse_args()
    found, missing = _ours(chosen.sentences, quick=chosen.quick)
    found["peers"] = {} if chosen.quick and not chosen.peers else _peers(chosen, missing)
    found["missing"] = missing
    print(json.dumps(found, ensure_ascii=False, indent=1) if chosen.json else _table(found))


def _ours(sentences: Path, *, quick: bool) -> tuple[dict[str, Any], list[str]]:
    missing = [name for name in ("dev.jsonl", "dev2.jsonl", "score.py") if not (sentences / name).exists()]
    golden, plan = "\n".join(written for written, _ in PAIRS), PLAN.read_text("utf-8")
    _speed(golden + plan)  # lần đầu còn dựng các mẫu, như lần nạp của bộ khác
    speeds = sorted(_speed(golden + plan) for _ in range(5 if quick else 7))
    asked, blocked = _questions(500 if quick else 5_000)
    return {
        "dev": _right(sentences, "dev.jsonl", spoken),
        "dev2": _right(sentences, "dev2.jsonl", spoken),
        "questions_per_1000": asked,
        "false_blocks": blocked,
        "chars_per_s": round(statistics.median(speeds)),
        "import_ms": _import_ms(3 if quick else 7),
        "worst_hostile_ms_per_100kb": _hostile(SIZE // 4 if quick else SIZE),
        "noise": {"chars_per_s": [round(speeds[0]), round(speeds[-1])]},
    }, missing


def _questions(count: int) -> tuple[float, int]:
    """Câu hỏi trên 1.000 tiếng và số lần chặn oan, trên bài đúng của văn phạm và kế hoạch thật của phường."""
    readings = [read(page.text) for page in documents(count)] + [read(PLAN.read_text("utf-8"))]
    questions = [question for reading in readings for question in reading.questions]
    syllables = sum(reading.syllables for reading in readings)
    asked = [question for question in questions if question.code != "table"]
    return round(1000 * len(asked) / syllables, 3), sum(question.dangerous for question in questions)


def _right(folder: Path, name: str, reader: Callable[[str], str]) -> float | None:
    """Phần câu đọc đúng chặt theo bộ chấm; ``None`` khi không có tệp."""
    if not (folder / name).exists() or not (folder / "score.py").exists():
        return None
    spec = importlib.util.spec_from_file_location("score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    items = score.load(folder / name)
    return round(sum(score.distance(item, reader(item["text"]), False) == 0 for item in items) / len(items), 4)


def _speed(text: str) -> float:
    return len(text) / _timed(lambda: read(text))


def _hostile(size: int) -> float:
    """Mili giây lâu nhất cho 100 kB trong các văn bản thù địch."""
    worst = max(_timed(partial(read, piece * (size // len(piece)))) for piece in HOSTILE)
    return round(worst * 1000 * SIZE / size)


def _import_ms(times: int) -> float:
    code = "import time; t = time.process_time(); import broadcaster.reading; print((time.process_time() - t) * 1000)"
    run = [sys.executable, "-c", code]
    found = [float(subprocess.run(run, capture_output=True, text=True, check=True, cwd=ROOT).stdout) for _ in range(times)]
    return round(statistics.median(found), 1)


def _timed(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _peers(chosen: argparse.Namespace, missing: list[str]) -> dict[str, Any]:
    """Cùng câu, cùng bộ chấm, trong Python của chúng; bộ khác không hỏi gì nên không có hai số ấy."""
    found: dict[str, Any] = {}
    names = [name for name in ("dev.jsonl", "dev2.jsonl") if (chosen.sentences / name).exists()]
    texts = [
        json.loads(line)["text"] for name in names for line in (chosen.sentences / name).read_text("utf-8").splitlines() if line
    ]
    for name, load in PEERS.items():
        told = _peer(chosen.peers or sys.executable, load, texts)
        if told is None:
            missing.append(name)
            continue
        said = dict(zip(texts, told.pop("said"), strict=True))
        found[name] = {
            bench.removesuffix(".jsonl"): _right(chosen.sentences, bench, lambda text, said=said: said[text]) for bench in names
        } | told
    return found


def _peer(python: str, load: str, texts: list[str]) -> dict[str, Any] | None:
    run = subprocess.run([python, "-c", PEER.format(load=load)], input=json.dumps(texts), capture_output=True, text=True)
    try:
        told: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        return None
    return told if any(told["said"]) else None


def _table(found: dict[str, Any]) -> str:
    rows = {
        "broadcaster.reading": {key: value for key, value in found.items() if key not in ("peers", "missing", "noise")}
    } | found["peers"]
    lines = [f"{name}: " + ", ".join(f"{key} {value}" for key, value in row.items()) for name, row in rows.items()]
    return "\n".join([*lines, *(f"Thiếu {name}: xem đầu tệp này để biết cách có." for name in found["missing"])])


if __name__ == "__main__":
    main()
