"""Ai đưa tiếng vào, ai tạo liên kết: người đưa tiếng không tự duyệt nó, liên kết chết cùng tài khoản.

Revision ID: 0019
Revises: 0018
"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Chỉ thêm cột; dòng cũ không kể ai."""
    op.add_column("recordings", sa.Column("given_by_id", sa.Integer(), nullable=True))
    op.add_column("check_links", sa.Column("made_by_id", sa.Integer(), nullable=True))
