"""Ghi điều bộ bơm đo được: bắt đầu, nhường, vang tiếp, kết thúc. Mất cơ sở dữ liệu thì lần sau ghi lại từ chỗ dở."""

from __future__ import annotations

from itertools import groupby

import structlog

from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.errors import Conflict
from broadcaster.playout import run_store
from broadcaster.playout.on_air import Airing, Sounding

log = structlog.get_logger(__name__)


def write_measured(database: Database, clock: Clock, station_id: int, airing: Airing) -> None:
    """Mỗi điều một giao dịch ngắn; mục đã ghi kết thúc thì thôi nhớ. Lỗi: ``DatabaseAway``."""
    for item_id, sounding in list(airing.sounding.items()):
        where = run_store.Place(station_id, airing.run_id, item_id)
        if sounding.started_at is not None and not sounding.start_logged:
            with database.writing(eager=True) as session:
                run_store.log_started(session, where, sounding.started_at, now=clock.now())
            sounding.start_logged = True
        if sounding.turns:
            _write_turns(database, clock, where, sounding)
        if sounding.over:
            _write_end(database, clock, where, sounding)
            del airing.sounding[item_id]


def _write_turns(database: Database, clock: Clock, where: run_store.Place, sounding: Sounding) -> None:
    """Các kênh nhường (hoặc vang tiếp) cùng một khung là một dòng."""
    with database.writing(eager=True) as session:
        for _, group in groupby(sounding.turns, key=lambda turn: (type(turn), turn.frame)):
            turns = list(group)
            outputs = [sounding.names[turn.channel] for turn in turns if isinstance(turn.channel, int)]
            run_store.log_turn(session, where, turns[0], outputs, now=clock.now())
    sounding.turns.clear()


def _write_end(database: Database, clock: Clock, where: run_store.Place, sounding: Sounding) -> None:
    try:
        with database.writing(eager=True) as session:
            run_store.log_ended(session, where, sounding, now=clock.now())
    except Conflict:  # lần ghi trước mất kết nối đúng lúc commit: dòng đã nằm đó rồi
        log.warning("mục đã có dòng kết thúc", item=where.item_id)
