"""sổ kiểm tra và quyết định treo vào chuỗi nhật ký; sổ có từ trước được khoá bằng một dòng; chỗ ghi các mốc neo ra ngoài

Bản nâng cấp: 0011

"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from alembic import op
from broadcaster.airlog.chain import GENESIS, Link, digest, stamp
from broadcaster.airlog.records import seal
from broadcaster.database.base import Base
from broadcaster.database.schema import allow_words, create_append_only
from broadcaster.database.types import canonical_json
from broadcaster.newsroom.records import BOOKS

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_EVENTS = (
    "programme_planned programme_locked programme_claimed programme_closed programme_missed programme_cancelled "
    "item_planned item_armed item_started item_ended item_held item_resumed item_skipped delivery_checked correction "
    "silenced silence_lifted urgent_ordered urgent_waiting urgent_chosen urgent_stopped urgent_closed "
    "path_silent path_tested path_back air_gap quiet_refused clock_stepped clock_corrected chain_resumed script_expired "
    "recorded records_sealed captures_sealed"
).split()


def upgrade() -> None:
    """Nâng lên."""
    connection = op.get_bind()
    allow_words(connection, "log_entries", "event", "ck_log_entries_event", _EVENTS)
    op.create_table(
        "anchors",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("root", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("receipt", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_anchors_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anchors")),
    )
    op.create_index(op.f("ix_anchors_station_id"), "anchors", ["station_id"])
    create_append_only(connection, "anchors")
    for (station_id,) in connection.execute(sa.text("SELECT id FROM stations ORDER BY id")).all():
        _seal_old_books(connection, station_id)


def _seal_old_books(connection: sa.Connection, station_id: int) -> None:
    tables = {}
    for name, of in BOOKS.items():
        present = {column["name"] for column in sa.inspect(connection).get_columns(name)}
        table = Base.metadata.tables[name]
        tables[name] = seal(connection, table, of(station_id), present & set(table.c.keys()))
    if any(one["count"] for one in tables.values()):
        _append(connection, station_id, canonical_json({"tables": tables}))


def _append(connection: sa.Connection, station_id: int, body: str) -> None:
    """Nối một dòng bằng đúng những cột của lược đồ này, không mượn mã của phần mềm về sau; giờ ghi là của dòng trước."""
    heads, lines = (sa.Table(name, sa.MetaData(), autoload_with=connection) for name in ("chain_heads", "log_entries"))
    head = connection.execute(sa.select(heads).where(heads.c.station_id == station_id)).mappings().first()
    recorded = (head["recorded_at"] if head else None) or datetime.now(UTC)
    recorded = recorded if recorded.tzinfo else recorded.replace(tzinfo=UTC)
    seq, prev = (head["seq"], head["digest"]) if head else (0, GENESIS)
    link = Link(station_id, seq + 1, stamp(recorded), stamp(recorded), "records_sealed", 1, None, None, body.encode(), prev)
    sealed = digest(link)
    kept = {"happened_at": recorded, "recorded_at": recorded}
    if connection.dialect.name == "sqlite":
        kept = {name: value.astimezone(UTC).replace(tzinfo=None) for name, value in kept.items()}
    connection.execute(lines.insert().values({**link._asdict(), **kept, "body": body, "digest": sealed}))
    if head is None:
        connection.execute(heads.insert().values(station_id=station_id, seq=seq + 1, digest=sealed, recorded_at=None))
    else:
        connection.execute(heads.update().where(heads.c.station_id == station_id).values(seq=seq + 1, digest=sealed))
