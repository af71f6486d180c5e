"""Từ buổi phát trong cơ sở dữ liệu sang giá trị thuần cho phép chọn: chỗ còn lại, mục được giữ, điều đã gỡ."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select, true
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.tables import Zone
from broadcaster.newsroom.tables import Revision
from broadcaster.traffic.autofill import WEEK, Broadcast, Candidate, Kept, SegmentRule
from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy, ProgrammeState, SegmentKind
from broadcaster.traffic.formats import segments_of, takes_scripts
from broadcaster.traffic.tables import Exclusion, Format, Item, Programme, Segment, Slot
from broadcaster.traffic.topic_counts import Followers, expand, followers

_SPENT = (ItemState.DROPPED, ItemState.SKIPPED, ItemState.FAILED, ItemState.PREEMPTED)
_AHEAD = (ItemState.WAITING, ItemState.ARMED, ItemState.ON_AIR)
_LIVE = (ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING, ProgrammeState.CLOSED)


def load_programmes(session: Session, station_id: int, now: datetime, *, only: Collection[int] | None = None) -> list[Programme]:
    """Buổi chưa chốt, buổi đã chốt, và buổi đã phát đủ gần để còn tính vào giới hạn phát lại; ``only``: chỉ những buổi này."""
    query = select(Programme).where(
        Programme.station_id == station_id,
        Programme.starts_at > now - WEEK - timedelta(days=1),
        Programme.state.in_(_LIVE),
        true() if only is None else Programme.id.in_(only),
    )
    items = selectinload(Programme.items)
    revision = items.selectinload(Item.revision)
    slot = selectinload(Programme.slot)
    return list(
        session.scalars(
            query.options(
                items.selectinload(Item.zones),
                revision.selectinload(Revision.topics),
                revision.selectinload(Revision.column),
                slot.selectinload(Slot.zones),
                slot.selectinload(Slot.format).selectinload(Format.segments),
            ).order_by(Programme.starts_at, Programme.id)
        )
    )


def to_broadcasts(
    session: Session, station_id: int, programmes: Sequence[Programme], by_script: Mapping[int, Candidate], *, now: datetime
) -> list[Broadcast]:
    """Các buổi dưới dạng giá trị mà phép chọn cần."""
    excluded = _excluded(session, [one.id for one in programmes])
    series, later = _series(session, station_id), followers(session, station_id)
    zones = list(session.scalars(select(Zone).where(Zone.station_id == station_id)))
    return [
        replace(
            _broadcast(one, by_script, series, later, now=now),
            zones=_zones(one, zones),
            excluded=excluded.get(one.id, frozenset()),
        )
        for one in programmes
    ]


def _broadcast(
    programme: Programme, by_script: Mapping[int, Candidate], series: Mapping[int, str], later: Followers, *, now: datetime
) -> Broadcast:
    is_open = programme.state is ProgrammeState.PLANNED and programme.starts_at > now
    frame = [item for item in programme.items if item.kind not in (ItemKind.SCRIPT, ItemKind.FILLER) and _alive(item)]
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
            _kept(item, item.revision, later) for item in programme.items if item.revision and _keeps(item, is_open, by_script)
        ),
        rehearsal=programme.rehearsal,
        open=is_open,
    )


def _keeps(item: Item, is_open: bool, by_script: Mapping[int, Candidate]) -> bool:
    if not is_open:
        return _alive(item) and not (item.programme.state is ProgrammeState.CLOSED and item.state in _AHEAD)
    one = by_script.get(item.revision.script_id) if item.revision else None
    person = item.placed_by is PlacedBy.PERSON and item.state is ItemState.WAITING
    return person and one is not None and one.valid_on(item.programme.day)


def _kept(item: Item, revision: Revision, later: Followers) -> Kept:
    ahead = item.state in _AHEAD
    return Kept(
        script_id=revision.script_id,
        segment_id=item.segment_id,
        planned_ms=item.planned_ms,
        is_reform=revision.column is not None and revision.column.is_reform,
        topics=expand((topic.id for topic in revision.topics), later) if ahead else (),
        zones=frozenset(zone.id for zone in item.zones),
        ahead=ahead,
    )


def _rule(segment: Segment, target_ms: int, block: int, series: Mapping[int, str]) -> SegmentRule:
    return SegmentRule(
        segment_id=segment.id,
        target_ms=target_ms,
        genres=segment.genres,
        column_id=segment.column_id,
        rerun_of=None if segment.rerun_of is None else series[segment.rerun_of],
        block=block,
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


def _alive(item: Item) -> bool:
    return item.state not in _SPENT


def _zones(programme: Programme, station: Sequence[Zone]) -> frozenset[int]:
    """TDP của buổi; đài chưa khai TDP nào thì cả phường là vùng số 0, như ``stock.whole_ward``."""
    named = frozenset(zone.id for zone in programme.slot.zones)
    day = programme.day
    valid = {zone.id for zone in station if zone.valid_from <= day and (zone.valid_to is None or day <= zone.valid_to)}
    return named or frozenset(valid) or frozenset({0})


def _excluded(session: Session, programme_ids: Sequence[int]) -> dict[int, frozenset[int]]:
    query = select(Exclusion.programme_id, Exclusion.script_id).where(Exclusion.programme_id.in_(programme_ids))
    found: dict[int, frozenset[int]] = {}
    for programme_id, script_id in session.execute(query):
        found[programme_id] = found.get(programme_id, frozenset()) | {script_id}
    return found


def _series(session: Session, station_id: int) -> dict[int, str]:
    rows = session.execute(select(Slot.id, Slot.series).where(Slot.station_id == station_id))
    return {row.id: row.series for row in rows}
