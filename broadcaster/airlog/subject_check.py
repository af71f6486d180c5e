"""Kiểm ba bảng “điều được phát”, “nơi được phát”, “tới từng cụm loa”: mã là băm của nội dung, cột để tìm đúng như nội dung kể."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from broadcaster.airlog.content import content_id
from broadcaster.airlog.subjects import Scope, scope_values, subject_values
from broadcaster.airlog.tables import Airing, AiringReach, AiringScope, AiringSubject

_BATCH = 500


def subject_faults(session: Session, station_id: int) -> Iterator[str]:
    """Mỗi câu là một điều sai; lượt phát trỏ tới điều nào thì ``verifying`` đã so với nhật ký."""
    subjects = select(AiringSubject).where(AiringSubject.station_id == station_id)
    for row in session.scalars(subjects.execution_options(yield_per=_BATCH)):
        told = subject_values(row.facts)
        if content_id(station_id, row.facts) != row.id or any(getattr(row, name) != value for name, value in told.items()):
            yield f"“{row.facts.get('title', '')}”: bảng điều được phát khác nhật ký"
        session.expunge(row)
    for scope in session.scalars(select(AiringScope).where(AiringScope.station_id == station_id)):
        zones, clusters = (tuple(part.strip("\n").split("\n")) if part != "\n" else () for part in (scope.zones, scope.clusters))
        told = scope_values(Scope(scope.id, zones, clusters))
        if content_id(station_id, [zones, clusters]) != scope.id or (told["zones"], told["clusters"]) != (
            scope.zones,
            scope.clusters,
        ):
            yield f"nơi được phát số {scope.id}: bảng khác nhật ký"
    reaches = select(AiringReach.id, AiringReach.places).where(AiringReach.station_id == station_id)
    for reach_id, places in session.execute(reaches.execution_options(yield_per=_BATCH)):
        if content_id(station_id, places) != reach_id:
            yield f"các cụm loa đã tới (số {reach_id}): bảng khác nhật ký"
    links = ((Airing.subject_id, AiringSubject), (Airing.scope_id, AiringScope), (Airing.reach_id, AiringReach))
    for column, table in links:
        lost = select(Airing.item_id).outerjoin(table, and_(table.id == column, table.station_id == station_id))
        for item_id in session.scalars(lost.where(Airing.station_id == station_id, table.id.is_(None)).limit(_BATCH)):
            yield f"mục {item_id}: mất điều được phát, nơi được phát hay các cụm loa đã tới trong bảng chiếu"
