"""Những quyển sổ treo vào chuỗi nhật ký: mọi bảng chỉ-thêm ngoài chính nhật ký."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from broadcaster.accounts.tables import AuditEntry
from broadcaster.airlog.records import Records, StationOf
from broadcaster.airlog.tables import Anchor
from broadcaster.database.base import Row
from broadcaster.newsroom.tables import Decision, ReadingSnapshot, Revision, Script


def revisions_of(station_id: int) -> Select[Any]:
    """Mã các bản sửa của một đài."""
    return select(Revision.id).join(Script, Script.id == Revision.script_id).where(Script.station_id == station_id)


def _own(row: Any) -> int | None:
    station_id: int | None = row.station_id
    return station_id


def _of_revision(row: Any) -> int | None:
    station_id: int = row.revision.script.station_id
    return station_id


BOOKS: Mapping[str, Callable[[int], ColumnElement[bool]]] = {
    "audit_entries": lambda station_id: AuditEntry.station_id == station_id,
    "anchors": lambda station_id: Anchor.station_id == station_id,
    "decisions": lambda station_id: Decision.revision_id.in_(revisions_of(station_id)),
    "reading_snapshots": lambda station_id: ReadingSnapshot.revision_id.in_(revisions_of(station_id)),
}
"""Tên bảng → dòng nào là của một đài."""
STATION_OF: Mapping[type[Row], StationOf] = {
    AuditEntry: _own,
    Anchor: _own,
    Decision: _of_revision,
    ReadingSnapshot: _of_revision,
}


class DeskRecords(Records):
    """Các quyển sổ của một đài, đối chiếu với các dòng nhật ký mang chúng."""

    books = BOOKS
