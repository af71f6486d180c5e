"""Tìm theo chữ trong nhật ký triệu lượt: hai chỉ mục hẹp cho SQLite, để khỏi mở từng điều được phát.

Revision ID: 0020
Revises: 0019
"""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TEXTS = ["title_plain", "title_lower", "people_plain", "people_lower", "column_name", "genre", "topics"]


def upgrade() -> None:
    """Chỉ thêm chỉ mục. PostgreSQL đi cả bảng cũng nhanh, và không chứa được dòng chỉ mục dài."""
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("ix_airing_subjects_search", "airing_subjects", ["station_id", *_TEXTS])
        op.create_index("ix_airing_subjects_choices", "airing_subjects", ["station_id", "column_name", "topics"])
