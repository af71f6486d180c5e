"""Nút im lặng: ai, đường nào, lúc nào; giữ tới khi có người gỡ, qua cả lần khởi động lại."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.airlog.words import Event
from broadcaster.airlog.writing import append
from broadcaster.playout.tables import Output


def silence(session: Session, actor: Actor, output_id: int | None, *, on: bool, now: datetime) -> list[Output]:
    """Ghi lệnh im lặng hoặc gỡ cho một hay mọi đường ra, kèm dòng nhật ký; trả về các đường đã đổi.

    Người gọi đã bảo phòng phát sóng làm trước: dữ liệu khoá cũng không cản được nút này. Lỗi: ``NotAllowed``, ``NotFound``.
    """
    actor.require(Action.SILENCE)
    changed = [output for output in _outputs(session, actor, output_id) if (output.silenced_by is not None) != on]
    for output in changed:
        output.silenced_by, output.silenced_at = (actor.name, now) if on else (None, None)
        body = {"output_id": output.id, "output": output.name, "by": actor.name, "job_title": actor.job_title}
        event = Event.SILENCED if on else Event.SILENCE_LIFTED
        append(session, actor.station_id, event, body, happened_at=now, now=now)
    return changed


def _outputs(session: Session, actor: Actor, output_id: int | None) -> list[Output]:
    if output_id is not None:
        return [owned(session, Output, output_id, actor, lock=True)]
    query = select(Output).where(Output.station_id == actor.station_id, Output.retired_at.is_(None)).order_by(Output.id)
    return list(session.scalars(query.with_for_update()))
