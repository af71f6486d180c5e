"""Các cụm loa của một lượt phát, đọc gọn: cơ sở dữ liệu gom chúng thành một chữ, lượt nào tới cùng các cụm thì cùng một chữ.

Triệu lượt chỉ có vài trăm chữ khác nhau, nên đọc và đếm mỗi chữ một lần là đủ.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, cast, func, select, type_coerce

from broadcaster.airlog.enums import DeliveryState
from broadcaster.airlog.tables import Airing, Delivery
from broadcaster.database.types import read_json

_A, _D = Airing.__table__.c, Delivery.__table__.c
_TOLD = ("cluster_id", "cluster_code", "cluster_name", "zone_code", "state", "volume", "checked_by", "started_at", "overheard")


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
    began: datetime | None = None
    """Khi khác giờ bắt đầu của cả lượt."""
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


def told_places(connection: Connection) -> Any:
    """Cột “mọi cụm loa của lượt này” cho truy vấn trên ``airings``; đọc bằng ``parse_places``."""
    told = grouped_json(connection.dialect.name, *(_D[name] for name in _TOLD))
    return select(told).where(_D.airing_id == _A.id).scalar_subquery().label("places")


def grouped_json(dialect: str, *columns: ColumnElement[Any]) -> ColumnElement[Any]:
    """Mọi dòng của nhóm thành một chữ JSON: mảng của mảng ``columns``. Một chữ thay tám dòng, và nhanh hơn nối chữ hai lần."""
    if dialect == "sqlite":
        return type_coerce(func.json_group_array(func.json_array(*columns)), String)
    return cast(func.json_agg(func.json_build_array(*columns)), String)


@lru_cache(maxsize=4096)
def parse_places(told: str | None, faulty: frozenset[int] = frozenset()) -> Places:
    """Các cụm loa xếp theo mã; ``faulty``: mã các cụm đang báo hỏng lúc ấy."""
    places = []
    for one in read_json(told) if told else ():
        cluster_id, code, name, zone, state, volume, by, began, overheard = one
        at = datetime.fromisoformat(began) if began else None
        places.append(
            Place(cluster_id, code, name, zone, DeliveryState(state), volume, by, at, bool(overheard), cluster_id in faulty)
        )
    return tuple(sorted(places, key=lambda one: one.code))
