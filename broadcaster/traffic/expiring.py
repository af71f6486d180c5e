"""Hết hiệu lực và mất duyệt: bản tin quá hạn thôi được dùng, mục của nó ra khỏi cả buổi đã chốt, có dòng nhật ký."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, aliased

from broadcaster.airlog.enums import Reason
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import Revision, Script
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.locking import leave_waiting, log_skipped
from broadcaster.traffic.snapshots import programme_lineup
from broadcaster.traffic.tables import Item, Programme
from broadcaster.traffic.timetable import local_day


def expired(session: Session, station_id: int, now: datetime) -> list[int]:
    """Bản sửa đang duyệt mà ngày cuối đã qua theo ngày địa phương; chỉ đọc."""
    today = local_day(now, zone_of(session, station_id))
    query = (
        select(Revision.id)
        .join(Script, Script.id == Revision.script_id)
        .where(Script.station_id == station_id, Revision.state == RevisionState.APPROVED, Revision.valid_to < today)
    )
    return list(session.scalars(query))


def expire(session: Session, revision_ids: Sequence[int]) -> int:
    """Đưa các bản sửa quá hạn sang hết hiệu lực, nếu chúng vẫn đang được duyệt; trả về số bản đã đổi."""
    done = session.execute(
        update(Revision)
        .where(Revision.id.in_(revision_ids), Revision.state == RevisionState.APPROVED)
        .values(state=RevisionState.EXPIRED)
    )
    assert isinstance(done, CursorResult)
    return done.rowcount


def without_approval(session: Session, station_id: int, now: datetime) -> list[int]:
    """Mục chờ phát trong buổi đã chốt mà bản tin đã rút hoặc hết hiệu lực; chỉ đọc.

    Bản sửa cũ vẫn được phát khi bản tin có bản mới đang được duyệt (người có thể tự đổi); bản tin không còn
    bản nào được duyệt thì không bao giờ.
    """
    other = aliased(Revision)
    approved = select(other.id).where(other.script_id == Revision.script_id, other.state == RevisionState.APPROVED).exists()
    query = (
        select(Item.id)
        .join(Programme, Programme.id == Item.programme_id)
        .join(Revision, Revision.id == Item.revision_id)
        .where(
            Programme.station_id == station_id,
            Programme.state.in_([ProgrammeState.LOCKED, ProgrammeState.AIRING]),
            Programme.ends_at > now,
            Item.state == ItemState.WAITING,
            ~approved | (Revision.valid_to < Programme.day),
        )
    )
    return list(session.scalars(query))


def skip_without_approval(session: Session, item_ids: Sequence[int], now: datetime) -> int:
    """Bỏ các mục mất duyệt, có dòng nhật ký; mục vừa được chuẩn bị phát thì máy phát tự quyết. Trả về số mục đã bỏ."""
    note = "Bản tin đã rút hoặc hết hiệu lực sau khi chốt buổi."
    skipped = 0
    for item_id in item_ids:
        programme = session.scalars(select(Item).where(Item.id == item_id)).one().programme
        line = next((one for one in programme_lineup(programme) if one.item.id == item_id), None)
        if line is not None and leave_waiting(session, item_id, ItemState.SKIPPED, reason=note):
            log_skipped(session, programme, line, Reason.NOT_APPROVED, note, now=now)
            skipped += 1
    return skipped
