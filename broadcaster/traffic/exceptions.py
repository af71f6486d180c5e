"""Ngày khác lệ thường (nghỉ, phát thêm) và phép phát trong giờ yên tĩnh, mỗi điều có người chịu trách nhiệm và lý do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.accounts.names import clean_name, readable
from broadcaster.errors import Conflict, Invalid
from broadcaster.traffic.autofill import Paths
from broadcaster.traffic.calendar import day_rules, zone_of
from broadcaster.traffic.enums import DayExceptionKind
from broadcaster.traffic.overlaps import refuse_overlap
from broadcaster.traffic.stopping import in_progress, settle
from broadcaster.traffic.tables import DayException, QuietException, Slot
from broadcaster.traffic.timetable import days, local_day

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class DayForm:
    """Điều người dùng nhập cho ngày nghỉ hay phát thêm; ``last_day`` trống là một ngày, ``slot_id`` trống là mọi khung giờ.

    ``stop_today``: buổi đã chốt hay đang phát thì dừng cả buổi (đúng), để phát hết (sai), chưa trả lời (trống).
    """

    day: date
    kind: DayExceptionKind
    reason: str
    last_day: date | None = None
    slot_id: int | None = None
    stop_today: bool | None = None


@dataclass(frozen=True)
class QuietForm:
    """Điều người dùng nhập để được phát trong giờ yên tĩnh."""

    starts_at: datetime
    ends_at: datetime
    document_number: str
    reason: str


def add_day_exception(
    session: Session, actor: Actor, form: DayForm, *, now: datetime, paths: Paths | None = None
) -> DayException:
    """Nghỉ phát hoặc phát thêm vào một ngày hay một khoảng ngày; không nêu khung giờ là mọi khung giờ; ``paths``: ai cùng nghe.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Invalid`` khi thiếu lý do, ngày đã qua, phát thêm đè buổi khác, và ở ô
    ``stop_today`` khi có buổi đã chốt hay đang phát mà chưa ai trả lời dừng hay để phát hết.
    """
    actor.require(Action.SLOT_EDIT)
    series = None if form.slot_id is None else owned(session, Slot, form.slot_id, actor).series
    last = form.last_day or form.day
    _check_days(session, actor, form, now)
    if form.kind is DayExceptionKind.OFF:
        fixed = in_progress(session, actor.station_id, now, first=form.day, last=last, series=series)
        settle(session, fixed, stop=form.stop_today, reason=f"Nghỉ phát: {form.reason.strip()}", by=actor.name, now=now)
    row = record_day(session, actor, form.day, form.kind, series=series, reason=form.reason.strip(), now=now)
    row.last_day = None if last == form.day else last
    refuse_overlap(session, actor.station_id, days(form.day, last), field="day", paths=paths)
    span = {"day": form.day.isoformat(), "last_day": last.isoformat(), "kind": form.kind.value, "reason": row.reason}
    note(session, actor, "day_exception_added", f"day_exception:{row.id}", now=now, **span)
    return row


def refuse_day_off(session: Session, station_id: int, day: date) -> None:
    """Ngày nghỉ của mọi khung giờ thì không buổi nào được đưa vào. Lỗi: ``Invalid`` ở ô ``sang``, nêu đúng lý do đã gõ."""
    rules = day_rules(session, station_id, day, day)
    off = next((rule for rule in rules if rule.series is None and rule.kind is DayExceptionKind.OFF), None)
    if off is not None:
        raise Invalid(
            problems={"sang": f"Ngày {day:%d/%m/%Y} nghỉ phát: {off.reason}. Hãy chọn ngày khác, hoặc bỏ ngày nghỉ trước."}
        )


def record_day(
    session: Session, actor: Actor, day: date, kind: DayExceptionKind, *, series: str | None, reason: str, now: datetime
) -> DayException:
    """Dòng ngoại lệ của một ngày, mang tên người đang làm; người gọi xét chuyện đè nhau. Lỗi: ``NotAllowed``."""
    actor.require(Action.SLOT_EDIT)
    row = DayException(
        station_id=actor.station_id, day=day, kind=kind, series=series, reason=reason, created_by=actor.name, created_at=now
    )
    session.add(row)
    session.flush()
    return row


def _check_days(session: Session, actor: Actor, form: DayForm, now: datetime) -> None:
    problems: dict[str, str] = {}
    if not readable(form.reason):
        problems["reason"] = "Hãy ghi lý do, ví dụ “Nghỉ lễ Quốc khánh”."
    if form.day < local_day(now, zone_of(session, actor.station_id)):
        problems["day"] = "Ngày này đã qua. Hãy chọn từ hôm nay trở đi."
    if form.last_day is not None and form.last_day < form.day:
        problems["last_day"] = "Ngày cuối đứng trước ngày đầu. Hãy đổi lại."
    if form.last_day is not None and form.last_day - form.day > LONGEST:
        problems["last_day"] = "Khoảng ngày dài quá một năm. Hãy sửa khung giờ thay vì ghi ngày ngoại lệ."
    if problems:
        raise Invalid(problems=problems)


def remove_day_exception(session: Session, actor: Actor, exception_id: int, *, now: datetime, paths: Paths | None = None) -> None:
    """Gỡ một ngày ngoại lệ; lịch tự trở lại như thường.

    Lỗi: ``NotAllowed``, ``NotFound``; ``Invalid`` khi buổi trở lại sẽ đè buổi khác.
    """
    actor.require(Action.SLOT_EDIT)
    row = owned(session, DayException, exception_id, actor)
    note(session, actor, "day_exception_removed", f"day_exception:{row.id}", now=now, day=row.day.isoformat(), reason=row.reason)
    first, last = max(row.day, local_day(now, zone_of(session, actor.station_id))), row.last_day or row.day
    session.delete(row)
    refuse_overlap(session, actor.station_id, days(first, last), field="chung", paths=paths)


def add_quiet_exception(session: Session, actor: Actor, form: QuietForm, *, now: datetime) -> QuietException:
    """Cho phép phát trong giờ yên tĩnh, có số văn bản và thời hạn. Lỗi: ``NotAllowed``; ``Invalid`` khi thiếu điều nào."""
    actor.require(Action.QUIET_EDIT)
    problems: dict[str, str] = {}
    if not readable(form.document_number):
        problems["document_number"] = "Hãy ghi số văn bản cho phép, ví dụ “25/UBND-VX”."
    if not readable(form.reason):
        problems["reason"] = "Hãy ghi lý do phát trong giờ yên tĩnh."
    if form.ends_at <= form.starts_at or form.ends_at <= now:
        problems["ends_at"] = "Thời hạn phải sau lúc bắt đầu và chưa qua."
    if problems:
        raise Invalid(problems=problems)
    row = QuietException(
        station_id=actor.station_id,
        starts_at=form.starts_at,
        ends_at=form.ends_at,
        document_number=clean_name(form.document_number),
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
    """Ngày ngoại lệ chạm khoảng ấy, theo thứ tự ngày. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    query = select(DayException).where(
        DayException.station_id == actor.station_id,
        DayException.day <= last,
        func.coalesce(DayException.last_day, DayException.day) >= first,
    )
    return list(session.scalars(query.order_by(DayException.day, DayException.id)))
