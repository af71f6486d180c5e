"""Duyệt đúng tiếng đã nghe: giọng người đang chọn phải là bản mà trang duyệt đã cho nghe."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.errors import StaleForm
from broadcaster.newsroom import deciding
from broadcaster.newsroom.drafting import revision_of
from broadcaster.newsroom.tables import Decision
from broadcaster.studio.enums import RecordingSource
from broadcaster.studio.listening import preview_of


def approve(
    session: Session,
    actor: Actor,
    revision_id: int,
    *,
    revision_sha256: str,
    reading_sha256: str,
    recording_sha256: str | None = None,
    note: str = "",
    now: datetime,
) -> Decision:
    """Như ``newsroom.deciding.approve``; ``recording_sha256``: mã tệp giọng người đã nghe, để trống khi là giọng máy.

    Giọng máy luôn đọc đúng cách đọc đã duyệt nên không cần mã tệp. Lỗi: thêm ``StaleForm`` khi giọng vừa bị đổi.
    """
    actor.require(Action.SCRIPT_DECIDE)
    revision = revision_of(session, actor, revision_id, lock=True)
    chosen = preview_of(session, actor, revision.readings[-1]) if revision.readings else None
    human = chosen.sha256 if chosen is not None and chosen.source is RecordingSource.HUMAN else None
    if human != (recording_sha256 or None):
        raise StaleForm("Giọng đọc của bản này vừa được đổi. Hãy tải lại trang, nghe lại rồi duyệt.")
    return deciding.approve(
        session,
        actor,
        revision_id,
        revision_sha256=revision_sha256,
        reading_sha256=reading_sha256,
        recording_sha256=human,
        note=note,
        now=now,
    )
