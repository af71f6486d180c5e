"""Duyệt từ điển: mục nào được nói trong lời xướng, lời chào — những lời phát mà không qua duyệt từng buổi."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.errors import Conflict, Invalid, NotAllowed
from broadcaster.newsroom.dictionary import as_lexicon, live, valid_on
from broadcaster.newsroom.enums import LexiconLayer
from broadcaster.newsroom.rules import may_decide
from broadcaster.newsroom.tables import LexiconRow
from broadcaster.reading import Lexicon


def approved_entries(session: Session, station_id: int, day: date) -> list[LexiconRow]:
    """Mục đã duyệt, có hiệu lực vào ngày ấy: những mục duy nhất mà lời xướng, tin khẩn cấp dùng."""
    return [row for row in live(session, station_id) if row.approved_at is not None and valid_on(row, day)]


def approved_lexicon(session: Session, station_id: int, day: date) -> Lexicon:
    """Từ điển của lời xướng, lời chào."""
    return as_lexicon(approved_entries(session, station_id, day))


def waiting(session: Session, actor: Actor) -> list[LexiconRow]:
    """Mục mới và mục xin thôi đang chờ lãnh đạo, cũ nhất trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    rows = live(session, actor.station_id)
    return [row for row in reversed(rows) if row.approved_at is None or row.end_asked_at is not None]


def approve_entries(session: Session, actor: Actor, ids: Collection[int], *, now: datetime) -> int:
    """Duyệt đúng những mục đã thấy: mục mới vào lời xướng, thay mục cũ cùng chữ; mục xin thôi thì thôi. Trả về số mục.

    Mục không sửa được, chỉ thay bằng mục khác mã, nên mã là đúng điều đã thấy. Lỗi: ``NotAllowed`` khi có mục do chính
    mình dạy, ``Conflict`` khi có mục không còn chờ.
    """
    rows = _chosen(session, actor, ids)
    own = settings.get(session, actor.station_id, settings.OWN_APPROVAL)
    for row in rows:
        if row.approved_at is None and not may_decide(hands=_hands(row), decider_id=actor.user_id, own_approval=own):
            raise NotAllowed(f"“{row.surface}” do chính bạn dạy. Hãy nhờ lãnh đạo khác duyệt.")
    for row in rows:
        if row.approved_at is not None:
            row.ended_at = now
        else:
            row.approved_by, row.approved_by_id, row.approved_title, row.approved_at = (
                actor.name,
                actor.user_id,
                actor.job_title,
                now,
            )
    session.flush()
    _end_replaced(session, actor, rows, now)
    readings = {row.surface: None if row.ended_at else row.reading for row in rows}
    note(session, actor, "lexicon_approved", _subject(rows), now=now, readings=readings)
    return len(rows)


def refuse_entries(session: Session, actor: Actor, ids: Collection[int], *, now: datetime) -> int:
    """Không duyệt: mục mới thôi hẳn, mục xin thôi được dùng lại. Lỗi: ``NotAllowed``, ``Conflict`` khi có mục không còn chờ."""
    rows = _chosen(session, actor, ids)
    for row in rows:
        if row.approved_at is None:
            row.ended_at = now
            for old in live(session, actor.station_id):
                if _place(old) == _place(row) and old.approved_at is not None:
                    old.end_asked_at = old.end_asked_by = None
        else:
            row.end_asked_at = row.end_asked_by = None
    note(session, actor, "lexicon_refused", _subject(rows), now=now, readings={row.surface: row.reading for row in rows})
    return len(rows)


def _chosen(session: Session, actor: Actor, ids: Collection[int]) -> list[LexiconRow]:
    actor.require(Action.SCRIPT_DECIDE)
    if not ids:
        raise Invalid(problems={"muc": "Hãy đánh dấu ít nhất một mục."})
    rows = [row for row in waiting(session, actor) if row.id in ids]
    if len(rows) != len(set(ids)):
        raise Conflict("Có mục người khác vừa quyết hoặc vừa sửa. Hãy xem lại danh sách.")
    return rows


def _end_replaced(session: Session, actor: Actor, rows: Sequence[LexiconRow], now: datetime) -> None:
    """Mục cũ cùng chữ thôi hẳn; danh mục cấp trên mới được duyệt thì cả danh mục cũ đã xin thôi."""
    new = {_place(row): row.id for row in rows if row.ended_at is None}
    above = any(row.layer is LexiconLayer.ABOVE and row.ended_at is None for row in rows)
    for old in live(session, actor.station_id):
        replaced = _place(old) in new and old.id != new[_place(old)] and old.approved_at is not None
        if replaced or (above and old.layer is LexiconLayer.ABOVE and old.end_asked_at is not None):
            old.ended_at = now


def _place(row: LexiconRow) -> tuple[LexiconLayer, str, tuple[str, ...]]:
    return row.layer, row.surface, tuple(row.context)


def _hands(row: LexiconRow) -> frozenset[int]:
    return frozenset() if row.changed_by_id is None else frozenset({row.changed_by_id})


def _subject(rows: Sequence[LexiconRow]) -> str:
    return rows[0].surface if len(rows) == 1 else f"{len(rows)} mục"
