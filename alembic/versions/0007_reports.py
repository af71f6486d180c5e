"""Báo cáo đã lập giữ nguyên văn bản và dòng nhật ký nó tính tới; mức nhuận bút có ngày hiệu lực.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from broadcaster.database import types
from broadcaster.database.schema import allow_words

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_KINDS = "airlog monthly reform royalty clusters emergencies complaints handover".split()


def upgrade() -> None:
    """Báo cáo cũ còn nguyên; chúng không có văn bản nên trang bảo lập lại."""
    op.add_column("reports", sa.Column("period_name", sa.Text(), nullable=False, server_default=""))
    op.add_column("reports", sa.Column("document", types.CanonicalJson(), nullable=True))
    op.add_column("reports", sa.Column("seq", sa.Integer(), nullable=False, server_default="0"))
    allow_words(op.get_bind(), "reports", "kind", "ck_reports_reportkind", _KINDS)
    op.create_table(
        "royalty_rates",
        sa.Column("genre", _words("genre", "news feature notice qa complaint_answer music relay live"), nullable=False),
        sa.Column("role", _words("creditrole", "author editor reader"), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_royalty_rates_amount")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_royalty_rates_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_royalty_rates")),
    )
    op.create_index(op.f("ix_royalty_rates_station_id"), "royalty_rates", ["station_id"], unique=False)


def _words(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=32)
