"""Một lượt phát được tính cho nội dung kế hoạch nào: một quy tắc cho việc xếp tự động, trang Kế hoạch và báo cáo F3.

Bản tin được đánh dấu nội dung lúc soạn, và tính cho đúng các nội dung ấy. Bản tin còn phát sang năm sau thì tính cho nội dung
*nối tiếp* của kế hoạch mới (``PlanTopic.follows_id``, do người xác nhận); mã trùng tên mà không nối tiếp thì không tính lẫn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from broadcaster.airlog.enums import Mode, Result
from broadcaster.airlog.tables import Airing
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.plan_year import plan_span
from broadcaster.newsroom.tables import Plan, PlanTopic, Revision, Script, revision_topics
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.tables import Item, Programme

Followers = Mapping[int, frozenset[int]]
"""Nội dung → chính nó và mọi nội dung nối tiếp nó ở các năm sau."""
Marked = Mapping[int, frozenset[int]]
"""Bản sửa → mọi nội dung nó được tính cho."""
WAITING = (ItemState.WAITING, ItemState.ARMED, ItemState.ON_AIR)
AHEAD = (ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING)


@dataclass(frozen=True)
class TopicDay:
    """Số lượt của một nội dung trong một ngày."""

    topic_id: int
    day: date
    airings: int
    heard_ms: int = 0


def followers(session: Session, station_id: int) -> Followers:
    """Mọi nội dung của đài với những nội dung nối tiếp."""
    rows = session.execute(select(PlanTopic.id, PlanTopic.follows_id).where(PlanTopic.station_id == station_id)).all()
    before = {row.id: row.follows_id for row in rows}
    found: dict[int, set[int]] = {one: {one} for one in before}
    for one, first in before.items():
        seen, earlier = {one}, first
        while earlier in before and earlier not in seen:
            found[earlier].add(one)
            seen.add(earlier)
            earlier = before[earlier]
    return {one: frozenset(later) for one, later in found.items()}


def expand(topic_ids: Iterable[int], later: Followers) -> tuple[int, ...]:
    """Các nội dung đã đánh dấu cùng nội dung nối tiếp, theo thứ tự mã."""
    return tuple(sorted({each for one in topic_ids for each in later.get(one, frozenset({one}))}))


def full_airings(session: Session, station_id: int, year: int) -> dict[int, int]:
    """Mã dòng nội dung của các kế hoạch năm ``year`` → số lượt phát đủ trong năm kế hoạch; diễn tập không bao giờ tính."""
    rows = session.execute(
        select(Airing.revision_id, func.count()).where(*_counted(station_id, year)).group_by(Airing.revision_id)
    )
    mine, marked = _topics_of_year(session, station_id, year), marked_between(session, station_id, *plan_span(year))
    found: Counter[int] = Counter()
    for revision_id, count in rows:
        found.update(dict.fromkeys(marked.get(revision_id or 0, frozenset()) & mine, count))
    return dict(found)


def heard_days(session: Session, station_id: int, year: int) -> list[TopicDay]:
    """Lượt phát đủ của năm kế hoạch theo nội dung và ngày."""
    query = select(Airing.revision_id, Airing.local_day, func.count(), func.sum(Airing.heard_ms))
    rows = session.execute(query.where(*_counted(station_id, year)).group_by(Airing.revision_id, Airing.local_day))
    mine, marked = _topics_of_year(session, station_id, year), marked_between(session, station_id, *plan_span(year))
    return [
        TopicDay(topic_id, day, count, heard)
        for revision_id, day, count, heard in rows
        for topic_id in marked.get(revision_id or 0, frozenset()) & mine
    ]


def scheduled_days(session: Session, station_id: int, year: int, now: datetime) -> list[TopicDay]:
    """Mục đã xếp mà chưa phát của năm kế hoạch theo nội dung và ngày."""
    query = (
        select(Item.revision_id, Programme.day, func.count())
        .join(Programme, Programme.id == Item.programme_id)
        .where(
            Programme.station_id == station_id,
            Programme.state.in_(AHEAD),
            Programme.rehearsal.is_(False),
            Programme.ends_at > now,
            Programme.day.between(*plan_span(year)),
            Item.state.in_(WAITING),
            Item.revision_id.is_not(None),
        )
        .group_by(Item.revision_id, Programme.day)
    )
    rows = list(session.execute(query))
    mine = _topics_of_year(session, station_id, year)
    marked = _expanded(session, station_id, revision_topics.c.revision_id.in_({row[0] for row in rows}))
    return [
        TopicDay(topic_id, day, count)
        for revision_id, day, count in rows
        for topic_id in marked.get(revision_id or 0, frozenset()) & mine
    ]


def topic_stock(session: Session, station_id: int, today: date) -> Counter[int]:
    """Nội dung → số bản tin đang được duyệt, còn hiệu lực vào ``today``."""
    query = (
        select(Revision.id)
        .join(Script, Script.id == Revision.script_id)
        .where(
            Script.station_id == station_id,
            Revision.state == RevisionState.APPROVED,
            or_(Revision.valid_to.is_(None), Revision.valid_to >= today),
        )
    )
    marked = _expanded(session, station_id, revision_topics.c.revision_id.in_(query))
    return Counter(topic_id for found in marked.values() for topic_id in found)


def marked_between(session: Session, station_id: int, first: date, last: date) -> Marked:
    """Bản sửa có lượt phát trong những ngày ấy → mọi nội dung nó được tính cho; không đánh dấu gì thì không có mặt."""
    heard = select(Airing.revision_id).where(Airing.station_id == station_id, Airing.local_day.between(first, last)).distinct()
    return _expanded(session, station_id, revision_topics.c.revision_id.in_(heard))


def _expanded(session: Session, station_id: int, wanted: ColumnElement[bool]) -> Marked:
    later = followers(session, station_id)
    found: dict[int, frozenset[int]] = {}
    for revision_id, topic_id in session.execute(select(revision_topics).where(wanted)):
        found[revision_id] = found.get(revision_id, frozenset()) | later.get(topic_id, frozenset())
    return found


def _topics_of_year(session: Session, station_id: int, year: int) -> frozenset[int]:
    query = select(PlanTopic.id).join(Plan, Plan.id == PlanTopic.plan_id)
    return frozenset(session.scalars(query.where(PlanTopic.station_id == station_id, Plan.year == year)))


def _counted(station_id: int, year: int) -> tuple[ColumnElement[bool], ...]:
    """Lượt phát được đếm: của đài, trong năm kế hoạch, phát đủ, không phải diễn tập."""
    return (
        Airing.station_id == station_id,
        Airing.local_day.between(*plan_span(year)),
        Airing.result == Result.FULL,
        Airing.mode != Mode.REHEARSAL,
        Airing.revision_id.is_not(None),
    )
