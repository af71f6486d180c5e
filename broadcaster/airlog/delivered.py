"""Một cụm loa của một lượt phát: cột nào của ``deliveries`` đọc từ trường nào của thân dòng nhật ký."""

from __future__ import annotations

from datetime import datetime
from operator import itemgetter
from typing import Any

_TOLD = {
    "cluster_code": "code",
    "cluster_name": "name",
    "zone_code": "zone",
    "output_name": "output",
    "state": "state",
    "note": "note",
}
_MAY_TELL: dict[str, Any] = {"volume": None, "overheard": False, "started_at": None}
DELIVERED = (*_TOLD, *_MAY_TELL, "local_day", "checked_by")
"""Các cột của một cụm loa. Bảng này là nơi duy nhất nói cột nào của ``deliveries`` đọc từ trường nào của ``DeliveryBody``:
``_TOLD`` dòng nào cũng có, ``_MAY_TELL`` dòng cũ có thể không kể và khi ấy là giá trị gì."""
_told = itemgetter(*_TOLD.values())


def delivered(body: dict[str, Any]) -> tuple[Any, ...]:
    """Giá trị các cột một dòng nhật ký kể về một cụm loa: đầu của ``DELIVERED``, ``state`` là mã của nó."""
    at = body.get("started_at")
    return (
        *_told(body),
        body.get("volume"),
        body.get("overheard", False),
        datetime.fromisoformat(at) if at else None,
    )
