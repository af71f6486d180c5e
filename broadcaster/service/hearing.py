"""Ai cùng nghe: nhắm tới một TDP thì những TDP nào cũng nghe, vì loa của họ chung đường ra; phòng lịch phát hỏi điều này."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.playout.tables import Cluster, Output
from broadcaster.traffic.autofill import Paths


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
