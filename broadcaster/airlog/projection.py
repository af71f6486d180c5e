"""Chiếu dòng nhật ký thành bảng ``airings`` và ``deliveries``: cùng một hàm khi ghi và khi dựng lại."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from broadcaster.airlog.chain import Link
from broadcaster.airlog.delivered import Reach
from broadcaster.airlog.enums import Event, Mode, Result
from broadcaster.airlog.folding import (
    NO_RUN,
    Values,
    corrected_values,
    ended_values,
    new_values,
    skipped_values,
    started_values,
)
from broadcaster.airlog.line_bodies import listed_deliveries, read_body
from broadcaster.airlog.subjects import Known, scope_values, subject_values
from broadcaster.airlog.tables import Airing, AiringLabel, AiringReach, AiringScope, AiringSubject, ScriptAiring, unindexed
from broadcaster.database.base import Base
from broadcaster.database.upsert import absent_only, insert_or_change

_A, _S, _SUBJECT, _LABEL, _SCOPE, _REACH = (
    cast(Table, one.__table__) for one in (Airing, ScriptAiring, AiringSubject, AiringLabel, AiringScope, AiringReach)
)
_COLUMNS = (_A.c.id, _A.c.station_id, _A.c.script_id, _A.c.result, _A.c.reach_id)
_FIND = select(*_COLUMNS).where(_A.c.run_id == bindparam("run"), _A.c.item_id == bindparam("item"))
_ADD, _CHANGE = insert(_A), update(_A).where(_A.c.id == bindparam("key"))
_PLACES = select(_REACH.c.places).where(_REACH.c.id == bindparam("reach"))
_DROP = delete(_A).where(_A.c.id == bindparam("key"))
_HEARD = select(_A.c.planned_at, _A.c.id, _A.c.started_at, _A.c.local_day, _A.c.zones).where(
    unindexed(_A.c.station_id) == bindparam("station"),
    _A.c.script_id == bindparam("script"),
    unindexed(_A.c.result) == Result.FULL,
    _A.c.mode != Mode.REHEARSAL,
)
_CLEAR = update(_S).where(unindexed(_S.c.station_id) == bindparam("station"), _S.c.script_id == bindparam("script"))


_Stored = Any
"""Một dòng của bảng ``airings``: những cột câu hỏi xin."""


@dataclass(frozen=True, slots=True)
class _Line:
    """Một dòng đang được chiếu; mọi câu lệnh soạn sẵn một lần, không đối tượng nào của phiên bị đụng tới."""

    to: Connection
    link: Link
    body: Values

    def upsert(self, table: Any, key: tuple[str, ...], changed: tuple[str, ...], rows: list[Values]) -> None:
        """Thêm hoặc đổi các dòng."""
        if rows:
            self.to.execute(insert_or_change(self.to.dialect.name, table, key, changed), rows)

    def absent(self, table: Any, row: Values) -> bool:
        """Thêm nếu chưa có; trả về có thêm thật không."""
        return self.to.execute(absent_only(self.to.dialect.name, table), row).rowcount == 1


def project(session: Session, link: Link) -> None:
    """Chiếu một dòng; sự kiện không liên quan tới mục phát thì bỏ qua."""
    handler = _HANDLERS.get(link.event)
    if handler is not None:
        touched = handler(_Line(session.connection(), link, read_body(link.body)))
        if touched is not None:
            forget(session, Airing, touched)


def forget(session: Session, kind: type[Base], row_id: int) -> None:
    """Dòng vừa đổi mà phiên còn giữ bản cũ thì phiên đọc lại; không giữ thì không tốn gì."""
    held = session.identity_map.get(identity_key(kind, row_id))
    if held is not None:
        session.expire(held)


def _planned(line: _Line) -> int | None:
    """Mục đã bị bỏ nay được xếp lại: lời “không phát” trước đó thôi tính, dòng gốc vẫn còn trong nhật ký."""
    taken_back = line.to.execute(_FIND, {"run": NO_RUN, "item": line.link.item_id}).one_or_none()
    if taken_back is None:
        return None
    line.to.execute(_DROP, {"key": taken_back.id})
    return int(taken_back.id)


def _armed(line: _Line) -> int:
    """Lượt phát mới, cùng điều và nơi được phát của nó nếu đây là lần đầu."""
    link, body, known = line.link, line.body, Known(line.link.station_id)
    subject, scope = known.subject(body), known.scope(body)
    mine = {"station_id": link.station_id}
    values, label = subject_values(link.station_id, subject.facts)
    if line.absent(_SUBJECT, {"id": subject.id, "facts": subject.facts, **mine, **values}):
        line.absent(_LABEL, {"id": label.id, **mine, **label.values})
    line.absent(_SCOPE, {"id": scope.id, **mine, **scope_values(scope)})
    airing = new_values(link.station_id, link.seq, link.run_id, body, known)
    _keep_reach(line, listed_deliveries(body).reach)
    (airing_id,) = line.to.execute(_ADD, airing).inserted_primary_key  # type: ignore[misc]
    return int(airing_id)


def _started(line: _Line) -> int | None:
    airing = _find(line)
    return None if airing is None else _put(line, airing, started_values(line.body))


def _ended(line: _Line) -> int | None:
    airing = _find(line)
    if airing is None:
        return None
    return _put(line, airing, {**ended_values(line.body), **_reached(line, airing)})


def _skipped(line: _Line) -> int | None:
    airing = _find(line)
    if airing is None:
        _armed(line)
        airing = _find(line)
        assert airing is not None
    return _put(line, airing, {**skipped_values(line.body), **_reached(line, airing)})


def _checked(line: _Line) -> int | None:
    airing = _find(line)
    if airing is None:
        return None
    found = _reach_of(line, airing).checked(line.body)
    if found is not None:
        line.to.execute(_CHANGE, {"key": airing.id, "last_seq": line.link.seq, "reach_id": _keep_reach(line, found)})
    return int(airing.id)


def _corrected(line: _Line) -> int | None:
    airing = _find(line)
    return None if airing is None else _put(line, airing, corrected_values(line.link.seq, line.body))


def _find(line: _Line) -> _Stored | None:
    run_id = NO_RUN if line.link.run_id is None else line.link.run_id
    return line.to.execute(_FIND, {"run": run_id, "item": line.link.item_id}).one_or_none()


def _put(line: _Line, airing: _Stored, values: Values) -> int:
    """Đổi các cột; lượt này đã hoặc đang là phát đủ thì đếm lại bản tin của nó, dù dòng nào đổi nó."""
    line.to.execute(_CHANGE, {"key": airing.id, "last_seq": line.link.seq, **values})
    if airing.script_id is not None and Result.FULL in (airing.result, values.get("result", airing.result)):
        _tally(line, airing)
    return int(airing.id)


def _reached(line: _Line, airing: _Stored) -> Values:
    """Nơi tới của lượt này sau khi dòng này kể về các cụm loa."""
    return {"reach_id": _keep_reach(line, _reach_of(line, airing).then(listed_deliveries(line.body).reach))}


def _reach_of(line: _Line, airing: _Stored) -> Reach:
    """Ai đó xoá mất thì coi như chưa kể: nhật ký không vì thế mà thôi ghi, phép kiểm sẽ nói."""
    return Reach.stored(line.to.execute(_PLACES, {"reach": airing.reach_id}).scalar_one_or_none() or ())


def _keep_reach(line: _Line, reach: Reach) -> int:
    """Cất một nơi tới nếu chưa có; trả về mã của nó."""
    reach_id = reach.id(line.link.station_id)
    line.absent(_REACH, {"id": reach_id, "station_id": line.link.station_id, "places": reach.places})
    return reach_id


def _tally(line: _Line, airing: _Stored) -> None:
    """Đếm lại bản tin của lượt này từ mọi lượt phát đủ của nó: đính chính cũng chỉ là đếm lại."""
    seq, mine = line.link.seq, {"station_id": airing.station_id, "script_id": airing.script_id}
    line.to.execute(_CLEAR, {"station": airing.station_id, "script": airing.script_id, "count": 0, "last_seq": seq})
    counted = [
        {**mine, "zone_code": code, "count": count, "last_at": last.started_at or last.planned_at, "last_day": last.local_day}
        for code, (count, last) in _counted(line, airing).items()
    ]
    changed = ("count", "last_at", "last_day", "last_seq")
    line.upsert(_S, ("script_id", "zone_code"), changed, [{**one, "last_seq": seq} for one in counted])


def _counted(line: _Line, airing: _Stored) -> dict[str, tuple[int, _Stored]]:
    """TDP → (số lượt phát đủ, lượt sau cùng)."""
    heard = line.to.execute(_HEARD, {"station": airing.station_id, "script": airing.script_id})
    found: dict[str, tuple[int, _Stored]] = {}
    for one in sorted(heard, key=lambda row: (row.planned_at, row.id)):
        for code in one.zones or [""]:
            found[code] = (found[code][0] + 1 if code in found else 1), one
    return found


_HANDLERS: dict[str, Callable[[_Line], int | None]] = {
    Event.ITEM_PLANNED: _planned,
    Event.ITEM_ARMED: _armed,
    Event.ITEM_STARTED: _started,
    Event.ITEM_ENDED: _ended,
    Event.ITEM_SKIPPED: _skipped,
    Event.DELIVERY_CHECKED: _checked,
    Event.CORRECTION: _corrected,
}
"""Dòng → mã lượt phát nó đổi (trống: không lượt nào)."""
