"""Kiểm nhật ký nhanh tới đâu, tốn bao nhiêu bộ nhớ: ``python scripts/bench/verify.py [--lines 1000000] [--clusters 8] [--json]``.

Dựng một nhật ký thật (chuỗi băm, bảng chiếu) rồi kiểm trong một tiến trình riêng vài lần, in trung vị và tải của máy.
``--postgres``: trên PostgreSQL (gói pgserver). ``--keep TỆP``: giữ hay dùng lại tệp SQLite đã dựng.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

from sqlalchemy import insert  # noqa: E402

from broadcaster.accounts.tables import Station  # noqa: E402
from broadcaster.airlog.chain import GENESIS, Link, digest, stamp  # noqa: E402
from broadcaster.airlog.enums import Event  # noqa: E402
from broadcaster.airlog.folding import DELIVERED, Folded, Folder  # noqa: E402
from broadcaster.airlog.tables import Airing, ChainHead, Delivery, LogEntry, ScriptAiring  # noqa: E402
from broadcaster.airlog.verifying import verify  # noqa: E402
from broadcaster.airlog.verifying.lanes import shares  # noqa: E402
from broadcaster.database import Database  # noqa: E402
from broadcaster.database.schema import upgrade  # noqa: E402
from broadcaster.database.types import canonical_json  # noqa: E402
from broadcaster.service.logs import configure_command  # noqa: E402
from tests.airlog.bodies import armed, delivery, ended  # noqa: E402
from tests.support.postgres import fresh_database  # noqa: E402

START = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
_BATCH = 2000


def build(database: Database, lines: int, clusters: int) -> None:
    """Chừng ``lines`` dòng: mỗi mục có chuẩn bị, bắt đầu, kết thúc, tới ``clusters`` cụm loa; mỗi bản tin một mục."""
    upgrade(database)
    with database.writing() as session:
        session.add(Station(id=1, code="do", name="Đo", timezone="Asia/Ho_Chi_Minh", created_at=START))
    prev, seq, folder = GENESIS, 0, Folder(1)
    for first in range(0, lines // 3, _BATCH):
        entries: list[Any] = []
        airings: list[tuple[int, Folded]] = []
        for item_id in range(first + 1, min(first + _BATCH, lines // 3) + 1):
            at = START + timedelta(minutes=item_id)
            for event, body in _told(item_id, at, clusters):
                seq += 1
                raw = canonical_json(body)
                link = Link(1, seq, stamp(at), stamp(at), event.value, 1, 1, item_id, raw.encode(), prev)
                prev = digest(link)
                moments = {"happened_at": at, "recorded_at": at}
                entries.append({**link._asdict(), **moments, "event": event, "body": raw, "digest": prev})
                folder.feed(seq, event.value, 1, item_id, link.body)
            airings.append((item_id, folder.open.pop((1, item_id))))
        _store(database, entries, airings)
    with database.writing() as session:
        session.add(ChainHead(station_id=1, seq=seq, digest=prev, recorded_at=START + timedelta(days=9999)))


def _told(item_id: int, at: datetime, clusters: int) -> Iterator[tuple[Event, Any]]:
    places = range(1, clusters + 1)
    bodies = [{**delivery(), "cluster_id": one, "code": f"CL{one:02}", "name": f"Cụm loa {one}"} for one in places]
    body: Any = {**armed(item_id, at), "deliveries": bodies}
    body["item"] |= {"script_id": item_id, "text_sha256": "a" * 64, "reading_sha256": "b" * 64, "audio_sha256": "c" * 64}
    yield Event.ITEM_ARMED, body
    yield Event.ITEM_STARTED, {"started_at": at.isoformat()}
    yield Event.ITEM_ENDED, {**ended(at), "deliveries": [{**one, "state": "sent"} for one in bodies]}


def _store(database: Database, entries: list[Any], airings: list[tuple[int, Folded]]) -> None:
    deliveries = [
        {**dict(zip(DELIVERED, values, strict=True)), "airing_id": key, "cluster_id": cluster_id}
        for key, one in airings
        for cluster_id, values in one.deliveries.items()
    ]
    tallies = [
        {
            "station_id": 1,
            "script_id": one.values["script_id"],
            "zone_code": code,
            "count": 1,
            "last_at": one.values["started_at"],
            "last_day": one.values["local_day"],
            "last_seq": one.values["last_seq"],
        }
        for _, one in airings
        for code in one.values["zones"]
    ]
    with database.engine.begin() as connection:
        connection.execute(insert(LogEntry.__table__), entries)
        connection.execute(insert(Airing.__table__), [{**one.values, "id": key} for key, one in airings])
        connection.execute(insert(Delivery.__table__), deliveries)
        connection.execute(insert(ScriptAiring.__table__), tallies)


def once(url: str) -> dict[str, float]:
    """Kiểm từ tiến trình này: dòng mỗi giây (đồng hồ; CPU của mọi tiến trình), đỉnh bộ nhớ của cả nhóm (MB)."""
    database = Database(url)
    with database.reading() as session:
        session.get(Station, 1)
    wall, cpu = time.perf_counter(), _cpu()
    verdict = verify(database, 1)
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    assert verdict.sound, verdict.faults[:3]
    lanes = len(shares(1, verdict.lines, ()))
    each = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024 if lanes > 1 else 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + lanes * each
    return {"per_s": verdict.lines / wall, "per_cpu_s": verdict.lines / cpu, "mb": peak, "lanes": lanes}


def _cpu() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def main() -> None:
    """Dựng, kiểm, in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--clusters", type=int, default=8)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="hai vạn dòng")
    parser.add_argument("--keep", type=Path, help="tệp SQLite đã dựng, hay nơi sẽ giữ nó")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--once", help=argparse.SUPPRESS)
    given = parser.parse_args()
    configure_command()
    if given.once:
        print(json.dumps(once(given.once)))
        return
    lines = 20_000 if given.quick else given.lines
    with built(lines, given) as (url, size):
        command = [sys.executable, __file__, "--once", url]
        runs = [json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout) for _ in range(given.runs)]
    told = {
        "verify_lines_per_s": round(statistics.median(run["per_s"] for run in runs)),
        "verify_lines_per_cpu_s": round(statistics.median(run["per_cpu_s"] for run in runs)),
        "verify_peak_mb": round(statistics.median(run["mb"] for run in runs), 1),
        "processes": runs[0]["lanes"],
        "lines": lines,
        "database_mb": size,
        "load": os.getloadavg()[0],
    }
    print(json.dumps(told) if given.json else "\n".join(f"{name}: {value}" for name, value in told.items()))


@contextmanager
def built(lines: int, given: argparse.Namespace) -> Iterator[tuple[str, int | None]]:
    """Địa chỉ của nhật ký đã dựng, và cỡ tệp (MB)."""
    if given.postgres:
        with fresh_database("do", lambda url: filled(url, lines, given.clusters)) as url:
            yield url, None
        return
    with tempfile.TemporaryDirectory(prefix="do-kiem-") as folder:
        path = given.keep or Path(folder) / "broadcaster.db"
        if not path.exists():
            filled(f"sqlite:///{path}", lines, given.clusters)
        yield f"sqlite:///{path}", round(path.stat().st_size / 1e6)


def filled(url: str, lines: int, clusters: int) -> None:
    """Dựng rồi đóng."""
    database = Database(url)
    build(database, lines, clusters)
    database.close()


if __name__ == "__main__":
    main()
