"""số lần đã phát của từng bản tin tới từng TDP, từ trước tới nay; dòng nhật ký “hết hiệu lực mà chưa phát”

Bản nâng cấp: 0006

"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from alembic import op
from broadcaster.database import types
from broadcaster.database.schema import allow_words

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_EVENTS = (
    "programme_planned programme_locked programme_claimed programme_closed programme_missed programme_cancelled "
    "item_planned item_armed item_started item_ended item_held item_resumed item_skipped delivery_checked correction "
    "silenced silence_lifted urgent_ordered urgent_waiting urgent_chosen urgent_stopped urgent_closed "
    "path_silent path_tested path_back air_gap quiet_refused clock_stepped clock_corrected chain_resumed script_expired"
).split()


def upgrade() -> None:
    """Nâng lên, rồi đếm lại từ chính nhật ký: dữ liệu cũ được tính như thể phần mềm luôn đếm."""
    allow_words(op.get_bind(), "log_entries", "event", "ck_log_entries_event", _EVENTS)
    op.add_column("airings", sa.Column("zones", types.CanonicalJson(), nullable=False, server_default="[]"))
    op.create_table(
        "script_airings",
        sa.Column("script_id", sa.Integer(), nullable=False),
        sa.Column("zone_code", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", types.UtcDateTime(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_script_airings_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script_airings")),
        sa.UniqueConstraint("script_id", "zone_code", name=op.f("uq_script_airings_script_id_zone_code")),
    )
    op.create_index(op.f("ix_script_airings_station_id"), "script_airings", ["station_id"], unique=False)
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    airings = sa.table(
        "airings",
        sa.column("id", sa.Integer),
        sa.column("station_id", sa.Integer),
        sa.column("run_id", sa.Integer),
        sa.column("item_id", sa.Integer),
        sa.column("script_id", sa.Integer),
        sa.column("result", sa.String),
        sa.column("mode", sa.String),
        sa.column("planned_at", types.UtcDateTime()),
        sa.column("started_at", types.UtcDateTime()),
        sa.column("local_day", sa.Date),
        sa.column("last_seq", sa.Integer),
        sa.column("zones", types.CanonicalJson()),
    )
    zones = dict(_zones(connection))
    counts: dict[tuple[int, int, str], dict[str, Any]] = {}
    for row in connection.execute(sa.select(airings).order_by(airings.c.planned_at, airings.c.id)).all():
        named = zones.get((row.run_id, row.item_id), [])
        connection.execute(sa.update(airings).where(airings.c.id == row.id).values(zones=named))
        if row.script_id is None or row.result != "full" or row.mode == "rehearsal":
            continue
        for code in named or [""]:
            before = counts.get((row.station_id, row.script_id, code))
            counts[row.station_id, row.script_id, code] = {
                "station_id": row.station_id,
                "script_id": row.script_id,
                "zone_code": code,
                "count": before["count"] + 1 if before else 1,
                "last_at": row.started_at or row.planned_at,
                "last_day": row.local_day,
                "last_seq": max(row.last_seq, before["last_seq"] if before else 0),
            }
    if counts:
        connection.execute(sa.insert(_script_airings()), list(counts.values()))


def _zones(connection: sa.Connection) -> Iterator[tuple[tuple[int, int], list[str]]]:
    """Mục đã chuẩn bị hay bị bỏ → mã các TDP của buổi, như dòng nhật ký đã ghi."""
    entries = sa.table(
        "log_entries",
        sa.column("seq", sa.Integer),
        sa.column("event", sa.String),
        sa.column("run_id", sa.Integer),
        sa.column("item_id", sa.Integer),
        sa.column("body", sa.Text),
    )
    query = sa.select(entries).where(entries.c.event.in_(["item_armed", "item_skipped"])).order_by(entries.c.seq)
    for row in connection.execute(query.execution_options(yield_per=500)):
        body = json.loads(row.body)
        yield (row.run_id or 0, row.item_id), body["item"].get("zones") or body["programme"]["zones"]


def _script_airings() -> sa.TableClause:
    return sa.table(
        "script_airings",
        sa.column("station_id", sa.Integer),
        sa.column("script_id", sa.Integer),
        sa.column("zone_code", sa.String),
        sa.column("count", sa.Integer),
        sa.column("last_at", types.UtcDateTime()),
        sa.column("last_day", sa.Date),
        sa.column("last_seq", sa.Integer),
    )
