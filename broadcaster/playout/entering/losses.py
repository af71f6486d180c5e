"""Buổi khép mà mất bản tin đã dự kiến: một cảnh báo nêu tên từng bản và mời phát bù."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.enums import AlertLevel
from broadcaster.traffic.make_up import LOST, lost_items
from broadcaster.traffic.snapshots import title_of
from broadcaster.traffic.tables import Programme


def tell(session: Session, programme: Programme, *, now: datetime) -> None:
    """Nêu cảnh báo nếu buổi có bản tin không được nghe trọn; diễn tập thì không."""
    lost = lost_items(session, programme)
    if not lost or programme.rehearsal:
        return
    names = "; ".join(f"“{title_of(item)}”" for item in lost)
    message = (
        f"Buổi {programme.slot.name} ngày {programme.day:%d/%m/%Y} không phát trọn {len(lost)} bản tin: {names}. "
        "Bấm Phát bù để đưa vào buổi kế tiếp còn chỗ."
    )
    raise_alert(session, programme.station_id, f"{LOST}{programme.id}", message, now=now, level=AlertLevel.CRITICAL)
