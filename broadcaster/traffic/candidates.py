"""Kho tin bài cho lịch: bản sửa đã duyệt với bản ghi đúng cách đọc đã duyệt, và chỉ tiêu kế hoạch đã đạt tới đâu."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.tables import Zone
from broadcaster.airlog.enums import Mode, Result
from broadcaster.airlog.tables import Airing
from broadcaster.newsroom.enums import DecisionKind, RevisionState
from broadcaster.newsroom.tables import Decision, Plan, PlanTopic, ReadingSnapshot, Revision, Script
from broadcaster.studio.enums import RecordingState
from broadcaster.studio.tables import Recording, Take
from broadcaster.traffic.autofill import Candidate, Topic

SYLLABLES_PER_MINUTE = 190
"""Nhịp đọc phát thanh tiếng Việt, để ước lượng khi chưa có bản ghi."""


def candidates(session: Session, station_id: int, today: date) -> list[Candidate]:
    """Mọi bản tin đang được duyệt và chưa hết hiệu lực vào ``today``."""
    query = (
        select(Revision)
        .join(Script, Script.id == Revision.script_id)
        .where(
            Script.station_id == station_id,
            Revision.state == RevisionState.APPROVED,
            or_(Revision.valid_to.is_(None), Revision.valid_to >= today),
        )
        .options(selectinload(Revision.zones), selectinload(Revision.topics), selectinload(Revision.column))
    )
    revisions = list(session.scalars(query.order_by(Revision.script_id)))
    lengths = _syllables(session, [one.id for one in revisions])
    recordings = chosen_recordings(session, [one.id for one in revisions])
    every = whole_ward(session, station_id)
    return [_candidate(one, lengths.get(one.id, 1), recordings.get(one.id), every) for one in revisions]


def chosen_recordings(session: Session, revision_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Bản sửa → (bản ghi đã xong, mili giây) của đúng cách đọc được duyệt sau cùng."""
    latest = (
        select(func.max(Decision.id))
        .where(Decision.revision_id.in_(revision_ids), Decision.kind == DecisionKind.APPROVED)
        .group_by(Decision.revision_id)
    )
    query = (
        select(Decision.revision_id, Recording.id, Recording.duration_ms)
        .join(Take, Take.reading_id == Decision.reading_id)
        .join(Recording, Recording.id == Take.recording_id)
        .where(Decision.id.in_(latest), Take.chosen.is_(True), Recording.state == RecordingState.MADE)
    )
    return {row[0]: (row[1], row[2] or 1) for row in session.execute(query)}


def topics(session: Session, station_id: int, year: int) -> list[Topic]:
    """Nội dung có chỉ tiêu của kế hoạch năm, với số lượt đã phát đủ."""
    done = full_airings(session, station_id, year)
    query = (
        select(PlanTopic.code, func.sum(PlanTopic.target))
        .join(Plan, Plan.id == PlanTopic.plan_id)
        .where(PlanTopic.station_id == station_id, Plan.year == year, PlanTopic.target > 0, PlanTopic.retired_on.is_(None))
        .group_by(PlanTopic.code)
    )
    return [Topic(code, target or 0, done.get(code, 0)) for code, target in session.execute(query)]


def full_airings(session: Session, station_id: int, year: int) -> dict[str, int]:
    """Mã nội dung → số lượt phát đủ trong năm; diễn tập không bao giờ tính."""
    query = (
        select(Airing.topics, func.count())
        .where(
            Airing.station_id == station_id,
            Airing.local_day.between(date(year, 1, 1), date(year, 12, 31)),
            Airing.result == Result.FULL,
            Airing.mode != Mode.REHEARSAL,
        )
        .group_by(Airing.topics)
    )
    counts: dict[str, int] = {}
    for codes, count in session.execute(query):
        for code in codes:
            counts[code] = counts.get(code, 0) + count
    return counts


def _candidate(revision: Revision, syllables: int, recording: tuple[int, int] | None, every: frozenset[int]) -> Candidate:
    estimate = max(1, syllables * 60_000 // SYLLABLES_PER_MINUTE)
    return Candidate(
        script_id=revision.script_id,
        revision_id=revision.id,
        title=revision.title,
        genre=revision.genre,
        column_id=revision.column_id,
        is_reform=revision.column is not None and revision.column.is_reform,
        priority=revision.priority,
        topics=tuple(topic.code for topic in revision.topics),
        zones=frozenset(zone.id for zone in revision.zones) or every,
        length_ms=recording[1] if recording else estimate,
        valid_from=revision.valid_from,
        valid_to=revision.valid_to,
        recording_id=recording[0] if recording else None,
    )


def _syllables(session: Session, revision_ids: Sequence[int]) -> dict[int, int]:
    query = select(ReadingSnapshot.revision_id, func.max(ReadingSnapshot.syllables)).where(
        ReadingSnapshot.revision_id.in_(revision_ids)
    )
    return {row[0]: row[1] for row in session.execute(query.group_by(ReadingSnapshot.revision_id))}


def whole_ward(session: Session, station_id: int) -> frozenset[int]:
    """Mọi TDP từng có của đài; đài chưa khai TDP nào thì cả phường là một vùng số 0, để giới hạn phát lại vẫn đếm được."""
    return frozenset(session.scalars(select(Zone.id).where(Zone.station_id == station_id))) or frozenset({0})
