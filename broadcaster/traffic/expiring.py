"""Hết hiệu lực và mất duyệt: bản tin quá hạn thôi được dùng, mục của nó ra khỏi cả buổi đã chốt, có dòng nhật ký."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased, selectinload

from broadcaster.accounts.audit import raise_alert
from broadcaster.accounts.tables import User
from broadcaster.airlog.enums import Event, Reason
from broadcaster.airlog.tables import ScriptAiring
from broadcaster.airlog.writing import append
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import Revision, Script
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.locking import leave_waiting, log_skipped
from broadcaster.traffic.snapshots import programme_lineup
from broadcaster.traffic.tables import Item, Programme
from broadcaster.traffic.timetable import DAY, local_day

NOTICE = 2 * DAY
"""Báo trước khi hết hiệu lực chừng này."""
_LISTED = 10
"""Một cảnh báo nêu tên nhiều nhất chừng này bản tin; cùng ngày hết hạn thì cùng một cảnh báo."""


def expired(session: Session, station_id: int, now: datetime) -> list[int]:
    """Bản sửa đang duyệt mà ngày cuối đã qua theo ngày địa phương; chỉ đọc."""
    today = local_day(now, zone_of(session, station_id))
    query = (
        select(Revision.id)
        .join(Script, Script.id == Revision.script_id)
        .where(Script.station_id == station_id, Revision.state == RevisionState.APPROVED, Revision.valid_to < today)
    )
    return list(session.scalars(query))


def expire(session: Session, station_id: int, revision_ids: Sequence[int], now: datetime) -> int:
    """Đưa các bản sửa quá hạn sang hết hiệu lực, nếu chúng vẫn đang được duyệt; trả về số bản đã đổi.

    Bản chưa từng phát thì có dòng nhật ký, và chung một cảnh báo: không bản tin nào mất đi trong im lặng.
    """
    query = select(Revision).where(Revision.id.in_(revision_ids), Revision.state == RevisionState.APPROVED).order_by(Revision.id)
    gone = list(session.scalars(query.with_for_update().options(selectinload(Revision.zones))))
    aired = _aired(session, station_id, [one.script_id for one in gone])
    for one in gone:
        one.state = RevisionState.EXPIRED
    lost = [one for one in gone if one.script_id not in aired]
    for one in lost:
        _log_lost(session, station_id, one, now)
    if lost:
        titles = _listed([f"“{one.title}”" for one in lost])
        message = f"Đã hết hiệu lực mà chưa phát lần nào: {titles}. Cần phát thì sửa thành bản mới với hạn mới."
        raise_alert(session, station_id, f"expired:{lost[0].script_id}", message, now=now)
    session.flush()
    return len(gone)


def expiring(session: Session, station_id: int, today: date, now: datetime) -> dict[str, str]:
    """Khoá cảnh báo → lời, cho bản tin còn hai ngày là hết hiệu lực mà chưa phát lần nào và chưa có chỗ; chỉ đọc.

    Mỗi ngày hết hạn một cảnh báo, nêu tên từng bản tin và người viết.
    """
    heard = select(ScriptAiring.id).where(ScriptAiring.script_id == Revision.script_id, ScriptAiring.count > 0)
    placed = (
        select(Item.id)
        .join(Programme, Programme.id == Item.programme_id)
        .where(
            Item.revision_id == Revision.id,
            Item.state.in_([ItemState.WAITING, ItemState.ARMED, ItemState.ON_AIR]),
            Programme.state.in_([ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING]),
            Programme.rehearsal.is_(False),
            Programme.ends_at > now,
        )
    )
    query = (
        select(Revision.title, Revision.valid_to, User.full_name)
        .join(Script, Script.id == Revision.script_id)
        .join(User, User.id == Revision.author_id)
        .where(
            Script.station_id == station_id,
            Revision.state == RevisionState.APPROVED,
            Revision.valid_to.between(today, today + NOTICE),
            ~heard.exists(),
            ~placed.exists(),
        )
    )
    rows = [(title, end, author) for title, end, author in session.execute(query.order_by(Revision.valid_to, Revision.script_id))]
    return {
        f"expiry:{end}": f"{len(many)} bản tin hết hiệu lực ngày {end:%d/%m} mà chưa phát lần nào và chưa có chỗ: "
        f"{_listed(many)}. Hãy mở trang Chờ phát để thêm vào một buổi, hoặc sửa thành bản mới với hạn dài hơn."
        for end, many in _by_end(rows).items()
    }


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


def _aired(session: Session, station_id: int, script_ids: Sequence[int]) -> set[int]:
    query = select(ScriptAiring.script_id).where(ScriptAiring.station_id == station_id, ScriptAiring.count > 0)
    return set(session.scalars(query.where(ScriptAiring.script_id.in_(script_ids))))


def _by_end(rows: Iterable[tuple[str, date | None, str]]) -> dict[date, list[str]]:
    """Ngày hết hạn → từng bản tin kèm người viết."""
    found: dict[date, list[str]] = {}
    for title, end, author in rows:
        if end is not None:
            found.setdefault(end, []).append(f"“{title}” (người viết: {author})")
    return found


def _listed(many: Sequence[str]) -> str:
    more = f" và {len(many) - _LISTED} bản tin khác" if len(many) > _LISTED else ""
    return "; ".join(many[:_LISTED]) + more


def _log_lost(session: Session, station_id: int, one: Revision, now: datetime) -> None:
    body = {
        "script_id": one.script_id,
        "revision_id": one.id,
        "title": one.title,
        "genre": one.genre.value,
        "priority": one.priority.value,
        "text_sha256": one.frozen_sha256,
        "valid_from": one.valid_from.isoformat() if one.valid_from else None,
        "valid_to": one.valid_to.isoformat() if one.valid_to else None,
        "zones": [zone.code for zone in one.zones],
    }
    append(session, station_id, Event.SCRIPT_EXPIRED, body, happened_at=now, now=now)
