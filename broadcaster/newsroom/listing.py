"""Danh sách bản tin: tìm theo từ (thứ tự nào cũng được, có dấu hay không, khớp đúng đứng trước), lọc, xếp, chia trang."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, false, func, select
from sqlalchemy.orm import Session, aliased, selectinload

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.stations import station_of
from broadcaster.accounts.tables import Membership, User
from broadcaster.newsroom.enums import Genre, RevisionState, Sorting
from broadcaster.newsroom.tables import Revision, RevisionHand, RevisionWords, Script, revision_topics
from broadcaster.search_text import fold, tokens

PAGE = 30
_MOST_WORDS = 12


@dataclass(frozen=True)
class ScriptFilter:
    """Điều kiện; ``None`` hay rỗng là không lọc. ``since``, ``until``: ngày sửa gần nhất, kể cả hai đầu, theo giờ của đài."""

    text: str = ""
    state: RevisionState | None = None
    genre: Genre | None = None
    person_id: int | None = None
    column_id: int | None = None
    topic_id: int | None = None
    since: date | None = None
    until: date | None = None
    sort: Sorting = Sorting.CHANGED


def scripts(session: Session, actor: Actor, wanted: ScriptFilter | None = None, *, page: int = 1) -> tuple[list[Revision], int]:
    """Bản sửa mới nhất của mỗi bản tin khớp, một trang; và tổng số khớp. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    wanted = wanted or ScriptFilter()
    newer = aliased(Revision)
    replaced = select(newer.id).where(newer.script_id == Revision.script_id, newer.id > Revision.id).exists()
    zone = ZoneInfo(station_of(session, actor).timezone)
    query = select(Revision.id).join(Script)
    if tokens(wanted.text) or wanted.sort is Sorting.TITLE:
        query = query.join(RevisionWords, RevisionWords.revision_id == Revision.id)
    query = query.where(Script.station_id == actor.station_id, ~replaced, *_conditions(wanted, zone)).order_by(*_order(wanted))
    shown = session.scalars(query.offset((max(1, page) - 1) * PAGE).limit(PAGE)).all()
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = session.scalars(select(Revision).where(Revision.id.in_(shown)).options(selectinload(Revision.column)))
    return sorted(rows, key=lambda one: shown.index(one.id)), total


def matching(session: Session, station_id: int, text: str) -> dict[int, int]:
    """Bản sửa của đài có đủ các từ của ``text`` → hạng khớp, nhỏ là khớp hơn."""
    query = select(RevisionWords.revision_id, _rank(text)).join(Revision, Revision.id == RevisionWords.revision_id).join(Script)
    found = session.execute(query.where(Script.station_id == station_id, _has_words(text)))
    return {row[0]: row[1] for row in found}


def authors(session: Session, revisions: Iterable[Revision]) -> dict[int, str]:
    """Mã người viết → tên, cho một trang danh sách."""
    wanted = {one.author_id for one in revisions}
    return {row[0]: row[1] for row in session.execute(select(User.id, User.full_name).where(User.id.in_(wanted)))}


def people(session: Session, actor: Actor) -> list[tuple[int, str]]:
    """Người của đài, theo tên, để lọc. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    query = select(User.id, User.full_name).join(Membership, Membership.user_id == User.id)
    found = session.execute(query.where(Membership.station_id == actor.station_id)).all()
    return sorted(((row[0], row[1]) for row in found), key=lambda one: fold(one[1].split()[-1] if one[1].split() else ""))


def _conditions(wanted: ScriptFilter, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    hand = select(RevisionHand.revision_id).where(RevisionHand.user_id == wanted.person_id)
    topic = select(revision_topics.c.revision_id).where(revision_topics.c.topic_id == wanted.topic_id)
    tests: list[tuple[object, Any]] = [
        (wanted.text.strip(), _has_words(wanted.text)),
        (wanted.state, Revision.state == wanted.state),
        (wanted.genre, Revision.genre == wanted.genre),
        (wanted.person_id, (Revision.author_id == wanted.person_id) | Revision.id.in_(hand)),
        (wanted.column_id, Revision.column_id == wanted.column_id),
        (wanted.topic_id, Revision.id.in_(topic)),
    ]
    if wanted.since:
        tests.append((True, Revision.updated_at >= _midnight(wanted.since, zone)))
    if wanted.until and wanted.until < date.max:
        tests.append((True, Revision.updated_at < _midnight(wanted.until + timedelta(days=1), zone)))
    return [test for chosen, test in tests if chosen]


def _has_words(text: str) -> ColumnElement[bool]:
    found = tokens(text)[:_MOST_WORDS]
    return and_(*(_begins(RevisionWords.words, fold(word)) for word in found)) if found else false()


def _begins(column: Any, word: str) -> ColumnElement[bool]:
    """Có từ bắt đầu bằng ``word``; từ chỉ gồm chữ và số nên không ký tự nào của LIKE lọt vào."""
    return column.like(f"% {word}%")  # type: ignore[no-any-return]


def _order(wanted: ScriptFilter) -> list[ColumnElement[Any]]:
    newest: list[ColumnElement[Any]] = [Revision.updated_at.desc(), Revision.id.desc()]
    chosen: dict[Sorting, list[ColumnElement[Any]]] = {
        Sorting.CHANGED: newest,
        Sorting.OLDEST: [Revision.updated_at.asc(), Revision.id.asc()],
        Sorting.TITLE: [RevisionWords.title_plain.asc(), RevisionWords.title_lower.asc(), Revision.id.asc()],
        Sorting.ENDING: [Revision.valid_to.is_(None), Revision.valid_to.asc(), *newest],
        Sorting.WAITING: [Revision.submitted_at.is_(None), Revision.submitted_at.asc(), Revision.id.asc()],
    }
    return [*([_rank(wanted.text)] if tokens(wanted.text) else []), *chosen[wanted.sort]]


def _rank(text: str) -> ColumnElement[int]:
    """Cả cụm trong tiêu đề; đúng dấu trong tiêu đề; không dấu trong tiêu đề; đúng dấu trong nội dung; còn lại."""
    typed = tokens(text)[:_MOST_WORDS]
    plain = [fold(word) for word in typed]
    return case(
        (RevisionWords.title_lower.like(f"% {' '.join(typed)} %"), 0),
        (and_(*(_begins(RevisionWords.title_lower, word) for word in typed)), 1),
        (and_(*(_begins(RevisionWords.title_plain, word) for word in plain)), 2),
        (and_(*(_begins(RevisionWords.words, word) for word in typed)), 3),
        else_=4,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
