"""Kho tin bài cho lịch: bản sửa đã duyệt với bản ghi đúng cách đọc đã duyệt, từng phát thế nào, kế hoạch đã đạt tới đâu.

Bản sửa đã duyệt không đổi nữa, nên ``Stock`` giữ lại những gì đã đọc: lần sau chỉ hỏi điều có thể đã khác.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, selectinload

from broadcaster.accounts.tables import Zone
from broadcaster.airlog.tables import ScriptAiring
from broadcaster.newsroom.enums import DecisionKind, RevisionState
from broadcaster.newsroom.plan_year import plan_span, plan_year
from broadcaster.newsroom.tables import Column, Decision, Plan, PlanTopic, ReadingSnapshot, Revision, Script
from broadcaster.studio.enums import RecordingState
from broadcaster.studio.tables import Recording, Take
from broadcaster.traffic.autofill import Candidate, History, Past, Topic
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.timetable import local_day
from broadcaster.traffic.topic_counts import Followers, expand, followers, full_airings

SYLLABLES_PER_MINUTE = 190
"""Nhịp đọc phát thanh tiếng Việt, để ước lượng khi chưa có bản ghi."""
_BATCH = 500


class _Shared(NamedTuple):
    """Điều của đài mà mọi bản tin trong kho phụ thuộc vào; khác đi thì dựng lại cả kho."""

    every: frozenset[int] = frozenset()
    reform_columns: frozenset[int] = frozenset()
    later: Followers = {}  # noqa: RUF012  không ai ghi vào


_Stand = tuple[int, int | None, int | None, int | None]
"""Phần của một bản sửa đã duyệt còn có thể đổi: (bản sửa, quyết định duyệt, bản ghi, mili giây)."""


@dataclass
class Stock:
    """Kho nhớ giữa các lần xếp; mất nó chỉ tốn một lần đọc lại. Một đài một kho."""

    shared: _Shared | None = None
    known: dict[int, tuple[_Stand, Candidate]] = field(default_factory=dict)
    zones: dict[str, tuple[int, ...]] = field(default_factory=dict)
    past: History = field(default_factory=dict)
    """Không sửa tại chỗ: lịch đã xếp còn cầm nó."""
    counts: dict[tuple[int, str], int] = field(default_factory=dict)
    past_seq: int = 0

    @property
    def total(self) -> int:
        """Tổng số lần đã đọc được, để biết có sót dòng nào không."""
        return sum(self.counts.values())


def candidates(session: Session, station_id: int, today: date, stock: Stock | None = None) -> list[Candidate]:
    """Mọi bản tin đang được duyệt và chưa hết hiệu lực vào ``today``, theo bản tin."""
    stock = stock or Stock()
    shared = _Shared(whole_ward(session, station_id), _reform_columns(session, station_id), followers(session, station_id))
    known = stock.known if shared == stock.shared else {}
    stands: list[_Stand] = [
        (one, decision, recording, ms)
        for one, decision, recording, ms in session.execute(_standing(), {"station": station_id, "today": today})
    ]
    fresh = {one[0]: one for one in stands if known.get(one[0], (None,))[0] != one}
    made = known | _made(session, zone_of(session, station_id), fresh, shared)
    stock.shared, stock.known = shared, {one[0]: made[one[0]] for one in stands}
    return [found for _, found in stock.known.values()]


def approved(
    station_id: int | BindParameter[int],
    today: date | BindParameter[date],
    *columns: ColumnElement[Any] | InstrumentedAttribute[Any],
) -> Select[*tuple[Any, ...]]:
    """Một dòng cho mỗi bản sửa đang được duyệt, chưa hết hiệu lực vào ``today``: lần duyệt sau cùng, bản ghi đã xong nào."""
    other = aliased(Decision)
    latest = select(func.max(other.id)).where(other.revision_id == Revision.id, other.kind == DecisionKind.APPROVED)
    return (
        select(*columns)
        .select_from(Revision)
        .join(Script, Script.id == Revision.script_id)
        .outerjoin(Decision, Decision.id == latest.correlate(Revision).scalar_subquery())
        .outerjoin(Take, and_(Take.reading_id == Decision.reading_id, Take.chosen.is_(True)))
        .outerjoin(Recording, and_(Recording.id == Take.recording_id, Recording.state == RecordingState.MADE))
        .where(
            Script.station_id == station_id,
            Revision.state == RevisionState.APPROVED,
            or_(Revision.valid_to.is_(None), Revision.valid_to >= today),
        )
    )


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


def history(session: Session, station_id: int, stock: Stock | None = None) -> History:
    """Bản tin → TDP → đã phát đủ mấy lần, từ trước tới nay; chỉ đọc những dòng đổi từ lần trước."""
    stock = stock or Stock()
    zones = _zone_ids(session, station_id)
    sums = func.count(), func.coalesce(func.sum(ScriptAiring.count), 0), func.coalesce(func.max(ScriptAiring.last_seq), 0)
    rows, total, newest = session.execute(select(*sums).where(ScriptAiring.station_id == station_id)).one()
    if stock.zones != zones:
        stock.counts, stock.past, stock.past_seq, stock.zones = {}, {}, 0, zones
    if (rows, total, newest) != (len(stock.counts), stock.total, stock.past_seq):
        _read_past(session, station_id, stock, since=stock.past_seq)
        if (rows, total) != (len(stock.counts), stock.total):
            # Bảng chiếu vừa được dựng lại: đọc từ đầu.
            stock.counts, stock.past = {}, {}
            _read_past(session, station_id, stock, since=0)
        stock.past_seq = newest
    return stock.past


def topics(session: Session, station_id: int, days: Iterable[date]) -> list[Topic]:
    """Nội dung có chỉ tiêu của mọi năm kế hoạch chứa ``days``, mỗi nội dung với số lượt đã phát đủ trong năm của nó."""
    return [one for year in sorted({plan_year(day) for day in days}) for one in _topics_of(session, station_id, year)]


def whole_ward(session: Session, station_id: int) -> frozenset[int]:
    """Mọi TDP từng có của đài; đài chưa khai TDP nào thì cả phường là một vùng số 0, để giới hạn phát lại vẫn đếm được."""
    return frozenset(session.scalars(select(Zone.id).where(Zone.station_id == station_id))) or frozenset({0})


def _topics_of(session: Session, station_id: int, year: int) -> list[Topic]:
    done = full_airings(session, station_id, year)
    query = (
        select(PlanTopic.id, PlanTopic.code, PlanTopic.target)
        .join(Plan, Plan.id == PlanTopic.plan_id)
        .where(PlanTopic.station_id == station_id, Plan.year == year, PlanTopic.target > 0, PlanTopic.retired_on.is_(None))
    )
    return [Topic(key, code, target or 0, done.get(key, 0), *plan_span(year)) for key, code, target in session.execute(query)]


@cache
def _standing() -> Select[*tuple[int, int | None, int | None, int | None]]:
    query = approved(bindparam("station"), bindparam("today"), Revision.id, Decision.id, Recording.id, Recording.duration_ms)
    return query.order_by(Revision.script_id, Recording.id)


def _made(session: Session, zone: ZoneInfo, fresh: Mapping[int, _Stand], shared: _Shared) -> dict[int, tuple[_Stand, Candidate]]:
    """Dựng các bản tin mới hoặc đã khác."""
    lengths, days = _syllables(session, list(fresh)), _approved_on(session, zone, fresh.values())
    return {
        one.id: (fresh[one.id], _candidate(one, lengths.get(one.id, 1), fresh[one.id], shared, days.get(one.id)))
        for one in _revisions(session, list(fresh))
    }


def _approved_on(session: Session, zone: ZoneInfo, stands: Iterable[_Stand]) -> dict[int, date]:
    ids = [one[1] for one in stands if one[1] is not None]
    return {
        row.revision_id: local_day(row.at, zone)
        for batch in _batches(ids)
        for row in session.execute(select(Decision.revision_id, Decision.at).where(Decision.id.in_(batch)))
    }


def _revisions(session: Session, revision_ids: Sequence[int]) -> Iterator[Revision]:
    for batch in _batches(revision_ids):
        query = select(Revision).where(Revision.id.in_(batch))
        yield from session.scalars(query.options(selectinload(Revision.zones), selectinload(Revision.topics)))


def _candidate(revision: Revision, syllables: int, stand: _Stand, shared: _Shared, approved_on: date | None) -> Candidate:
    estimate = max(1, syllables * 60_000 // SYLLABLES_PER_MINUTE)
    _, _, recording_id, duration_ms = stand
    return Candidate(
        script_id=revision.script_id,
        revision_id=revision.id,
        title=revision.title,
        genre=revision.genre,
        column_id=revision.column_id,
        is_reform=revision.column_id in shared.reform_columns,
        priority=revision.priority,
        topics=expand((topic.id for topic in revision.topics), shared.later),
        zones=frozenset(zone.id for zone in revision.zones) or shared.every,
        length_ms=(duration_ms or 1) if recording_id else estimate,
        valid_from=revision.valid_from,
        valid_to=revision.valid_to,
        recording_id=recording_id,
        approved_on=approved_on,
    )


def _syllables(session: Session, revision_ids: Sequence[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for batch in _batches(revision_ids):
        query = select(ReadingSnapshot.revision_id, func.max(ReadingSnapshot.syllables))
        query = query.where(ReadingSnapshot.revision_id.in_(batch)).group_by(ReadingSnapshot.revision_id)
        found.update({row[0]: row[1] for row in session.execute(query)})
    return found


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[first : first + _BATCH] for first in range(0, len(ids), _BATCH))


def _reform_columns(session: Session, station_id: int) -> frozenset[int]:
    return frozenset(session.scalars(select(Column.id).where(Column.station_id == station_id, Column.is_reform.is_(True))))


def _zone_ids(session: Session, station_id: int) -> dict[str, tuple[int, ...]]:
    """Mã TDP → các dòng mang mã ấy; mã rỗng là cả phường của đài chưa khai TDP nào."""
    found: dict[str, tuple[int, ...]] = {"": (0,)}
    for key, code in session.execute(select(Zone.id, Zone.code).where(Zone.station_id == station_id).order_by(Zone.id)):
        found[code] = (*found.get(code, ()), key)
    return found


def _read_past(session: Session, station_id: int, stock: Stock, *, since: int) -> None:
    row = ScriptAiring
    query = select(row.script_id, row.zone_code, row.count, row.last_at, row.last_day)
    changed: dict[int, dict[int, Past]] = {}
    for script_id, code, count, last_at, last_day in session.execute(
        query.where(row.station_id == station_id, row.last_seq > since)
    ):
        stock.counts[script_id, code] = count
        if script_id not in changed:
            changed[script_id] = dict(stock.past.get(script_id, {}))
        for zone_id in stock.zones.get(code, ()):
            changed[script_id][zone_id] = Past(count, last_at, last_day)
            if not count:
                del changed[script_id][zone_id]
    stock.past = {**stock.past, **changed}
