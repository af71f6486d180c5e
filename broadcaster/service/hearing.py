"""Ai cùng nghe: nhắm tới một TDP thì những TDP nào cũng nghe, vì loa của họ chung đường ra; phòng lịch phát hỏi điều này."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.playout.tables import Cluster, Output
from broadcaster.traffic.autofill import Paths


@dataclass(frozen=True)
class HeardPath:
    """Một đường ra như người xem lịch cần: tên, cụm loa và TDP nghe được."""

    id: int
    name: str
    zones: frozenset[int]
    clusters: tuple[str, ...]

    def hears(self, zones: frozenset[int]) -> bool:
        """Buổi nhắm tới ``zones`` (rỗng là cả phường) có vang ở đường này không."""
        return not zones or bool(zones & self.zones)


def heard_paths(session: Session, station_id: int) -> list[HeardPath]:
    """Các đường ra có cụm loa đang dùng, theo tên."""
    query = (
        select(Output.id, Output.name, Cluster.zone_id, Cluster.name)
        .join(Cluster, Cluster.output_id == Output.id)
        .where(Output.station_id == station_id, Cluster.retired_on.is_(None), Output.retired_at.is_(None))
        .order_by(Output.name, Output.id, Cluster.code)
    )
    rows = [(output_id, name, zone_id, cluster) for output_id, name, zone_id, cluster in session.execute(query)]
    return [
        HeardPath(output_id, name, frozenset(row[2] for row in many), tuple(row[3] for row in many))
        for (output_id, name), group in groupby(rows, key=lambda row: (row[0], row[1]))
        for many in [list(group)]
    ]


def heard_beyond(zones: frozenset[int], paths: Paths) -> frozenset[int]:
    """TDP không được nhắm tới mà cũng nghe; rỗng là cả phường nên không còn ai ngoài."""
    return frozenset().union(*(paths.get(zone, frozenset()) for zone in zones)) - zones


def heard_with(session: Session, station_id: int) -> Paths:
    """TDP → mọi TDP cùng nghe, kể cả chính nó; TDP không có loa nào đang dùng thì không có mặt."""
    query = (
        select(Cluster.output_id, Cluster.zone_id)
        .join(Output, Output.id == Cluster.output_id)
        .where(Cluster.station_id == station_id, Cluster.retired_on.is_(None), Output.retired_at.is_(None))
    )
    by_output: dict[int, set[int]] = defaultdict(set)
    for output_id, zone_id in session.execute(query):
        by_output[output_id].add(zone_id)
    found: dict[int, set[int]] = defaultdict(set)
    for zones in by_output.values():
        for zone_id in zones:
            found[zone_id] |= zones
    return {zone_id: frozenset(zones) for zone_id, zones in found.items()}
