#!/usr/bin/env python3
"""Đổi từng chỗ trong luật thuần của mỗi phòng (``<=`` thành ``<``, True thành False, + thành −…) rồi xem phép thử có bắt không.

    scripts/mutate.py                 mọi phòng
    scripts/mutate.py playout airlog  vài phòng

Chạy mutmut trên một bản chép, không đụng tới cây mã. Chỗ đổi không ai bắt mà cũng không khác gì trong tác dụng thì ghi vào
``mutate_equal.txt`` (một dòng: tên hàm, hai dấu cách, dòng sau khi đổi) kèm lý do. Còn sót từ 5 % trở lên thì thoát với mã 1.
"""

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EQUAL = Path(__file__).with_name("mutate_equal.txt")
MOST_LEFT = 0.05
HELP = """Chưa có mutmut. Bản chạy được với pytest 9 (3.8.1) đòi click mới hơn bản gTTS cho phép, nên không khai được ở phần dev;
nó chạy tốt với click cũ. Hãy cài riêng:
    .venv/bin/pip install --no-deps mutmut==3.8.1
    .venv/bin/pip install libcst coverage setproctitle textual"""
ROOMS = {
    "playout": (["playout/rules.py", "playout/paths.py"], ["tests/playout/test_rules.py", "tests/playout/test_paths.py"]),
    "traffic": (
        ["traffic/rules.py", "traffic/ordering.py", "traffic/timetable.py", "traffic/clock_fit.py"],
        ["tests/traffic/test_rules.py", "tests/traffic/test_timetable.py"],
    ),
    "airlog": (["airlog/chain.py", "airlog/folding.py"], ["tests/airlog/test_chain.py", "tests/airlog/test_folding.py"]),
    "newsroom": (["newsroom/rules.py", "newsroom/text.py"], ["tests/newsroom/test_text.py"]),
    "accounts": (["accounts/totp.py"], ["tests/accounts"]),
}
"""Phòng → (tệp luật, phép thử của chúng)."""


def main(rooms: list[str]) -> int:
    """Chạy từng phòng; trả về mã thoát."""
    if importlib.util.find_spec("mutmut") is None:
        sys.exit(HELP)
    equal = {line for line in EQUAL.read_text("utf-8").splitlines() if line and not line.startswith("#")}
    return max([_room(room, equal) for room in rooms or ROOMS])


def _room(room: str, equal: set[str]) -> int:
    modules, tests = ROOMS[room]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "cay"
        kept = shutil.ignore_patterns(".git", ".venv*", "data", "__pycache__", ".*_cache", "recordings", "capture", "uploads")
        shutil.copytree(ROOT, home, ignore=kept)
        with (home / "pyproject.toml").open("a", encoding="utf-8") as file:
            file.write(_settings(modules, tests))
        mutmut = [sys.executable, "-m", "mutmut"]
        ran = subprocess.run([*mutmut, "run", "--max-children", "2"], cwd=home, capture_output=True, text=True)
        results = subprocess.run([*mutmut, "results", "--all", "true"], cwd=home, capture_output=True, text=True).stdout
        states = dict(re.findall(r"^\s*(\S+): (.+)$", results, re.M))
        if not states or "not checked" in states.values():
            sys.exit(f"{room}: mutmut không chạy được\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}")
        left = [name for name, state in states.items() if state not in ("killed", "timeout", "caught by type check")]
        changed = {name: _changed(home, mutmut, name) for name in left}
    missed = {name: line for name, line in changed.items() if line not in equal}
    print(f"{room}: {len(states)} chỗ đổi, bắt {len(states) - len(left)}, như cũ {len(left) - len(missed)}, sót {len(missed)}")
    for name, line in missed.items():
        print(f"    {states[name]}: {line}")
    return int(len(missed) >= MOST_LEFT * len(states))


def _settings(modules: list[str], tests: list[str]) -> str:
    chosen = [*tests, "-q", "-k", "not postgres", "-p", "no:xdist", "-p", "no:cacheprovider"]
    only = [f"broadcaster/{module}" for module in modules]
    whole = ["broadcaster", "tests", "config.toml", "alembic", "audio"]
    return f"\n[tool.mutmut]\nsource_paths = {only}\npytest_add_cli_args_test_selection = {chosen}\nalso_copy = {whole}\n"


def _changed(home: Path, mutmut: list[str], name: str) -> str:
    """Tên hàm, hai dấu cách, dòng sau khi đổi."""
    shown = subprocess.run([*mutmut, "show", name], cwd=home, capture_output=True, text=True).stdout
    lines = [line[1:].strip() for line in shown.splitlines() if line.startswith("+") and not line.startswith("+++")]
    return f"{re.sub(r'__mutmut_[0-9]+$', '', name)}  {' '.join(lines)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
