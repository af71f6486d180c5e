"""Kho lớn trải thẳng bằng câu lệnh chèn: chép một bản tin đã dựng thành nghìn bản, mỗi bản một tiêu đề và trạng thái."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import Zone
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import Decision, ReadingSnapshot, Revision, RevisionWords, Script
from broadcaster.newsroom.word_index import indexed
from broadcaster.playout.tables import Cluster
from broadcaster.studio.tables import Take
from tests.support.scene import Scene

FAR = 100_000
"""Mã đầu tiên của các dòng chép."""


def lay_many(session: Session, template: int, titles: Sequence[tuple[str, RevisionState]]) -> None:
    """Chép bản sửa ``template`` (đã duyệt, có tiếng) thành một bản tin cho mỗi tiêu đề, kèm cách đọc, quyết định, bản ghi."""
    one = _row(session, Revision.__table__, template, "id")
    tables: list[tuple[Any, str]] = [(ReadingSnapshot, "revision_id"), (Decision, "revision_id"), (Take, "revision_id")]
    script = _row(session, Script.__table__, one["script_id"], "id")
    numbered = list(enumerate(titles, FAR))
    _insert(session, Script, [script | {"id": number} for number, _ in numbered])
    _insert(
        session,
        Revision,
        [one | {"id": number, "script_id": number, "title": title, "state": state} for number, (title, state) in numbered],
    )
    words = [{"revision_id": number, **indexed(title, one["body"])} for number, (title, _) in numbered]
    _insert(session, RevisionWords, words)
    for table, key in tables:
        row = _row(session, table.__table__, template, key)
        own = {"reading_id": 0} if "reading_id" in row else {}
        many = [row | {"id": number, "revision_id": number} | dict.fromkeys(own, number) for number, _ in numbered]
        _insert(session, table, many)


def lay_clusters(session: Session, scene: Scene, count: int) -> None:
    """Thêm cho đủ ``count`` TDP, mỗi TDP một cụm loa, chia đều hai đường ra."""
    zone, cluster = _row(session, Zone.__table__, scene.zone_ids[0], "id"), _row(session, Cluster.__table__, 1, "id")
    for number in range(3, count + 1):
        name = f"Tổ dân phố số {number}, khu dân cư Phùng Chí Kiên mở rộng"
        _insert(session, Zone, [zone | {"id": FAR + number, "code": f"TDP{number}", "name": name, "position": number}])
        place = {"code": f"CL{number:02}", "name": f"Cột điện ngõ {number}", "zone_id": FAR + number}
        _insert(session, Cluster, [cluster | place | {"id": FAR + number, "output_id": scene.output_ids[number % 2]}])


def _row(session: Session, table: Table | Any, value: int, key: str) -> dict[str, Any]:
    return dict(session.execute(select(table).where(table.c[key] == value).limit(1)).one()._mapping)


def _insert(session: Session, row_class: Any, many: list[dict[str, Any]]) -> None:
    session.execute(insert(row_class.__table__), many)
