"""Đọc thân dòng nhật ký: mảng cụm loa, quá nửa số chữ của thân và dòng nào cũng như dòng nào, chỉ đọc một lần."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from broadcaster.airlog.delivered import delivered
from broadcaster.database.types import read_json

_OPENING, _CLOSING = b'{"deliveries":[', b'}],"'


class Deliveries(list[dict[str, Any]]):
    """Các cụm loa một dòng kể; nhiều dòng cùng giữ một danh sách này, nên đừng sửa nó."""

    def __init__(self, told: list[dict[str, Any]]) -> None:
        """``told``: như dòng kể."""
        super().__init__(told)
        self._placed: tuple[date | None, dict[int, tuple[Any, ...]]] = (None, {})

    def on(self, day: date) -> dict[int, tuple[Any, ...]]:
        """Mã cụm loa → giá trị các cột ``DELIVERED`` của ngày ``day``, chưa ai kiểm; cũng đừng sửa."""
        if self._placed[0] != day:
            self._placed = (day, {one["cluster_id"]: (*delivered(one), day, None) for one in self})
        return self._placed[1]

    @cached_property
    def reach(self) -> tuple[frozenset[str], tuple[str, ...]]:
        """Mã các TDP; mã các cụm loa, xếp thứ tự."""
        return frozenset(one["zone"] for one in self), tuple(sorted({one["code"] for one in self}))


def read_body(body: bytes) -> Any:
    """Thân một dòng, đúng như ``read_json`` đọc. Lỗi: ``ValueError``.

    Cắt ở dấu đóng mảng đầu tiên rồi đọc hai nửa: cả hai cùng là JSON trọn vẹn thì chỗ cắt đúng là chỗ mảng đóng (một mảng
    JSON không là đầu của mảng nào khác); chữ giống dấu ấy nằm trong một cái tên thì nửa đầu không đọc được, và đọc cả thân.
    """
    head, closing, rest = body.partition(_CLOSING)
    if closing and head.startswith(_OPENING):
        with suppress(ValueError):
            return {"deliveries": _deliveries(head[len(_OPENING) - 1 :]), **read_json(b'{"' + rest)}
    return read_json(body)


@lru_cache(maxsize=256)
def _deliveries(head: bytes) -> Deliveries:
    return Deliveries(read_json(head + b"}]"))
