"""Duyệt đúng bản đã thấy, trả lại có lý do, rút bản đã duyệt; ai, chức danh, lúc nào và mã băm đều được ghi."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from broadcaster.accounts import audit, settings
from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.accounts.names import readable
from broadcaster.accounts.stations import station_of
from broadcaster.errors import Conflict, Invalid, NotAllowed, StaleForm
from broadcaster.newsroom.authorship import hands_of
from broadcaster.newsroom.drafting import revision_of, subject_of
from broadcaster.newsroom.enums import DecisionKind, RevisionState
from broadcaster.newsroom.rules import REVISION, may_decide
from broadcaster.newsroom.submitting import decision_of
from broadcaster.newsroom.tables import Decision, Revision, Script
from broadcaster.newsroom.text import clean_text


def approve(
    session: Session,
    actor: Actor,
    revision_id: int,
    *,
    revision_sha256: str,
    reading_sha256: str,
    recording_sha256: str | None = None,
    own_voice: bool = False,
    note: str = "",
    now: datetime,
) -> Decision:
    """Duyệt đúng bản sửa và cách đọc có hai mã băm đã hiện trên trang; bản duyệt trước của bản tin được thay.

    ``own_voice``: tiếng do chính người duyệt đưa vào, nên cũng là tự duyệt.

    Lỗi: ``StaleForm`` khi mã băm khác, ``NotAllowed`` khi tự duyệt bài mình, ``Conflict`` khi người khác vừa quyết.
    """
    actor.require(Action.SCRIPT_DECIDE)
    revision = revision_of(session, actor, revision_id, lock=True)
    own_approval = settings.get(session, actor.station_id, settings.OWN_APPROVAL)
    if not may_decide(hands=hands_of(revision), decider_id=actor.user_id, own_approval=own_approval):
        raise NotAllowed("Người viết, người sửa, người gửi không tự duyệt bài ấy. Hãy nhờ lãnh đạo khác duyệt.")
    _check_undecided(session, actor, revision, RevisionState.APPROVED)
    if (revision.frozen_sha256, revision.readings[-1].sha256) != (revision_sha256, reading_sha256):
        raise StaleForm("Bản đang chờ duyệt không phải bản bạn vừa xem. Hãy tải lại trang, đọc và nghe lại rồi duyệt.")
    for old in _approved(session, revision.script_id):
        old.state = REVISION.check(old.state, RevisionState.SUPERSEDED)
    session.flush()
    _move(session, revision, RevisionState.APPROVED)
    decision = decision_of(actor, revision, DecisionKind.APPROVED, reason=note, now=now)
    decision.recording_sha256 = recording_sha256
    decision.own_work |= own_voice
    return _kept(session, actor, decision)


def send_back(session: Session, actor: Actor, revision_id: int, *, note: str, now: datetime) -> Decision:
    """Trả lại kèm lý do. Lỗi: ``Invalid`` khi không ghi lý do, ``Conflict`` khi không còn chờ duyệt."""
    actor.require(Action.SCRIPT_DECIDE)
    note = _reason(note, "Hãy ghi vì sao trả lại: người viết cần biết phải sửa gì.")
    revision = revision_of(session, actor, revision_id, lock=True)
    _check_undecided(session, actor, revision, RevisionState.RETURNED)
    _move(session, revision, RevisionState.RETURNED)
    return _decide(session, actor, revision, DecisionKind.RETURNED, reason=note, now=now)


_DONE = {
    DecisionKind.APPROVED: "duyệt",
    DecisionKind.RETURNED: "trả lại",
    DecisionKind.WITHDRAWN: "rút",
    DecisionKind.RECALLED: "lấy lại",
}


def _check_undecided(session: Session, actor: Actor, revision: Revision, wanted: RevisionState) -> None:
    """Bấm lần hai, hay sau người khác: kể ai đã quyết gì, bằng lời. Lỗi: ``Conflict``."""
    if REVISION.allows(revision.state, wanted) or not revision.decisions:
        REVISION.check(revision.state, wanted)
        return
    last = revision.decisions[-1]
    when = f"{last.at.astimezone(ZoneInfo(station_of(session, actor).timezone)):%H:%M ngày %d/%m/%Y}"
    raise Conflict(f"Bản này đã được {last.name} {_DONE[last.kind]} lúc {when}. Không cần bấm nữa.")


def withdraw(session: Session, actor: Actor, script_id: int, *, note: str, now: datetime) -> Decision:
    """Rút bản đang được duyệt của một bản tin: từ lúc này không phát nữa. Lỗi: ``Conflict`` khi không có bản nào đang duyệt."""
    actor.require(Action.SCRIPT_WITHDRAW)
    note = _reason(note, "Hãy ghi vì sao rút bản tin.")
    script = owned(session, Script, script_id, actor)
    approved = _approved(session, script.id)
    if not approved:
        raise Conflict("Bản tin này không có bản nào đang được duyệt để rút.")
    _move(session, approved[0], RevisionState.WITHDRAWN)
    return _decide(session, actor, approved[0], DecisionKind.WITHDRAWN, reason=note, now=now)


def _approved(session: Session, script_id: int) -> list[Revision]:
    query = select(Revision).where(Revision.script_id == script_id, Revision.state == RevisionState.APPROVED)
    return list(session.scalars(query.with_for_update()))


def _move(session: Session, revision: Revision, state: RevisionState) -> None:
    """Chuyển trạng thái bằng UPDATE có điều kiện: hai người cùng bấm thì một người thắng."""
    result = session.execute(
        update(Revision).where(Revision.id == revision.id, Revision.state == revision.state).values(state=state)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise Conflict("Người khác vừa quyết bản này trước bạn. Hãy tải lại trang.")
    session.refresh(revision, ["state"])


def _decide(session: Session, actor: Actor, revision: Revision, kind: DecisionKind, *, reason: str, now: datetime) -> Decision:
    return _kept(session, actor, decision_of(actor, revision, kind, reason=reason, now=now))


_BOOK = {
    DecisionKind.APPROVED: "script_approved",
    DecisionKind.RETURNED: "script_returned",
    DecisionKind.WITHDRAWN: "script_withdrawn",
}


def _kept(session: Session, actor: Actor, decision: Decision) -> Decision:
    session.add(decision)
    session.flush()
    told = {"title": decision.revision.title, "reason": decision.note, "own_work": decision.own_work}
    told |= {"revision_sha256": decision.revision_sha256, "reading_sha256": decision.reading_sha256}
    audit.note(session, actor, _BOOK[decision.kind], subject_of(decision.revision), now=decision.at, **told)
    return decision


def _reason(note: str, problem: str) -> str:
    if not readable(note):
        raise Invalid(problems={"note": problem})
    return clean_text(note).strip()
