"""lượt giữ buổi sống trong sổ trực: thôi giữ hạn, nhịp và số đã nghe trong cơ sở dữ liệu

Bản nâng cấp: 0008

"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nâng lên."""
    for column in ("lease_until", "heartbeat_at", "heard"):
        op.drop_column("runs", column)
    op.create_index("ix_runs_holder", "runs", ["holder"])
