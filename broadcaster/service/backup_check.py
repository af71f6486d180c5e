"""Kiểm nhật ký trong một bản sao trước khi dựng lại đài từ nó: dựng thử vào một tệp tạm rồi kiểm như đài thật."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy import select

from broadcaster.accounts.tables import Station
from broadcaster.airlog.anchors import Anchored, Mark
from broadcaster.airlog.verifying import Verdict, verify
from broadcaster.database import Database
from broadcaster.database.dump import load_rows
from broadcaster.database.schema import migrating, upgrade_on
from broadcaster.newsroom.records import DeskRecords
from broadcaster.newsroom.witness import Approvals
from broadcaster.playout.fault_witness import ClusterFaults
from broadcaster.playout.witness import Runs


@dataclass(frozen=True)
class Examined:
    """Một đài trong bản sao."""

    name: str
    verdict: Verdict

    def lines(self) -> list[str]:
        """Mọi điều sai và điều cần biết, hoặc lời rằng nó nguyên vẹn."""
        wrong = [f"  SAI: {fault}" for fault in self.verdict.faults] or ["  nhật ký nguyên vẹn"]
        return [*wrong, *(f"  lưu ý: {note}" for note in self.verdict.notes)]


def examine(rows: Path, schema: str, read: Callable[[IO[bytes]], Iterable[bytes]], marks: Sequence[Mark] = ()) -> list[Examined]:
    """Kiểm mọi đài; ``schema``: lược đồ của bản sao, ``read``: tệp các dòng → dòng nạp được, ``marks``: mốc phải đi qua."""
    witnesses = (DeskRecords(), Approvals(), Runs(), ClusterFaults(), Anchored(tuple(marks)))
    with tempfile.TemporaryDirectory() as folder, closing(Database(f"sqlite:///{folder}/kiem.db")) as database:
        with migrating(database) as connection, rows.open("rb") as lines:
            upgrade_on(connection, schema)
            load_rows(connection, read(lines))
            upgrade_on(connection)
        with database.reading() as session:
            stations = session.execute(select(Station.id, Station.name).order_by(Station.id)).all()
        return [Examined(name, verify(database, station_id, witnesses=witnesses)) for station_id, name in stations]
