"""cụm loa nghe thấy muộn hơn cả mục thì có giờ bắt đầu của riêng nó

Bản nâng cấp: 0016

"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from broadcaster.database.types import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nâng lên; dòng cũ không kể giờ riêng, nên để trống."""
    op.add_column("deliveries", sa.Column("started_at", UtcDateTime(), nullable=True))
