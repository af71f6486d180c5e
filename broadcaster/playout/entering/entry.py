"""Một bản ghi đang vào nhật ký: phiên, đài, giờ; và cách nối dòng chung cho mọi loại."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from broadcaster.airlog.enums import Event
from broadcaster.airlog.writing import append


@dataclass(frozen=True)
class Entry:
    """``record``: bản ghi sổ trực; ``now``: lúc vào nhật ký, còn lúc xảy ra nằm trong bản ghi."""

    session: Session
    station_id: int
    player_id: int
    now: datetime
    record: Mapping[str, Any]

    @property
    def at(self) -> datetime:
        """Lúc điều ấy xảy ra."""
        return datetime.fromisoformat(self.record["at"])

    def append(
        self,
        event: Event,
        body: Mapping[str, Any],
        *,
        run_id: int | None = None,
        item_id: int | None = None,
        at: datetime | None = None,
    ) -> None:
        """Nối một dòng."""
        append(
            self.session, self.station_id, event, body, happened_at=at or self.at, now=self.now, run_id=run_id, item_id=item_id
        )
