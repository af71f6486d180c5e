"""Tìm, lọc, xếp bản tin, cho trang Bản tin và hộp Duyệt: điều kiện nằm trong địa chỉ, nên gửi cho nhau và quay lại được."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar
from urllib.parse import urlencode

from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from broadcaster.accounts.actor import Actor
from broadcaster.clock import read_day
from broadcaster.newsroom import queries
from broadcaster.newsroom.enums import WRITTEN, Genre, RevisionState, Sorting
from broadcaster.newsroom.listing import PAGE, ScriptFilter, authors, people, scripts
from broadcaster.web.forms import IDS
from broadcaster.web.paging import paged
from broadcaster.web.topics import labels

T = TypeVar("T")
EVERY = ScriptFilter()
NAMES = ("tim", "trang_thai", "the_loai", "nguoi", "chuyen_muc", "noi_dung_kh", "tu", "den", "xep")
"""Tên các điều kiện sau dấu hỏi."""


def found(
    session: Session, actor: Actor, typed: QueryParams, today: date, *, page: int, usual: ScriptFilter = EVERY
) -> dict[str, Any]:
    """Một trang bản tin khớp và mọi điều mẫu ``loc_ban_tin.html`` cần; ``usual``: trạng thái và thứ tự khi người chưa chọn.

    Giá trị không hiểu được thì coi như không lọc. Lỗi: ``NotAllowed``.
    """
    wanted = wanted_of(typed, usual)
    revisions, total = scripts(session, actor, wanted, page=page)
    choices = queries.choices(session, actor)
    return {
        "revisions": revisions,
        "authors": authors(session, revisions),
        **paged(total, page, PAGE),
        "typed": {name: typed.get(name, "") for name in NAMES},
        "wanted": wanted,
        "narrowed": ScriptFilter(text=wanted.text, state=usual.state, sort=wanted.sort) != wanted,
        "searched": ScriptFilter(state=usual.state, sort=wanted.sort) != wanted,
        "query": urlencode([(name, typed[name]) for name in NAMES if typed.get(name)]),
        "states": list(RevisionState),
        "genres": WRITTEN,
        "sortings": list(Sorting),
        "people": people(session, actor),
        "columns": [(column.id, column.name) for column in choices.columns],
        "topics": labels(queries.topic_choices(session, actor, today)),
    }


def wanted_of(typed: QueryParams, usual: ScriptFilter) -> ScriptFilter:
    """Điều kiện đã gõ sau dấu hỏi."""
    return ScriptFilter(
        text=typed.get("tim", "")[:300],
        state=_understood(typed.get("trang_thai"), RevisionState) or usual.state,
        genre=_understood(typed.get("the_loai"), Genre),
        person_id=_understood(typed.get("nguoi"), _row),
        column_id=_understood(typed.get("chuyen_muc"), _row),
        topic_id=_understood(typed.get("noi_dung_kh"), _row),
        since=_understood(typed.get("tu"), _day),
        until=_understood(typed.get("den"), _day),
        sort=_understood(typed.get("xep"), Sorting) or usual.sort,
    )


def _understood(text: str | None, read: Callable[[str], T]) -> T | None:
    try:
        return read(text) if text else None
    except ValueError:
        return None


def _row(text: str) -> int:
    if int(text) not in IDS:
        raise ValueError(text)
    return int(text)


def _day(text: str) -> date:
    return read_day(text.strip())
