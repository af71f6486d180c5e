"""Nguyên văn của nội dung kế hoạch.

Revision ID: 0010
Revises: 0009
"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nội dung cũ chưa có nguyên văn."""
    op.add_column("plan_topics", sa.Column("detail", sa.Text(), nullable=False, server_default=""))
