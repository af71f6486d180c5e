"""Chuỗi băm: mỗi dòng khoá dòng trước nó, nên sửa, xoá, chèn hay đảo một dòng là lộ. Thuần, không đụng dữ liệu."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from broadcaster.database.types import canonical_json

GENESIS = "0" * 64
"""Băm đứng trước dòng đầu tiên của mỗi đài."""
SCHEMA_VERSION = 1
"""Phiên bản dạng ``body``; dòng cũ giữ phiên bản của nó mãi."""


@dataclass(frozen=True)
class Link:
    """Mọi điều được băm của một dòng."""

    station_id: int
    seq: int
    happened_at: datetime
    recorded_at: datetime
    event: str
    schema_version: int
    run_id: int | None
    item_id: int | None
    body: str
    prev: str


def digest(link: Link) -> str:
    """SHA-256 (hex) của dòng, gồm cả băm dòng trước."""
    head = canonical_json(
        [
            link.station_id,
            link.seq,
            _stamp(link.happened_at),
            _stamp(link.recorded_at),
            link.event,
            link.schema_version,
            link.run_id,
            link.item_id,
            link.prev,
        ]
    )
    return hashlib.sha256(f"{head}\n{link.body}".encode()).hexdigest()


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


def _stamp(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")
