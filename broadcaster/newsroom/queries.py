"""Đọc cho các trang: hộp chờ duyệt, một bản tin đủ mọi bản sửa, danh mục để gắn vào bản tin."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.accounts.tables import Zone
from broadcaster.newsroom.drafting import revision_of
from broadcaster.newsroom.enums import Genre, RevisionState
from broadcaster.newsroom.plan_year import plan_year
from broadcaster.newsroom.tables import Column, Plan, PlanTopic, Revision, Script


@dataclass(frozen=True)
class Choices:
    """Danh mục đang dùng để gắn vào bản tin."""

    columns: list[Column]
    topics: list[PlanTopic]
    zones: list[Zone]


def script(session: Session, actor: Actor, script_id: int) -> Script:
    """Một bản tin cùng mọi bản sửa, cách đọc và quyết định. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.SCRIPT_READ)
    return owned(session, Script, script_id, actor)


def revision(session: Session, actor: Actor, revision_id: int) -> Revision:
    """Một bản sửa. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.SCRIPT_READ)
    return revision_of(session, actor, revision_id)


def topic_choices(session: Session, actor: Actor, today: date, kept: Collection[int] = ()) -> list[tuple[PlanTopic, Plan]]:
    """Nội dung để đánh dấu hôm nay: của kế hoạch năm nay và năm sau (chưa có thì của năm gần nhất), cùng những nội dung ``kept``.

    Lỗi: ``NotAllowed``.
    """
    actor.require(Action.SCRIPT_READ)
    query = (
        select(PlanTopic, Plan)
        .join(Plan, Plan.id == PlanTopic.plan_id)
        .where(PlanTopic.station_id == actor.station_id, or_(PlanTopic.retired_on.is_(None), PlanTopic.id.in_(kept)))
        .order_by(Plan.year, Plan.id, PlanTopic.position, PlanTopic.id)
    )
    found = [(topic, plan) for topic, plan in session.execute(query)]
    since = min(plan_year(today), max((plan.year for _, plan in found), default=0))
    return [(topic, plan) for topic, plan in found if plan.year >= since or topic.id in kept]


def approved_titles(session: Session, actor: Actor, kept: int | None = None, *, most: int = 300) -> list[tuple[int, str]]:
    """(mã bản tin, tiêu đề) của mọi bản tin có bản đang được duyệt, trả lời phản ánh rồi mới duyệt trước, cùng bản tin ``kept``.

    Lỗi: ``NotAllowed``, ``NotFound``.
    """
    actor.require(Action.SCRIPT_READ)
    query = select(Revision.script_id, Revision.title).join(Script).where(Script.station_id == actor.station_id)
    approved = query.where(Revision.state == RevisionState.APPROVED)
    order = (Revision.genre != Genre.COMPLAINT_ANSWER, Revision.updated_at.desc(), Revision.id.desc())
    found = [(script_id, title) for script_id, title in session.execute(approved.order_by(*order).limit(most))]
    if kept is not None and all(script_id != kept for script_id, _ in found):
        found.insert(0, (kept, script(session, actor, kept).revisions[-1].title))
    return found


def choices(session: Session, actor: Actor) -> Choices:
    """Chuyên mục, nội dung kế hoạch và TDP còn dùng, theo thứ tự của đài. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    station_id = actor.station_id
    columns = select(Column).where(Column.station_id == station_id, Column.retired_on.is_(None))
    topics = select(PlanTopic).where(PlanTopic.station_id == station_id, PlanTopic.retired_on.is_(None))
    zones = select(Zone).where(Zone.station_id == station_id, Zone.valid_to.is_(None))
    return Choices(
        columns=list(session.scalars(columns.order_by(Column.id))),
        topics=list(session.scalars(topics.order_by(PlanTopic.plan_id, PlanTopic.position, PlanTopic.id))),
        zones=list(session.scalars(zones.order_by(Zone.position, Zone.id))),
    )
