"""Kiểm nhật ký trong một bản sao trước khi dựng lại đài từ nó: dựng thử vào một tệp tạm rồi kiểm như đài thật."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from sqlalchemy import select

from broadcaster.accounts.tables import Station
from broadcaster.airlog.anchors import Anchored, Mark
from broadcaster.airlog.tables import ChainHead
from broadcaster.airlog.verifying import Verdict, verify
from broadcaster.database import Database
from broadcaster.database.dump import load_rows
from broadcaster.database.schema import migrating, upgrade_on
from broadcaster.newsroom.records import DeskRecords
from broadcaster.newsroom.witness import Approvals
from broadcaster.playout.fault_witness import ClusterFaults
from broadcaster.playout.witness import Runs
from broadcaster.reports.witness import StoredReports


@dataclass(frozen=True)
class Examined:
    """Một đài trong bản sao."""

    name: str
    verdict: Verdict

    def lines(self) -> list[str]:
        """Mọi điều sai và điều cần biết, hoặc lời rằng nó nguyên vẹn."""
        wrong = [f"  SAI: {fault}" for fault in self.verdict.faults] or ["  nhật ký nguyên vẹn"]
        return [*wrong, *(f"  lưu ý: {note}" for note in self.verdict.notes)]


def examine(
    rows: Path, schema: str, read: Callable[[IO[bytes]], Iterable[bytes]], marks_of: Callable[[str], Sequence[Mark]]
) -> list[Examined]:
    """Kiểm mọi đài; ``schema``: lược đồ của bản sao, ``read``: tệp các dòng → dòng nạp được.

    ``marks_of``: mã đài → mốc phải đi qua.
    """
    with tempfile.TemporaryDirectory() as folder, closing(Database(f"sqlite:///{folder}/kiem.db")) as database:
        with migrating(database) as connection, rows.open("rb") as lines:
            upgrade_on(connection, schema)
            load_rows(connection, read(lines))
            upgrade_on(connection)
        with database.reading() as session:
            stations = session.execute(select(Station.id, Station.code, Station.name).order_by(Station.id)).all()
        return [_examined(database, station_id, name, marks_of(code)) for station_id, code, name in stations]


def _examined(database: Database, station_id: int, name: str, marks: Sequence[Mark]) -> Examined:
    """Mốc tìm được mà mới hơn bản sao không phải là sai: nó nói dựng lại thì mất những dòng nào."""
    with database.reading() as session:
        head = session.scalar(select(ChainHead.seq).where(ChainHead.station_id == station_id)) or 0
    later = [one for one in marks if one.seq > head and not one.by_hand]
    due = tuple(one for one in marks if one not in later)
    rooms = (DeskRecords(), Approvals(), Runs(), ClusterFaults(), StoredReports())
    verdict = verify(database, station_id, witnesses=(Anchored(due), *rooms))
    if later:
        last = max(later, key=lambda one: one.seq)
        lost = f"{last.source} giữ tới dòng {last.seq}, bản sao tới dòng {head}: dựng lại thì mất {last.seq - head} dòng sau đó"
        verdict = replace(verdict, notes=(*verdict.notes, lost))
    return Examined(name, verdict)
