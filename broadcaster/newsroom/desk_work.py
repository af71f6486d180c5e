"""Việc của một người ở phòng biên tập: bản bị trả lại kèm lý do, bản nháp, bản đang chờ; đếm được mà không đọc chữ nào."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from broadcaster.accounts.actor import Action, Actor
from broadcaster.newsroom.enums import DecisionKind, RevisionState
from broadcaster.newsroom.tables import Decision, Revision, RevisionHand, Script

MOST = 20
"""Trang đầu kể nhiều nhất chừng này mỗi loại; còn lại ở trang Bản tin."""


@dataclass(frozen=True)
class Returned:
    """Một bản bị trả lại: ai trả, vì sao."""

    revision: Revision
    decision: Decision


def _mine(actor: Actor, state: RevisionState) -> Select[Any]:
    """Mã các bản sửa mới nhất ở trạng thái ấy mà người này có phần."""
    newer = aliased(Revision)
    hand = select(RevisionHand.revision_id).where(RevisionHand.user_id == actor.user_id)
    return (
        select(Revision.id)
        .join(Script)
        .where(
            Script.station_id == actor.station_id,
            Revision.state == state,
            (Revision.author_id == actor.user_id) | Revision.id.in_(hand),
            ~select(newer.id).where(newer.script_id == Revision.script_id, newer.number > Revision.number).exists(),
        )
    )


def mine_in(session: Session, actor: Actor, state: RevisionState) -> list[Revision]:
    """Các bản ấy, mới sửa trước, nhiều nhất ``MOST``. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    query = select(Revision).where(Revision.id.in_(_mine(actor, state)))
    return list(session.scalars(query.order_by(Revision.updated_at.desc(), Revision.id.desc()).limit(MOST)))


def returned(session: Session, actor: Actor) -> list[Returned]:
    """Bản bị trả lại mà người này có phần và chưa ai sửa tiếp, mới trả trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    query = (
        select(Revision, Decision)
        .join(Decision, Decision.revision_id == Revision.id)
        .where(Revision.id.in_(_mine(actor, RevisionState.RETURNED)), Decision.kind == DecisionKind.RETURNED)
    )
    return [Returned(row[0], row[1]) for row in session.execute(query.order_by(Decision.at.desc()).limit(MOST))]


def count_returned(session: Session, actor: Actor) -> int:
    """Bao nhiêu bản như ``returned``, cho trang nào cũng hỏi được. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    return session.scalar(select(func.count()).select_from(_mine(actor, RevisionState.RETURNED).subquery())) or 0


def count_waiting(session: Session, actor: Actor) -> int:
    """Bao nhiêu bản của đài đang chờ duyệt. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    query = select(func.count(Revision.id)).join(Script)
    return session.scalar(query.where(Script.station_id == actor.station_id, Revision.state == RevisionState.SUBMITTED)) or 0
