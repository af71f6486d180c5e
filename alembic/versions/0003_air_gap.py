"""thêm lời: khoảng lặng trên sóng (nhật ký), không tới loa (lệnh khẩn cấp)

Bản nâng cấp: 0003

"""

from __future__ import annotations

from alembic import op
from broadcaster.database.schema import allow_words

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_EVENTS = (
    "programme_planned programme_locked programme_claimed programme_closed programme_missed programme_cancelled "
    "item_planned item_armed item_started item_ended item_held item_resumed item_skipped delivery_checked correction "
    "silenced silence_lifted urgent_ordered urgent_waiting urgent_chosen urgent_stopped urgent_closed "
    "path_silent path_tested path_back air_gap quiet_refused clock_stepped clock_corrected chain_resumed"
).split()
_URGENT = ("waiting", "queued", "sounding", "resting", "done", "stopped", "unreached")


def upgrade() -> None:
    """Nâng lên."""
    allow_words(op.get_bind(), "log_entries", "event", "ck_log_entries_event", _EVENTS)
    allow_words(op.get_bind(), "urgent_orders", "state", "ck_urgent_orders_urgentstate", _URGENT)
