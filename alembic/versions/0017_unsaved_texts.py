"""chữ đang gõ mà chưa bấm lưu, máy tự giữ

Bản nâng cấp: 0017

"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from broadcaster.database import types

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nâng lên."""
    op.create_table(
        "unsaved_texts",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("fields", types.CanonicalJson(), nullable=False),
        sa.Column("saved_at", types.UtcDateTime(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_unsaved_texts_station_id_stations")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_unsaved_texts_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsaved_texts")),
        sa.UniqueConstraint("user_id", "station_id", "place", name=op.f("uq_unsaved_texts_user_id_station_id_place")),
    )
    op.create_index(op.f("ix_unsaved_texts_station_id"), "unsaved_texts", ["station_id"], unique=False)
