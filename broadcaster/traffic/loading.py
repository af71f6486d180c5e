"""Gom mọi dữ liệu mà phép xếp cần, một lần, chỉ đọc: dùng cho việc xếp và cho mọi câu hỏi *vì sao*."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.tables import Zone
from broadcaster.traffic import candidates
from broadcaster.traffic.autofill import Broadcast, Candidate, History, Limits, Paths, Topic
from broadcaster.traffic.board import Board
from broadcaster.traffic.broadcasts import load_programmes, to_broadcasts
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.candidates import Stock
from broadcaster.traffic.lookahead import Plan, plan
from broadcaster.traffic.tables import Programme
from broadcaster.traffic.timetable import local_day


@dataclass(frozen=True)
class Loaded:
    """Đầu vào của ``lookahead.compose`` và các dòng nó được đọc từ đó."""

    programmes: Sequence[Programme]
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

    def plan(self) -> Plan:
        """Xếp mọi buổi còn mở."""
        return plan(self.broadcasts, self.stock, self.topics, self.limits, history=self.history, paths=self.paths)


def load(session: Session, station_id: int, now: datetime, *, stock: Stock | None = None, paths: Paths | None = None) -> Loaded:
    """Mọi thứ như lúc này; ``stock``: kho nhớ giữa các lần gọi."""
    found = candidates.candidates(session, station_id, local_day(now, zone_of(session, station_id)), stock)
    programmes = load_programmes(session, station_id, now)
    by_script = {one.script_id: one for one in found}
    return Loaded(
        programmes,
        to_broadcasts(session, station_id, programmes, by_script, now=now),
        found,
        candidates.topics(session, station_id, {one.day for one in programmes}),
        limits(session, station_id),
        candidates.history(session, station_id, stock),
        paths,
        {row.id: row.name for row in session.execute(select(Zone.id, Zone.name).where(Zone.station_id == station_id))},
    )


def limits(session: Session, station_id: int) -> Limits:
    """Giới hạn phát lại theo cài đặt của đài."""
    per_week, spacing, total, preferred, first, stale = settings.get_all(
        session,
        station_id,
        settings.REPEAT_LIMIT,
        settings.REPEAT_SPACING_H,
        settings.REPEAT_TOTAL,
        settings.PREFERRED_TIMES,
        settings.FIRST_WITHIN_DAYS,
        settings.STALE_AFTER_DAYS,
    )
    return Limits(
        per_week=per_week,
        spacing=timedelta(hours=spacing),
        total=total,
        preferred=preferred,
        first_within=timedelta(days=first),
        stale_after=timedelta(days=stale),
        shared=settings.get(session, station_id, settings.SHARED_OUTPUTS),
    )
