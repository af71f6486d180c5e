"""Duyệt từ điển: mục nào được nói trong lời xướng, lời chào — những lời phát mà không qua duyệt từng buổi."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import update
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

_BATCH = 500


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


def waiting_above(session: Session, actor: Actor, newest: int) -> list[int]:
    """Mã mọi mục cấp trên đang chờ tới mục ``newest`` mà trang đã hiện. Lỗi: ``NotAllowed``."""
    return [row.id for row in waiting(session, actor) if row.layer is LexiconLayer.ABOVE and row.id <= newest]


def approve_entries(session: Session, actor: Actor, ids: Collection[int], *, now: datetime) -> int:
    """Duyệt đúng những mục đã thấy: mục mới vào lời xướng, thay mục cũ cùng chữ; mục xin thôi thì thôi. Trả về số mục.

    Mục không sửa được, chỉ thay bằng mục khác mã, nên mã là đúng điều đã thấy. Lỗi: ``NotAllowed`` khi có mục do chính
    mình dạy, ``Conflict`` khi có mục không còn chờ.
    """
    rows = _chosen(session, actor, ids)
    subject, readings = _subject(rows), {row.surface: None if row.approved_at else row.reading for row in rows}
    own = settings.get(session, actor.station_id, settings.OWN_APPROVAL)
    for row in rows:
        if row.approved_at is None and not may_decide(hands=_hands(row), decider_id=actor.user_id, own_approval=own):
            raise NotAllowed(f"“{row.surface}” do chính bạn dạy. Hãy nhờ lãnh đạo khác duyệt.")
    fresh, given_up = _split(rows)
    _set(session, [*_replaced(session, actor, rows), *given_up], {"ended_at": now})
    who = {"approved_by": actor.name, "approved_by_id": actor.user_id, "approved_title": actor.job_title, "approved_at": now}
    _set(session, fresh, who)
    session.expire_all()
    note(session, actor, "lexicon_approved", subject, now=now, readings=readings)
    return len(rows)


def refuse_entries(session: Session, actor: Actor, ids: Collection[int], *, now: datetime) -> int:
    """Không duyệt: mục mới thôi hẳn, mục xin thôi được dùng lại. Lỗi: ``NotAllowed``, ``Conflict`` khi có mục không còn chờ."""
    rows = _chosen(session, actor, ids)
    subject, readings = _subject(rows), {row.surface: row.reading for row in rows}
    refused = {_place(row) for row in rows if row.approved_at is None}
    fresh, kept = _split(rows)
    kept += [old.id for old in live(session, actor.station_id) if old.approved_at is not None and _place(old) in refused]
    _set(session, fresh, {"ended_at": now})
    _set(session, kept, {"end_asked_at": None, "end_asked_by": None})
    session.expire_all()
    note(session, actor, "lexicon_refused", subject, now=now, readings=readings)
    return len(rows)


def _chosen(session: Session, actor: Actor, ids: Collection[int]) -> list[LexiconRow]:
    actor.require(Action.SCRIPT_DECIDE)
    if not ids:
        raise Invalid(problems={"muc": "Hãy đánh dấu ít nhất một mục."})
    rows = [row for row in waiting(session, actor) if row.id in ids]
    if len(rows) != len(set(ids)):
        raise Conflict("Có mục người khác vừa quyết hoặc vừa sửa. Hãy xem lại danh sách.")
    return rows


def _split(rows: Sequence[LexiconRow]) -> tuple[list[int], list[int]]:
    """Mã các mục mới, mã các mục xin thôi."""
    return [row.id for row in rows if row.approved_at is None], [row.id for row in rows if row.approved_at is not None]


def _replaced(session: Session, actor: Actor, rows: Sequence[LexiconRow]) -> list[int]:
    """Mục đã duyệt mà ``rows`` thay: cùng chữ; danh mục cấp trên mới thì cả danh mục cũ đã xin thôi."""
    new = {_place(row) for row in rows if row.approved_at is None}
    above = any(place[0] is LexiconLayer.ABOVE for place in new)
    return [
        old.id
        for old in live(session, actor.station_id)
        if old.approved_at is not None
        and (_place(old) in new or (above and old.layer is LexiconLayer.ABOVE and old.end_asked_at is not None))
    ]


def _set(session: Session, ids: Sequence[int], values: Mapping[str, object]) -> None:
    """Đổi nhiều mục bằng vài câu lệnh: danh mục hai nghìn mục không giữ khoá ghi lâu."""
    for start in range(0, len(ids), _BATCH):
        some = update(LexiconRow).where(LexiconRow.id.in_(ids[start : start + _BATCH]))
        session.execute(some.values(**values).execution_options(synchronize_session=False))


def _place(row: LexiconRow) -> tuple[LexiconLayer, str, tuple[str, ...]]:
    return row.layer, row.surface, tuple(row.context)


def _hands(row: LexiconRow) -> frozenset[int]:
    return frozenset() if row.changed_by_id is None else frozenset({row.changed_by_id})


def _subject(rows: Sequence[LexiconRow]) -> str:
    return rows[0].surface if len(rows) == 1 else f"{len(rows)} mục"
