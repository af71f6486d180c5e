"""Tiếng đi đường nào: vùng của buổi hay của mục → cụm loa → đường ra; và ảnh chụp giao nhận cho nhật ký."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from broadcaster.airlog.bodies import DeliveryBody
from broadcaster.airlog.enums import DeliveryState
from broadcaster.playout.tables import Cluster, Output


def outputs_of(session: Session, station_id: int, player_id: int | None = None) -> list[Output]:
    """Đường ra đang dùng của một trạm phát (``None``: của cả đài), kèm cụm loa."""
    query = select(Output).where(Output.station_id == station_id, Output.retired_at.is_(None))
    if player_id is not None:
        query = query.where(Output.player_id == player_id)
    return list(session.scalars(query.options(selectinload(Output.clusters).selectinload(Cluster.zone)).order_by(Output.id)))


def feeding(outputs: Iterable[Output], zone_ids: Collection[int]) -> list[Output]:
    """Đường ra tới được các vùng; không nêu vùng nào là mọi đường."""
    return [output for output in outputs if not zone_ids or any(cluster.zone_id in zone_ids for cluster in _alive(output))]


def deliveries(outputs: Iterable[Output], zone_ids: Collection[int]) -> list[DeliveryBody]:
    """Cụm loa dự kiến của một mục trên các đường ra ấy."""
    return [
        {
            "cluster_id": cluster.id,
            "code": cluster.code,
            "name": cluster.name,
            "zone": cluster.zone.code,
            "output": output.name,
            "state": DeliveryState.TARGETED.value,
            "note": "",
        }
        for output in outputs
        for cluster in _alive(output)
        if not zone_ids or cluster.zone_id in zone_ids
    ]


def _alive(output: Output) -> list[Cluster]:
    return [cluster for cluster in output.clusters if cluster.retired_on is None]
