"""Danh sách bản tin: tìm, lọc, xếp; mọi điều kiện nằm trong địa chỉ, nên gửi cho nhau và quay lại được."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from broadcaster.clock import read_day
from broadcaster.newsroom import queries
from broadcaster.newsroom.enums import WRITTEN, Genre, RevisionState, Sorting
from broadcaster.newsroom.listing import PAGE, ScriptFilter, authors, people, scripts
from broadcaster.web.forms import IDS
from broadcaster.web.pages import local, render, services_of
from broadcaster.web.params import PageNumber
from broadcaster.web.session import SignedIn
from broadcaster.web.topics import labels

router = APIRouter()
T = TypeVar("T")


@router.get("/ban-tin")
def listing(request: Request, signed: SignedIn, trang: PageNumber = 1) -> Response:
    """Bản tin của đài. Sau dấu hỏi: tim, trang_thai, the_loai, nguoi, chuyen_muc, noi_dung_kh, tu, den, xep, trang.

    Giá trị không hiểu được thì coi như không lọc.
    """
    typed, wanted = request.query_params, _filter(request.query_params)
    with services_of(request).database.reading() as session:
        found, total = scripts(session, signed.actor, wanted, page=trang)
        choices = queries.choices(session, signed.actor)
        topics = queries.topic_choices(session, signed.actor, local(services_of(request).clock.now()).date())
        return render(
            request,
            "ban_tin.html",
            signed=signed,
            revisions=found,
            authors=authors(session, found),
            total=total,
            page=trang,
            pages=max(1, -(-total // PAGE)),
            typed={name: typed.get(name, "") for name in _NAMES},
            wanted=wanted,
            narrowed=ScriptFilter(text=wanted.text, sort=wanted.sort) != wanted,
            query=urlencode([(name, typed[name]) for name in _NAMES if typed.get(name)]),
            states=list(RevisionState),
            genres=WRITTEN,
            sortings=list(Sorting),
            people=people(session, signed.actor),
            columns=[(column.id, column.name) for column in choices.columns],
            topics=labels(topics),
        )


_NAMES = ("tim", "trang_thai", "the_loai", "nguoi", "chuyen_muc", "noi_dung_kh", "tu", "den", "xep")


def _filter(typed: QueryParams) -> ScriptFilter:
    return ScriptFilter(
        text=typed.get("tim", "")[:300],
        state=_understood(typed.get("trang_thai"), RevisionState),
        genre=_understood(typed.get("the_loai"), Genre),
        person_id=_understood(typed.get("nguoi"), _row),
        column_id=_understood(typed.get("chuyen_muc"), _row),
        topic_id=_understood(typed.get("noi_dung_kh"), _row),
        since=_understood(typed.get("tu"), _day),
        until=_understood(typed.get("den"), _day),
        sort=_understood(typed.get("xep"), Sorting) or Sorting.CHANGED,
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
