"""Kiểm hai bảng “điều được phát” và “nơi được phát”: mã là băm của nội dung, các cột để tìm đúng bằng điều nội dung kể."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.airlog.subjects import Scope, content_id, scope_values, subject_values
from broadcaster.airlog.tables import Airing, AiringScope, AiringSubject

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
        named = Scope(scope.id, zones, clusters)
        if content_id(station_id, [zones, clusters]) != scope.id or scope_values(named)["zones"] != scope.zones:
            yield f"nơi được phát số {scope.id}: bảng khác nhật ký"
    for column, table in ((Airing.subject_id, AiringSubject), (Airing.scope_id, AiringScope)):
        lost = select(Airing.item_id).outerjoin(table, table.id == column)
        for item_id in session.scalars(lost.where(Airing.station_id == station_id, table.id.is_(None)).limit(_BATCH)):
            yield f"mục {item_id}: mất điều hoặc nơi được phát trong bảng chiếu"
