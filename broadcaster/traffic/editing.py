"""Tay người vận hành trên một buổi: dời, gỡ, đưa lại, thêm, huỷ; được phép cho tới khi mục ấy được chuẩn bị phát.

Màn hình gửi lại ``version`` nó đang thấy; sau lúc chốt, mỗi lần sửa có dòng nhật ký mới.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.accounts.names import readable
from broadcaster.accounts.tables import Zone
from broadcaster.airlog.enums import Reason
from broadcaster.database.upsert import insert_if_absent
from broadcaster.errors import Conflict, Invalid, NotFound, StaleForm
from broadcaster.newsroom.tables import Script
from broadcaster.traffic import candidates
from broadcaster.traffic.autofill import Candidate, Paths
from broadcaster.traffic.calendar import day_rules, slot_rule, zone_of, zones_on
from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy, ProgrammeState, SegmentKind
from broadcaster.traffic.filling import point
from broadcaster.traffic.locking import leave_waiting, log_planned, log_skipped
from broadcaster.traffic.ordering import anchor, place
from broadcaster.traffic.overlaps import refuse_overlap
from broadcaster.traffic.planning import revive
from broadcaster.traffic.rules import EDITABLE, ITEM
from broadcaster.traffic.snapshots import Line, programme_lineup, title_of
from broadcaster.traffic.stopping import stop_programme
from broadcaster.traffic.tables import Exclusion, Item, Programme
from broadcaster.traffic.timetable import occurrence, why_off

TOO_LATE = "Mục này đã được chuẩn bị phát hoặc đã phát, không sửa được nữa."


def move(
    session: Session,
    actor: Actor,
    programme_id: int,
    item_id: int,
    *,
    after_id: int | None,
    version: int,
    now: datetime,
    as_rule: bool = False,
) -> Programme:
    """Đưa mục xuống ngay dưới ``after_id`` (``None``: lên đầu). Mục đã dời là của người: máy không đụng tới nữa.

    ``as_rule``: lấy lại một lần dời, mục trở về tay máy như trước.

    Lỗi: ``NotAllowed``, ``NotFound``, ``StaleForm``; ``Conflict`` khi mục đã được chuẩn bị phát.
    """
    programme = _claim(session, actor, programme_id, version)
    item = _item(programme.items, item_id)
    if item.state is not ItemState.WAITING:
        raise Conflict(TOO_LATE)
    if item_id != after_id:
        _place_after(programme, item, after_id)
    back = as_rule and item.segment_id is not None
    item.placed_by, item.placed_name = (PlacedBy.RULE, "") if back else (PlacedBy.PERSON, actor.name)
    _replanned(session, programme, item, now)
    _note(session, actor, "item_moved", item, now=now)
    return programme


def drop(session: Session, actor: Actor, programme_id: int, item_id: int, *, version: int, now: datetime) -> Programme:
    """Gỡ một mục; bản tin bị gỡ không được xếp tự động trở lại buổi này. Lỗi: như ``move``."""
    programme = _claim(session, actor, programme_id, version)
    item = _item(programme.items, item_id)
    line = _line(programme, item)
    reason = f"{actor.name} đã gỡ"
    if not leave_waiting(session, item_id, ItemState.DROPPED, reason=reason):
        raise Conflict(TOO_LATE)
    if item.revision is not None:
        insert_if_absent(
            session,
            Exclusion,
            programme_id=programme.id,
            script_id=item.revision.script_id,
            excluded_by=actor.name,
            excluded_at=now,
        )
    if line is not None and programme.state is not ProgrammeState.PLANNED:
        log_skipped(session, programme, line, Reason.STOPPED, reason, now=now)
    _note(session, actor, "item_dropped", item, now=now)
    return programme


def restore(session: Session, actor: Actor, programme_id: int, item_id: int, *, version: int, now: datetime) -> Programme:
    """Đưa lại mục đã gỡ, đúng chỗ cũ.

    Lỗi: như ``move``; ``Conflict`` khi mục không ở trạng thái đã gỡ, bản tin không còn được duyệt hoặc đã có mục khác.
    """
    programme = _claim(session, actor, programme_id, version)
    item = _item(programme.items, item_id)
    ITEM.check(item.state, ItemState.WAITING)
    if item.revision is not None:
        script_id = item.revision.script_id
        one = _approved(session, programme, script_id)
        _refuse_twice(programme, script_id)
        if one.revision_id != item.revision_id:
            point(item, one)
        session.execute(delete(Exclusion).where(Exclusion.programme_id == programme.id, Exclusion.script_id == script_id))
    item.state, item.reason = ItemState.WAITING, ""
    item.placed_by, item.placed_name = PlacedBy.PERSON, actor.name
    _replanned(session, programme, item, now)
    _note(session, actor, "item_restored", item, now=now)
    return programme


def add_script(
    session: Session,
    actor: Actor,
    programme_id: int,
    script_id: int,
    *,
    after_id: int | None,
    zone_ids: Sequence[int] = (),
    version: int,
    now: datetime,
    beyond: Sequence[str] = (),
) -> Item:
    """Thêm một bản tin đã duyệt; ``zone_ids`` rỗng: mọi TDP của buổi mà bản tin được phép phát.

    ``beyond``: giới hạn phát lại mà người thêm biết là vượt; được ghi vào lời giải thích của mục.

    Lỗi: như ``move``; ``Conflict`` khi bản tin chưa được duyệt, hết hiệu lực, hoặc đã có trong buổi;
    ``Invalid`` khi TDP nằm ngoài buổi hoặc ngoài bản tin.
    """
    programme = _claim(session, actor, programme_id, version)
    owned(session, Script, script_id, actor)
    one = _approved(session, programme, script_id)
    _refuse_twice(programme, script_id)
    item = Item(
        programme_id=programme.id,
        kind=ItemKind.SCRIPT,
        revision_id=one.revision_id,
        recording_id=one.recording_id,
        planned_ms=one.length_ms,
        state=ItemState.WAITING,
        placed_by=PlacedBy.PERSON,
        placed_name=actor.name,
        why=f"{actor.name} thêm" + (f"; vượt giới hạn: {', '.join(beyond)}" if beyond else ""),
        zones=_zones(session, actor, programme, one, zone_ids),
    )
    _place_after(programme, item, after_id)
    session.add(item)
    session.execute(delete(Exclusion).where(Exclusion.programme_id == programme.id, Exclusion.script_id == script_id))
    session.flush()
    session.expire(programme, ["items"])
    _replanned(session, programme, item, now)
    _note(session, actor, "item_added", item, now=now)
    return item


def give_place(
    session: Session, actor: Actor, programme_id: int, script_id: int, *, now: datetime, beyond: Sequence[str] = ()
) -> Item:
    """Một lần bấm: thêm bản tin vào sau tin bài cuối cùng của buổi như nó đang là. Lỗi: như ``add_script``."""
    programme = owned(session, Programme, programme_id, actor)
    order = list(programme.items)
    last = next((item for item in reversed(order) if item.kind is ItemKind.SCRIPT and item.state is not ItemState.DROPPED), None)
    first = min((one.position for one in programme.slot.format.segments if one.kind is SegmentKind.SCRIPTS), default=0)
    after = last or anchor(order, first, None)
    return add_script(
        session,
        actor,
        programme_id,
        script_id,
        after_id=after.id if after else None,
        version=programme.version,
        now=now,
        beyond=beyond,
    )


def cancel_programme(session: Session, actor: Actor, programme_id: int, *, reason: str, now: datetime) -> Programme:
    """Huỷ một buổi chưa phát, hoặc dừng cả buổi đang phát; máy không lên lịch lại buổi này.

    Lỗi: ``NotAllowed``, ``NotFound``, ``Invalid`` khi thiếu lý do, ``Conflict`` khi buổi đã xong.
    """
    actor.require(Action.PROGRAMME_EDIT)
    programme = owned(session, Programme, programme_id, actor, lock=True)
    if not readable(reason):
        raise Invalid(problems={"reason": "Hãy ghi lý do huỷ buổi phát."})
    stop_programme(session, programme, reason.strip(), by=actor.name, now=now)
    note(session, actor, "programme_cancelled", f"programme:{programme.id}", now=now, reason=reason.strip())
    return programme


def restore_programme(
    session: Session, actor: Actor, programme_id: int, *, now: datetime, paths: Paths | None = None
) -> Programme:
    """Đưa lại một buổi đã huỷ, theo khung giờ của hôm nay; ``paths``: TDP nào chung đường ra với ai.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Conflict`` khi đã qua giờ phát, khung giờ không còn phát ngày ấy, hoặc đè buổi khác.
    """
    actor.require(Action.PROGRAMME_EDIT)
    programme = owned(session, Programme, programme_id, actor, lock=True)
    rule, zone = slot_rule(programme.slot), zone_of(session, actor.station_id)
    one = occurrence(rule, programme.day, zone)
    why = why_off(rule, programme.day, day_rules(session, actor.station_id, programme.day, programme.day))
    if why or one.starts_at <= now:
        raise Conflict(f"Không đưa lại được buổi này. {why or 'Đã qua giờ phát của buổi.'}")
    revive(session, programme, one, now)
    refuse_overlap(session, actor.station_id, [programme.day], field="chung", paths=paths)
    note(session, actor, "programme_restored", f"programme:{programme.id}", now=now, day=programme.day.isoformat())
    return programme


def _claim(session: Session, actor: Actor, programme_id: int, version: int) -> Programme:
    """Giành lượt sửa buổi: hai người cùng sửa một bản thì người sau nhận ``StaleForm``."""
    actor.require(Action.PROGRAMME_EDIT)
    programme = owned(session, Programme, programme_id, actor, lock=True)
    if programme.state not in EDITABLE:
        raise Conflict(f"Buổi này “{programme.state.label}”, không sửa thứ tự được nữa.")
    done = session.execute(
        update(Programme)
        .where(Programme.id == programme.id, Programme.station_id == actor.station_id, Programme.version == version)
        .values(version=version + 1)
    )
    assert isinstance(done, CursorResult)
    if done.rowcount != 1:
        raise StaleForm
    return programme


def _item(items: Iterable[Item], item_id: int) -> Item:
    found = next((item for item in items if item.id == item_id), None)
    if found is None:
        raise NotFound
    return found


def _place_after(programme: Programme, item: Item, after_id: int | None) -> None:
    """Đặt hạng cho ``item``; không chen lên trước mục đã phát, vì sóng không quay lại."""
    order = list(programme.items)
    after = None if after_id is None else _item(order, after_id)
    at = 0 if after is None else order.index(after) + 1
    if any(one.state not in (ItemState.WAITING, ItemState.DROPPED, ItemState.SKIPPED) for one in order[at:]):
        raise Conflict("Không đưa mục lên trước mục đã phát. Hãy chọn chỗ phía sau.")
    place(order, item, after=after)


def _approved(session: Session, programme: Programme, script_id: int) -> Candidate:
    found = candidates.candidates(session, programme.station_id, programme.day)
    one = next((one for one in found if one.script_id == script_id and one.valid_on(programme.day)), None)
    if one is None:
        raise Conflict("Bản tin này chưa được duyệt, đã rút hoặc hết hiệu lực vào ngày phát.")
    return one


def _refuse_twice(programme: Programme, script_id: int) -> None:
    alive = (item for item in programme.items if item.state not in (ItemState.DROPPED, ItemState.SKIPPED))
    if any(item.revision is not None and item.revision.script_id == script_id for item in alive):
        raise Conflict("Bản tin này đã có trong buổi.")


def _zones(session: Session, actor: Actor, programme: Programme, one: Candidate, zone_ids: Sequence[int]) -> list[Zone]:
    """TDP riêng của mục; rỗng nghĩa là mọi vùng của buổi."""
    whole = programme.slot.zones or zones_on(session, programme.station_id, programme.day)
    allowed = {zone.id: zone for zone in whole if zone.id in one.zones}
    for zone_id in zone_ids:
        owned(session, Zone, zone_id, actor)
    if set(zone_ids) - set(allowed) or (whole and not allowed):
        raise Invalid(problems={"zone_ids": "Bản tin hoặc buổi phát không dành cho TDP đã chọn. Hãy chọn TDP khác."})
    chosen = [allowed[zone_id] for zone_id in dict.fromkeys(zone_ids)] or list(allowed.values())
    return [] if len(chosen) == len(whole) else chosen


def _line(programme: Programme, item: Item) -> Line | None:
    return next((line for line in programme_lineup(programme) if line.item.id == item.id), None)


def _replanned(session: Session, programme: Programme, item: Item, now: datetime) -> None:
    """Buổi đã chốt mà người sửa: nhật ký có dòng dự kiến mới của mục ấy."""
    session.flush()
    session.expire(programme, ["items"])
    line = None if programme.state is ProgrammeState.PLANNED else _line(programme, item)
    if line is not None:
        log_planned(session, programme, line, now=now)


def _note(session: Session, actor: Actor, action: str, item: Item, *, now: datetime) -> None:
    programme, title = item.programme, title_of(item)
    note(session, actor, action, f"programme:{programme.id}", now=now, item=item.id, title=title, day=programme.day.isoformat())
