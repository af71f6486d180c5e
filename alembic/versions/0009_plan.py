"""Nội dung kế hoạch năm nay nối tiếp nội dung nào của năm trước.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Kế hoạch cũ không nối tiếp gì: lượt đã phát vẫn đếm như trước."""
    key = op.f("fk_plan_topics_follows_id_plan_topics")
    # Một câu cho cả hai nơi: SQLite không thêm được khoá ngoại vào cột đã có.
    op.execute(f"ALTER TABLE plan_topics ADD COLUMN follows_id INTEGER CONSTRAINT {key} REFERENCES plan_topics (id)")
