"""Nút im lặng: ai, đường nào, lúc nào; giữ tới khi có người gỡ, qua cả lần khởi động lại."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.airlog.enums import Event
from broadcaster.airlog.writing import append
from broadcaster.playout.tables import Output


def may_silence(session: Session, actor: Actor, output_id: int | None) -> None:
    """Người này có được cho đường ra ấy (``None``: mọi đường) im lặng không. Lỗi: ``NotAllowed``, ``NotFound``.

    Chỉ đọc: phòng phát sóng làm ngay rồi tự ghi sổ, nên cơ sở dữ liệu khoá cũng không cản được nút này.
    """
    actor.require(Action.SILENCE)
    if output_id is not None:
        owned(session, Output, output_id, actor)


def enter_silence(
    session: Session,
    station_id: int,
    output_ids: Collection[int],
    body: Mapping[str, Any],
    *,
    on: bool,
    at: datetime,
    now: datetime,
) -> None:
    """Lệnh đã làm ở phòng phát sóng vào dữ liệu và nhật ký; đường đã ở đúng tình trạng ấy thì thôi. ``body``: ai."""
    query = select(Output).where(Output.station_id == station_id, Output.id.in_(output_ids)).order_by(Output.id)
    for output in session.scalars(query.with_for_update()):
        if (output.silenced_by is not None) == on:
            continue
        output.silenced_by, output.silenced_at = (body["by"], at) if on else (None, None)
        told = {
            "output_id": output.id,
            "output": output.name,
            "by": body["by"],
            "job_title": body["job_title"],
            "by_id": body.get("by_id"),
        }
        event = Event.SILENCED if on else Event.SILENCE_LIFTED
        append(session, station_id, event, told, happened_at=at, now=now)
