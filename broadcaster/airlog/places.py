"""Các cụm loa của một lượt phát, đọc gọn: cơ sở dữ liệu gom chúng thành một chữ, lượt nào tới cùng các cụm thì cùng một chữ.

Triệu lượt chỉ có vài trăm chữ khác nhau, nên đọc và đếm mỗi chữ một lần là đủ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, reduce
from typing import Any

from sqlalchemy import Text, case, cast, func, select
from sqlalchemy.sql.functions import aggregate_strings

from broadcaster.airlog.enums import DeliveryState
from broadcaster.airlog.tables import Airing, Delivery

_FIELD, _NEXT = "\x1f", "\x1e"
_A, _D = Airing.__table__.c, Delivery.__table__.c
_OVERHEARD = case((_D.overheard, 1), else_=0)


@dataclass(frozen=True, slots=True)
class Place:
    """Một cụm loa của một lượt; ``faulty``: lúc ấy cụm đang báo hỏng."""

    cluster_id: int
    code: str
    name: str
    zone: str
    state: DeliveryState
    volume: int | None
    checked_by: str | None
    overheard: bool = False
    """Không được nhắm tới nhưng cùng nghe thấy: không kể vào số nhắm tới hay đã gửi."""
    faulty: bool = False

    @property
    def confirmed(self) -> bool:
        """Có người (hoặc thiết bị) nghe tại loa."""
        return self.state is DeliveryState.CONFIRMED

    @property
    def sent(self) -> bool:
        """Đường ra đã nhận, và cụm không báo hỏng; có người đã nghe thì hỏng hay không cũng là đã tới."""
        return self.confirmed or (self.state is DeliveryState.SENT and not self.faulty)


Places = tuple[Place, ...]


def told_places() -> Any:
    """Cột “mọi cụm loa của lượt này” cho truy vấn trên ``airings``; đọc bằng ``parse_places``."""
    parts = (_D.cluster_id, _D.state, _D.volume, _D.zone_code, _D.cluster_code, _D.checked_by, _OVERHEARD, _D.cluster_name)
    texts: list[Any] = [func.coalesce(cast(one, Text), "") for one in parts]
    told: Any = reduce(lambda left, right: left.concat(_FIELD).concat(right), texts)
    return select(aggregate_strings(told, _NEXT)).where(_D.airing_id == _A.id).scalar_subquery().label("places")


@lru_cache(maxsize=4096)
def parse_places(told: str | None, faulty: frozenset[int] = frozenset()) -> Places:
    """Các cụm loa xếp theo mã; ``faulty``: mã các cụm đang báo hỏng lúc ấy."""
    places = []
    for part in told.split(_NEXT) if told else ():
        cluster_id, state, volume, zone, code, by, overheard, name = part.split(_FIELD, 7)
        level = int(volume) if volume else None
        key = int(cluster_id)
        heard = overheard == "1"
        places.append(Place(key, code, name, zone, DeliveryState(state), level, by or None, heard, key in faulty))
    return tuple(sorted(places, key=lambda one: one.code))
