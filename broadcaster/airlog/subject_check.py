"""Kiểm bốn bảng “điều được phát”, “nhãn”, “nơi được phát”, “tới từng cụm loa”: mã là băm của nội dung, cột để tìm đúng với nó."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, exists, select
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import Station
from broadcaster.airlog.content import content_id
from broadcaster.airlog.subjects import Scope, scope_values, subject_values
from broadcaster.airlog.tables import Airing, AiringLabel, AiringReach, AiringScope, AiringSubject

_BATCH = 500


def subject_faults(session: Session, station_id: int) -> Iterator[str]:
    """Mỗi câu là một điều sai; lượt phát trỏ tới điều nào thì ``verifying`` đã so với nhật ký."""
    yield from _changed(session, station_id)
    yield from _astray(session, station_id)


def _changed(session: Session, station_id: int) -> Iterator[str]:
    """Dòng mà mã không còn là băm của nội dung, hay cột để tìm khác nội dung."""
    subjects = select(AiringSubject).where(AiringSubject.station_id == station_id)
    for row in session.scalars(subjects.execution_options(yield_per=_BATCH)):
        told, _ = subject_values(station_id, row.facts)
        if content_id(station_id, row.facts) != row.id or any(getattr(row, name) != value for name, value in told.items()):
            yield f"“{row.facts.get('title', '')}”: bảng điều được phát khác nhật ký"
        session.expunge(row)
    for label in session.execute(select(AiringLabel.__table__).where(AiringLabel.station_id == station_id)).mappings():
        marks = {name: value for name, value in label.items() if name not in ("id", "station_id")}
        if content_id(station_id, marks) != label["id"]:
            yield f"nhãn số {label['id']} (chuyên mục, nội dung, người làm): bảng khác nhật ký"
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


def _astray(session: Session, station_id: int) -> Iterator[str]:
    """Dòng bị đẩy sang một đài không có, và dòng bị xoá mà còn có chỗ trỏ tới."""
    for kept in (AiringSubject, AiringLabel, AiringScope, AiringReach):
        housed = exists().where(Station.id == kept.station_id)
        for row_id in session.scalars(select(kept.id).where(~housed).limit(_BATCH)):
            yield f"bảng {kept.__tablename__}, số {row_id}: thuộc một đài không có"
    for column, table in ((Airing.subject_id, AiringSubject), (Airing.scope_id, AiringScope), (Airing.reach_id, AiringReach)):
        for item_id in _lost(session, station_id, Airing.item_id, column, table):
            yield f"mục {item_id}: mất điều được phát, nơi được phát hay các cụm loa đã tới trong bảng chiếu"
    for subject_id in _lost(session, station_id, AiringSubject.id, AiringSubject.label_id, AiringLabel):
        yield f"điều được phát số {subject_id}: mất nhãn (chuyên mục, nội dung, người làm) trong bảng chiếu"


def _lost(session: Session, station_id: int, shown: Any, column: Any, table: Any) -> Iterator[int]:
    """``shown`` của những dòng mà ``column`` trỏ tới một mã ``table`` không còn giữ."""
    kept = select(shown).outerjoin(table, and_(table.id == column, table.station_id == station_id))
    yield from session.scalars(kept.where(shown.class_.station_id == station_id, table.id.is_(None)).limit(_BATCH))
