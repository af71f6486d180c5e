"""Một lệnh khẩn cấp như người ra lệnh đã đọc lại và xác nhận; và luật lặp lại của nó. Thuần."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

from broadcaster.errors import Invalid
from broadcaster.playout.enums import UrgentLevel

EVERY_MINUTES = (0, 15, 30, 60, 120)
"""Một lần, hoặc nhắc lại sau chừng này phút."""
LONGEST = timedelta(days=3)
"""Nhắc lại lâu nhất; dài hơn thì ra lệnh mới, để có người nhìn lại."""


@dataclass(frozen=True)
class Order:
    """``zone_ids`` rỗng là mọi TDP; ``until`` chỉ có khi nhắc lại; ``signal``: hiệu lệnh báo trước lời.

    ``audio_sha256``: tệp trong kho; rỗng khi đĩa đầy không cất được, tiếng đi kèm lệnh.
    """

    key: str
    by: str
    job_title: str
    via: str
    ordered_at: datetime
    level: UrgentLevel
    title: str
    text: str
    spoken: str
    unit: str
    zone_ids: tuple[int, ...] = ()
    zones: tuple[str, ...] = ()
    """Cho người đọc: mã và tên các TDP được chọn."""
    zone_codes: tuple[str, ...] = ()
    """Cho nhật ký: mã mọi TDP được gọi; lệnh cho cả phường thì là mọi TDP của phường lúc ấy."""
    every_minutes: int = 0
    until: datetime | None = None
    signal: bool = True
    audio_sha256: str | None = None
    voice: Mapping[str, Any] | None = None
    script_id: int | None = None
    revision_id: int | None = None
    by_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Dạng đi qua cổng nội bộ và vào nhật ký."""
        until = self.until.isoformat() if self.until else None
        return {**asdict(self), "level": self.level.value, "ordered_at": self.ordered_at.isoformat(), "until": until}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Lỗi: ``KeyError``, ``TypeError``, ``ValueError`` khi không đúng dạng."""
        read = {
            **value,
            "level": UrgentLevel(value["level"]),
            "ordered_at": datetime.fromisoformat(value["ordered_at"]),
            "until": datetime.fromisoformat(value["until"]) if value.get("until") else None,
            "zone_ids": tuple(value.get("zone_ids", ())),
            "zones": tuple(value.get("zones", ())),
            "zone_codes": tuple(value.get("zone_codes", ())),
        }
        return cls(**read)

    def at(self, now: datetime) -> Self:
        """Cùng lệnh, ra lúc ``now``."""
        return replace(self, ordered_at=now)

    @property
    def text_sha256(self) -> str:
        """Băm của chữ, cho nhật ký."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def check(order: Order, *, now: datetime) -> None:
    """Lệnh có ra được lúc này không. Lỗi: ``Invalid`` theo từng ô."""
    problems: dict[str, str] = {}
    if not order.text.strip():
        problems["noi_dung"] = "Hãy chọn bản ghi, điền mẫu hoặc gõ lời cần phát."
    if order.every_minutes not in EVERY_MINUTES:
        problems["nhac"] = "Hãy chọn phát một lần hoặc nhắc lại mỗi 15, 30, 60, 120 phút."
    elif order.every_minutes and order.until is None:
        problems["toi"] = "Hãy ghi nhắc lại tới lúc nào."
    elif order.until is not None and order.every_minutes and not now < order.until <= now + LONGEST:
        problems["toi"] = f"Giờ ngừng nhắc phải sau lúc này và trong vòng {LONGEST.days} ngày."
    if problems:
        raise Invalid(problems=problems)


def next_at(order: Order, first_at: datetime, now: datetime) -> datetime | None:
    """Lần nhắc kế tiếp sau ``now``, đếm từ lần đầu ``first_at``; ``None`` khi không còn lần nào."""
    if not order.every_minutes or order.until is None:
        return None
    step = timedelta(minutes=order.every_minutes)
    following = first_at + step * ((now - first_at) // step + 1)
    return following if following <= order.until else None
