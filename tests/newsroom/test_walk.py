"""Từ nháp tới duyệt: đúng người, đúng bản, đúng lúc; đổi một chữ là phải duyệt lại."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Actor
from broadcaster.accounts.enums import Role
from broadcaster.accounts.tables import AuditEntry
from broadcaster.errors import Conflict, Invalid, NotAllowed, NotFound, StaleForm
from broadcaster.newsroom.deciding import approve, send_back, withdraw
from broadcaster.newsroom.drafting import Draft, create, revise, revision_of, save, widen
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.freezing import reading_sha256, sha256_of
from broadcaster.newsroom.listing import ScriptFilter, scripts
from broadcaster.newsroom.queries import script
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.newsroom.rules import REVISION
from broadcaster.newsroom.submitting import recall, submit
from broadcaster.newsroom.tables import Revision
from tests.support.scene import Scene

DRAFT = Draft(title="Tin CCHC", body="UBND phường công khai thủ tục hành chính.")


def submitted(scene: Scene, draft: Draft = DRAFT, *, author: Actor | None = None) -> Revision:
    """Một bản đang chờ duyệt, mới đọc lại."""
    author = author or scene.writer
    with scene.database.writing() as session:
        revision = create(session, author, draft, now=scene.clock.now())
        submit(session, author, revision.id, version=1, read=read_text(revision.body), now=scene.clock.now())
        return revision


def decide(scene: Scene, revision: Revision, actor: Actor, *, revision_sha256: str | None = None) -> None:
    with scene.database.writing() as session:
        wanted = revision_of(session, actor, revision.id)
        approve(
            session,
            actor,
            revision.id,
            revision_sha256=revision_sha256 or wanted.frozen_sha256 or "",
            reading_sha256=wanted.readings[-1].sha256,
            now=scene.clock.now(),
        )


def state_of(scene: Scene, revision: Revision) -> RevisionState:
    with scene.database.reading() as session:
        return next(one.state for one in script(session, scene.clerk, revision.script_id).revisions if one.id == revision.id)


def test_approval_binds_to_exactly_what_was_shown(scene: Scene) -> None:
    revision = submitted(scene)
    with pytest.raises(StaleForm):
        decide(scene, revision, scene.leader, revision_sha256="0" * 64)
    decide(scene, revision, scene.leader)
    assert state_of(scene, revision) is RevisionState.APPROVED
    with scene.database.reading() as session:
        decision = script(session, scene.auditor, revision.script_id).revisions[0].decisions[-1]
        assert (decision.name, decision.job_title, decision.own_work) == (scene.leader.name, scene.leader.job_title, False)
        assert decision.revision_sha256 == revision.frozen_sha256


def test_a_second_decision_is_told_in_words_who_was_first_and_when(scene: Scene) -> None:
    revision = submitted(scene)
    decide(scene, revision, scene.leader)
    scene.clock.advance(600)
    with pytest.raises(Conflict) as told:
        decide(scene, revision, scene.leader)
    assert told.value.message.startswith(f"Bản này đã được {scene.leader.name} duyệt lúc ")
    assert revision.frozen_sha256 not in told.value.message
    with pytest.raises(Conflict, match="duyệt lúc"), scene.database.writing() as session:
        send_back(session, scene.leader, revision.id, note="Muộn rồi", now=scene.clock.now())


def test_a_new_approved_revision_supersedes_the_old(scene: Scene) -> None:
    first = submitted(scene)
    decide(scene, first, scene.leader)
    with scene.database.writing() as session:
        second = revise(session, scene.writer, first.script_id, now=scene.clock.now())
        assert revise(session, scene.writer, first.script_id, now=scene.clock.now()).id == second.id
        save(session, scene.writer, second.id, replace(DRAFT, body="Chữ mới."), version=1, now=scene.clock.now())
        submit(session, scene.writer, second.id, version=2, read=read_text("Chữ mới."), now=scene.clock.now())
    assert state_of(scene, first) is RevisionState.APPROVED
    decide(scene, second, scene.leader)
    assert (state_of(scene, first), state_of(scene, second)) == (RevisionState.SUPERSEDED, RevisionState.APPROVED)
    with scene.database.writing() as session:
        withdraw(session, scene.leader, first.script_id, note="Số liệu đã cũ", now=scene.clock.now())
    assert state_of(scene, second) is RevisionState.WITHDRAWN


def test_only_the_right_people_and_the_own_station(scene: Scene) -> None:
    revision = submitted(scene)
    with scene.database.writing() as session:
        for actor in (scene.writer, scene.operator, scene.auditor):
            with pytest.raises(NotAllowed):
                approve(session, actor, revision.id, revision_sha256="", reading_sha256="", now=scene.clock.now())
        with pytest.raises(NotFound):
            approve(session, scene.stranger, revision.id, revision_sha256="", reading_sha256="", now=scene.clock.now())
        with pytest.raises(NotFound):
            script(session, scene.stranger, revision.script_id)
        with pytest.raises(NotFound):
            create(session, scene.stranger, replace(DRAFT, column_id=scene.column_id), now=scene.clock.now())
        with pytest.raises(NotAllowed):
            create(session, scene.clerk, DRAFT, now=scene.clock.now())
        with pytest.raises(NotAllowed):
            recall(session, scene.operator, revision.id, now=scene.clock.now())
        assert scripts(session, scene.stranger) == ([], 0)


def test_nobody_approves_own_work_unless_the_station_says_so(scene: Scene) -> None:
    both = replace(scene.leader, roles=frozenset({Role.APPROVER, Role.CONTRIBUTOR}))
    revision = submitted(scene, author=both)
    with pytest.raises(NotAllowed):
        decide(scene, revision, both)
    with scene.database.writing() as session:
        settings.put(session, scene.station_id, "own_approval", True, changed_by="x", now=scene.clock.now())
    decide(scene, revision, both)
    with scene.database.reading() as session:
        assert script(session, both, revision.script_id).revisions[0].decisions[-1].own_work


def _edited_and_sent(scene: Scene, editor: Actor, revision_id: int, draft: Draft) -> Revision:
    """Người ``editor`` mở bản nháp của người khác, sửa rồi tự gửi."""
    with scene.database.writing() as session:
        saved = save(session, editor, revision_id, draft, version=1, now=scene.clock.now())
        submit(session, editor, revision_id, version=saved.version, read=read_text(saved.body), now=scene.clock.now())
        return saved


def test_a_leader_does_not_approve_his_own_words_in_another_name(scene: Scene) -> None:
    both = replace(scene.leader, roles=frozenset({Role.APPROVER, Role.CONTRIBUTOR}))
    with scene.database.writing() as session:
        revision = create(session, scene.writer, DRAFT, now=scene.clock.now())
    _edited_and_sent(scene, both, revision.id, replace(DRAFT, body="Lời của chính lãnh đạo."))
    with pytest.raises(NotAllowed):
        decide(scene, revision, both)
    with scene.database.writing() as session:
        send_back(session, scene.leader, revision.id, note="Thử lại", now=scene.clock.now())
        again = revise(session, scene.writer, revision.script_id, now=scene.clock.now())
        submit(session, scene.writer, again.id, version=1, read=read_text(again.body), now=scene.clock.now())
    with pytest.raises(NotAllowed):
        decide(scene, again, both)
    with scene.database.reading() as session:
        hands = script(session, both, revision.script_id).revisions[-1].hands
        assert [(hand.part.value, hand.name) for hand in hands] == [
            ("wrote", scene.writer.name),
            ("edited", both.name),
            ("submitted", scene.writer.name),
        ]


def test_who_only_sends_does_not_approve_and_who_only_opens_still_may(scene: Scene) -> None:
    both = replace(scene.leader, roles=frozenset({Role.APPROVER, Role.CONTRIBUTOR}))
    with scene.database.writing() as session:
        revision = create(session, scene.writer, DRAFT, now=scene.clock.now())
        submit(session, both, revision.id, version=1, read=read_text(revision.body), now=scene.clock.now())
    with pytest.raises(NotAllowed):
        decide(scene, revision, both)
    with scene.database.writing() as session:
        other = create(session, scene.writer, DRAFT, now=scene.clock.now())
        saved = save(session, both, other.id, DRAFT, version=1, now=scene.clock.now())
        submit(session, scene.writer, other.id, version=saved.version, read=read_text(saved.body), now=scene.clock.now())
    decide(scene, other, both)


def test_the_book_tells_each_step_with_old_and_new(scene: Scene) -> None:
    with scene.database.writing() as session:
        revision = create(session, scene.writer, DRAFT, now=scene.clock.now())
    _edited_and_sent(scene, scene.operator, revision.id, replace(DRAFT, title="Tên mới", body="Một dòng mới."))
    decide(scene, revision, scene.leader)
    with scene.database.writing() as session:
        withdraw(session, scene.leader, revision.script_id, note="Sai số liệu", now=scene.clock.now())
        book = list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    done = ["script_created", "script_edited", "script_submitted", "script_approved", "script_withdrawn"]
    assert [entry.action for entry in book] == done
    assert [entry.user_id for entry in book] == [
        actor.user_id for actor in (scene.writer, scene.operator, scene.operator, scene.leader, scene.leader)
    ]
    changed = book[1].detail["changed"]
    assert changed["title"] == {"old": DRAFT.title, "new": "Tên mới"}
    assert "+ Một dòng mới." in changed["body"]


def test_returned_needs_a_reason_and_ends_that_revision(scene: Scene) -> None:
    revision = submitted(scene)
    with pytest.raises(Invalid), scene.database.writing() as session:
        send_back(session, scene.leader, revision.id, note=" ", now=scene.clock.now())
    with scene.database.writing() as session:
        assert [one.id for one in scripts(session, scene.leader, ScriptFilter(state=RevisionState.SUBMITTED))[0]] == [revision.id]
        send_back(session, scene.leader, revision.id, note="Thiếu số liệu", now=scene.clock.now())
    with pytest.raises(Conflict):
        decide(scene, revision, scene.leader)
    assert state_of(scene, revision) is RevisionState.RETURNED


def test_stale_forms_and_wrong_fields_lose_nothing(scene: Scene) -> None:
    now = scene.clock.now()
    with scene.database.writing() as session:
        revision = create(session, scene.writer, DRAFT, now=now)
        save(session, scene.writer, revision.id, replace(DRAFT, title="Cửa sổ một"), version=1, now=now)
        with pytest.raises(StaleForm):
            save(session, scene.writer, revision.id, replace(DRAFT, title="Cửa sổ hai"), version=1, now=now)
        with pytest.raises(StaleForm):
            submit(session, scene.writer, revision.id, version=2, read=read_text("chữ khác"), now=now)
    wrong = replace(DRAFT, body=" ", valid_from=date(2026, 3, 2), valid_to=date(2026, 3, 1))
    with pytest.raises(Invalid) as caught, scene.database.writing() as session:
        create(session, scene.writer, wrong, now=now)
    assert "valid_to" in caught.value.problems
    assert len(caught.value.problems) == 2


@given(st.sampled_from(list(RevisionState)), st.sampled_from(list(RevisionState)))
def test_ended_states_never_move(old: RevisionState, new: RevisionState) -> None:
    ended = {RevisionState.RETURNED, RevisionState.SUPERSEDED, RevisionState.WITHDRAWN, RevisionState.EXPIRED}
    assert not (old in ended and REVISION.allows(old, new))
    assert not (new is RevisionState.APPROVED and REVISION.allows(old, new) and old is not RevisionState.SUBMITTED)


@given(st.lists(st.text(min_size=1), min_size=1), st.text(), st.text())
def test_any_change_of_a_reading_changes_its_hash(sentences: list[str], engine: str, lexicon: str) -> None:
    base = reading_sha256(sentences, engine_version=engine, lexicon_version=lexicon)
    assert base != reading_sha256([*sentences, "x"], engine_version=engine, lexicon_version=lexicon)
    assert base != reading_sha256([sentences[0] + "x", *sentences[1:]], engine_version=engine, lexicon_version=lexicon)
    assert base != reading_sha256(sentences, engine_version=engine + "x", lexicon_version=lexicon)
    assert sha256_of({"a": 1, "b": 2}) == sha256_of({"b": 2, "a": 1})


def test_who_widens_another_persons_draft_has_a_part_in_it(scene: Scene) -> None:
    both = replace(scene.leader, roles=frozenset({Role.APPROVER, Role.CONTRIBUTOR}))
    today = scene.clock.now().date()
    with scene.database.writing() as session:
        draft = create(session, scene.writer, replace(DRAFT, valid_from=None, valid_to=today), now=scene.clock.now())
        widened = widen(session, both, draft.script_id, today=today, now=scene.clock.now())
        assert [(hand.part.value, hand.name) for hand in widened.hands][-1] == ("edited", both.name)
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "script_edited")).one()
        assert list(told.detail["changed"]) == ["valid_to"]
