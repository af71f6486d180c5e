"""Chuỗi băm: mỗi dòng khoá dòng trước nó, nên sửa, xoá, chèn hay đảo một dòng là lộ. Thuần, không đụng dữ liệu."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from broadcaster.database.types import canonical_json

GENESIS = "0" * 64
"""Băm đứng trước dòng đầu tiên của mỗi đài."""
_PLAIN = re.compile(r"[0-9A-Za-z:.+-]*").fullmatch
SCHEMA_VERSION = 1
"""Phiên bản dạng ``body``; dòng cũ giữ phiên bản của nó mãi."""


class Link(NamedTuple):
    """Mọi điều được băm của một dòng; giờ ở dạng ``stamp``, thân là đúng các byte UTF-8 đã lưu."""

    station_id: int
    seq: int
    happened_at: str
    recorded_at: str
    event: str
    schema_version: int
    run_id: int | None
    item_id: int | None
    body: bytes
    prev: str


def stamp(at: datetime) -> str:
    """Giờ như nó được băm: UTC, tới micro giây, luôn cùng một độ dài nên so được như chữ."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def digest(link: Link) -> str:
    """SHA-256 (hex) của dòng: JSON chuẩn của mọi trường gồm cả băm dòng trước, xuống dòng, rồi thân."""
    run_id = "null" if link.run_id is None else link.run_id
    item_id = "null" if link.item_id is None else link.item_id
    head = (
        f"[{link.station_id},{link.seq},{_quoted(link.happened_at)},{_quoted(link.recorded_at)},{_event(link.event)},"
        f"{link.schema_version},{run_id},{item_id},{_quoted(link.prev)}]\n"
    )
    return hashlib.sha256(head.encode() + link.body).hexdigest()


@dataclass(frozen=True)
class Break:
    """Chỗ chuỗi đứt: số thứ tự và vì sao, bằng lời cho người kiểm tra."""

    seq: int
    why: str


def breaks(links: Iterable[tuple[Link, str]]) -> Iterator[Break]:
    """Mọi chỗ đứt trong chuỗi ``(dòng, băm đã lưu)`` xếp theo số thứ tự."""
    expected, previous, recorded = 1, GENESIS, None
    for link, stored in links:
        if link.seq != expected:
            yield Break(link.seq, f"thiếu hoặc đảo dòng: đáng lẽ là dòng {expected}")
        if link.prev != previous:
            yield Break(link.seq, "không nối với dòng trước")
        if digest(link) != stored:
            yield Break(link.seq, "nội dung đã bị sửa sau khi ghi")
        if recorded is not None and link.recorded_at < recorded:
            yield Break(link.seq, "giờ ghi lùi so với dòng trước")
        expected, previous, recorded = link.seq + 1, stored, link.recorded_at


def _quoted(text: str) -> str:
    """Như ``canonical_json`` của một chữ; giờ và băm thật không có gì phải thoát, chữ lạ thì để nó lo."""
    return f'"{text}"' if _PLAIN(text) else canonical_json(text)


_event = lru_cache(maxsize=256)(canonical_json)
