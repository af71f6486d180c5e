"""Đính chính: không sửa dòng cũ, chỉ nối dòng mới trỏ về nó và nói ai, vì sao."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.accounts.names import readable
from broadcaster.airlog.enums import Event, Reason, Result
from broadcaster.airlog.tables import Airing
from broadcaster.airlog.writing import append
from broadcaster.errors import Invalid


def correct(
    session: Session, actor: Actor, airing_id: int, *, result: Result, reason: Reason | None, note: str, now: datetime
) -> None:
    """Đính chính kết quả một lượt phát. Lỗi: ``NotAllowed``, ``NotFound``, ``Invalid`` khi không ghi lý do."""
    actor.require(Action.LOG_CORRECT)
    if not readable(note):
        raise Invalid(problems={"note": "Hãy ghi vì sao đính chính: người đọc nhật ký sau này cần biết."})
    if result is not Result.FULL and reason is None:
        raise Invalid(problems={"reason": "Hãy chọn lý do không phát đủ."})
    airing = owned(session, Airing, airing_id, actor)
    body = {
        "corrects": airing.last_seq,
        "result": result.value,
        "reason": reason.value if reason else None,
        "note": note.strip(),
        "by": actor.name,
        "job_title": actor.job_title,
        "by_id": actor.user_id,
    }
    append(
        session,
        actor.station_id,
        Event.CORRECTION,
        body,
        happened_at=now,
        now=now,
        run_id=airing.run_id or None,
        item_id=airing.item_id,
    )
