"""Buổi phát và thứ tự phát: xem, dời, gỡ, đưa lại, thêm, huỷ."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from broadcaster.accounts.stations import today_at
from broadcaster.errors import Invalid
from broadcaster.traffic import editing
from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.queries import ProgrammeView, programme_view, programmes_between
from broadcaster.traffic.snapshots import Line, title_of
from broadcaster.traffic.tables import Item
from broadcaster.web.api.bearer import Caller
from broadcaster.web.api.routes.revisions import ReasonGiven, VersionGiven
from broadcaster.web.api.shapes import Day, Given, StrictId, Told, Version
from broadcaster.web.pages import services_of
from broadcaster.web.params import Id

router = APIRouter(prefix="/programmes", tags=["programmes"])
MAX_DAYS = 62


class ItemTold(Told):
    """Một mục; ``planned_at`` và ``position`` chỉ có khi mục còn trong thứ tự phát, ``reason`` nói vì sao không."""

    id: int
    kind: ItemKind
    title: str
    state: ItemState
    position: int | None
    planned_at: datetime | None
    planned_ms: int
    fits: bool
    script_id: int | None
    zone_ids: list[int]
    placed_by: PlacedBy
    placed_name: str
    why: str
    reason: str


class ProgrammeTold(Told):
    """Một buổi: ``items`` theo thứ tự phát, ``left_out`` là mục đã gỡ hoặc bỏ qua."""

    id: int
    day: date
    slot: str
    starts_at: datetime
    ends_at: datetime
    state: ProgrammeState
    rehearsal: bool
    version: int
    total_ms: int
    spare_ms: int
    items: list[ItemTold]
    left_out: list[ItemTold]


class MoveGiven(Given):
    """``after_id``: mục đứng ngay trước, ``null`` là lên đầu."""

    after_id: StrictId | None
    version: Version


class AdditionGiven(Given):
    """Bản tin đã duyệt; ``zone_ids`` rỗng: mọi TDP của buổi mà bản tin được phép phát."""

    script_id: StrictId
    after_id: StrictId | None = None
    zone_ids: Annotated[tuple[StrictId, ...], Field(max_length=200)] = ()
    version: Version


@router.get("")
def listing(request: Request, caller: Caller, first: Day | None = None, last: Day | None = None) -> list[ProgrammeTold]:
    """Các buổi từ ngày ``first`` (mặc định hôm nay) tới hết ``last`` (mặc định ``first``), tối đa 62 ngày."""
    services = services_of(request)
    with services.database.reading() as session:
        begin = first or today_at(session, caller, services.clock.now())
        end = last or begin
        if not timedelta() <= end - begin < timedelta(days=MAX_DAYS):
            raise Invalid(problems={"last": f"Ngày cuối phải từ ngày đầu trở đi và không quá {MAX_DAYS} ngày."})
        return [_told(view) for view in programmes_between(session, caller, begin, end)]


@router.get("/{programme_id}")
def one(request: Request, caller: Caller, programme_id: Id) -> ProgrammeTold:
    """Một buổi."""
    return _one(request, caller, programme_id)


@router.post("/{programme_id}/items")
def add(request: Request, caller: Caller, programme_id: Id, given: AdditionGiven) -> ProgrammeTold:
    """Thêm một bản tin đã duyệt."""
    services = services_of(request)
    with services.database.writing() as session:
        editing.add_script(session, caller, programme_id, **given.model_dump(), now=services.clock.now())
    return _one(request, caller, programme_id)


@router.post("/{programme_id}/items/{item_id}/move")
def move(request: Request, caller: Caller, programme_id: Id, item_id: Id, given: MoveGiven) -> ProgrammeTold:
    """Đưa một mục xuống ngay dưới ``after_id``."""
    services = services_of(request)
    with services.database.writing() as session:
        editing.move(session, caller, programme_id, item_id, **given.model_dump(), now=services.clock.now())
    return _one(request, caller, programme_id)


@router.post("/{programme_id}/items/{item_id}/drop")
def drop(request: Request, caller: Caller, programme_id: Id, item_id: Id, given: VersionGiven) -> ProgrammeTold:
    """Gỡ một mục; máy không tự xếp lại."""
    services = services_of(request)
    with services.database.writing() as session:
        editing.drop(session, caller, programme_id, item_id, version=given.version, now=services.clock.now())
    return _one(request, caller, programme_id)


@router.post("/{programme_id}/items/{item_id}/restore")
def restore(request: Request, caller: Caller, programme_id: Id, item_id: Id, given: VersionGiven) -> ProgrammeTold:
    """Đưa lại một mục đã gỡ."""
    services = services_of(request)
    with services.database.writing() as session:
        editing.restore(session, caller, programme_id, item_id, version=given.version, now=services.clock.now())
    return _one(request, caller, programme_id)


@router.post("/{programme_id}/cancel")
def cancel(request: Request, caller: Caller, programme_id: Id, given: ReasonGiven) -> ProgrammeTold:
    """Huỷ cả buổi; máy không lên lịch lại."""
    services = services_of(request)
    with services.database.writing() as session:
        editing.cancel_programme(session, caller, programme_id, reason=given.note, now=services.clock.now())
    return _one(request, caller, programme_id)


def _one(request: Request, caller: Caller, programme_id: int) -> ProgrammeTold:
    with services_of(request).database.reading() as session:
        return _told(programme_view(session, caller, programme_id))


def _told(view: ProgrammeView) -> ProgrammeTold:
    programme = view.programme
    plain = ("id", "day", "starts_at", "ends_at", "state", "rehearsal", "version")
    return ProgrammeTold(
        **{name: getattr(programme, name) for name in plain},
        slot=programme.slot.name,
        total_ms=view.total_ms,
        spare_ms=view.spare_ms,
        items=[_item(line.item, line) for line in view.lines],
        left_out=[_item(item, None) for item in view.left],
    )


def _item(item: Item, line: Line | None) -> ItemTold:
    return ItemTold(
        **{name: getattr(item, name) for name in ("id", "kind", "state", "placed_by", "placed_name", "why")},
        title=title_of(item),
        position=line.position if line else None,
        planned_at=line.planned_at if line else None,
        planned_ms=line.planned_ms if line else item.planned_ms,
        fits=line is not None and line.fits,
        script_id=item.revision.script_id if item.revision else None,
        zone_ids=[zone.id for zone in item.zones],
        reason=(line.reason if line else "") or item.reason,
    )
