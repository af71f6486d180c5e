"""Xếp lại một mục: mục mới trỏ về mục cũ và đứng đúng chỗ ấy; mục cũ giữ nguyên kết quả của nó."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from broadcaster.traffic.enums import ItemState
from broadcaster.traffic.locking import log_planned
from broadcaster.traffic.snapshots import programme_lineup
from broadcaster.traffic.tables import Item

_COPIED = (
    "programme_id",
    "segment_id",
    "rank",
    "kind",
    "revision_id",
    "sound_id",
    "template_code",
    "template_id",
    "relay_source_id",
    "recording_id",
    "text",
    "planned_ms",
    "placed_by",
    "placed_name",
)


def repeat(session: Session, item: Item, *, why: str, now: datetime) -> Item:
    """Mục mới y như ``item`` của một buổi đã chốt, chờ phát, có dòng dự kiến riêng; ``why`` là lời cho người vận hành."""
    again = Item(
        **{name: getattr(item, name) for name in _COPIED},
        state=ItemState.WAITING,
        why=why,
        repeat_of_id=item.id,
        zones=list(item.zones),
    )
    session.add(again)
    session.flush()
    programme = item.programme
    session.expire(programme, ["items"])
    line = next(line for line in programme_lineup(programme) if line.item.id == again.id)
    log_planned(session, programme, line, now=now)
    return again
