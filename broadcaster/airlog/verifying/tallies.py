"""Số lần mỗi bản tin đã phát tới mỗi TDP, đếm lại từ bảng lượt phát (đã so với nhật ký) rồi so với bảng đếm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import and_, func, select, type_coerce
from sqlalchemy.types import String

from broadcaster.airlog.enums import Mode, Result
from broadcaster.airlog.tables import Airing, ScriptAiring
from broadcaster.airlog.verifying.reader import Reader
from broadcaster.database.types import read_json

_airing, _tally = Airing.__table__.c, ScriptAiring.__table__.c
_Tally = tuple[int, dict[str, tuple[int, Any, Any]]]
"""Bản tin, và TDP → (số lượt, lượt sau cùng, ngày của nó)."""


def tally_faults(reader: Reader) -> Iterator[str]:
    """Bản tin nào bảng đếm nói khác bảng lượt phát."""
    counted, stored = _counted(reader), _stored(reader)
    left, right = next(counted, None), next(stored, None)
    while left is not None or right is not None:
        if left == right:
            left, right = next(counted, None), next(stored, None)
            continue
        script_id = min(one[0] for one in (left, right) if one is not None)
        yield f"bản tin {script_id}: số lần đã phát khác nhật ký"
        if left is not None and left[0] == script_id:
            left = next(counted, None)
        if right is not None and right[0] == script_id:
            right = next(stored, None)


def _counted(reader: Reader) -> Iterator[_Tally]:
    heard = and_(
        _airing.station_id == reader.station_id,
        _airing.script_id.is_not(None),
        _airing.result == Result.FULL,
        _airing.mode != Mode.REHEARSAL,
    )
    at = func.coalesce(type_coerce(_airing.started_at, String), type_coerce(_airing.planned_at, String))
    query = select(_airing.script_id, type_coerce(_airing.zones, String), at, _airing.local_day).where(heard)

    def fold(rows: Iterator[Any]) -> dict[str, tuple[int, Any, Any]]:
        found: dict[str, tuple[int, Any, Any]] = {}
        for _, zones, moment, day in rows:
            for code in read_json(zones) or [""]:
                found[code] = (found[code][0] + 1 if code in found else 1), moment, day
        return found

    yield from _grouped(reader.rows(query.order_by(_airing.script_id, _airing.planned_at, _airing.id)), fold)


def _stored(reader: Reader) -> Iterator[_Tally]:
    mine = and_(_tally.station_id == reader.station_id, _tally.count > 0)
    columns = (_tally.script_id, _tally.zone_code, _tally.count, type_coerce(_tally.last_at, String), _tally.last_day)
    rows = reader.rows(select(*columns).where(mine).order_by(_tally.script_id))
    yield from _grouped(rows, lambda group: {code: (count, at, day) for _, code, count, at, day in group})


def _grouped(rows: Iterator[Any], fold: Callable[[Iterator[Any]], dict[str, tuple[int, Any, Any]]]) -> Iterator[_Tally]:
    for script_id, group in groupby(rows, key=itemgetter(0)):
        yield script_id, fold(group)
