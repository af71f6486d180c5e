"""Bảng chuyển trạng thái: điều không ghi trong bảng là ``Conflict``, ở mọi phòng cùng một cách."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Generic, TypeVar

from broadcaster.enums import Word
from broadcaster.errors import Conflict

S = TypeVar("S", bound=Word)


class Transitions(Generic[S]):
    """Trạng thái nào được sang trạng thái nào; thuần, không đọc giờ, không đụng dữ liệu."""

    def __init__(self, table: Mapping[S, Iterable[S]]) -> None:
        """``table``: trạng thái → các trạng thái được phép sang."""
        self._table = {state: frozenset(targets) for state, targets in table.items()}

    def allows(self, old: S, new: S) -> bool:
        """Có được chuyển từ ``old`` sang ``new`` không."""
        return new in self._table.get(old, frozenset())

    def targets(self, old: S) -> frozenset[S]:
        """Các trạng thái sang được từ ``old``."""
        return self._table.get(old, frozenset())

    def check(self, old: S, new: S) -> S:
        """Trả về ``new`` nếu được phép, nếu không thì ``Conflict`` nói rõ hai trạng thái."""
        if not self.allows(old, new):
            raise Conflict(
                f"Không chuyển được từ “{old.label}” sang “{new.label}”. Hãy tải lại trang để xem tình trạng mới nhất."
            )
        return new
