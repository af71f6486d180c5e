"""Người chứng của phòng biên tập: điều đã phát có đúng bản, đúng cách đọc, đúng người duyệt mà phòng giữ không."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, String, and_, select, type_coerce
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import Zone
from broadcaster.airlog.chain import Link, stamp
from broadcaster.airlog.enums import Event
from broadcaster.airlog.verifying.reader import as_stamped
from broadcaster.database.grouping import grouped_json
from broadcaster.database.types import read_json
from broadcaster.newsroom.enums import DecisionKind, RevisionState
from broadcaster.newsroom.freezing import reading_sha256
from broadcaster.newsroom.records import revisions_of
from broadcaster.newsroom.tables import (
    Column,
    Decision,
    PlanTopic,
    ReadingSnapshot,
    Revision,
    Script,
    revision_topics,
    revision_zones,
)

_PLAIN = ("title", "body", "genre", "priority", "origin", "valid_from", "valid_to", "voice", "choices")
"""Cột của bản sửa phải trùng với nội dung đóng băng; cùng chuyên mục, nội dung kế hoạch và TDP nằm ở bảng khác."""
_WORDS = {
    "title": "tiêu đề",
    "body": "nội dung",
    "genre": "thể loại",
    "priority": "mức ưu tiên",
    "origin": "nguồn",
    "valid_from": "ngày bắt đầu dùng",
    "valid_to": "ngày hết hạn",
    "voice": "giọng",
    "choices": "cách đọc đã chọn",
    "column": "chuyên mục",
    "topics": "nội dung kế hoạch",
    "zones": "TDP",
}


class Approvals:
    """Mỗi mục bản tin đã phát: có đúng quyết định duyệt ấy, chữ và cách đọc giữ lại còn đúng mã băm đã duyệt."""

    events: ClassVar[frozenset[Event]] = frozenset({Event.ITEM_ARMED})

    def begin(self, session: Session, station_id: int) -> _Looking:
        """Nhớ mọi quyết định duyệt của đài, mỗi cái tám byte."""
        query = select(Decision.revision_id, Decision.name, Decision.job_title, _AT, *_HASHES).where(_approved(station_id))
        rows = session.execute(query)
        return _Looking(frozenset(_mark(row[0], row[1], row[2], as_stamped(row[3]), *row[4:]) for row in rows))

    def settle(self, session: Session, station_id: int, seen: Sequence[Any]) -> Iterator[str]:
        """Chữ đã đóng băng, cách đọc và quyết định còn khớp mã băm của chúng."""
        yield from _text_faults(session, station_id)
        yield from _reading_faults(session, station_id)


class _Looking:
    def __init__(self, approved: frozenset[bytes]) -> None:
        self._approved = approved

    def look(self, link: Link, body: Any) -> Iterator[str]:
        item = body["item"]
        approval = item.get("approval")
        if approval is None or item.get("revision_id") is None:
            return
        at = stamp(datetime.fromisoformat(approval["at"]))
        told = (item["revision_id"], approval["name"], approval["job_title"], at)
        if _mark(*told, item["text_sha256"], item["reading_sha256"]) not in self._approved:
            yield (
                f"dòng {link.seq}: “{item['title']}” phát theo bản duyệt của {approval['name']} mà sổ duyệt không có đúng "
                "quyết định ấy (người duyệt, lúc duyệt, chữ hoặc cách đọc đã bị đổi)"
            )

    def seen(self) -> None:
        """Không có gì để gộp."""


_AT = type_coerce(Decision.__table__.c.at, String)
_HASHES = (Decision.revision_sha256, Decision.reading_sha256)


def _approved(station_id: int) -> ColumnElement[bool]:
    return and_(Decision.kind == DecisionKind.APPROVED, Decision.revision_id.in_(revisions_of(station_id)))


def _mark(*told: object) -> bytes:
    return hashlib.sha256(repr(told).encode()).digest()[:8]


def _text_faults(session: Session, station_id: int) -> Iterator[str]:
    columns = [type_coerce(getattr(Revision.__table__.c, name), String) for name in _PLAIN]
    marks = _marks(session.connection().dialect.name)
    query = (
        select(
            Revision.id, type_coerce(Revision.__table__.c.frozen, String), Revision.frozen_sha256, Column.code, *marks, *columns
        )
        .join(Script, Script.id == Revision.script_id)
        .outerjoin(Column, Column.id == Revision.column_id)
        .where(Script.station_id == station_id, Revision.state != RevisionState.DRAFT)
        .order_by(Revision.id)
    )
    for revision_id, frozen, sha256, column, topics, zones, *plain in session.execute(query.execution_options(yield_per=200)):
        if frozen is None or hashlib.sha256(frozen.encode()).hexdigest() != sha256:
            yield f"bản sửa {revision_id}: chữ đã đóng băng khi gửi duyệt bị đổi"
            continue
        content = read_json(frozen)
        content["choices"] = _sorted(content["choices"])
        told = dict(zip(_PLAIN, plain, strict=True))
        told["choices"] = _sorted(read_json(told["choices"]))
        told |= {"column": column, "topics": _codes(topics), "zones": _codes(zones)}
        told |= {name: str(told[name]) for name in ("valid_from", "valid_to") if told[name] is not None}
        changed = [_WORDS[name] for name in told if told[name] != content.get(name)]
        if changed:
            yield f"bản sửa {revision_id}: {', '.join(changed)} khác bản đã đóng băng khi gửi duyệt"
    approved = select(Decision.id, Decision.revision_id).join(Revision, Revision.id == Decision.revision_id)
    changed_since = and_(_approved(station_id), Decision.revision_sha256 != Revision.frozen_sha256)
    for decision_id, revision_id in session.execute(approved.where(changed_since)):
        yield f"bản sửa {revision_id}: không phải chữ mà quyết định {decision_id} đã duyệt"


def _marks(dialect: str) -> Iterator[ColumnElement[Any]]:
    """Mã các nội dung kế hoạch và các TDP của bản sửa, mỗi thứ một chữ JSON: báo cáo đếm theo chúng."""
    for link, table in ((revision_topics, PlanTopic), (revision_zones, Zone)):
        mine = select(grouped_json(dialect, table.__table__.c.code)).select_from(link.join(table.__table__))
        yield mine.where(link.c.revision_id == Revision.id).scalar_subquery()


def _codes(told: str | None) -> list[str]:
    return sorted(code for (code,) in (read_json(told) if told else ()))


def _sorted(value: Any) -> list[Any]:
    return sorted(value.items())


def _reading_faults(session: Session, station_id: int) -> Iterator[str]:
    mine = ReadingSnapshot.revision_id.in_(revisions_of(station_id))
    query = select(ReadingSnapshot).where(mine).order_by(ReadingSnapshot.id)
    for one in session.scalars(query.execution_options(yield_per=200)):
        versions = {"engine_version": one.engine_version, "lexicon_version": one.lexicon_version}
        if reading_sha256(one.sentences, title=one.title or (), **versions) != one.sha256:
            yield f"cách đọc {one.id} của bản sửa {one.revision_id}: câu đọc đã bị đổi"
