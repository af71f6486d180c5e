"""Nghe thử: bản ghi của một bản sửa, cho người có quyền xem bản tin."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.newsroom.tables import ReadingSnapshot
from broadcaster.studio.tables import Recording, Take


def recording(session: Session, actor: Actor, recording_id: int) -> Recording:
    """Một bản ghi của đài mình. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.SCRIPT_READ)
    return owned(session, Recording, recording_id, actor)


def preview_of(session: Session, actor: Actor, snapshot: ReadingSnapshot) -> Recording | None:
    """Bản nghe thử của một cách đọc, đang làm hay đã xong; chưa xin thì ``None``. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    query = select(Recording).join(Take, Take.recording_id == Recording.id)
    return session.scalar(query.where(Take.reading_id == snapshot.id, Take.chosen, Recording.station_id == actor.station_id))
