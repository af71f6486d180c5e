"""Việc dài của phòng báo cáo: lập báo cáo lớn, gói minh chứng, trang Nghe lại; nơi khác đã đăng chữ của bản tin.

Revision ID: 0013
Revises: 0012
"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from broadcaster.database import types

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Chưa có việc nào."""
    op.create_table(
        "report_jobs",
        sa.Column("kind", _words("jobkind", "report evidence site"), nullable=False),
        sa.Column("state", _words("jobstate", "waiting making made failed cancelled"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("wanted", types.CanonicalJson(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", types.UtcDateTime(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("finished_at", types.UtcDateTime(), nullable=True),
        sa.Column("seen_at", types.UtcDateTime(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_report_jobs_report_id_reports")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_report_jobs_asked_by_id_users")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_report_jobs_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_jobs")),
    )
    op.create_index(op.f("ix_report_jobs_station_id"), "report_jobs", ["station_id"], unique=False)
    op.create_index("ix_report_jobs_state", "report_jobs", ["state"], unique=False)
    op.create_table(
        "publications",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("channel", _words("channel", "zalo website"), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_publications_revision_id_revisions")),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_publications_station_id_stations")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publications")),
        sa.UniqueConstraint("revision_id", "channel", name=op.f("uq_publications_revision_id_channel")),
    )
    op.create_index(op.f("ix_publications_revision_id"), "publications", ["revision_id"], unique=False)
    op.create_index(op.f("ix_publications_station_id"), "publications", ["station_id"], unique=False)


def _words(name: str, values: str) -> sa.Enum:
    return sa.Enum(*values.split(), name=name, native_enum=False, create_constraint=True, length=32)
