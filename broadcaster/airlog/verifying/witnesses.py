"""Người chứng: phòng khác đem điều mình giữ ra đối chiếu với từng dòng nhật ký, mà nhật ký không phải biết tới phòng ấy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Protocol

from sqlalchemy.orm import Session

from broadcaster.airlog.chain import Link
from broadcaster.airlog.enums import Event


class Note(str):
    """Điều người kiểm cần biết mà không phải là sai, ví dụ một tệp đã hết hạn giữ."""

    __slots__ = ()


class Loss(Note):
    """Không phải sai, nhưng nhật ký đã mất một đoạn mà mốc ở ngoài từng giữ: không ai được nói gọn là nó nguyên vẹn."""

    __slots__ = ()


class Look(Protocol):
    """Một lần xem, trên một quãng dòng."""

    def look(self, link: Link, body: Any) -> Iterable[str]:
        """Mọi điều dòng này nói khác điều phòng mình giữ."""

    def seen(self) -> Any:
        """Điều đã thấy trong quãng, gửi qua tiến trình khác được, để gộp lại ở ``settle``."""


class Witness(Protocol):
    """Một phép đối chiếu; gửi qua tiến trình khác được."""

    events: ClassVar[frozenset[Event]]
    """Chỉ được xem những dòng này."""

    def begin(self, session: Session, station_id: int) -> Look:
        """Bắt đầu xem một quãng; ``session``: ảnh chụp đang được kiểm."""

    def settle(self, session: Session, station_id: int, seen: Sequence[Any]) -> Iterable[str]:
        """Sau khi mọi quãng đã xem xong: điều phòng mình giữ mà không dòng nào nói."""
