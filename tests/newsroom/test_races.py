"""Hai người bấm cùng một lúc trên một bản: đúng một người được, người kia được nói vì sao; trên cả hai cơ sở dữ liệu."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from broadcaster.errors import BroadcasterError, Conflict
from broadcaster.newsroom.deciding import send_back
from broadcaster.newsroom.enums import DecisionKind, RevisionState
from broadcaster.newsroom.submitting import recall
from broadcaster.newsroom.tables import Decision, Revision
from tests.newsroom.test_walk import decide, state_of, submitted
from tests.support.scene import Scene

ROUNDS = 12
Press = Callable[[Scene, Revision], None]


def approve(scene: Scene, revision: Revision) -> None:
    decide(scene, revision, scene.leader)


def refuse(scene: Scene, revision: Revision) -> None:
    with scene.database.writing() as session:
        send_back(session, scene.leader, revision.id, note="Thiếu số liệu", now=scene.clock.now())


def take_back(scene: Scene, revision: Revision) -> None:
    with scene.database.writing() as session:
        recall(session, scene.writer, revision.id, now=scene.clock.now())


KINDS = {approve: DecisionKind.APPROVED, refuse: DecisionKind.RETURNED, take_back: DecisionKind.RECALLED}
ENDS = {approve: RevisionState.APPROVED, refuse: RevisionState.RETURNED, take_back: RevisionState.DRAFT}


@pytest.mark.parametrize("pair", [(approve, take_back), (approve, refuse), (approve, approve)])
def test_two_presses_at_once_leave_one_winner(scene: Scene, pair: tuple[Press, Press]) -> None:
    for _ in range(ROUNDS):
        revision = submitted(scene)
        won = [press for press, error in zip(pair, at_once(scene, revision, pair), strict=True) if error is None]
        assert len(won) == 1
        assert state_of(scene, revision) is ENDS[won[0]]
        with scene.database.reading() as session:
            decided = session.scalars(select(Decision.kind).where(Decision.revision_id == revision.id)).all()
        assert decided == [KINDS[won[0]]], "người thua không để lại quyết định nào"


def at_once(scene: Scene, revision: Revision, pair: tuple[Press, Press]) -> list[BroadcasterError | None]:
    """Lỗi của từng người, hay ``None``; lỗi lạ thì hỏng phép thử."""
    ready = Barrier(2)

    def go(press: Press) -> BroadcasterError | None:
        ready.wait()
        try:
            press(scene, revision)
        except Conflict as error:
            return error
        return None

    with ThreadPoolExecutor(2) as people:
        return list(people.map(go, pair))
