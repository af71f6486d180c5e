"""Duyệt đúng tiếng đã nghe: giọng người đang chọn phải là bản mà trang duyệt đã cho nghe."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Action, Actor
from broadcaster.errors import Conflict, NotAllowed, StaleForm
from broadcaster.newsroom import deciding
from broadcaster.newsroom.drafting import revision_of
from broadcaster.newsroom.rules import may_decide
from broadcaster.newsroom.tables import Decision
from broadcaster.studio.enums import RecordingSource, RecordingState
from broadcaster.studio.listening import preview_of
from broadcaster.studio.tables import Recording

_NEXT = "Hãy chờ hệ thống làm lại, hoặc thu giọng người, rồi nghe và duyệt."


def voiceless(recording: Recording) -> bool:
    """Mọi giọng đã thử đều hỏng và chưa có tiếng nào thay: không có gì để nghe, không có gì để phát."""
    if recording.state in (RecordingState.FAILED, RecordingState.REJECTED):
        return True
    return recording.state is not RecordingState.MADE and bool(recording.failures)


def reasons(recording: Recording) -> str:
    """Mỗi giọng hỏng vì sao."""
    return " ".join(dict.fromkeys(one["reason"] for one in recording.failures)) or "đài chưa bật giọng đọc nào."


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

    Giọng máy luôn đọc đúng cách đọc đã duyệt nên không cần mã tệp. Lỗi: thêm ``StaleForm`` khi giọng vừa bị đổi,
    ``Conflict`` khi mọi giọng đều hỏng, ``NotAllowed`` khi chính mình đưa tiếng ấy vào.
    """
    actor.require(Action.SCRIPT_DECIDE)
    revision = revision_of(session, actor, revision_id, lock=True)
    chosen = preview_of(session, actor, revision.readings[-1]) if revision.readings else None
    if chosen is not None and voiceless(chosen):
        raise Conflict(f"Chưa giọng nào đọc được bản này nên không có tiếng để phát: {reasons(chosen)} {_NEXT}")
    human = chosen.sha256 if chosen is not None and chosen.source is RecordingSource.HUMAN else None
    if human != (recording_sha256 or None):
        raise StaleForm("Giọng đọc của bản này vừa được đổi. Hãy tải lại trang, nghe lại rồi duyệt.")
    own_voice = chosen is not None and human is not None and chosen.given_by_id == actor.user_id
    if own_voice:
        _check_may_approve_own_voice(session, actor)
    return deciding.approve(
        session,
        actor,
        revision_id,
        revision_sha256=revision_sha256,
        reading_sha256=reading_sha256,
        recording_sha256=human,
        own_voice=own_voice,
        note=note,
        now=now,
    )


def _check_may_approve_own_voice(session: Session, actor: Actor) -> None:
    """Máy không biết tiếng người có đúng lời không: người thứ hai phải nghe."""
    own_approval = settings.get(session, actor.station_id, settings.OWN_APPROVAL)
    if not may_decide(hands={actor.user_id}, decider_id=actor.user_id, own_approval=own_approval):
        raise NotAllowed("Tiếng này do chính bạn đưa vào. Hãy nhờ lãnh đạo khác nghe rồi duyệt, hoặc đổi lại giọng máy.")
