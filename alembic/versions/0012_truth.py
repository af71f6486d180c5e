"""máy phát vắng mặt và đồng hồ nhảy là dòng nhật ký; cụm loa cùng nghe được vì chung đường ra

Bản nâng cấp: 0012

"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op
from broadcaster.database.schema import allow_words

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_EVENTS = (
    "programme_planned programme_locked programme_claimed programme_closed programme_missed programme_cancelled "
    "item_planned item_armed item_started item_ended item_held item_resumed item_skipped delivery_checked correction "
    "silenced silence_lifted urgent_ordered urgent_waiting urgent_chosen urgent_stopped urgent_closed "
    "path_silent path_tested path_back air_gap quiet_refused clock_stepped clock_corrected clock_jumped machine_away "
    "chain_resumed script_expired recorded records_sealed captures_sealed"
).split()


def upgrade() -> None:
    """Nâng lên; cụm loa trong các dòng cũ đều là cụm được nhắm tới."""
    allow_words(op.get_bind(), "log_entries", "event", "ck_log_entries_event", _EVENTS)
    op.add_column("deliveries", sa.Column("overheard", sa.Boolean(), nullable=False, server_default=sa.false()))
