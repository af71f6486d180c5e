"""Xếp tự động các buổi chưa chốt: chỉ tính lại mục máy xếp, giữ nguyên tay người, tôn trọng điều đã gỡ.

Đọc trước, ghi sau: ``filling_gap`` chỉ đọc và nói cần đổi gì; không cần đổi gì thì không có giao dịch ghi nào.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import CursorResult, bindparam, select, update
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.tables import Zone
from broadcaster.traffic.autofill import Candidate, Choice, Paths
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.candidates import Stock
from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.loading import load
from broadcaster.traffic.ordering import anchor, place
from broadcaster.traffic.tables import Item, Programme, Segment
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
    programmes: Sequence[Programme]
    """Các buổi như đã đọc, trước khi đổi."""

    @property
    def moving(self) -> set[int]:
        """Buổi mà thứ tự phát phải đổi."""
        return {change.programme_id for change in self.changes if change.reorders}

    @property
    def settled(self) -> list[Programme]:
        """Buổi mà thứ tự phát đã yên."""
        return [one for one in self.programmes if one.id not in self.moving]


def fill(session: Session, station_id: int, now: datetime) -> int:
    """Tính và đổi ngay trong một giao dịch; trả về số buổi đã đổi."""
    changes = filling_gap(session, station_id, now).changes
    reword(session, changes)
    return sum(apply_change(session, change) for change in changes)


def filling_gap(
    session: Session, station_id: int, now: datetime, *, stock: Stock | None = None, paths: Paths | None = None
) -> FillingGap:
    """Khoảng cách giữa thứ tự phát nên có và đang có; chỉ đọc. ``stock``: kho nhớ giữa các lần; ``paths``: ai cùng nghe."""
    today = local_day(now, zone_of(session, station_id))
    loaded = load(session, station_id, now, stock=stock, paths=paths)
    made = loaded.plan().composition
    by_script = {one.script_id: one for one in loaded.stock}
    choices = {key: tuple(_named(one, loaded.zone_names) for one in found) for key, found in made.choices.items()}
    changes = [_change(one, choices[one.id], by_script) for one in loaded.programmes if one.id in choices]
    without_reform = tuple(day for day in made.without_reform if day >= today)
    return FillingGap(tuple(one for one in changes if one.needed), without_reform, loaded.programmes)


def _named(choice: Choice, names: Mapping[int, str]) -> Choice:
    """Lời giải thích nói thêm mục chỉ vang ở đâu và ai cùng nghe."""
    if not choice.zones:
        return choice
    return replace(choice, why=f"{choice.why}; {where_heard(choice.zones, choice.also, names)}")


def apply_change(session: Session, change: Change) -> bool:
    """Đổi một buổi nếu nó còn đúng như lúc tính; người vừa sửa hoặc buổi vừa chốt thì thôi, lần sau tính lại."""
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
    if claimed.rowcount != 1:
        return False
    query = select(Item).where(Item.programme_id == change.programme_id).order_by(Item.rank, Item.id)
    load_with = selectinload(Item.segment), selectinload(Item.revision), selectinload(Item.zones)
    items = list(session.scalars(query.options(*load_with)))
    for item in items:
        _settle(session, item, change)
    _add(session, [item for item in items if item.id not in change.remove], change)
    session.flush()
    return True


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


def _settle(session: Session, item: Item, change: Change) -> None:
    if item.id in change.remove:
        session.delete(item)
    elif item.id in change.drop:
        item.state, item.reason = ItemState.DROPPED, GONE
    elif item.id in change.point:
        point(item, change.point[item.id])


def _add(session: Session, order: list[Item], change: Change) -> None:
    held = {_key(item): item for item in order if item.placed_by is PlacedBy.RULE and item.revision}
    previous: dict[int, Item] = {}
    for choice in change.choices:
        key = _wanted_key(choice)
        item = held.get(key)
        if item is None and key in change.add:
            item = _new_item(session, change.programme_id, choice)
            position = item.segment.position if item.segment else 0
            place(order, item, after=anchor(order, position, previous.get(choice.segment_id)))
            session.add(item)
        if item is not None:
            previous[choice.segment_id] = item


def _new_item(session: Session, programme_id: int, choice: Choice) -> Item:
    return Item(
        programme_id=programme_id,
        segment=session.get_one(Segment, choice.segment_id),
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


def _key(item: Item) -> _Key:
    assert item.revision is not None
    return item.segment_id, item.revision.script_id, frozenset(zone.id for zone in item.zones)


def _wanted_key(choice: Choice) -> _Key:
    return choice.segment_id, choice.candidate.script_id, choice.zones


def _change(programme: Programme, choices: tuple[Choice, ...], by_script: Mapping[int, Candidate]) -> Change:
    wanted = {_wanted_key(choice): choice for choice in choices}
    remove: set[int] = set()
    drop: set[int] = set()
    pointed: dict[int, Candidate] = {}
    reword: dict[int, str] = {}
    held: set[_Key] = set()
    for item in programme.items:
        if item.revision is None or item.state is not ItemState.WAITING:
            continue
        key = _key(item)
        one = by_script.get(item.revision.script_id)
        by_rule = item.placed_by is PlacedBy.RULE
        if by_rule and (key not in wanted or key in held):
            remove.add(item.id)
        elif one is None or not one.valid_on(programme.day):
            drop.add(item.id)
        else:
            if item.revision_id != one.revision_id:
                pointed[item.id] = one
            if by_rule:
                held.add(key)
                if item.why != wanted[key].why:
                    reword[item.id] = wanted[key].why
    add = frozenset(wanted.keys() - held)
    return Change(programme.id, programme.version, frozenset(remove), frozenset(drop), pointed, choices, add, reword)
