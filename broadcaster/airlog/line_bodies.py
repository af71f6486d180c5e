"""Đọc thân dòng nhật ký: mảng cụm loa, quá nửa số chữ của thân và dòng nào cũng như dòng nào, chỉ đọc một lần."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property, lru_cache
from typing import Any

from broadcaster.airlog.delivered import Reach
from broadcaster.database.types import read_json

_OPENING, _CLOSING = b'{"deliveries":[', b'}],"'


class ToldDeliveries(list[dict[str, Any]]):
    """Các cụm loa một dòng kể; nhiều dòng cùng giữ một danh sách này, nên đừng sửa nó."""

    @cached_property
    def reach(self) -> Reach:
        """Các cụm loa ấy, chưa ai kiểm."""
        return Reach.of(self)

    @cached_property
    def scope(self) -> tuple[frozenset[str], tuple[str, ...]]:
        """Mã các TDP; mã các cụm loa, xếp thứ tự."""
        return frozenset(one["zone"] for one in self), tuple(sorted({one["code"] for one in self}))


def listed_deliveries(body: Any) -> ToldDeliveries:
    """Các cụm loa một thân kể; không kể thì rỗng."""
    told = body.get("deliveries", ())
    return told if isinstance(told, ToldDeliveries) else ToldDeliveries(told)


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
def _deliveries(head: bytes) -> ToldDeliveries:
    return ToldDeliveries(read_json(head + b"}]"))
