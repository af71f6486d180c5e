"""Biển tên ở cửa: người chưa đăng nhập thấy mình đang đứng trước đài nào."""

from __future__ import annotations

from sqlalchemy import select

from broadcaster.accounts.tables import Station
from broadcaster.errors import DatabaseAway
from broadcaster.web.services import Services

_FEW, _FOR_S = 3, 60.0


class Doorplate:
    """Tên các đài của cơ sở dữ liệu này; nhớ một phút, và không bao giờ làm hỏng trang vì cơ sở dữ liệu vắng."""

    def __init__(self, services: Services) -> None:
        """``services``: cơ sở dữ liệu và đồng hồ."""
        self._services = services
        self._name, self._until = "", 0.0

    def read(self) -> str:
        """Một đài thì tên nó; nhiều đài thì vài tên đầu; chưa biết thì rỗng."""
        now = self._services.clock.monotonic()
        if now >= self._until:
            self._name, self._until = self._ask(), now + _FOR_S
        return self._name

    def _ask(self) -> str:
        try:
            with self._services.database.reading() as session:
                names = list(session.scalars(select(Station.name).order_by(Station.id).limit(_FEW + 1)))
        except DatabaseAway:
            return self._name
        return ", ".join(names[:_FEW]) + (" và các đài khác" if len(names) > _FEW else "")
