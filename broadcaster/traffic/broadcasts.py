"""Từ buổi phát trong cơ sở dữ liệu sang giá trị thuần cho phép chọn: chỗ còn lại, mục được giữ, điều đã gỡ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.tables import Zone
from broadcaster.newsroom.tables import Column, Revision, revision_topics
from broadcaster.traffic.autofill import WEEK, Broadcast, Candidate, Kept, SegmentRule
from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy, ProgrammeState, SegmentKind
from broadcaster.traffic.formats import segments_of, takes_scripts
from broadcaster.traffic.tables import Exclusion, Format, Item, Programme, Segment, Slot, item_zones
from broadcaster.traffic.topic_counts import Followers, expand, followers

SPENT_ITEMS = (ItemState.DROPPED, ItemState.SKIPPED, ItemState.FAILED, ItemState.PREEMPTED)
AHEAD_ITEMS = (ItemState.WAITING, ItemState.ARMED, ItemState.ON_AIR)
LOOK_BACK = WEEK + timedelta(days=1)
"""Buổi đã phát trong chừng này còn tính vào giới hạn phát lại."""
_LIVE = (ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING, ProgrammeState.CLOSED)


def load_broadcasts(session: Session, station_id: int, now: datetime) -> list[Broadcast]:
    """Buổi chưa chốt, buổi đã chốt, và buổi đã phát đủ gần để còn tính vào giới hạn phát lại, theo giờ phát.

    Mục người đặt được giữ cả khi bản tin của nó không còn dùng được: ``usable`` bỏ chúng theo kho của lúc hỏi.
    """
    programmes = _load(session, station_id, now)
    items, later = _items(session, station_id, now), followers(session, station_id)
    excluded = _excluded(session, [one.id for one in programmes])
    series = _series(session, station_id)
    zones = list(session.scalars(select(Zone).where(Zone.station_id == station_id)))
    return [
        replace(
            _broadcast(one, items.get(one.id, []), series, later, now=now),
            zones=_zones(one, zones),
            excluded=excluded.get(one.id, frozenset()),
        )
        for one in programmes
    ]


def usable(broadcasts: Iterable[Broadcast], by_script: Mapping[int, Candidate]) -> list[Broadcast]:
    """Buổi còn mở thì bỏ mục người đặt mà bản tin không còn được duyệt hay hết hiệu lực vào ngày ấy."""
    return [_usable(one, by_script) if one.open and one.kept else one for one in broadcasts]


def _usable(one: Broadcast, by_script: Mapping[int, Candidate]) -> Broadcast:
    kept = tuple(kept for kept in one.kept if (found := by_script.get(kept.script_id)) and found.valid_on(one.day))
    return one if kept == one.kept else replace(one, kept=kept)


def _load(session: Session, station_id: int, now: datetime) -> Sequence[Programme]:
    slot = selectinload(Programme.slot)
    segments = slot.selectinload(Slot.format).selectinload(Format.segments)
    query = select(Programme).where(*_live(station_id, now)).order_by(Programme.starts_at, Programme.id)
    return session.scalars(query.options(slot.selectinload(Slot.zones), segments)).all()


def _live(station_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Programme.station_id == station_id, Programme.starts_at > now - LOOK_BACK, Programme.state.in_(_LIVE)


class _Row(NamedTuple):
    """Phần của một mục mà phép chọn cần: đọc từng cột, vì dựng ba trăm đối tượng tốn hơn cả phép chọn."""

    id: int
    programme_id: int
    segment_id: int | None
    kind: ItemKind
    planned_ms: int
    state: ItemState
    placed_by: PlacedBy
    revision_id: int | None
    script_id: int | None
    is_reform: bool | None
    zones: frozenset[int] = frozenset()
    topics: frozenset[int] = frozenset()

    @property
    def alive(self) -> bool:
        """Chưa bị gỡ, bỏ, hỏng hay nhường."""
        return self.state not in SPENT_ITEMS

    @property
    def ahead(self) -> bool:
        """Chưa vang."""
        return self.state in AHEAD_ITEMS


def _items(session: Session, station_id: int, now: datetime) -> dict[int, list[_Row]]:
    """Buổi → các mục theo thứ tự phát."""
    live = _live(station_id, now)
    query = (
        select(
            Item.id,
            Item.programme_id,
            Item.segment_id,
            Item.kind,
            Item.planned_ms,
            Item.state,
            Item.placed_by,
            Item.revision_id,
            Revision.script_id,
            Column.is_reform,
        )
        .join(Programme, Programme.id == Item.programme_id)
        .outerjoin(Revision, Revision.id == Item.revision_id)
        .outerjoin(Column, Column.id == Revision.column_id)
        .where(*live, Item.kind != ItemKind.FILLER)
    )
    narrow = select(item_zones.c.item_id, item_zones.c.zone_id).join(Item, Item.id == item_zones.c.item_id)
    marked = select(Item.id, revision_topics.c.topic_id).join(revision_topics, revision_topics.c.revision_id == Item.revision_id)
    zones = _sets(session.execute(narrow.join(Programme, Programme.id == Item.programme_id).where(*live)))
    topics = _sets(
        session.execute(marked.join(Programme, Programme.id == Item.programme_id).where(*live, Item.state.in_(AHEAD_ITEMS)))
    )
    found: dict[int, list[_Row]] = {}
    for row in session.execute(query.order_by(Item.rank, Item.id)):
        one = _Row._make((*row, zones.get(row.id, frozenset()), topics.get(row.id, frozenset())))
        found.setdefault(one.programme_id, []).append(one)
    return found


def _sets(rows: Iterable[Row[*tuple[int, int]]]) -> dict[int, frozenset[int]]:
    found: dict[int, frozenset[int]] = {}
    for key, value in rows:
        found[key] = found.get(key, frozenset()) | {value}
    return found


def _broadcast(
    programme: Programme, items: Sequence[_Row], series: Mapping[int, str], later: Followers, *, now: datetime
) -> Broadcast:
    is_open = programme.state is ProgrammeState.PLANNED and programme.starts_at > now
    frame = [item for item in items if item.kind is not ItemKind.SCRIPT and item.alive]
    stretches = _in_blocks(programme)
    return Broadcast(
        programme_id=programme.id,
        series=programme.slot.series,
        day=programme.day,
        at=programme.starts_at,
        zones=frozenset(),
        room_ms=programme.length_ms - sum(item.planned_ms for item in frame),
        segments=tuple(_rule(one, ms, block, series) for one, ms, block in stretches if takes_scripts(one)),
        blocks=_blocks(stretches),
        kept=tuple(
            _kept(item, item.script_id, later)
            for item in items
            if item.script_id is not None and _keeps(item, programme, is_open=is_open)
        ),
        rehearsal=programme.rehearsal,
        open=is_open,
        format_id=programme.slot.format_id,
    )


def _keeps(item: _Row, programme: Programme, *, is_open: bool) -> bool:
    if is_open:
        return item.placed_by is PlacedBy.PERSON and item.state is ItemState.WAITING
    return item.alive and not (programme.state is ProgrammeState.CLOSED and item.ahead)


def _kept(item: _Row, script_id: int, later: Followers) -> Kept:
    return Kept(
        script_id=script_id,
        segment_id=item.segment_id,
        planned_ms=item.planned_ms,
        is_reform=bool(item.is_reform),
        topics=expand(item.topics, later),
        zones=item.zones,
        ahead=item.ahead,
    )


def _rule(segment: Segment, target_ms: int, block: int, series: Mapping[int, str]) -> SegmentRule:
    return SegmentRule(
        segment_id=segment.id,
        target_ms=target_ms,
        genres=segment.genres,
        column_id=segment.column_id,
        rerun_of=None if segment.rerun_of is None else series[segment.rerun_of],
        block=block,
        name=segment.name,
    )


def _in_blocks(programme: Programme) -> list[tuple[Segment, int, int]]:
    """Các đoạn của buổi: (đoạn, mili giây, khoảng thứ mấy); mỗi mục giờ cứng mở một khoảng mới."""
    found: list[tuple[Segment, int, int]] = []
    block = 0
    for segment, ms in segments_of(programme):
        block += segment.hard and bool(found)
        found.append((segment, ms, block))
    return found


def _blocks(stretches: Sequence[tuple[Segment, int, int]]) -> tuple[int, ...]:
    """Chỗ cho tin bài và nhạc của từng khoảng; một khoảng thì để ``room_ms`` nói."""
    if not stretches or not stretches[-1][2]:
        return ()
    rooms = [0] * (stretches[-1][2] + 1)
    for segment, ms, block in stretches:
        if segment.kind in (SegmentKind.SCRIPTS, SegmentKind.FILLER):
            rooms[block] += ms
    return tuple(rooms)


def _zones(programme: Programme, station: Sequence[Zone]) -> frozenset[int]:
    """TDP của buổi; đài chưa khai TDP nào thì cả phường là vùng số 0, như ``stock.whole_ward``."""
    named = frozenset(zone.id for zone in programme.slot.zones)
    day = programme.day
    valid = {zone.id for zone in station if zone.valid_from <= day and (zone.valid_to is None or day <= zone.valid_to)}
    return named or frozenset(valid) or frozenset({0})


def _excluded(session: Session, programme_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    query = select(Exclusion.programme_id, Exclusion.script_id).where(Exclusion.programme_id.in_(programme_ids))
    return _sets(session.execute(query))


def _series(session: Session, station_id: int) -> dict[int, str]:
    rows = session.execute(select(Slot.id, Slot.series).where(Slot.station_id == station_id))
    return {row.id: row.series for row in rows}
