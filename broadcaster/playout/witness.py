"""Người chứng của phòng phát sóng: mọi mục đã phát thuộc một lượt giữ buổi có thật, mọi lượt đã khép đều có dòng nhật ký."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.airlog.chain import Link
from broadcaster.airlog.enums import Event, Result
from broadcaster.airlog.tables import Airing
from broadcaster.playout.enums import RunState
from broadcaster.playout.tables import Run
from broadcaster.traffic.enums import ItemState
from broadcaster.traffic.tables import Item, Programme

_UNHEARD = frozenset({ItemState.WAITING, ItemState.SKIPPED, ItemState.DROPPED})
_BATCH = 500


class Runs:
    """Đối chiếu lượt giữ buổi, buổi và mục với các dòng nhật ký."""

    events: ClassVar[frozenset[Event]] = frozenset(
        {Event.PROGRAMME_CLAIMED, Event.PROGRAMME_CLOSED, Event.ITEM_ARMED, Event.ITEM_ENDED}
    )

    def begin(self, session: Session, station_id: int) -> _Looking:
        """Nhớ mọi lượt giữ buổi của đài."""
        query = select(Run.id, Run.programme_id).join(Programme, Programme.id == Run.programme_id)
        rows = session.execute(query.where(Programme.station_id == station_id))
        return _Looking(session, {row.id: row.programme_id for row in rows})

    def settle(self, session: Session, station_id: int, seen: Sequence[Any]) -> Iterator[str]:
        """Buổi đã phát xong mà nhật ký không có dòng nào."""
        told = frozenset[int]().union(*(runs for runs, _ in seen))
        for _, late in seen:
            yield from late
        query = select(Run.id, Run.programme_id, Programme.day).join(Programme, Programme.id == Run.programme_id)
        closed = query.where(Programme.station_id == station_id, Run.state == RunState.CLOSED).order_by(Run.id)
        for run_id, programme_id, day in session.execute(closed):
            if run_id not in told:
                yield f"buổi {programme_id} ngày {day:%d/%m/%Y} đã phát xong mà nhật ký không có dòng nào của nó"
        logged = select(Airing.item_id).where(Airing.station_id == station_id)
        aired = select(Item.id, Item.programme_id).join(Programme, Programme.id == Item.programme_id)
        mine = aired.where(Programme.station_id == station_id, Item.state == ItemState.AIRED, Item.id.not_in(logged))
        for item_id, programme_id in session.execute(mine.order_by(Item.id)):
            yield f"mục {item_id} của buổi {programme_id} đã phát mà nhật ký không có dòng nào của nó"


class _Looking:
    def __init__(self, session: Session, runs: dict[int, int]) -> None:
        self._session, self._runs = session, runs
        self._told: set[int] = set()
        self._waiting: list[tuple[int, int, int, bool]] = []

    def look(self, link: Link, body: Any) -> Iterator[str]:
        """Lệnh khẩn cấp mang số âm và không thuộc lượt giữ buổi nào."""
        run_id = link.run_id
        if run_id is None or run_id < 0:
            return
        self._told.add(run_id)
        if run_id not in self._runs:
            yield f"dòng {link.seq}: lượt giữ buổi {run_id} không có thật"
        elif link.item_id is not None:
            heard = link.event == Event.ITEM_ENDED and body["result"] == Result.FULL
            self._waiting.append((link.seq, link.item_id, self._runs[run_id], heard))
            if len(self._waiting) == _BATCH:
                yield from self._compare()

    def seen(self) -> tuple[set[int], list[str]]:
        """Những lượt đã thấy, và điều sai của mẻ cuối."""
        return self._told, list(self._compare())

    def _compare(self) -> Iterator[str]:
        waiting, self._waiting = self._waiting, []
        query = select(Item.id, Item.programme_id, Item.state).where(Item.id.in_({one[1] for one in waiting}))
        items = {item_id: (programme_id, state) for item_id, programme_id, state in self._session.execute(query)}
        for seq, item_id, programme_id, heard in waiting:
            of, state = items.get(item_id, (None, None))
            if of != programme_id:
                yield f"dòng {seq}: mục {item_id} không thuộc buổi {programme_id}"
            elif heard and state in _UNHEARD:
                yield f"dòng {seq}: nhật ký nói mục {item_id} đã phát đủ, thứ tự phát của buổi thì không"
