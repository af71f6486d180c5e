"""Nơi một lượt phát đã tới: cất một lần cho mọi lượt giống nhau, thay cho mỗi lượt một dòng ở mỗi cụm loa.

Revision ID: 0021
Revises: 0020
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from alembic import op
from broadcaster.airlog.chain import stamp
from broadcaster.airlog.content import content_id
from broadcaster.database.grouping import grouped_json
from broadcaster.database.types import CanonicalJson, read_json

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_CONTENT_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_FIELDS = (
    *("cluster_id", "cluster_code", "cluster_name", "zone_code", "output_name", "state", "note"),
    *("volume", "overheard", "started_at", "checked_by"),
)
_BATCH = 2000
_Places = list[dict[str, Any]]


def upgrade() -> None:
    """Chuyển nguyên điều đang lưu, không dựng lại từ nhật ký: chỗ nào ai đó đã sửa thì phép kiểm sau này vẫn thấy."""
    op.create_table(
        "airing_reaches",
        sa.Column("id", _CONTENT_ID, nullable=False, autoincrement=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("places", CanonicalJson(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_airing_reaches_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_airing_reaches")),
    )
    op.create_index(op.f("ix_airing_reaches_station_id"), "airing_reaches", ["station_id"])
    op.add_column("airings", sa.Column("reach_id", sa.BigInteger(), nullable=False, server_default="0"))
    _fill(op.get_bind())
    op.drop_table("deliveries")


def _fill(connection: sa.Connection) -> None:
    reaches = sa.table(
        "airing_reaches", sa.column("id", _CONTENT_ID), sa.column("station_id", sa.Integer), sa.column("places", CanonicalJson())
    )
    change = sa.text("UPDATE airings SET reach_id = :reach_id WHERE id = :id")
    known: dict[tuple[int, str | None], int] = {}
    kept: set[int] = set()
    for batch in _told(connection):
        for key in {(station_id, told) for _, station_id, told in batch} - known.keys():
            station_id, places = key[0], _places(key[1])
            known[key] = reach_id = content_id(station_id, places)
            if reach_id not in kept:
                kept.add(reach_id)
                connection.execute(sa.insert(reaches).values(id=reach_id, station_id=station_id, places=places))
        connection.execute(change, [{"id": row[0], "reach_id": known[row[1], row[2]]} for row in batch])


def _told(connection: sa.Connection) -> Iterator[list[tuple[int, int, str | None]]]:
    """Từng mẻ lượt phát: mã, đài, các cụm loa của nó trong một chữ."""
    airings = sa.table("airings", sa.column("id", sa.Integer), sa.column("station_id", sa.Integer))
    deliveries = sa.table("deliveries", sa.column("airing_id", sa.Integer), *map(sa.column, _FIELDS))
    told = sa.select(grouped_json(connection.dialect.name, *(deliveries.c[name] for name in _FIELDS)))
    places = told.where(deliveries.c.airing_id == airings.c.id).scalar_subquery()
    query, last = sa.select(airings.c.id, airings.c.station_id, places).order_by(airings.c.id).limit(_BATCH), 0
    while batch := [(row[0], row[1], row[2]) for row in connection.execute(query.where(airings.c.id > last))]:
        yield batch
        last = batch[-1][0]


def _places(told: str | None) -> _Places:
    rows = [dict(zip(_FIELDS, one, strict=True)) for one in (read_json(told) if told else ())]
    return sorted((_place(row) for row in rows), key=lambda one: int(one["cluster_id"]))


def _place(row: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromisoformat(row["started_at"]) if row["started_at"] else None
    began = stamp(at if at.tzinfo else at.replace(tzinfo=UTC)) if at else None
    return {**row, "overheard": bool(row["overheard"]), "started_at": began}
