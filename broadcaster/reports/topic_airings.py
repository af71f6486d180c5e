"""Những lượt phát đứng sau một thanh của trang Kế hoạch: đã phát, sẽ phát, và bản tin còn trong kho của nội dung ấy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.accounts.stations import today_at
from broadcaster.airlog.enums import Mode
from broadcaster.airlog.queries import Period
from broadcaster.airlog.tables import Airing
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import Plan, PlanTopic, Revision, Script, revision_topics
from broadcaster.traffic.tables import Item, Programme
from broadcaster.traffic.topic_counts import AHEAD, WAITING, followers

MOST = 300
"""Danh sách dài hơn thì trang bảo chọn một quý."""


@dataclass(frozen=True)
class TopicAirings:
    """Một nội dung trong một kỳ."""

    topic: PlanTopic
    plan: Plan
    period: Period
    aired: Sequence[Airing]
    ahead: Sequence[Item]
    stock: Sequence[Revision]
    """Bản tin đã duyệt, còn hiệu lực, của nội dung này."""


def plan_of_topic(session: Session, actor: Actor, topic_id: int) -> tuple[PlanTopic, Plan]:
    """Nội dung và kế hoạch của nó. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.PROGRAMME_READ)
    topic = owned(session, PlanTopic, topic_id, actor)
    return topic, owned(session, Plan, topic.plan_id, actor)


def topic_airings(session: Session, actor: Actor, topic_id: int, period: Period, now: datetime) -> TopicAirings:
    """Lượt đã phát (mọi kết quả, mới nhất trước), mục đã xếp, kho. Lỗi: ``NotAllowed``, ``NotFound``."""
    topic, plan = plan_of_topic(session, actor, topic_id)
    counted = {one for one, later in followers(session, actor.station_id).items() if topic_id in later}
    revisions = select(revision_topics.c.revision_id).where(revision_topics.c.topic_id.in_(counted))
    aired = select(Airing).where(
        Airing.station_id == actor.station_id,
        Airing.local_day.between(period.first, period.last),
        Airing.mode != Mode.REHEARSAL,
        Airing.revision_id.in_(revisions),
    )
    ahead = (
        select(Item)
        .join(Programme, Programme.id == Item.programme_id)
        .where(
            Programme.station_id == actor.station_id,
            Programme.state.in_(AHEAD),
            Programme.rehearsal.is_(False),
            Programme.ends_at > now,
            Programme.day.between(period.first, period.last),
            Item.state.in_(WAITING),
            Item.revision_id.in_(revisions),
        )
    )
    return TopicAirings(
        topic,
        plan,
        period,
        aired=list(session.scalars(aired.order_by(Airing.planned_at.desc(), Airing.id.desc()).limit(MOST))),
        ahead=list(
            session.scalars(
                ahead.options(joinedload(Item.programme).joinedload(Programme.slot), joinedload(Item.revision))
                .order_by(Programme.starts_at, Item.id)
                .limit(MOST)
            )
        ),
        stock=_stock(session, actor, counted, today_at(session, actor, now)),
    )


def _stock(session: Session, actor: Actor, topic_ids: set[int], today: date) -> list[Revision]:
    revisions = select(revision_topics.c.revision_id).where(revision_topics.c.topic_id.in_(topic_ids))
    query = (
        select(Revision)
        .join(Script, Script.id == Revision.script_id)
        .where(
            Script.station_id == actor.station_id,
            Revision.state == RevisionState.APPROVED,
            or_(Revision.valid_to.is_(None), Revision.valid_to >= today),
            Revision.id.in_(revisions),
        )
    )
    return list(session.scalars(query.order_by(Revision.valid_to.is_(None), Revision.valid_to, Revision.id).limit(MOST)))
