"""bản thu của người: điều còn ngờ (ngắn hơn giọng máy, chỗ nghỉ không khớp) phải có người nghe và xác nhận

Bản nâng cấp: 0004
"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from broadcaster.database import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bản thu cũ không còn gì phải hỏi: chúng đã được duyệt hay bỏ từ trước."""
    op.add_column("recordings", sa.Column("doubts", types.CanonicalJson(), nullable=False, server_default="[]"))
