"""Đọc các cụm loa của nhiều lượt phát: nơi tới nào cũng chỉ đọc và hiểu một lần."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.airlog.delivered import Deliveries, deliveries_of
from broadcaster.airlog.tables import AiringReach

_MOST_KNOWN = 4000


class Reaches:
    """Nhớ những nơi tới vừa gặp; phiên phải mở suốt lúc đọc."""

    def __init__(self, session: Session) -> None:
        """Chưa đọc nơi nào."""
        self._session = session
        self._known: dict[int, Deliveries] = {}

    def learn(self, ids: Iterable[int]) -> None:
        """Đọc những nơi chưa gặp của một mẻ lượt phát (vài nghìn là nhiều nhất): một câu hỏi cho cả mẻ."""
        wanted = set(ids)
        if len(self._known.keys() | wanted) > _MOST_KNOWN:
            self._known.clear()
        unknown = wanted - self._known.keys()
        if unknown:
            rows = self._session.execute(select(AiringReach.id, AiringReach.places).where(AiringReach.id.in_(unknown)))
            self._known.update(dict.fromkeys(unknown, ()))  # ai đó xoá mất một nơi tới thì trang vẫn mở, phép kiểm sẽ nói
            self._known.update((key, deliveries_of(places)) for key, places in rows)

    def of(self, reach_id: int, faulty: frozenset[int] = frozenset()) -> Deliveries:
        """Các cụm loa của một nơi tới đã ``learn``; ``faulty``: mã các cụm đang báo hỏng lúc ấy."""
        found = self._known[reach_id]
        return tuple(replace(one, faulty=one.cluster_id in faulty) for one in found) if faulty else found
