"""Bộ lọc nhật ký trong địa chỉ trang: đọc vào, giữ chữ đã gõ, và viết lại cho trang sau, cho tệp tải."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from starlette.requests import Request

from broadcaster.airlog.queries import Period
from broadcaster.airlog.searching import AiringFilter, Cursor
from broadcaster.clock import read_day
from broadcaster.errors import Invalid
from broadcaster.reports.log_filter import BAD_DAY, TEXTS, WORDS, params_of, read_filter
from broadcaster.web.pages import VIETNAM

DAYS = 7
_NAMES = ("tu", "den", "ngay", *TEXTS, *WORDS)


@dataclass(frozen=True)
class LogQuery:
    """``typed``: chữ trong các ô; ``problems`` theo ô, khi ấy ``wanted`` là tuần vừa qua không lọc."""

    wanted: AiringFilter
    before: Cursor | None
    typed: dict[str, str]
    problems: dict[str, str]

    @property
    def params(self) -> str:
        """Bộ lọc để ghép vào địa chỉ của tệp tải và trang sau."""
        return urlencode(params_of(self.wanted))

    @property
    def more(self) -> bool:
        """Có lọc điều nằm trong phần “Lọc thêm”."""
        return any(self.typed[name] for name in ("nguoi", "tdp", "cum", "chuyen_muc", "noi_dung", "ly_do", "che_do", "the_loai"))


def read_query(request: Request, today: date) -> LogQuery:
    """Từ địa chỉ trang; ``ngay`` đi thẳng tới cuối ngày ấy. Sai ô nào thì lời nhắn ở ô ấy, chữ đã gõ còn nguyên."""
    told = {name: request.query_params.get(name, "") for name in _NAMES}
    try:
        period, jump = _period(told, today)
        wanted = read_filter(told, period)
        before = Cursor.parse(request.query_params.get("truoc", "")) or jump
    except Invalid as error:
        if not error.problems:
            raise
        week = Period(today - timedelta(days=DAYS - 1), today)
        return LogQuery(AiringFilter(week), None, told, error.problems)
    typed = told | {"tu": told["tu"] or period.first.isoformat(), "den": told["den"] or period.last.isoformat()}
    return LogQuery(wanted, before, typed, {})


def _period(told: dict[str, str], today: date) -> tuple[Period, Cursor | None]:
    jump = _day(told, "ngay")
    last = _day(told, "den") or max(today, jump or today)
    first = _day(told, "tu") or min(last, jump or last) - timedelta(days=DAYS - 1)
    if jump is None:
        return Period(first, last), None
    midnight = datetime.combine(jump + timedelta(days=1), time(), VIETNAM)
    return Period(min(first, jump), max(last, jump)), Cursor(midnight, 0)


def _day(told: dict[str, str], name: str) -> date | None:
    try:
        return read_day(told[name]) if told[name].strip() else None
    except ValueError as error:
        raise Invalid(problems={name: BAD_DAY}) from error
