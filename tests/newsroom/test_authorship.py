"""Ai có phần trong bản sửa, phần ấy theo chữ đi đâu; và bản tin mặc định phát tới hết ngày nào."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Actor
from broadcaster.newsroom.authorship import carry_over, hands_of, take_part
from broadcaster.newsroom.enums import CreditRole, Genre, Part, Priority
from broadcaster.newsroom.tables import Credit, Revision
from broadcaster.newsroom.validity import default_end, default_ends
from tests.support.memory import memory_session

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
LAN = Actor(1, 1, "Nguyễn Thị Lan", "Công chức Văn hóa - Xã hội", frozenset())
HUNG = Actor(2, 1, "Trần Văn Hùng", "Người vận hành đài", frozenset())
MONDAY = date(2026, 3, 2)


@pytest.fixture
def session() -> Iterator[Session]:
    with memory_session() as opened:
        yield opened


def _revision(session: Session, number: int) -> Revision:
    made = Revision(
        script_id=1, number=number, title="Tin", body="Lời.", genre=Genre.NEWS, author_id=7, created_at=NOW, updated_at=NOW
    )
    session.add(made)
    session.flush()
    return made


def _hands(revision: Revision) -> list[tuple[int, Part, str, str, datetime]]:
    return [(hand.user_id, hand.part, hand.name, hand.job_title, hand.at) for hand in revision.hands]


def test_a_part_is_written_once_with_the_name_and_the_title_of_that_day(session: Session) -> None:
    revision = _revision(session, 1)
    assert revision.hands == []
    take_part(session, LAN, revision, Part.WROTE, now=NOW)
    take_part(session, LAN, revision, Part.WROTE, now=LATER)
    take_part(session, HUNG, revision, Part.EDITED, now=LATER)
    assert _hands(revision) == [
        (1, Part.WROTE, LAN.name, LAN.job_title, NOW),
        (2, Part.EDITED, HUNG.name, HUNG.job_title, LATER),
    ]
    assert hands_of(revision) == {1, 2, 7}, "người lập bản nháp cũng có phần"


def test_copied_words_take_their_writers_and_credits_along_but_not_who_sent_them(session: Session) -> None:
    old, new = _revision(session, 1), _revision(session, 2)
    for actor, part in ((LAN, Part.WROTE), (HUNG, Part.SUBMITTED), (HUNG, Part.EDITED)):
        take_part(session, actor, old, part, now=NOW)
    session.add(Credit(revision_id=old.id, role=CreditRole.READER, name="Cô Mai", user_id=3))
    session.flush()
    assert new.hands == []
    carry_over(session, old, new)
    assert _hands(new) == [
        (1, Part.WROTE, LAN.name, LAN.job_title, NOW),
        (2, Part.EDITED, HUNG.name, HUNG.job_title, NOW),
    ]
    credits = session.scalars(select(Credit).where(Credit.revision_id == new.id)).all()
    assert [(one.role, one.name, one.user_id) for one in credits] == [(CreditRole.READER, "Cô Mai", 3)]


def test_a_bulletin_lasts_as_long_as_its_genre_and_a_preferred_one_not_beyond_its_own_end(session: Session) -> None:
    def last(genre: Genre, priority: Priority = Priority.NORMAL) -> int:
        return (default_end(session, 1, genre, priority, MONDAY) - MONDAY).days + 1

    assert {genre: last(genre) for genre in (Genre.NEWS, Genre.FEATURE, Genre.NOTICE, Genre.QA, Genre.MUSIC)} == {
        Genre.NEWS: 14,
        Genre.FEATURE: 60,
        Genre.NOTICE: 10,
        Genre.QA: 180,
        Genre.MUSIC: 14,
    }
    assert last(Genre.FEATURE, Priority.PREFERRED) == 7
    settings.put(session, 1, "valid_days_notice", 3, changed_by="x", now=NOW)
    settings.put(session, 2, "valid_days_news", 5, changed_by="x", now=NOW)
    settings.put(session, 1, "valid_days_preferred", 8, changed_by="x", now=NOW)
    session.flush()
    assert (last(Genre.NOTICE, Priority.PREFERRED), last(Genre.NEWS, Priority.PREFERRED)) == (3, 8)
    ends = default_ends(session, 1, MONDAY)
    assert {genre.value: (end - MONDAY).days + 1 for genre, end in ends.items()} == {
        "news": 14,
        "feature": 60,
        "notice": 3,
        "qa": 180,
        "complaint_answer": 30,
    }
