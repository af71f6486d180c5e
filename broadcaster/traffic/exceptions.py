"""Ngày khác lệ thường (nghỉ, phát thêm) và phép phát trong giờ yên tĩnh, mỗi điều có người chịu trách nhiệm và lý do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.errors import Conflict, Invalid
from broadcaster.traffic.calendar import day_rules, slot_rule, slots_between, zone_of
from broadcaster.traffic.enums import DayExceptionKind
from broadcaster.traffic.tables import DayException, QuietException, Slot
from broadcaster.traffic.timetable import DayRule, local_day, occurrences


@dataclass(frozen=True)
class QuietForm:
    """Điều người dùng nhập để được phát trong giờ yên tĩnh."""

    starts_at: datetime
    ends_at: datetime
    document_number: str
    reason: str


def add_day_exception(
    session: Session, actor: Actor, day: date, kind: DayExceptionKind, *, reason: str, slot_id: int | None = None, now: datetime
) -> DayException:
    """Nghỉ phát hoặc phát thêm vào ``day``; không nêu khung giờ là mọi khung giờ.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Invalid`` khi thiếu lý do, ngày đã qua, hoặc phát thêm đè buổi khác.
    """
    actor.require(Action.SLOT_EDIT)
    series = None if slot_id is None else owned(session, Slot, slot_id, actor).series
    zone = zone_of(session, actor.station_id)
    if not reason.strip():
        raise Invalid(problems={"reason": "Hãy ghi lý do, ví dụ “Nghỉ lễ Quốc khánh”."})
    if day < local_day(now, zone):
        raise Invalid(problems={"day": "Ngày này đã qua. Hãy chọn từ hôm nay trở đi."})
    if kind is DayExceptionKind.EXTRA:
        _refuse_overlap(session, actor.station_id, DayRule(day, kind, series))
    row = DayException(
        station_id=actor.station_id,
        day=day,
        kind=kind,
        series=series,
        reason=reason.strip(),
        created_by=actor.name,
        created_at=now,
    )
    session.add(row)
    session.flush()
    note(session, actor, "day_exception_added", f"day_exception:{row.id}", now=now, day=day.isoformat(), kind=kind.value)
    return row


def remove_day_exception(session: Session, actor: Actor, exception_id: int, *, now: datetime) -> None:
    """Gỡ một ngày ngoại lệ; lịch tự trở lại như thường. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.SLOT_EDIT)
    row = owned(session, DayException, exception_id, actor)
    note(session, actor, "day_exception_removed", f"day_exception:{row.id}", now=now, day=row.day.isoformat(), reason=row.reason)
    session.delete(row)


def add_quiet_exception(session: Session, actor: Actor, form: QuietForm, *, now: datetime) -> QuietException:
    """Cho phép phát trong giờ yên tĩnh, có số văn bản và thời hạn. Lỗi: ``NotAllowed``; ``Invalid`` khi thiếu điều nào."""
    actor.require(Action.QUIET_EDIT)
    problems: dict[str, str] = {}
    if not form.document_number.strip():
        problems["document_number"] = "Hãy ghi số văn bản cho phép, ví dụ “25/UBND-VX”."
    if not form.reason.strip():
        problems["reason"] = "Hãy ghi lý do phát trong giờ yên tĩnh."
    if form.ends_at <= form.starts_at or form.ends_at <= now:
        problems["ends_at"] = "Thời hạn phải sau lúc bắt đầu và chưa qua."
    if problems:
        raise Invalid(problems=problems)
    row = QuietException(
        station_id=actor.station_id,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        document_number=form.document_number.strip(),
        reason=form.reason.strip(),
        created_by=actor.name,
        created_at=now,
    )
    session.add(row)
    session.flush()
    note(session, actor, "quiet_exception_added", f"quiet_exception:{row.id}", now=now, document=row.document_number)
    return row


def revoke_quiet_exception(session: Session, actor: Actor, exception_id: int, *, now: datetime) -> None:
    """Thôi phép phát trong giờ yên tĩnh ngay từ bây giờ. Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi đã thôi."""
    actor.require(Action.QUIET_EDIT)
    row = owned(session, QuietException, exception_id, actor)
    if row.revoked_at is not None:
        raise Conflict("Phép này đã được thu hồi trước đó.")
    row.revoked_at = now
    note(session, actor, "quiet_exception_revoked", f"quiet_exception:{row.id}", now=now, document=row.document_number)


def quiet_exceptions(session: Session, actor: Actor) -> list[QuietException]:
    """Mọi ngoại lệ giờ yên tĩnh của đài, mới nhất trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    query = select(QuietException).where(QuietException.station_id == actor.station_id)
    return list(session.scalars(query.order_by(QuietException.starts_at.desc(), QuietException.id.desc())))


def day_exceptions(session: Session, actor: Actor, first: date, last: date) -> list[DayException]:
    """Ngày ngoại lệ trong khoảng, theo thứ tự ngày. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    query = select(DayException).where(DayException.station_id == actor.station_id, DayException.day.between(first, last))
    return list(session.scalars(query.order_by(DayException.day, DayException.id)))


def _refuse_overlap(session: Session, station_id: int, extra: DayRule) -> None:
    """Ngày phát thêm có thể gọi dậy khung giờ của ngày khác: không được đè nhau."""
    slots = {slot.id: slot_rule(slot) for slot in slots_between(session, station_id, extra.day, extra.day)}
    rules = [*day_rules(session, station_id, extra.day, extra.day), extra]
    found = occurrences(list(slots.values()), rules, extra.day, extra.day, zone_of(session, station_id))
    for one, other in combinations(found, 2):
        zones, others = slots[one.slot_id].zones, slots[other.slot_id].zones
        if other.starts_at < one.ends_at and (not zones or not others or zones & others):
            names = f"“{slots[one.slot_id].name}” và “{slots[other.slot_id].name}”"
            raise Invalid(problems={"day": f"Ngày ấy {names} sẽ đè lên nhau ở cùng TDP. Hãy chọn một khung giờ."})
