"""Người chứng của sổ hỏng hóc: con số “đã gửi” tựa vào sổ ấy, nên lần báo hỏng nào cũng phải đúng như nhật ký đã ghi."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import Link, stamp
from broadcaster.airlog.enums import Event
from broadcaster.playout.tables import Cluster, ClusterFault


class _Told(NamedTuple):
    """Một dòng nhật ký về một lần hỏng."""

    seq: int
    event: str
    at: str
    fault_id: int
    cluster_id: int
    code: str
    what: str
    by: str


class ClusterFaults:
    """Đối chiếu sổ hỏng hóc với các dòng báo hỏng và sửa xong; lần hỏng có trước dòng đầu tiên loại ấy thì không ai chứng."""

    events: ClassVar[frozenset[Event]] = frozenset({Event.CLUSTER_FAULT, Event.CLUSTER_FIXED})

    def begin(self, session: Session, station_id: int) -> _Looking:
        """Chỉ nhớ các dòng: mỗi năm vài chục."""
        return _Looking()

    def settle(self, session: Session, station_id: int, seen: Sequence[Any]) -> Iterator[str]:
        """Lần hỏng đã ghi mà sổ nay nói khác, và lần hỏng hay lần sửa trong sổ mà không dòng nào ghi."""
        told = [_Told(*one) for some in seen for one in some]
        broke = {one.fault_id: one for one in told if one.event == Event.CLUSTER_FAULT}
        fixed = {one.fault_id: one for one in told if one.event == Event.CLUSTER_FIXED}
        since = min((one.at for one in told), default=None)
        query = select(ClusterFault).join(Cluster, Cluster.id == ClusterFault.cluster_id).where(Cluster.station_id == station_id)
        rows = {row.id: row for row in session.scalars(query)}
        for key in broke.keys() - rows.keys():
            yield f"dòng {broke[key].seq}: lần báo hỏng cụm {broke[key].code} không còn trong sổ hỏng hóc"
        for key, row in rows.items():
            if not _agrees(broke.get(key), since, (row.cluster_id, row.what, row.reported_by), row.reported_at):
                yield f"sổ hỏng hóc: lần báo hỏng “{row.what}” khác nhật ký"
            # đã có dòng báo hỏng thì sửa xong cũng phải có dòng
            if not _agrees(fixed.get(key), "" if key in broke else since, (row.cluster_id, row.what, row.fixed_by), row.fixed_at):
                yield f"sổ hỏng hóc: lần hỏng “{row.what}” sửa xong hay chưa, sổ khác nhật ký"


def _agrees(line: _Told | None, since: str | None, stored: tuple[int, str, str | None], at: datetime | None) -> bool:
    """Sổ nói đúng như dòng ấy; không có dòng thì đúng khi sổ cũng trống, hay điều ấy có trước khi nhật ký ghi (``since``)."""
    if line is not None:
        return at is not None and (*stored, stamp(at)) == (line.cluster_id, line.what, line.by, line.at)
    return at is None or since is None or stamp(at) < since


class _Looking:
    def __init__(self) -> None:
        self._told: list[tuple[Any, ...]] = []

    def look(self, link: Link, body: Any) -> Iterator[str]:
        """Chỉ nhớ, ``settle`` mới so: sửa xong có thể nằm ở quãng khác với báo hỏng."""
        told = (body[name] for name in _Told._fields[3:])
        self._told.append((link.seq, link.event, link.happened_at, *told))
        yield from ()

    def seen(self) -> list[tuple[Any, ...]]:
        """Mọi dòng đã thấy."""
        return self._told
