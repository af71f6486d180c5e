"""Gom mọi dữ liệu mà phép xếp cần, một lần, chỉ đọc: dùng cho việc xếp và cho mọi câu hỏi *vì sao*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from threading import Lock

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.tables import Zone
from broadcaster.traffic import candidates
from broadcaster.traffic.autofill import Broadcast, Candidate, History, Limits, Paths, Topic
from broadcaster.traffic.board import Board
from broadcaster.traffic.broadcasts import load_broadcasts, usable
from broadcaster.traffic.candidates import Stock
from broadcaster.traffic.lookahead import Plan, plan
from broadcaster.traffic.plan_mark import Mark, mark_of


@dataclass(frozen=True)
class Loaded:
    """Đầu vào của phép xếp, và lịch nó xếp ra; không giữ dòng nào của phiên đọc, nên dùng được sau khi phiên đã đóng."""

    broadcasts: Sequence[Broadcast]
    stock: Sequence[Candidate]
    topics: Sequence[Topic]
    limits: Limits
    history: History
    paths: Paths | None
    zone_names: Mapping[int, str]

    def board(self) -> Board:
        """Bàn chưa xếp: chỉ có những gì người đặt, đã chốt và đã phát."""
        return Board(self.broadcasts, self.stock, self.topics, limits=self.limits, history=self.history, paths=self.paths)

    @cached_property
    def plan(self) -> Plan:
        """Mọi buổi còn mở đã xếp xong; xếp một lần."""
        return plan(self.broadcasts, self.stock, self.topics, self.limits, history=self.history, paths=self.paths)


class PlanBook:
    """Lịch đã xếp của mỗi đài, dùng lại chừng nào dấu chưa đổi: trang hỏi *vì sao* mà không phải xếp lại.

    Một tiến trình một sổ; nhiều luồng cùng hỏi thì một luồng đọc và xếp, các luồng kia đợi đúng bản ấy.
    """

    def __init__(self) -> None:
        """Sổ trắng; mất nó chỉ tốn một lần xếp."""
        self._pages: dict[int, _Page] = {}
        self._opening = Lock()

    def loaded(self, session: Session, station_id: int, now: datetime, *, paths: Paths | None, fresh: bool = False) -> Loaded:
        """Mọi thứ như lúc này; ``fresh``: đọc lại dù dấu chưa đổi, để điều dấu có sót cũng tự đúng lại."""
        with self._opening:
            page = self._pages.setdefault(station_id, _Page(station_id))
        with page.lock:
            return page.turn_to(session, now, paths, fresh=fresh)


@dataclass(frozen=True)
class _Version:
    """Bản đã đọc, và dấu lúc đọc; ``broadcasts``: các buổi trước khi lọc theo kho."""

    mark: Mark
    broadcasts: Sequence[Broadcast]
    loaded: Loaded


class _Page:
    """Bản của một đài."""

    def __init__(self, station_id: int) -> None:
        self.station_id, self.lock = station_id, Lock()
        self._stock = Stock()
        self._version: _Version | None = None

    def turn_to(self, session: Session, now: datetime, paths: Paths | None, *, fresh: bool) -> Loaded:
        """Bản đang có nếu còn đúng; không thì đọc phần đã đổi và xếp lại, ngay trong khoá để hai luồng không cùng xếp."""
        if fresh:
            self._version = None
        mark, last = mark_of(session, self.station_id, now), self._version
        if last is None or mark.inputs != last.mark.inputs or paths != last.loaded.paths:
            last = self._version = self._read(session, now, mark, paths)
        last.loaded.plan  # noqa: B018
        return last.loaded

    def _read(self, session: Session, now: datetime, mark: Mark, paths: Paths | None) -> _Version:
        last = self._version if self._version and mark[:3] == self._version.mark[:3] else None
        broadcasts = last.broadcasts if last else load_broadcasts(session, self.station_id, now)
        stock = candidates.candidates(session, self.station_id, mark.today, self._stock)
        shown = usable(broadcasts, {one.script_id: one for one in stock})
        if last and mark.aired == last.mark.aired:
            return _Version(mark, broadcasts, replace(last.loaded, broadcasts=shown, stock=stock, paths=paths))
        loaded = Loaded(
            shown,
            stock,
            candidates.topics(session, self.station_id, {one.day for one in broadcasts}),
            limits(session, self.station_id),
            candidates.history(session, self.station_id, self._stock),
            paths,
            {row.id: row.name for row in session.execute(select(Zone.id, Zone.name).where(Zone.station_id == self.station_id))},
        )
        return _Version(mark, broadcasts, loaded)


def limits(session: Session, station_id: int) -> Limits:
    """Giới hạn phát lại theo cài đặt của đài."""
    get = partial(settings.get, session, station_id)
    return Limits(
        per_week=get(settings.REPEAT_LIMIT),
        spacing=timedelta(hours=get(settings.REPEAT_SPACING_H)),
        total=get(settings.REPEAT_TOTAL),
        preferred=get(settings.PREFERRED_TIMES),
        first_within=timedelta(days=get(settings.FIRST_WITHIN_DAYS)),
        stale_after=timedelta(days=get(settings.STALE_AFTER_DAYS)),
        shared=settings.get(session, station_id, settings.SHARED_OUTPUTS),
    )
