"""Tên mà loa đọc ngoài bản tin: tên đài, đơn vị, khung giờ. Ai đặt tên là một chuyện, loa đọc tên ấy phải có lãnh đạo duyệt."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import close_alert, note, raise_alert
from broadcaster.accounts.door import owned
from broadcaster.accounts.enums import WordingKind
from broadcaster.accounts.tables import Wording
from broadcaster.database.upsert import insert_if_absent
from broadcaster.errors import Conflict, NotAllowed

_ALERT = "wording"


def propose(session: Session, actor: Actor, kind: WordingKind, words: str, *, now: datetime) -> None:
    """Một tên vừa được đặt: đã từng duyệt thì đọc ngay, chưa thì chờ lãnh đạo và loa đọc tên cũ."""
    if kind is not WordingKind.SLOT:
        session.execute(delete(Wording).where(_of(actor.station_id, kind), Wording.approved_at.is_(None), Wording.words != words))
    who = {"proposed_by_id": actor.user_id, "proposed_by": actor.name, "proposed_at": now, "approved_title": ""}
    if (
        insert_if_absent(session, Wording, station_id=actor.station_id, kind=kind, words=words, **who)
        and kind is not WordingKind.SLOT
    ):
        told = f"{kind.label} mới “{words}” chờ lãnh đạo duyệt ở trang Mẫu lời; tới lúc ấy loa vẫn đọc tên cũ."
        raise_alert(session, actor.station_id, _ALERT, told, now=now)


def install(session: Session, station_id: int, kind: WordingKind, words: str, *, by: str, now: datetime) -> None:
    """Tên có từ lúc dựng đài, theo tệp cấu hình do người giữ máy viết."""
    who = {"proposed_by": by, "proposed_at": now, "approved_by": by, "approved_title": "", "approved_at": now}
    insert_if_absent(session, Wording, station_id=station_id, kind=kind, words=words, **who)


def spoken(session: Session, station_id: int, kind: WordingKind, words: str) -> Wording | None:
    """Tên loa được đọc thay cho ``words``: chính nó khi đã duyệt, không thì tên duyệt gần nhất (khung giờ thì không có)."""
    approved = select(Wording).where(_of(station_id, kind), Wording.approved_at.is_not(None))
    found = session.scalar(approved.where(Wording.words == words))
    if found is None and kind is not WordingKind.SLOT:
        found = session.scalar(approved.order_by(Wording.approved_at.desc(), Wording.id.desc()).limit(1))
    return found


def waiting(session: Session, actor: Actor) -> list[Wording]:
    """Tên đang chờ lãnh đạo, cũ nhất trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    query = select(Wording).where(Wording.station_id == actor.station_id, Wording.approved_at.is_(None))
    return list(session.scalars(query.order_by(Wording.id)))


def approve(session: Session, actor: Actor, wording_id: int, *, now: datetime) -> Wording:
    """Cho loa đọc đúng tên ấy. Lỗi: ``NotAllowed`` khi chính mình đặt, ``NotFound``, ``Conflict`` khi đã duyệt."""
    row = _waiting(session, actor, wording_id)
    if row.proposed_by_id == actor.user_id and not settings.get(session, actor.station_id, settings.OWN_APPROVAL):
        raise NotAllowed("Tên này do chính bạn đặt. Hãy nhờ lãnh đạo khác duyệt.")
    row.approved_by, row.approved_by_id, row.approved_title, row.approved_at = actor.name, actor.user_id, actor.job_title, now
    close_alert(session, actor.station_id, _ALERT, by=actor.name, now=now)
    note(session, actor, "wording_approved", row.kind.value, now=now, name=row.words)
    return row


def refuse(session: Session, actor: Actor, wording_id: int, *, now: datetime) -> None:
    """Không cho loa đọc tên ấy. Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi đã duyệt."""
    row = _waiting(session, actor, wording_id)
    close_alert(session, actor.station_id, _ALERT, by=actor.name, now=now)
    note(session, actor, "wording_refused", row.kind.value, now=now, name=row.words)
    session.delete(row)


def _waiting(session: Session, actor: Actor, wording_id: int) -> Wording:
    actor.require(Action.SCRIPT_DECIDE)
    row = owned(session, Wording, wording_id, actor, lock=True)
    if row.approved_at is not None:
        raise Conflict("Tên này đã được duyệt. Hãy tải lại trang.")
    return row


def _of(station_id: int, kind: WordingKind) -> ColumnElement[bool]:
    return (Wording.station_id == station_id) & (Wording.kind == kind)
