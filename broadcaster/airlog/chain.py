"""Chuỗi băm: mỗi dòng khoá dòng trước nó, nên sửa, xoá, chèn hay đảo một dòng là lộ. Thuần, không đụng dữ liệu."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from broadcaster.database.types import canonical_json

GENESIS = "0" * 64
"""Băm đứng trước dòng đầu tiên của mỗi đài."""
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
    happened, recorded, prev = link.happened_at, link.recorded_at, link.prev
    told = happened + recorded + prev
    # Giờ và băm thật không có gì phải thoát; chữ lạ thì để JSON chuẩn lo.
    if not told.isprintable() or '"' in told or "\\" in told:
        happened, recorded, prev = (canonical_json(text)[1:-1] for text in (happened, recorded, prev))
    head = (
        f'[{link.station_id},{link.seq},"{happened}","{recorded}",{_event(link.event)},'
        f'{link.schema_version},{run_id},{item_id},"{prev}"]\n'
    )
    return hashlib.sha256(head.encode() + link.body).hexdigest()


@dataclass(frozen=True)
class Break:
    """Chỗ chuỗi đứt: số thứ tự và vì sao, bằng lời cho người kiểm tra."""

    seq: int
    why: str


def breaks(
    links: Iterable[tuple[Link, str]], *, first: int = 1, last: int | None = None, after: tuple[str, str | None] = (GENESIS, None)
) -> Iterator[Break]:
    """Mọi chỗ đứt trong chuỗi ``(dòng, băm đã lưu)`` xếp theo số thứ tự, từ dòng ``first`` tới ``last`` (trống: tới cùng).

    ``after``: băm và giờ ghi của dòng đứng trước ``first``.
    """
    expected, (previous, recorded) = first, after
    for link, stored in links:
        if link.seq != expected:
            yield Break(link.seq, f"thiếu hoặc đảo dòng: đáng lẽ là dòng {expected}")
        if link.prev != previous:
            yield Break(link.seq, "không nối với dòng trước")
        if _digest_of(link) != stored:
            yield Break(link.seq, "nội dung đã bị sửa sau khi ghi")
        if recorded is not None and link.recorded_at < recorded:
            yield Break(link.seq, "giờ ghi lùi so với dòng trước")
        expected, previous, recorded = link.seq + 1, stored, link.recorded_at
    if last is not None and expected != last + 1:
        yield Break(expected, f"thiếu dòng: đáng lẽ còn tới dòng {last}")


def _digest_of(link: Link) -> str | None:
    """Băm của một dòng như đang lưu; dòng mang kiểu dữ liệu không phải của nó thì không có băm nào khớp."""
    try:
        return digest(link)
    except TypeError:
        return None


_event = lru_cache(maxsize=256)(canonical_json)
