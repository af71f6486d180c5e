"""Đo người xếp lịch trên một phường mô phỏng: ai bị quên, ai bị lặp, hạn, CCHC, kế hoạch, buổi đầy, lời kể, và tốn bao nhiêu.

Chạy: python scripts/bench/planner.py [--json] [--quick] [--seed 1] [--rooms 8] [--exact 8]
Con số lấy từ các phòng thật (cơ sở dữ liệu, lên lịch, xếp, chốt, nhật ký) trong ``--rooms`` tuần đầu và từ phép xếp thuần cho
cả năm, số nào tệ hơn thì in; ``--quick`` là tám tuần, hai tuần qua các phòng thật.
Bảng so cùng một năm với ba cách xếp thẳng đuột; ``--exact``: bấy nhiêu tuần đầu so với bộ giải quy hoạch nguyên và với cận
trên của mọi cách xếp (cần ``pip install highspy``).
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import structlog  # noqa: E402

from broadcaster.database import Database  # noqa: E402
from broadcaster.database.schema import upgrade  # noqa: E402
from tests.traffic.measures import Figures, measure  # noqa: E402
from tests.traffic.rooms import Cost, Stage, counted, simulate_rooms  # noqa: E402
from tests.traffic.simulator import LOCK, Way, our_way, simulate  # noqa: E402
from tests.traffic.straightforward import first_in_first_out, rotation, weighted_random  # noqa: E402
from tests.traffic.ward import year  # noqa: E402

QUICK_WEEKS, YEAR_WEEKS = 8, 52
QUICK_ROOMS = 2
STOCKS = (500, 5_000)
UNIQUE = 500
"""Kho lớn hơn là kho này chép ra nhiều lần."""
ROUNDS = 36
SOLVER_S = 2.0
"""Bộ giải có nhiều nhất chừng này giây cho mỗi lần chốt."""
COLUMNS = (
    ("never_aired_share", "bị quên"),
    ("max_airings", "lặp nhiều nhất"),
    ("deadline_missed", "lỡ hạn"),
    ("cchc_days_share", "ngày có CCHC"),
    ("topic_gap_percent_max", "nội dung thiếu %"),
    ("fill_share", "buổi đầy"),
    ("bulletin_share", "tin bài"),
    ("spacing_breaches", "gần quá"),
)


def main() -> None:
    """Đo và in."""
    wanted = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    weeks = QUICK_WEEKS if wanted.quick else YEAR_WEEKS
    figures, rooms_s = _rooms(wanted.seed, wanted.rooms or (QUICK_ROOMS if wanted.quick else QUICK_WEEKS))
    table = _table(wanted.seed, weeks)
    ours = table["chúng ta"]
    told: dict[str, object] = {name: _worse(name, figures, ours) for name, _ in COLUMNS if name != "bulletin_share"}
    told["false_reasons"] = figures.false_reasons + ours.false_reasons
    told |= _upkeep(wanted.seed)
    if wanted.exact:
        told |= _exact(wanted.seed, wanted.exact)
    if wanted.json:
        print(json.dumps(told | {"ways": {name: one.as_dict() for name, one in table.items()}}, ensure_ascii=False, indent=1))
        return
    print(f"Phòng thật: {figures.bulletins} bản tin, {figures.programmes} buổi, {rooms_s:.0f} s")
    _print_table(table)
    for key, value in told.items():
        print(f"{key}: {value}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="tám tuần, hai tuần qua phòng thật")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--exact", type=int, default=0, help="số tuần so với bộ giải quy hoạch nguyên")
    parser.add_argument("--rooms", type=int, default=0, help="số tuần qua các phòng thật")
    return parser.parse_args()


def _worse(name: str, one: Figures, other: Figures) -> float:
    """Con số tệ hơn của hai lần đo: phòng thật và phép xếp thuần."""
    values = getattr(one, name), getattr(other, name)
    return round(min(values) if name in ("cchc_days_share", "fill_share") else max(values), 4)


def _rooms(seed: int, weeks: int) -> tuple[Figures, float]:
    with _database() as database:
        started = time.perf_counter()
        log, _ = simulate_rooms(database, year(seed, weeks))
        return measure(log), time.perf_counter() - started


def _table(seed: int, weeks: int) -> dict[str, Figures]:
    ways: dict[str, Way] = {
        "chúng ta": our_way,
        "vào trước ra trước": first_in_first_out(),
        "ngẫu nhiên trọng số": weighted_random(seed),
        "xoay vòng": rotation(),
    }
    return {name: measure(simulate(year(seed, weeks), way)) for name, way in ways.items()}


def _exact(seed: int, weeks: int) -> dict[str, object]:
    """Phép xếp của chúng ta, lời giải quy hoạch nguyên, và nhiều nhất bao nhiêu bản tin có thể được nghe dù biết trước cả năm."""
    from tests.traffic.exact import exact, most_airable

    wards, found = year(seed, weeks), {}
    for name, way in (("chúng ta", our_way), ("quy hoạch nguyên", exact(SOLVER_S))):
        started = time.perf_counter()
        log = simulate(wards, way)
        heard = sum(bool(airings) for airings in log.by_script.values())
        found[name] = measure(log).as_dict() | {"heard": heard, "seconds": round(time.perf_counter() - started, 1)}
    return {"exact": found, "heard_at_most": round(most_airable(wards, 60.0), 1)}


def _upkeep(seed: int) -> dict[str, object]:
    costs = {str(stock): _cost(seed, stock) for stock in STOCKS}
    return {
        "upkeep_ms_p95": {stock: _p95(cost.ms) for stock, cost in costs.items()},
        "upkeep_cpu_ms_p95": {stock: _p95(cost.cpu_ms) for stock, cost in costs.items()},
        "queries": {stock: round(statistics.mean(cost.queries), 1) for stock, cost in costs.items()},
    }


def _p95(many: list[float]) -> float:
    return round(statistics.quantiles(many, n=20)[-1], 1)


def _cost(seed: int, stock: int) -> Cost:
    """Một ngày của đài có ``stock`` bản tin đang chờ: mỗi vòng mười phút, vòng thứ tư nào cũng có một bản tin mới được duyệt.

    Tiến trình đã qua một buổi (chốt, phát) như ở đài: lần đầu còn phải dựng câu lệnh SQL, mỗi lần khởi động một lần.
    """
    with _database() as database:
        week = year(seed, 2)
        stage = Stage(database, week)
        many = [one for n in range(UNIQUE // 20) for one in year(seed + n, 1).bulletins if one.valid_to is None]
        first, second = week.shows[:2]
        stage.go_to(first.at - LOCK)
        stage.stock_up((many * 2)[:UNIQUE])
        stage.multiply(stock // UNIQUE)
        stage.upkeep()
        stage.air(first)
        stage.go_to(second.at - timedelta(hours=2))
        stage.upkeep()
        gc.freeze()  # như Process.take_turn
        cost = Cost()
        for turn in range(ROUNDS):
            stage.go_to(stage.scene.clock.now() + timedelta(minutes=10))
            if turn % 4 == 0:
                stage.approve_now(many[turn])
            with counted(database, cost):
                stage.upkeep()
        return cost


def _print_table(table: dict[str, Figures]) -> None:
    print(" " * 22 + "  ".join(f"{label:>16}" for _, label in COLUMNS))
    for name, one in table.items():
        print(f"{name:<22}" + "  ".join(f"{getattr(one, key):>16.3g}" for key, _ in COLUMNS))


@contextmanager
def _database() -> Iterator[Database]:
    """Một tệp SQLite trắng, đã nâng cấp, mất khi xong."""
    with tempfile.TemporaryDirectory() as folder, closing(Database(f"sqlite:///{folder}/b.db")) as database:
        upgrade(database)
        yield database


if __name__ == "__main__":
    main()
