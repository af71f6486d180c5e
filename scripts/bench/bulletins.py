"""Kho bản tin lớn, mọi trạng thái, cho phép đo các trang: bản sống đi đúng đường của người (viết, gửi, duyệt, trả lại, rút),
bản đã hết hạn chép lại theo mẻ từ một bản đã đi đường ấy.

Mọi bản chung một cách đọc, nên phòng thu làm đúng một bản ghi cho cả kho.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from airlog_seed import FAR, WORDS
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.database import Database
from broadcaster.newsroom.deciding import send_back, withdraw
from broadcaster.newsroom.drafting import Draft, create
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.freezing import sha256_of
from broadcaster.newsroom.reading_aloud import PLAIN, read_text
from broadcaster.newsroom.submitting import ReadText
from broadcaster.newsroom.tables import Revision, RevisionWords, Script
from broadcaster.newsroom.word_index import indexed
from broadcaster.studio.approving import approve
from broadcaster.studio.render_queue import send_for_approval

TEXT = (
    "Ngày 15/3/2026, Uỷ ban nhân dân phường tiếp nhận hồ sơ theo cơ chế một cửa từ 8 giờ đến 11 giờ 30. "
    "Bà con mang theo căn cước và giấy hẹn. Ai cần nộp qua mạng thì tới bàn hướng dẫn ở tầng một."
)
LIVE = {
    RevisionState.APPROVED: 0.03,
    RevisionState.SUBMITTED: 0.01,
    RevisionState.RETURNED: 0.01,
    RevisionState.WITHDRAWN: 0.01,
    RevisionState.DRAFT: 0.01,
}
"""Trạng thái → phần của kho; còn lại đã hết hiệu lực, như kho của một đài chạy vài năm."""
VALID_DAYS = 365


def lay(database: Database, writer: Actor, leader: Actor, count: int, *, now: datetime) -> None:
    """``count`` bản tin ở đài của hai người ấy."""
    titles, read = _titles(count), read_text(TEXT, PLAIN)
    with database.writing() as session:
        for state, share in LIVE.items():
            for _ in range(max(1, round(count * share))):
                _live(session, writer, leader, next(titles), read, state, now)
    with database.writing() as session:
        _old(session, writer.station_id, list(titles))


def _titles(count: int) -> Iterator[str]:
    words = random.Random(7)  # noqa: S311  chữ mẫu
    return (f"{' '.join(words.choices(WORDS, k=8)).capitalize()} số {number}" for number in range(1, count + 1))


def _live(
    session: Session, writer: Actor, leader: Actor, title: str, read: ReadText, state: RevisionState, now: datetime
) -> None:
    draft = Draft(title, TEXT, valid_to=now.date() + timedelta(days=VALID_DAYS))
    revision = create(session, writer, draft, now=now)
    if state is RevisionState.DRAFT:
        return
    told = replace(read, title=title, spoken_title=(title,))
    reading = send_for_approval(session, writer, revision.id, version=revision.version, read=told, now=now)
    if state is RevisionState.RETURNED:
        send_back(session, leader, revision.id, note="Xin ghi rõ ngày.", now=now)
    if state in (RevisionState.APPROVED, RevisionState.WITHDRAWN):
        hashes = {"revision_sha256": str(revision.frozen_sha256), "reading_sha256": reading.sha256}
        approve(session, leader, revision.id, **hashes, now=now)
    if state is RevisionState.WITHDRAWN:
        withdraw(session, leader, revision.script_id, note="Đã có tin khác.", now=now)


def _old(session: Session, station_id: int, titles: list[str]) -> None:
    """Bản đã hết hiệu lực: như một bản đã duyệt, mỗi bản một tiêu đề, hạn và ngày viết lùi dần về ba năm trước."""
    query = select(Revision.__table__).join(Script, Script.id == Revision.script_id)
    query = query.where(Script.station_id == station_id, Revision.state == RevisionState.APPROVED, Revision.body == TEXT)
    one = session.execute(query.limit(1)).one()._mapping
    script = session.execute(select(Script.__table__).where(Script.id == one["script_id"])).one()._mapping
    scripts, revisions, words = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
    for number, title in enumerate(titles, FAR + 1):
        back = timedelta(days=30 + 1065 * (number - FAR) / len(titles))
        dates = {name: one[name] - back for name in ("created_at", "updated_at", "submitted_at")}
        valid_to = dates["created_at"].date() + timedelta(days=14)
        frozen = {**one["frozen"], "title": title, "valid_to": valid_to.isoformat()}
        changed = {"title": title, "valid_to": valid_to, "frozen": frozen, "frozen_sha256": sha256_of(frozen), **dates}
        scripts.append({**script, "id": number, "created_at": dates["created_at"]})
        revisions.append({**one, "id": number, "script_id": number, "state": RevisionState.EXPIRED, **changed})
        words.append({"revision_id": number, **indexed(title, one["body"])})
    for table, rows in ((Script, scripts), (Revision, revisions), (RevisionWords, words)):
        session.execute(insert(table.__table__), rows)
