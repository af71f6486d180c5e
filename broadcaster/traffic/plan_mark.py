"""Dấu của lịch: đổi khi và chỉ khi một điều mà việc lên lịch, xếp hay cảnh báo đọc đã đổi; dòng nhật ký khác không làm nó đổi.

Một truy vấn gom nguyên giá trị của các dòng ấy (kho duyệt, lượt phát: tổng và số lớn nhất), nên không ai phải nhớ gõ chuông.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache, reduce
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    ScalarSelect,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.tables import Setting, Station, Zone
from broadcaster.airlog.tables import ScriptAiring
from broadcaster.database.base import Row
from broadcaster.database.types import UtcDateTime
from broadcaster.newsroom.tables import Column, Decision, Plan, PlanTopic, Revision
from broadcaster.studio.tables import Recording
from broadcaster.traffic.broadcasts import AHEAD_ITEMS, LOOK_BACK, SPENT_ITEMS
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.candidates import approved
from broadcaster.traffic.emptiness import NOTICE
from broadcaster.traffic.enums import ItemKind, PlacedBy, ProgrammeState
from broadcaster.traffic.tables import (
    DayException,
    Exclusion,
    Format,
    Item,
    Programme,
    QuietException,
    Segment,
    Slot,
    item_zones,
    slot_zones,
)
from broadcaster.traffic.timetable import local_day

SETTINGS = (
    settings.PLAN_DAYS,
    settings.QUIET_FROM,
    settings.QUIET_TO,
    settings.REPEAT_LIMIT,
    settings.REPEAT_SPACING_H,
    settings.REPEAT_TOTAL,
    settings.PREFERRED_TIMES,
    settings.FIRST_WITHIN_DAYS,
    settings.STALE_AFTER_DAYS,
    settings.SHARED_OUTPUTS,
)
"""Cài đặt mà việc lên lịch và xếp đọc."""
_CELL, _NOTHING = (literal_column(f"'{sign}'", Text()) for sign in "¦¤")
"""Giữa hai ô, và ô trống: chữ nằm thẳng trong câu lệnh, vì ba trăm tham số tốn hơn cả câu lệnh."""
_OF: BindParameter[int] = bindparam("station")
_TODAY, _FIRST = (bindparam(name, type_=Date()) for name in ("today", "first"))
_NOW, _NEAR, _SINCE = (bindparam(name, type_=UtcDateTime()) for name in ("now", "near", "since"))

Part = tuple[str | None, ...]


class Mark(NamedTuple):
    """Bốn phần của dấu; ``today`` là ngày địa phương. Phần sau chỉ có nghĩa cùng phần trước."""

    today: date
    calendar: Part
    """Khung giờ, ngày nghỉ, giờ yên tĩnh, cài đặt, TDP, các buổi: đổi thì lên lịch lại."""
    shows: Part
    """Thêm khuôn, mục được giữ, điều đã gỡ: đổi thì đọc lại các buổi."""
    stock: Part
    """Bản tin đang duyệt, tiếng của chúng, nội dung kế hoạch, lượt phát đủ: đổi thì xếp lại."""
    order: Part
    """Thứ tự phát đang có của các buổi chưa phát: đổi thì so lại với lịch đã xếp."""

    @property
    def aired(self) -> Part:
        """Nội dung kế hoạch và lượt phát đủ: phần của ``stock`` không đổi theo một lần duyệt."""
        return self.stock[1:]

    @property
    def inputs(self) -> tuple[object, ...]:
        """Mọi điều phép xếp đọc."""
        return self[:4]


def mark_of(session: Session, station_id: int, now: datetime) -> Mark:
    """Dấu lúc này của một đài. Lỗi: ``NotFound``."""
    zone = zone_of(session, station_id)
    today = local_day(now, zone)
    values = {
        "station": station_id,
        "today": today,
        "now": now,
        "near": now + NOTICE,
        "since": now - LOOK_BACK,
        "first": local_day(now - LOOK_BACK, zone),
    }
    row = tuple(session.execute(_query(), values).one())
    ends = [0]
    for part in _parts():
        ends.append(ends[-1] + len(part))
    return Mark(today, *(row[first:end] for first, end in pairwise(ends)))


@cache
def _query() -> Select[*tuple[Any, ...]]:
    return select(*(column for part in _parts() for column in part))


@cache
def _parts() -> tuple[tuple[ScalarSelect[Any], ...], ...]:
    return _calendar(), _shows(), _stock(), _order()


def _calendar() -> tuple[ScalarSelect[Any], ...]:
    names = [key.name for key in SETTINGS]
    lasting = or_(Slot.valid_to.is_(None), Slot.valid_to >= _FIRST)
    until = func.coalesce(DayException.last_day, DayException.day)
    started, near = Programme.starts_at <= _NOW, Programme.starts_at <= _NEAR
    ours = Programme.id, Programme.slot_id, Programme.day, Programme.starts_at, Programme.ends_at, Programme.rehearsal
    return (
        _lines(select(Station.timezone), Station.id == _OF),
        _lines(select(Setting.key, Setting.version, Setting.value), Setting.station_id == _OF, Setting.key.in_(names)),
        _lines(_whole(Zone), Zone.station_id == _OF),
        _lines(_whole(Slot), Slot.station_id == _OF, lasting),
        _lines(select(slot_zones).join(Slot, Slot.id == slot_zones.c.slot_id), Slot.station_id == _OF, lasting),
        _lines(_whole(DayException), DayException.station_id == _OF, until >= _FIRST),
        _lines(
            _whole(QuietException),
            QuietException.station_id == _OF,
            QuietException.revoked_at.is_(None),
            QuietException.ends_at > _NOW,
        ),
        _lines(select(*ours, _stage(), Programme.cancelled_by, started, near), _ours()),
    )


def _shows() -> tuple[ScalarSelect[Any], ...]:
    open_ = and_(Programme.state == ProgrammeState.PLANNED, Programme.starts_at > _NOW)
    fixed = and_(
        _ours(), Item.kind != ItemKind.FILLER, or_(not_(open_), Item.placed_by == PlacedBy.PERSON, Item.revision_id.is_(None))
    )
    stand = case((Item.state.in_(AHEAD_ITEMS), "ahead"), (Item.state.in_(SPENT_ITEMS), "spent"), else_="heard")
    item = Item.id, Item.programme_id, Item.segment_id, Item.revision_id, Item.placed_by, Item.planned_ms, stand
    zones = select(item_zones).join(Item, Item.id == item_zones.c.item_id).join(Programme)
    return (
        _lines(_whole(Segment).join(Format), Format.station_id == _OF, Segment.retired_at.is_(None)),
        _lines(select(Column.id, Column.is_reform), Column.station_id == _OF),
        _lines(select(PlanTopic.id, PlanTopic.follows_id), PlanTopic.station_id == _OF),
        _lines(select(*item).join(Programme, Programme.id == Item.programme_id), fixed),
        _lines(zones, fixed),
        _lines(select(Exclusion.programme_id, Exclusion.script_id).join(Programme), _ours()),
    )


def _stock() -> tuple[ScalarSelect[Any], ...]:
    sums: list[ColumnElement[Any]] = [
        func.count(),
        *(func.sum(one) for one in (Revision.id, Decision.id, Recording.id, Recording.duration_ms)),
    ]
    topic = PlanTopic.id, PlanTopic.plan_id, PlanTopic.code, PlanTopic.target, PlanTopic.retired_on
    return (
        approved(_OF, _TODAY, _joined(sums)).scalar_subquery(),
        _lines(select(*topic), PlanTopic.station_id == _OF),
        _lines(select(Plan.id, Plan.year), Plan.station_id == _OF),
        select(func.max(ScriptAiring.last_seq)).where(ScriptAiring.station_id == _OF).scalar_subquery(),
    )


def _order() -> tuple[ScalarSelect[Any], ...]:
    coming = and_(
        Programme.station_id == _OF,
        Programme.state.in_([ProgrammeState.PLANNED, ProgrammeState.LOCKED]),
        Programme.ends_at > _NOW,
    )
    return (
        _lines(select(Programme.id, Programme.version), coming),
        _lines(
            select(
                Item.id,
                Item.segment_id,
                Item.rank,
                Item.kind,
                Item.revision_id,
                Item.planned_ms,
                Item.state,
                Item.placed_by,
                Item.why,
            ).join(Programme, Programme.id == Item.programme_id),
            coming,
        ),
    )


def _ours() -> ColumnElement[bool]:
    """Buổi sắp phát, và buổi đã phát còn tính vào giới hạn phát lại."""
    return and_(Programme.station_id == _OF, Programme.starts_at > _SINCE)


def _stage() -> ColumnElement[Any]:
    """Đã chốt hay đang phát thì với lịch là một."""
    return case((Programme.state == ProgrammeState.AIRING, ProgrammeState.LOCKED.value), else_=cast(Programme.state, Text))


def _whole(row: type[Row]) -> Select[*tuple[Any, ...]]:
    """Mọi cột: cột thêm sau này cũng ở trong dấu."""
    return select(*row.__table__.columns)


def _lines(query: Select[*tuple[Any, ...]], *where: ColumnElement[bool]) -> ScalarSelect[Any]:
    """Mọi dòng của ``query`` gộp thành một chuỗi, theo hai cột đầu."""
    cells = list(query.selected_columns)
    rows = query.with_only_columns(_joined(cells).label("line")).where(*where).order_by(*cells[:2]).subquery()
    return select(func.aggregate_strings(rows.c.line, "\n")).scalar_subquery()


def _joined(cells: Iterable[ColumnElement[Any]]) -> ColumnElement[str]:
    texts = [func.coalesce(cast(cell, Text), _NOTHING) for cell in cells]
    return reduce(lambda line, cell: line.concat(_CELL).concat(cell), texts)
