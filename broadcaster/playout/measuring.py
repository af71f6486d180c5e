"""Điều bộ bơm đo được của một mục vào sổ trực: bắt đầu, nhường, vang tiếp, kết thúc. Hỏng thì lần sau ghi từ chỗ dở."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby
from typing import Any

from broadcaster.playout import records
from broadcaster.playout.on_air import ActiveItem, ActiveRun
from broadcaster.playout.station_log import StationLog
from broadcaster.sound.events import Held, Resumed
from broadcaster.sound.frames import FRAME_MS


def write_item(station: StationLog, run: ActiveRun, item_id: int, active: ActiveItem, *, now: datetime) -> None:
    """Mỗi điều một bản ghi; mục đã có kết thúc thì thôi nhớ. Lỗi: ``OutputFailed``."""
    if active.started_at is not None and not active.start_logged:
        body = records.started(active.started_at)
        station.write(records.of_item("started", run.key, item_id, active.started_at, body))
        active.start_logged = True
    while active.turns:
        _write_turn(station, run, item_id, active)
    if active.over:
        ended_at = active.ended_at or now
        until = ended_at if active.sounded else None
        station.write(records.of_item("ended", run.key, item_id, ended_at, active.ended_body(ended_at), until=_text(until)))
        run.sound_until = until or run.sound_until
        del run.items[item_id]


def _write_turn(station: StationLog, run: ActiveRun, item_id: int, active: ActiveItem) -> None:
    """Các kênh nhường (hoặc vang tiếp) cùng một khung là một bản ghi."""
    _, group = next(groupby(list(active.turns), key=lambda turn: (type(turn), turn.frame)))
    turns = list(group)
    outputs = [active.names[turn.channel] for turn in turns if isinstance(turn.channel, int)]
    what, body = _turn(turns[0], outputs)
    station.write(records.of_item(what, run.key, item_id, turns[0].wall, body))
    del active.turns[: len(turns)]


def _turn(turn: Held | Resumed, outputs: list[str]) -> tuple[str, Mapping[str, Any]]:
    if isinstance(turn, Held):
        return "held", records.held(turn.wall, outputs, turn.heard_ms)
    return "resumed", records.resumed(turn.wall, outputs, turn.paused_frames * FRAME_MS)


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
