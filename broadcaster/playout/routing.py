"""Tiếng đi đường nào: vùng của buổi hay của mục → cụm loa → đường ra; và ảnh chụp giao nhận cho nhật ký."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from broadcaster.airlog.bodies import DeliveryBody
from broadcaster.airlog.enums import DeliveryState
from broadcaster.playout.network import heard
from broadcaster.playout.tables import Cluster, Output


def outputs_of(session: Session, station_id: int, player_id: int | None = None) -> list[Output]:
    """Đường ra đang dùng của một trạm phát (``None``: của cả đài), kèm cụm loa."""
    query = select(Output).where(Output.station_id == station_id, Output.retired_at.is_(None))
    if player_id is not None:
        query = query.where(Output.player_id == player_id)
    parts = selectinload(Output.clusters).options(selectinload(Cluster.zone), selectinload(Cluster.open_faults))
    return list(session.scalars(query.options(parts).order_by(Output.id)))


def feeding(outputs: Iterable[Output], zone_ids: Collection[int]) -> list[Output]:
    """Đường ra tới được các vùng; không nêu vùng nào là mọi đường."""
    return [output for output in outputs if not zone_ids or any(cluster.zone_id in zone_ids for cluster in _alive(output))]


def deliveries(outputs: Iterable[Output], zone_ids: Collection[int]) -> list[DeliveryBody]:
    """Mọi cụm loa trên các đường ra ấy: cụm được nhắm tới, và cụm cũng nghe thấy; cụm đang báo hỏng thì nói ngay ở đây."""
    return [
        heard(_body(output, cluster), addressed=not zone_ids or cluster.zone_id in zone_ids)
        for output in outputs
        for cluster in _alive(output)
    ]


def _body(output: Output, cluster: Cluster) -> DeliveryBody:
    faults = "; ".join(fault.what for fault in cluster.open_faults)
    return {
        "cluster_id": cluster.id,
        "code": cluster.code,
        "name": cluster.name,
        "zone": cluster.zone.code,
        "output": output.name,
        "state": DeliveryState.TARGETED.value,
        "note": f"Cụm đang báo hỏng: {faults}" if faults else "",
    }


def _alive(output: Output) -> list[Cluster]:
    return [cluster for cluster in output.clusters if cluster.retired_on is None]
