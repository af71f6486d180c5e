"""Dải báo ở đầu mọi trang: loa đang im lặng, tin khẩn đang vang, phòng phát sóng vắng; kèm đúng nút để gỡ hay dừng."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broadcaster.accounts.actor import Actor
from broadcaster.errors import OutputFailed
from broadcaster.playout.enums import UrgentState
from broadcaster.web.services import Services

_SLOW_S = 0.5
_REMEMBER_S = 5.0
"""Phòng phát sóng treo thì chừng ấy giây mới hỏi lại, để không trang nào phải chờ nó."""


@dataclass(frozen=True)
class StandingOrder:
    """Một lệnh khẩn cấp chưa xong; ``unheard``: không đường ra nào của nó có người nghe được."""

    key: str
    title: str
    state: UrgentState
    unheard: bool


@dataclass(frozen=True)
class Band:
    """Điều người ở trang nào cũng phải thấy."""

    silenced: tuple[str, ...] = ()
    """Tên các đường ra đang im lặng."""
    outputs: int = 0
    orders: tuple[StandingOrder, ...] = ()
    rehearsing: bool = False
    """Mục đang vang là của buổi diễn tập."""
    away: str = ""
    """Lời báo phòng phát sóng vắng; rỗng là nó trả lời."""


class BandKeeper:
    """Hỏi phòng phát sóng mỗi lần dựng trang; nhớ một lát khi nó vắng mà chậm."""

    def __init__(self, services: Services) -> None:
        """``services.playout``: cửa của phòng phát sóng."""
        self._services = services
        self._until = 0.0
        self._away = Band()

    def look(self, actor: Actor) -> Band:
        """Tình trạng lúc này, ở đài của người này."""
        clock = self._services.clock
        began = clock.monotonic()
        if began < self._until:
            return self._away
        try:
            return band_of(self._services.playout.of(actor).state())
        except OutputFailed as error:
            self._away = Band(away=error.message)
            if clock.monotonic() - began > _SLOW_S:
                self._until = clock.monotonic() + _REMEMBER_S
            return self._away


def band_of(state: Mapping[str, Any]) -> Band:
    """Từ tình trạng phòng phát sóng kể (``outputs``, ``urgent``)."""
    outputs = state.get("outputs", {})
    orders = (
        StandingOrder(one["key"], one["order"]["title"], UrgentState(one["state"]), bool(one["unheard"]))
        for one in state.get("urgent", [])
    )
    return Band(
        silenced=tuple(str(one["name"]) for one in outputs.values() if one["silenced"]),
        outputs=len(outputs),
        orders=tuple(order for order in orders if not order.state.over),
        rehearsing=any((one.get("on_air") or {}).get("rehearsal") for one in outputs.values()),
    )
