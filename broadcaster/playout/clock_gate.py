"""Cổng đồng hồ: giờ máy lùi quá hai giây sau mốc thì ngừng phát thường lệ, tới khi giờ đuổi kịp hoặc có người xác nhận."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import close_alert, raise_alert
from broadcaster.accounts.door import owned
from broadcaster.accounts.enums import AlertLevel
from broadcaster.airlog.enums import Event
from broadcaster.airlog.writing import append
from broadcaster.database import Database
from broadcaster.errors import Conflict
from broadcaster.playout import run_store
from broadcaster.playout.rules import clock_behind
from broadcaster.playout.tables import Player

BY_CLOCK = "đồng hồ"
_MESSAGE = (
    "Đồng hồ máy phát bị lùi so với nhật ký nên đài tạm ngừng phát thường lệ; khẩn cấp vẫn phát. "
    "Hãy kiểm tra ngày giờ và pin đồng hồ của máy. Giờ đúng lại thì đài tự phát tiếp; "
    "nếu giờ bây giờ mới là đúng, hãy xác nhận ở trang Hôm nay."
)


def is_shut(database: Database, station_id: int, player_id: int, *, now: datetime) -> bool:
    """Cổng có đang đóng không; đóng hay mở lại thì ghi dòng, cảnh báo và trạng thái của trạm phát đúng một lần."""
    with database.reading() as session:
        newest = run_store.newest_line(session, station_id)
        query = select(Player.gate_closed_at, Player.clock_trusted_from)
        closed_at, trusted_from = session.execute(query.where(Player.id == player_id, Player.station_id == station_id)).one()
    shut = clock_behind(now, newest, trusted_from)
    caught_up = trusted_from is not None and not clock_behind(now, newest)
    if shut is not (closed_at is not None) or caught_up:
        _turn(database, station_id, player_id, now, newest, shut=shut, caught_up=caught_up)
    return shut


def shut_players(session: Session, actor: Actor) -> list[Player]:
    """Trạm phát đang ngừng vì đồng hồ. Lỗi: ``NotAllowed``."""
    actor.require(Action.LISTEN)
    query = select(Player).where(Player.station_id == actor.station_id, Player.gate_closed_at.is_not(None))
    return list(session.scalars(query.order_by(Player.id)))


def confirm_clock(session: Session, actor: Actor, player_id: int, *, now: datetime) -> Player:
    """Người có tên xác nhận giờ máy bây giờ là đúng: phát thường lệ chạy lại, và điều ấy vào nhật ký.

    Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi cổng không đóng.
    """
    actor.require(Action.STATION_EDIT)
    player = owned(session, Player, player_id, actor, lock=True)
    if player.gate_closed_at is None:
        raise Conflict("Trạm phát này không ngừng vì đồng hồ. Hãy tải lại trang.")
    newest = run_store.newest_line(session, actor.station_id)
    player.gate_closed_at, player.clock_trusted_from = None, now
    body = {
        "player_id": player.id,
        "newest": newest.isoformat() if newest else None,
        "clock": now.isoformat(),
        "by": actor.name,
        "job_title": actor.job_title,
    }
    append(session, actor.station_id, Event.CLOCK_CORRECTED, body, happened_at=now, now=now)
    close_alert(session, actor.station_id, _subject(player.id), by=actor.name, now=now)
    return player


def _turn(
    database: Database,
    station_id: int,
    player_id: int,
    now: datetime,
    newest: datetime | None,
    *,
    shut: bool,
    caught_up: bool,
) -> None:
    """``caught_up``: giờ đã vượt mọi dòng cũ, lời xác nhận không còn cần; từ nay lại so với dòng mới nhất."""
    mine = update(Player).where(Player.id == player_id, Player.station_id == station_id)
    values = {"gate_closed_at": now if shut else None} | ({"clock_trusted_from": None} if caught_up else {})
    with database.writing(eager=True) as session:
        session.execute(mine.values(values))
        if shut:
            body = {"player_id": player_id, "newest": newest.isoformat() if newest else None, "clock": now.isoformat()}
            append(session, station_id, Event.CLOCK_STEPPED, body, happened_at=now, now=now)
            raise_alert(session, station_id, _subject(player_id), _MESSAGE, now=now, level=AlertLevel.CRITICAL)
        else:
            close_alert(session, station_id, _subject(player_id), by=BY_CLOCK, now=now)


def _subject(player_id: int) -> str:
    return f"clock:{player_id}"
