"""Dòng nhật ký mới nhất đã đổi số lần phát của một đài: dấu của lịch hỏi sau mỗi tiếng chuông, không được đọc cả bảng.

Revision ID: 0018
Revises: 0017
"""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Chỉ thêm chỉ mục."""
    op.create_index("ix_script_airings_station_id_last_seq", "script_airings", ["station_id", "last_seq"])
