"""Ai nói, ai duyệt: phần việc trong bản sửa, duyệt mục từ điển và tên gọi, phần của lời mẫu; mã điện thoại, địa chỉ của phiên.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from broadcaster.database import types

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BEFORE = "bản phần mềm trước"
"""Điều đang được nói khi nâng cấp thì được nói tiếp; sổ ghi rõ là chưa người nào duyệt."""


def upgrade() -> None:
    """Chỉ thêm cột và bảng: không bảng nào phải dựng lại, nên không trigger nào rơi."""
    op.add_column("users", sa.Column("totp_secret", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("totp_step", sa.Integer(), nullable=True))
    op.add_column("sign_ins", sa.Column("address", sa.String(64), nullable=False, server_default=""))
    op.add_column("reading_snapshots", sa.Column("title", types.CanonicalJson(), nullable=True))
    op.add_column("templates", sa.Column("approved_by_id", sa.Integer(), nullable=True))
    op.add_column("items", sa.Column("ingredients", types.CanonicalJson(), nullable=True))
    _lexicon()
    _hands()
    _wordings()


def _lexicon() -> None:
    for name, kind in (
        ("changed_by_id", sa.Integer()),
        ("approved_by", sa.Text()),
        ("approved_by_id", sa.Integer()),
        ("approved_at", types.UtcDateTime()),
        ("end_asked_by", sa.Text()),
        ("end_asked_at", types.UtcDateTime()),
    ):
        op.add_column("lexicon", sa.Column(name, kind, nullable=True))
    op.add_column("lexicon", sa.Column("approved_title", sa.Text(), nullable=False, server_default=""))
    op.execute(f"UPDATE lexicon SET approved_by = '{_BEFORE}', approved_at = changed_at WHERE ended_at IS NULL")


def _hands() -> None:
    op.create_table(
        "revision_hands",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "part",
            sa.Enum("wrote", "edited", "submitted", name="part", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("job_title", sa.Text(), nullable=False),
        sa.Column("at", types.UtcDateTime(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_revision_hands_revision_id_revisions")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_revision_hands_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision_hands")),
        sa.UniqueConstraint("revision_id", "user_id", "part", name=op.f("uq_revision_hands_revision_id_user_id_part")),
    )
    op.create_index(op.f("ix_revision_hands_revision_id"), "revision_hands", ["revision_id"])
    op.execute(
        "INSERT INTO revision_hands (revision_id, user_id, part, name, job_title, at) "
        "SELECT revisions.id, users.id, 'wrote', users.full_name, '', revisions.created_at "
        "FROM revisions JOIN users ON users.id = revisions.author_id ORDER BY revisions.id"
    )


def _wordings() -> None:
    op.create_table(
        "wordings",
        sa.Column(
            "kind",
            sa.Enum("station", "unit", "slot", name="wordingkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", types.UtcDateTime(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("approved_title", sa.Text(), nullable=False),
        sa.Column("approved_at", types.UtcDateTime(), nullable=True),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["stations.id"], name=op.f("fk_wordings_station_id_stations")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_wordings_proposed_by_id_users")),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_wordings_approved_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wordings")),
        sa.UniqueConstraint("station_id", "kind", "words", name=op.f("uq_wordings_station_id_kind_words")),
    )
    op.create_index(op.f("ix_wordings_station_id"), "wordings", ["station_id"])
    for kind, names in (
        ("station", "SELECT id AS station_id, name, created_at AS at FROM stations"),
        ("unit", "SELECT u.station_id, u.name, s.created_at AS at FROM unit_names u JOIN stations s ON s.id = u.station_id"),
        ("slot", "SELECT t.station_id, t.name, s.created_at AS at FROM slots t JOIN stations s ON s.id = t.station_id"),
    ):
        op.execute(
            "INSERT INTO wordings (station_id, kind, words, proposed_by, proposed_at, approved_by, approved_title, approved_at) "
            f"SELECT station_id, '{kind}', name, '{_BEFORE}', MIN(at), '{_BEFORE}', '', MIN(at) FROM ({names}) AS named "
            "GROUP BY station_id, name"
        )
