"""Phát bù: bản tin đã dự kiến mà không được nghe trọn vào buổi kế tiếp còn chỗ, bằng một lần bấm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import close_alert, note
from broadcaster.accounts.door import owned
from broadcaster.airlog.enums import Reason
from broadcaster.airlog.tables import Airing
from broadcaster.errors import BroadcasterError, Conflict
from broadcaster.traffic.clock_fit import fit
from broadcaster.traffic.editing import add_script
from broadcaster.traffic.enums import ItemKind, ItemState, ProgrammeState
from broadcaster.traffic.snapshots import piece_of, title_of
from broadcaster.traffic.tables import Item, Programme, Slot

LOST, MISSED = "lost:", "missed:"
"""Đầu khoá các cảnh báo mà phát bù giải quyết; sau nó là mã buổi."""
_UNHEARD = (ItemState.SKIPPED, ItemState.FAILED, ItemState.CUT, ItemState.PREEMPTED)
_SOON = timedelta(minutes=1)
_AHEAD = timedelta(days=3)


@dataclass(frozen=True)
class MadeUp:
    """Một bản tin vào buổi nào; ``programme`` rỗng là chưa có chỗ, ``why`` nói vì sao."""

    title: str
    programme: Programme | None
    why: str = ""


def lost_items(session: Session, programme: Programme) -> list[Item]:
    """Bản tin đã dự kiến mà chưa được nghe trọn, theo thứ tự phát; mất duyệt hay bị người gỡ thì không phải là mất."""
    session.expire(programme, ["items"])
    aired = {item.revision_id for item in programme.items if item.state is ItemState.AIRED}
    query = select(Airing.item_id).where(Airing.programme_id == programme.id, Airing.reason == Reason.NOT_APPROVED)
    refused = set(session.scalars(query.where(Airing.station_id == programme.station_id)))
    found: dict[int | None, Item] = {}
    for item in programme.items:
        missing = item.kind is ItemKind.SCRIPT and item.state in _UNHEARD and item.id not in refused
        if missing and item.revision_id not in aired:
            found.setdefault(item.revision_id, item)
    return list(found.values())


def make_up(session: Session, actor: Actor, programme_id: int, *, now: datetime) -> list[MadeUp]:
    """Đưa mọi bản tin mất của một buổi vào buổi kế tiếp còn chỗ; bấm lại không thêm lần nữa.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Conflict`` khi không còn bản tin nào phải phát bù, hoặc không bản nào có chỗ.
    """
    actor.require(Action.PROGRAMME_EDIT)
    programme = owned(session, Programme, programme_id, actor, lock=True)
    lost = lost_items(session, programme)
    if not lost:
        raise Conflict("Buổi này không có bản tin nào phải phát bù.")
    made = [_place(session, actor, item, now) for item in lost]
    placed = [one for one in made if one.programme is not None]
    if not placed:
        raise Conflict(f"Chưa đưa được bản tin nào vào buổi kế tiếp. {made[0].why} Hãy thêm bằng tay ở trang Lịch phát.")
    if len(placed) == len(made):
        for family in (LOST, MISSED):
            close_alert(session, actor.station_id, f"{family}{programme.id}", by=actor.name, now=now)
    note(session, actor, "programme_made_up", f"programme:{programme.id}", now=now, items=[one.title for one in placed])
    return made


def _place(session: Session, actor: Actor, lost: Item, now: datetime) -> MadeUp:
    assert lost.revision is not None
    title, why = title_of(lost), "Không buổi nào trong ba ngày tới còn chỗ và tới đúng các TDP ấy."
    for programme in _following(session, actor, now):
        if any(item.revision and item.revision.script_id == lost.revision.script_id and _ahead(item) for item in programme.items):
            return MadeUp(title, programme)
        if not _covers(programme, lost) or not _has_room(programme, lost):
            continue
        try:
            item = add_script(
                session,
                actor,
                programme.id,
                lost.revision.script_id,
                after_id=_anchor(programme.items),
                zone_ids=[zone.id for zone in lost.zones],
                version=programme.version,
                now=now,
            )
        except BroadcasterError as error:
            why = error.message
            continue
        item.repeat_of_id, item.why = lost.id, f"Phát bù buổi “{lost.programme.slot.name}” {lost.programme.day:%d/%m}"
        return MadeUp(title, programme)
    return MadeUp(title, None, why)


def _following(session: Session, actor: Actor, now: datetime) -> list[Programme]:
    query = select(Programme).where(
        Programme.station_id == actor.station_id,
        Programme.state.in_([ProgrammeState.PLANNED, ProgrammeState.LOCKED]),
        Programme.rehearsal.is_(False),
        Programme.starts_at > now + _SOON,
        Programme.starts_at < now + _AHEAD,
    )
    options = (selectinload(Programme.items).selectinload(Item.revision), selectinload(Programme.slot).selectinload(Slot.zones))
    return list(session.scalars(query.options(*options).order_by(Programme.starts_at, Programme.id)))


def _covers(programme: Programme, lost: Item) -> bool:
    wanted = {zone.id for zone in lost.zones or lost.programme.slot.zones}
    reached = {zone.id for zone in programme.slot.zones}
    return not reached or (bool(wanted) and wanted <= reached)


def _has_room(programme: Programme, lost: Item) -> bool:
    """Thêm nó mà không bản tin nào khác mất chỗ."""
    pieces = [piece_of(item, programme.starts_at) for item in programme.items if _ahead(item)]
    wanted = {lost.id, *(piece.item_id for piece in pieces if piece.kind is ItemKind.SCRIPT)}
    fitted = fit([*pieces, piece_of(lost, programme.starts_at)], programme.length_ms)
    return wanted <= {one.item_id for one in fitted.placed}


def _anchor(items: Sequence[Item]) -> int | None:
    """Sau bản tin cuối cùng; chưa có bản tin nào thì trước mục cuối (lời kết)."""
    alive = [item for item in items if _ahead(item)]
    scripts = [item for item in alive if item.kind is ItemKind.SCRIPT]
    before = scripts[-1:] or alive[:-1][-1:]
    return before[0].id if before else None


def programme_of(subject: str) -> int | None:
    """Mã buổi mà một cảnh báo mời phát bù; cảnh báo khác thì ``None``."""
    family, _, number = subject.partition(":")
    return int(number) if f"{family}:" in (LOST, MISSED) and number.isdigit() else None


def _ahead(item: Item) -> bool:
    return item.state not in (ItemState.DROPPED, ItemState.SKIPPED)
