"""Khuôn chương trình sửa được trên trang: nhiều thể loại một đoạn, ngày trong tuần, giờ cứng, đoạn đã bỏ còn giữ, lịch sử; ngày nghỉ có khoảng.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from broadcaster.database import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KINDS = ("sound", "template", "scripts", "filler", "relay", "live")
_FILLS = ("auto", "hand")


def upgrade() -> None:
    """Dữ liệu cũ còn nguyên: ``genre`` của đoạn thành ``genres``."""
    op.add_column("formats", sa.Column("preset", sa.Text(), nullable=True))
    op.execute("UPDATE formats SET preset = 'rehearsal' WHERE name = 'Diễn tập ngắn'")
    op.add_column("formats", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("formats", sa.Column("retired_at", types.UtcDateTime(), nullable=True))
    op.add_column("slots", sa.Column("stopped_on", sa.Date(), nullable=True))
    op.add_column("day_exceptions", sa.Column("last_day", sa.Date(), nullable=True))
    op.create_table(
        "format_versions",
        sa.Column("format_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content", types.CanonicalJson(), nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.Column("changed_at", types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["format_id"], ["formats.id"], name=op.f("fk_format_versions_format_id_formats")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_format_versions")),
        sa.UniqueConstraint("format_id", "version", name=op.f("uq_format_versions_format_id_version")),
    )
    if op.get_context().dialect.name == "sqlite":
        _rebuild_segments()
    else:
        _alter_segments()


def _rebuild_segments() -> None:
    """SQLite không đổi được ràng buộc tại chỗ: dựng bảng mới, chép sang, thế chỗ (bảng này không có trigger)."""
    op.create_table("segments_new", *_segment_columns())
    op.execute(
        "INSERT INTO segments_new "
        "(id, format_id, position, name, kind, target_ms, column_id, template_code, sound_id, rerun_of, genres) "
        "SELECT id, format_id, position, name, kind, target_ms, column_id, template_code, sound_id, rerun_of, "
        "COALESCE(genre, '') FROM segments"
    )
    op.drop_table("segments")
    op.rename_table("segments_new", "segments")
    op.create_index(op.f("ix_segments_format_id"), "segments", ["format_id"], unique=False)


def _alter_segments() -> None:
    op.add_column("segments", sa.Column("genres", sa.Text(), nullable=False, server_default=""))
    op.execute("UPDATE segments SET genres = COALESCE(genre, '')")
    op.drop_column("segments", "genre")
    op.add_column("segments", sa.Column("fill", sa.String(32), nullable=False, server_default="auto"))
    op.add_column("segments", sa.Column("hard", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("segments", sa.Column("weekdays", sa.String(7), nullable=False, server_default=""))
    op.add_column("segments", sa.Column("retired_at", types.UtcDateTime(), nullable=True))
    op.drop_constraint("uq_segments_format_id_position", "segments")
    op.drop_constraint("ck_segments_segmentkind", "segments")
    op.create_check_constraint(op.f("ck_segments_segmentkind"), "segments", sa.column("kind").in_(_KINDS))
    op.create_check_constraint(op.f("ck_segments_segmentfill"), "segments", sa.column("fill").in_(_FILLS))


def _segment_columns() -> list[sa.schema.SchemaItem]:
    def words(name: str, *values: str) -> sa.Enum:
        return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)

    codes = (
        "station_call opening closing urgent_storm urgent_flood urgent_fire urgent_evacuation urgent_epidemic "
        "urgent_missing urgent_clear"
    )
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("format_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", words("segmentkind", *_KINDS), nullable=False),
        sa.Column("target_ms", sa.Integer(), nullable=False),
        sa.Column("genres", sa.Text(), nullable=False, server_default=""),
        sa.Column("column_id", sa.Integer(), nullable=True),
        sa.Column("template_code", words("templatecode", *codes.split()), nullable=True),
        sa.Column("sound_id", sa.Integer(), nullable=True),
        sa.Column("rerun_of", sa.Integer(), nullable=True),
        sa.Column("fill", words("segmentfill", *_FILLS), nullable=False, server_default="auto"),
        sa.Column("hard", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("weekdays", sa.String(7), nullable=False, server_default=""),
        sa.Column("retired_at", types.UtcDateTime(), nullable=True),
        sa.CheckConstraint("target_ms > 0", name=op.f("ck_segments_target")),
        sa.ForeignKeyConstraint(["column_id"], ["columns.id"], name=op.f("fk_segments_column_id_columns")),
        sa.ForeignKeyConstraint(["format_id"], ["formats.id"], name=op.f("fk_segments_format_id_formats")),
        sa.ForeignKeyConstraint(["rerun_of"], ["slots.id"], name=op.f("fk_segments_rerun_of_slots")),
        sa.ForeignKeyConstraint(["sound_id"], ["sounds.id"], name=op.f("fk_segments_sound_id_sounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
    ]
