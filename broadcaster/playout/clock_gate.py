"""Cổng đồng hồ, phía con người: máy phát ngừng vì giờ lùi thì người có tên xác nhận giờ nào đúng. Cổng tự nó ở đạo diễn."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import close_alert
from broadcaster.accounts.door import owned
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import ChainHead
from broadcaster.airlog.writing import append
from broadcaster.errors import Conflict
from broadcaster.playout.rules import clock_behind
from broadcaster.playout.tables import Player

BY_CLOCK = "đồng hồ"
MESSAGE = (
    "Đồng hồ máy phát bị lùi so với nhật ký nên đài tạm ngừng phát thường lệ; khẩn cấp vẫn phát. "
    "Hãy kiểm tra ngày giờ và pin đồng hồ của máy. Giờ đúng lại thì đài tự phát tiếp; "
    "nếu giờ bây giờ mới là đúng, hãy xác nhận ở trang Hôm nay."
)

DOUBTED = (
    "Giờ máy phát vượt quá xa lúc đài còn chạy: đồng hồ nhảy tới, hoặc máy đã tắt rất lâu. Đài tạm ngừng phát thường lệ, "
    "chưa ghi buổi lỡ, chưa dọn bản thu nào; khẩn cấp vẫn phát. Hãy xem ngày giờ của máy, sai thì chỉnh lại; giờ đã đúng thì "
    "xác nhận ở trang Hôm nay."
)


def shut_players(session: Session, actor: Actor) -> list[Player]:
    """Trạm phát đang ngừng vì đồng hồ. Lỗi: ``NotAllowed``."""
    actor.require(Action.LISTEN)
    query = select(Player).where(Player.station_id == actor.station_id, Player.gate_closed_at.is_not(None))
    return list(session.scalars(query.order_by(Player.id)))


def is_shut(session: Session, station_id: int, now: datetime) -> bool:
    """Giờ máy lùi sau nhật ký, hay mọi trạm phát đang ngừng vì đồng hồ, mà chưa ai xác nhận.

    Điều gì dựa vào giờ (lên lịch, ghi buổi lỡ, dọn thứ cũ) phải chờ.
    """
    newest = select(ChainHead.recorded_at).where(ChainHead.station_id == station_id).scalar_subquery()
    ours = (func.max(Player.clock_trusted_from), func.count(), func.count(Player.gate_closed_at))
    row = session.execute(select(newest, *ours).where(Player.station_id == station_id)).one()
    behind, players, shut = clock_behind(now, row[0], row[1]), row[2], row[3]
    return behind or 0 < players == shut


def confirm_clock(session: Session, actor: Actor, player_id: int, *, now: datetime) -> Player:
    """Người có tên xác nhận giờ máy bây giờ là đúng: phát thường lệ chạy lại, và điều ấy vào nhật ký.

    Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi cổng không đóng.
    """
    actor.require(Action.STATION_EDIT)
    player = owned(session, Player, player_id, actor, lock=True)
    if player.gate_closed_at is None:
        raise Conflict("Trạm phát này không ngừng vì đồng hồ. Hãy tải lại trang.")
    newest = session.scalar(select(ChainHead.recorded_at).where(ChainHead.station_id == actor.station_id))
    player.gate_closed_at, player.clock_trusted_from = None, now
    body = {
        "player_id": player.id,
        "newest": newest.isoformat() if newest else None,
        "clock": now.isoformat(),
        "by": actor.name,
        "job_title": actor.job_title,
        "by_id": actor.user_id,
    }
    append(session, actor.station_id, Event.CLOCK_CORRECTED, body, happened_at=now, now=now)
    close_alert(session, actor.station_id, subject(player.id), by=actor.name, now=now)
    return player


def subject(player_id: int) -> str:
    """Khoá cảnh báo của cổng."""
    return f"clock:{player_id}"
