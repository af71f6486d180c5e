"""Một lượt phát tới từng cụm loa thế nào. Thuần, không đụng dữ liệu.

Mã của một nơi tới là băm của chính nội dung (như ``subjects``): triệu lượt chỉ tới vài trăm nơi khác nhau, mỗi nơi cất một lần.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from operator import itemgetter
from typing import Any

from broadcaster.airlog.chain import stamp
from broadcaster.airlog.content import content_id
from broadcaster.airlog.enums import DeliveryState

Body = Mapping[str, Any]
"""``DeliveryBody``, một cụm loa như dòng nhật ký kể."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Một cụm loa của một lượt, theo những dòng đã đọc."""

    cluster_id: int
    cluster_code: str
    cluster_name: str
    zone_code: str
    output_name: str
    state: DeliveryState
    note: str
    volume: int | None
    """Âm lượng lúc phát, phần trăm; dòng nhật ký cũ không kể."""
    overheard: bool
    """Không được nhắm tới nhưng cùng nghe thấy, vì chung đường ra: không kể vào số nhắm tới hay đã gửi."""
    started_at: datetime | None
    """Tiếng tới đường ra này lúc nào, khi khác giờ của cả mục; rỗng là cùng giờ ấy."""
    checked_by: str | None
    faulty: bool = False
    """Lúc ấy cụm đang báo hỏng: sổ hỏng hóc nói, không phải dòng nhật ký của lượt này."""

    @property
    def confirmed(self) -> bool:
        """Có người (hoặc thiết bị) nghe tại loa."""
        return self.state is DeliveryState.CONFIRMED

    @property
    def sent(self) -> bool:
        """Đường ra đã nhận, và cụm không báo hỏng; có người đã nghe thì hỏng hay không cũng là đã tới."""
        return self.confirmed or (self.state is DeliveryState.SENT and not self.faulty)


Deliveries = tuple[Delivery, ...]
DELIVERED = tuple(one.name for one in fields(Delivery) if one.name != "faulty")
"""Các trường của một cụm loa trong bảng chiếu."""
_told = itemgetter("cluster_id", "code", "name", "zone", "output", "state", "note")
_STATE, _NOTE, _BY = (DELIVERED.index(name) for name in ("state", "note", "checked_by"))


def delivered(body: Body) -> tuple[Any, ...]:
    """Các trường ``DELIVERED`` như một dòng kể, chưa ai kiểm; dòng cũ có thể không kể âm lượng, “cùng nghe thấy”, giờ riêng."""
    at = body.get("started_at")
    own_start = stamp(datetime.fromisoformat(at)) if at else None
    return (*_told(body), body.get("volume"), body.get("overheard", False), own_start, None)


class Reach:
    """Các cụm loa của một lượt. Không sửa được: lời kể thêm làm nên một ``Reach`` khác, nên nhiều lượt cùng giữ một cái."""

    def __init__(self, told: Mapping[int, tuple[Any, ...]]) -> None:
        """``told``: mã cụm → các trường ``DELIVERED``."""
        self._told = told
        self._named: tuple[int, int] | None = None

    @classmethod
    def of(cls, bodies: Iterable[Body]) -> Reach:
        """Như một dòng kể."""
        return cls({body["cluster_id"]: delivered(body) for body in bodies})

    @classmethod
    def stored(cls, places: Iterable[Mapping[str, Any]]) -> Reach:
        """Từ ``places`` đã cất."""
        return cls({one["cluster_id"]: tuple(one[name] for name in DELIVERED) for one in places})

    @cached_property
    def places(self) -> list[dict[str, Any]]:
        """Nội dung để cất và để băm: các cụm loa xếp theo mã số."""
        return [dict(zip(DELIVERED, one, strict=True)) for _, one in sorted(self._told.items())]

    def id(self, station_id: int) -> int:
        """Mã của nơi tới này ở một đài."""
        if self._named is None or self._named[0] != station_id:
            self._named = station_id, content_id(station_id, self.places)
        return self._named[1]

    def then(self, later: Reach) -> Reach:
        """Sau khi một dòng kể lại: cụm dòng ấy không nhắc thì giữ nguyên, ai đã kiểm thì vẫn là người ấy."""
        if self._checked_by:
            return Reach({**self._told, **{one: (*told[:_BY], self._checked_by.get(one)) for one, told in later._told.items()}})
        return later if self._told.keys() <= later._told.keys() else Reach({**self._told, **later._told})

    def checked(self, body: Body) -> Reach | None:
        """Sau khi có người kiểm một cụm loa; lượt này không có cụm ấy thì ``None``."""
        known = self._told.get(body["cluster_id"])
        if known is None:
            return None
        told = list(known)
        told[_STATE], told[_NOTE], told[_BY] = body["state"], body["note"], body["by"]
        return Reach({**self._told, body["cluster_id"]: tuple(told)})

    @cached_property
    def _checked_by(self) -> dict[int, str]:
        return {one: told[_BY] for one, told in self._told.items() if told[_BY] is not None}


def deliveries_of(places: Iterable[Mapping[str, Any]]) -> Deliveries:
    """``places`` đã cất → các cụm loa xếp theo mã."""
    return tuple(sorted(map(_delivery, places), key=lambda one: one.cluster_code))


def _delivery(place: Mapping[str, Any]) -> Delivery:
    at = place["started_at"]
    began = datetime.fromisoformat(at) if at else None
    return Delivery(**{**place, "state": DeliveryState(place["state"]), "started_at": began})
