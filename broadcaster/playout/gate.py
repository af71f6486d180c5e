"""Cổng đồng hồ: giờ máy lùi quá hai giây sau dòng nhật ký mới nhất thì ngừng phát thường lệ, cho tới khi giờ đuổi kịp."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from broadcaster.accounts.audit import close_alert, raise_alert
from broadcaster.accounts.words import AlertLevel
from broadcaster.airlog.words import Event
from broadcaster.airlog.writing import append
from broadcaster.database import Database
from broadcaster.playout import entries
from broadcaster.playout.rules import clock_behind
from broadcaster.playout.tables import Player

BY_CLOCK = "đồng hồ"
_MESSAGE = (
    "Đồng hồ máy phát bị lùi so với nhật ký nên đài tạm ngừng phát thường lệ. "
    "Hãy kiểm tra ngày giờ và pin đồng hồ của máy; giờ đúng lại thì đài tự phát tiếp."
)


def is_shut(database: Database, station_id: int, player_id: int, *, now: datetime) -> bool:
    """Cổng có đang đóng không; đóng hay mở lại thì ghi dòng, cảnh báo và trạng thái của trạm phát đúng một lần."""
    with database.reading() as session:
        newest = entries.newest_line(session, station_id)
        query = select(Player.gate_closed_at).where(Player.id == player_id, Player.station_id == station_id)
        closed_at = session.scalar(query)
    shut = clock_behind(now, newest)
    if shut is not (closed_at is not None):
        _turn(database, station_id, player_id, now, newest, shut=shut)
    return shut


def _turn(database: Database, station_id: int, player_id: int, now: datetime, newest: datetime | None, *, shut: bool) -> None:
    subject = f"clock:{player_id}"
    mine = update(Player).where(Player.id == player_id, Player.station_id == station_id)
    with database.writing(eager=True) as session:
        session.execute(mine.values(gate_closed_at=now if shut else None))
        if shut:
            body = {"player_id": player_id, "newest": newest.isoformat() if newest else None, "clock": now.isoformat()}
            append(session, station_id, Event.CLOCK_STEPPED, body, happened_at=now, now=now)
            raise_alert(session, station_id, subject, _MESSAGE, now=now, level=AlertLevel.CRITICAL)
        else:
            close_alert(session, station_id, subject, by=BY_CLOCK, now=now)
