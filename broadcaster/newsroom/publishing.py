"""Chữ đã duyệt đem đăng nơi khác (Zalo, trang thông tin của phường): hình thức tuyên truyền khác của kế hoạch, mục II.2.

Chỉ bản sửa đang được duyệt; mỗi bản sửa mỗi nơi đếm một lần, bấm bao nhiêu lần cũng thế.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.stations import today_at
from broadcaster.database.upsert import insert_if_absent
from broadcaster.errors import Conflict
from broadcaster.newsroom.drafting import revision_of, subject_of
from broadcaster.newsroom.enums import Channel, RevisionState
from broadcaster.newsroom.tables import Publication, Revision, Script


def publish(session: Session, actor: Actor, revision_id: int, channel: Channel, *, now: datetime) -> Revision:
    """Ghi một lượt đăng. Lỗi: ``NotAllowed``, ``NotFound``; ``Conflict`` khi bản sửa không còn được duyệt."""
    actor.require(Action.SCRIPT_WRITE)
    revision = revision_of(session, actor, revision_id)
    if revision.state is not RevisionState.APPROVED:
        raise Conflict("Chỉ đăng được chữ đang được duyệt. Hãy mở bản đã duyệt của bản tin này.")
    values = {"station_id": actor.station_id, "by": actor.name, "at": now, "local_day": today_at(session, actor, now)}
    if insert_if_absent(session, Publication, revision_id=revision.id, channel=channel, **values):
        note(session, actor, "script_published", subject_of(revision), now=now, title=revision.title, channel=channel.label)
    return revision


def text_to_post(revision: Revision) -> str:
    """Chữ để dán: tiêu đề, nội dung."""
    return f"{revision.title.upper()}\n\n{revision.body}\n"


def posted_where(session: Session, actor: Actor, script_id: int) -> dict[int, list[str]]:
    """Bản sửa → những nơi đã đăng, của mọi bản sửa của bản tin. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    revisions = select(Revision.id).join(Script).where(Script.station_id == actor.station_id, Revision.script_id == script_id)
    found: dict[int, list[str]] = {one: [] for one in session.scalars(revisions)}
    query = select(Publication.revision_id, Publication.channel).where(Publication.revision_id.in_(found))
    for revision_id, channel in session.execute(query.order_by(Publication.id)):
        found[revision_id].append(channel.label)
    return found


def published(session: Session, actor: Actor, first: date, last: date) -> dict[Channel, int]:
    """Nơi đăng → số bản tin khác nhau đã đăng trong những ngày ấy. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    query = (
        select(Publication.channel, func.count(func.distinct(Revision.script_id)))
        .join(Revision, Revision.id == Publication.revision_id)
        .where(Publication.station_id == actor.station_id, Publication.local_day.between(first, last))
        .group_by(Publication.channel)
    )
    counts = {row[0]: row[1] for row in session.execute(query)}
    return {channel: counts[channel] for channel in Channel if channel in counts}
