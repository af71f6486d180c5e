#!/usr/bin/env python3
"""Đổi từng chỗ trong luật thuần của mỗi phòng (``<=`` thành ``<``, True thành False, + thành −…) rồi xem phép thử có bắt không.

    scripts/mutate.py                    mọi phòng
    scripts/mutate.py playout lookahead  vài phòng, vài tệp (traffic/rules: tệp trùng tên giữa các phòng)

mutmut đòi click mới hơn bản gTTS cho phép, nên nó có môi trường riêng (``.venv-mutate``): một venv chỉ có mutmut, đọc thêm thư
viện của ``.venv``. Nó chạy trên một bản chép, không đụng tới cây mã. Chỗ đổi không ai bắt mà tác dụng vẫn như cũ thì ghi vào
``mutate_equal.txt`` kèm lý do. Còn sót từ 5 % trở lên thì thoát với mã 1.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
import environment

ROOT = environment.ROOT
EQUAL = Path(__file__).with_name("mutate_equal.txt")
MOST_LEFT = 0.05
TOOL = ("mutmut==3.8.1",)
CAUGHT = ("killed", "timeout", "segfault", "suspicious", "caught by type check")
_LEFT_OUT = shutil.ignore_patterns(".git", ".venv*", "data", "__pycache__", ".*_cache", "recordings", "capture", "uploads")


@dataclass(frozen=True)
class Rules:
    """Các tệp luật của một phòng, và phép thử nhanh của chúng."""

    room: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]

    @property
    def names(self) -> set[str]:
        """Mọi cách gọi: tên phòng, tên tệp, ``phòng/tệp``."""
        return {self.room, *self.modules, *(f"{self.room}/{one}" for one in self.modules)}

    def chosen(self, wanted: list[str]) -> tuple[str, ...]:
        """Các tệp được gọi tên, hoặc cả phòng."""
        if not wanted or self.room in wanted:
            return self.modules
        return tuple(one for one in self.modules if one in wanted or f"{self.room}/{one}" in wanted)


@dataclass(frozen=True)
class Score:
    """Kết quả của một nhóm: số chỗ đổi, số chỗ tác dụng vẫn như cũ, số chỗ sót."""

    changes: int
    equal: int
    left: int

    @property
    def share(self) -> float:
        """Phần còn sót; không đổi được chỗ nào thì coi như sót cả."""
        return self.left / self.changes if self.changes else 1.0

    def __str__(self) -> str:
        """Bằng lời."""
        caught = self.changes - self.equal - self.left
        return f"{self.changes} chỗ đổi, bắt {caught}, như cũ {self.equal}, sót {self.left} ({self.share:.1%})"


ROOMS = (
    Rules("playout", ("rules", "paths"), ("test_rules.py", "test_paths.py")),
    Rules("airlog", ("chain", "folding", "delivered"), ("test_chain.py", "test_folding.py")),
    Rules("accounts", ("totp", "names"), ("test_rules.py", "test_own_account.py")),
    Rules("accounts", ("throttle", "passwords"), ("test_rules.py", "test_guessing.py")),
    Rules("newsroom", ("rules", "plan_year", "urgency"), ("test_rules.py",)),
    Rules("newsroom", ("text", "validity", "authorship"), ("test_rules.py", "test_text.py", "test_authorship.py")),
    Rules(
        "traffic",
        ("rules", "ordering", "timetable", "clock_fit"),
        ("test_rules.py", "test_ordering.py", "test_timetable.py", "test_clock_fit.py"),
    ),
    Rules("traffic", ("forecast",), ("test_forecast.py",)),
    Rules("traffic", ("autofill", "board", "why_not"), ("test_rules.py", "test_why_not.py", "test_board.py")),
    Rules("traffic", ("lookahead",), ("test_choosing.py", "test_turns.py")),
    Rules("traffic", ("overlaps",), ("test_crossing.py",)),
    Rules("traffic", ("once", "stopping", "emptiness", "repeating"), ("test_short_notice.py",)),
    Rules("reports", ("periods",), ("test_periods.py",)),
    Rules("reports", ("rates", "figures"), ("test_figures.py",)),
)
"""Luật đứng riêng với phép thử nhanh của nó: thuần, hay chỉ hỏi vài dòng. Đổi một chỗ chỉ tốn chừng một giây."""


def main(wanted: list[str]) -> int:
    """Chạy từng nhóm luật rồi kể tổng; trả về mã thoát."""
    known = set().union(*(rules.names for rules in ROOMS))
    if unknown := set(wanted) - known:
        sys.exit(f"Không có phòng hay tệp {', '.join(sorted(unknown))}. Có: {', '.join(sorted(known))}")
    equal = {line for line in EQUAL.read_text("utf-8").splitlines() if line and not line.startswith("#")}
    project = environment.prepare(extras="offline,postgres,dev")
    mutmut = [environment.overlay(ROOT / ".venv-mutate", project, TOOL), "-m", "mutmut"]
    scores = [_run(mutmut, rules, modules, equal) for rules in ROOMS if (modules := rules.chosen(wanted))]
    print("Tổng:", Score(*(sum(column) for column in zip(*map(astuple, scores), strict=True))))
    return int(any(score.share >= MOST_LEFT for score in scores))


def _run(mutmut: list[str], rules: Rules, modules: tuple[str, ...], equal: set[str]) -> Score:
    """Đổi từng chỗ của các tệp; in điều còn sót. Chỗ mutmut chưa thử được kể là sót."""
    paths = [f"broadcaster/{rules.room}/{one}.py" for one in modules]
    tests = [f"tests/{rules.room}/{one}" for one in rules.tests]
    with _copy(paths, tests) as home:
        ran = subprocess.run([*mutmut, "run", "--max-children", "2"], cwd=home, capture_output=True, text=True)
        told = subprocess.run([*mutmut, "results", "--all", "true"], cwd=home, capture_output=True, text=True).stdout
        states = dict(re.findall(r"^\s*(\S+): (.+)$", told, re.M))
        left = {name: state for name, state in states.items() if state not in CAUGHT}
        changed = {name: _changed(home, mutmut, name) for name in left}
    missed = [name for name in left if changed[name] not in equal]
    score = Score(len(states), len(left) - len(missed), len(missed))
    print(f"{rules.room} ({', '.join(modules)}): {score}", flush=True)
    for name in missed:
        print(f"    {left[name]}: {changed[name]}", flush=True)
    if not states or "not checked" in states.values():
        print(f"    mutmut không chạy hết:\n{ran.stdout[-3000:]}{ran.stderr[-3000:]}", flush=True)
    return score


@contextmanager
def _copy(paths: list[str], tests: list[str]) -> Iterator[Path]:
    """Bản chép của cây mã, có phần cài đặt của mutmut."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "cay"
        shutil.copytree(ROOT, home, ignore=_LEFT_OUT)
        chosen = [*tests, "-q", "-k", "not postgres", "-p", "no:xdist", "-p", "no:cacheprovider", "--hypothesis-profile=few"]
        whole = ["broadcaster", "tests", "config.toml", "alembic", "audio"]
        with (home / "pyproject.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n[tool.mutmut]\nsource_paths = {paths}\nalso_copy = {whole}\n")
            file.write(f"pytest_add_cli_args_test_selection = {chosen}\n")
        yield home


def _changed(home: Path, mutmut: list[str], name: str) -> str:
    """Tên hàm, hai dấu cách, dòng sau khi đổi."""
    shown = subprocess.run([*mutmut, "show", name], cwd=home, capture_output=True, text=True).stdout
    lines = [line[1:].strip() for line in shown.splitlines() if line.startswith("+") and not line.startswith("+++")]
    return f"{re.sub(r'__mutmut_[0-9]+$', '', name)}  {' '.join(lines)}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
