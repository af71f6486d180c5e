"""Xếp tự động các buổi chưa chốt: chỉ tính lại mục máy xếp, giữ nguyên tay người, tôn trọng điều đã gỡ.

Đọc trước, ghi sau: ``filling_gap`` chỉ đọc và nói cần đổi gì; không cần đổi gì thì không có giao dịch ghi nào.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, CursorResult, bindparam, delete, select, update
from sqlalchemy.orm import Session, joinedload

from broadcaster.accounts.tables import Zone
from broadcaster.newsroom.tables import Revision
from broadcaster.traffic.autofill import Candidate, Choice, Paths
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.loading import PlanBook
from broadcaster.traffic.ordering import anchor, place
from broadcaster.traffic.tables import Item, Programme, Segment, item_zones
from broadcaster.traffic.timetable import local_day
from broadcaster.traffic.wording import where_heard

GONE = "Bản tin đã rút, hết hiệu lực hoặc chưa được duyệt."


_Key = tuple[int | None, int, frozenset[int]]
"""Một mục máy xếp là: đoạn nào, bản tin nào, riêng TDP nào."""
_NO_ZONES: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Change:
    """Điều phải đổi ở một buổi: mục máy bỏ, mục người mất duyệt, mục sang bản sửa mới, bản tin thêm."""

    programme_id: int
    version: int
    remove: frozenset[int]
    drop: frozenset[int]
    point: Mapping[int, Candidate]
    choices: tuple[Choice, ...]
    add: frozenset[_Key]
    """Lựa chọn trong ``choices`` chưa có mục."""
    held: Mapping[_Key, int]
    """Lựa chọn đã có mục → mục ấy."""
    reword: Mapping[int, str]
    """Mục giữ nguyên mà lời giải thích cũ không còn đúng."""

    @property
    def reorders(self) -> bool:
        """Thứ tự phát đổi, không chỉ lời giải thích."""
        return bool(self.remove or self.drop or self.point or self.add)

    @property
    def needed(self) -> bool:
        """Có gì phải đổi không."""
        return self.reorders or bool(self.reword)


@dataclass(frozen=True)
class FillingGap:
    """Các buổi phải đổi, và ngày nào vẫn không có mục CCHC."""

    changes: tuple[Change, ...]
    without_reform: tuple[date, ...]


class _Open(NamedTuple):
    """Buổi chưa chốt."""

    programme_id: int
    version: int
    day: date


@dataclass(frozen=True)
class _Held:
    """Tin bài chờ phát đang có trong một buổi chưa chốt."""

    item_id: int
    script_id: int
    revision_id: int
    by_rule: bool
    why: str
    key: _Key


def fill(session: Session, station_id: int, now: datetime) -> int:
    """Tính và đổi ngay trong một giao dịch; trả về số buổi đã đổi."""
    changes = filling_gap(session, station_id, now, book=PlanBook(), paths=None).changes
    reword(session, changes)
    return apply_changes(session, changes)


def filling_gap(
    session: Session, station_id: int, now: datetime, *, book: PlanBook, paths: Paths | None, fresh: bool = False
) -> FillingGap:
    """Khoảng cách giữa thứ tự phát nên có và đang có; chỉ đọc. ``book``, ``paths``, ``fresh``: như ``PlanBook.loaded``."""
    today = local_day(now, zone_of(session, station_id))
    loaded = book.loaded(session, station_id, now, paths=paths, fresh=fresh)
    made = loaded.plan.composition
    by_script = {one.script_id: one for one in loaded.stock}
    choices = {key: tuple(_named(one, loaded.zone_names) for one in found) for key, found in made.choices.items()}
    changes = _changes(session, station_id, choices, by_script)
    without_reform = tuple(day for day in made.without_reform if day >= today)
    return FillingGap(tuple(one for one in changes if one.needed), without_reform)


def _changes(
    session: Session, station_id: int, choices: Mapping[int, tuple[Choice, ...]], by_script: Mapping[int, Candidate]
) -> Iterator[Change]:
    held = _held(session, station_id)
    planned = select(Programme.id, Programme.version, Programme.day).where(*_planned(station_id))
    for row in session.execute(planned.order_by(Programme.starts_at, Programme.id)):
        one = _Open(*row)
        if one.programme_id in choices:
            yield _change(one, held.get(one.programme_id, []), choices[one.programme_id], by_script)


def _held(session: Session, station_id: int) -> dict[int, list[_Held]]:
    """Buổi chưa chốt → tin bài chờ phát trong đó, theo thứ tự phát."""
    waiting = *_planned(station_id), Item.state == ItemState.WAITING, Item.revision_id.is_not(None)
    query = (
        select(Item.programme_id, Item.id, Item.segment_id, Item.revision_id, Revision.script_id, Item.placed_by, Item.why)
        .join(Programme, Programme.id == Item.programme_id)
        .join(Revision, Revision.id == Item.revision_id)
        .where(*waiting)
    )
    narrow = select(item_zones).join(Item, Item.id == item_zones.c.item_id).join(Programme, Programme.id == Item.programme_id)
    zones: dict[int, frozenset[int]] = {}
    for row in session.execute(narrow.where(*waiting)):
        zones[row.item_id] = zones.get(row.item_id, _NO_ZONES) | {row.zone_id}
    found: dict[int, list[_Held]] = {}
    for row in session.execute(query.order_by(Item.rank, Item.id)):
        key = row.segment_id, row.script_id, zones.get(row.id, _NO_ZONES)
        by_rule = row.placed_by is PlacedBy.RULE
        found.setdefault(row.programme_id, []).append(_Held(row.id, row.script_id, row.revision_id, by_rule, row.why, key))
    return found


def _planned(station_id: int) -> tuple[ColumnElement[bool], ...]:
    return Programme.station_id == station_id, Programme.state == ProgrammeState.PLANNED


def _named(choice: Choice, names: Mapping[int, str]) -> Choice:
    """Lời giải thích nói thêm mục chỉ vang ở đâu và ai cùng nghe."""
    if not choice.zones:
        return choice
    return replace(choice, why=f"{choice.why}; {where_heard(choice.zones, choice.also, names)}")


def apply_changes(session: Session, changes: Iterable[Change]) -> int:
    """Đổi các buổi còn đúng như lúc tính; người vừa sửa hoặc buổi vừa chốt thì thôi, lần sau tính lại. Trả về số buổi đã đổi."""
    won = [change for change in changes if _claim(session, change)]
    _take_out(session, [item_id for change in won for item_id in change.remove])
    orders, segments = _orders(session, won), _segments(session, won)
    for change in won:
        order = orders[change.programme_id]
        for item in order:
            _settle(item, change)
        _add(session, order, segments, change)
    session.flush()
    return len(won)


def _claim(session: Session, change: Change) -> bool:
    claimed = session.execute(
        update(Programme)
        .where(
            Programme.id == change.programme_id,
            Programme.state == ProgrammeState.PLANNED,
            Programme.version == change.version,
        )
        .values(version=change.version + 1)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(claimed, CursorResult)
    return claimed.rowcount == 1


def _orders(session: Session, changes: Sequence[Change]) -> dict[int, list[Item]]:
    """Buổi → các mục theo thứ tự phát."""
    found: dict[int, list[Item]] = {change.programme_id: [] for change in changes}
    query = select(Item).where(Item.programme_id.in_(found)).order_by(Item.rank, Item.id)
    for item in session.scalars(query.options(joinedload(Item.segment)).execution_options(populate_existing=True)):
        found[item.programme_id].append(item)
    return found


def reword(session: Session, changes: Iterable[Change]) -> None:
    """Sửa lời giải thích không còn đúng của những mục giữ nguyên chỗ, trong buổi chưa chốt; số lần sửa của buổi không tăng."""
    told = [{"b_id": item_id, "b_why": why} for change in changes for item_id, why in change.reword.items()]
    if told:
        planned = select(Programme.id).where(Programme.state == ProgrammeState.PLANNED)
        query = update(Item.__table__).where(  # type: ignore[arg-type]
            Item.id == bindparam("b_id"), Item.state == ItemState.WAITING, Item.programme_id.in_(planned)
        )
        session.connection().execute(query.values(why=bindparam("b_why")), told)


def point(item: Item, one: Candidate) -> None:
    """Mục trỏ sang bản sửa mới; bản ghi cũ không bao giờ phát dưới duyệt của chữ mới."""
    item.revision_id, item.planned_ms = one.revision_id, one.length_ms
    item.recording_id, item.wanted_id = one.recording_id, None


def _take_out(session: Session, item_ids: Collection[int]) -> None:
    if item_ids:
        session.execute(delete(item_zones).where(item_zones.c.item_id.in_(item_ids)))
        session.execute(delete(Item).where(Item.id.in_(item_ids)))


def _settle(item: Item, change: Change) -> None:
    if item.id in change.drop:
        item.state, item.reason = ItemState.DROPPED, GONE
    elif item.id in change.point:
        point(item, change.point[item.id])


def _add(session: Session, order: list[Item], segments: Mapping[int, Segment], change: Change) -> None:
    by_id = {item.id: item for item in order}
    previous: dict[int, Item] = {}
    for choice in change.choices:
        key = _wanted_key(choice)
        item = by_id.get(change.held.get(key, 0))
        if item is None and key in change.add:
            segment = segments[choice.segment_id]
            item = _new_item(session, change.programme_id, choice, segment)
            place(order, item, after=anchor(order, segment.position, previous.get(choice.segment_id)))
            session.add(item)
        if item is not None:
            previous[choice.segment_id] = item


def _segments(session: Session, changes: Iterable[Change]) -> dict[int, Segment]:
    """Đoạn sắp nhận mục mới."""
    wanted = {key[0] for change in changes for key in change.add}
    found = session.scalars(select(Segment).where(Segment.id.in_(wanted))) if wanted else ()
    return {one.id: one for one in found}


def _new_item(session: Session, programme_id: int, choice: Choice, segment: Segment) -> Item:
    return Item(
        programme_id=programme_id,
        segment=segment,
        kind=ItemKind.SCRIPT,
        revision_id=choice.candidate.revision_id,
        recording_id=choice.candidate.recording_id,
        planned_ms=choice.candidate.length_ms,
        placed_by=PlacedBy.RULE,
        state=ItemState.WAITING,
        why=choice.why,
        zones=_zones(session, choice),
    )


def _zones(session: Session, choice: Choice) -> list[Zone]:
    return list(session.scalars(select(Zone).where(Zone.id.in_(choice.zones)).order_by(Zone.position))) if choice.zones else []


def _wanted_key(choice: Choice) -> _Key:
    return choice.segment_id, choice.candidate.script_id, choice.zones


def _change(programme: _Open, items: Iterable[_Held], choices: tuple[Choice, ...], by_script: Mapping[int, Candidate]) -> Change:
    wanted = {_wanted_key(choice): choice for choice in choices}
    remove: set[int] = set()
    drop: set[int] = set()
    pointed: dict[int, Candidate] = {}
    reword: dict[int, str] = {}
    held: dict[_Key, int] = {}
    for item in items:
        one = by_script.get(item.script_id)
        if item.by_rule and (item.key not in wanted or item.key in held):
            remove.add(item.item_id)
        elif one is None or not one.valid_on(programme.day):
            drop.add(item.item_id)
        else:
            if item.revision_id != one.revision_id:
                pointed[item.item_id] = one
            if item.by_rule:
                held[item.key] = item.item_id
                if item.why != wanted[item.key].why:
                    reword[item.item_id] = wanted[item.key].why
    add = frozenset(wanted.keys() - held.keys())
    return Change(
        programme.programme_id, programme.version, frozenset(remove), frozenset(drop), pointed, choices, add, held, reword
    )
