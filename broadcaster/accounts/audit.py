"""Sổ kiểm tra và cảnh báo: điều đã làm ngoài sóng, và điều người ở đài cần biết."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.accounts.enums import AlertLevel
from broadcaster.accounts.tables import Alert, AuditEntry, Membership, Station, User
from broadcaster.database.upsert import insert_if_absent

PAGE = 25


UNNAMED = "không xưng tên"
"""Người trong sổ của một việc hẹn giờ trên máy, nơi không có ai để hỏi."""


def note(session: Session, actor: Actor, action: str, subject: str, *, now: datetime, **detail: object) -> None:
    """Ghi một dòng sổ kiểm tra; không bao giờ đưa mật khẩu hay thẻ vào ``detail``."""
    who = {"station_id": actor.station_id, "user_id": actor.user_id, "who": actor.name}
    session.add(AuditEntry(**who, at=now, action=action, subject=subject, detail=detail))


def note_export(session: Session, actor: Actor, what: str, *, now: datetime, named: bool = True, **detail: object) -> None:
    """Dữ liệu của đài vừa ra thành tệp trên tay người này; ``named`` sai: trên máy của đài, không ai xưng tên."""
    user_id, who = (actor.user_id, actor.name) if named else (None, UNNAMED)
    by = {"station_id": actor.station_id, "user_id": user_id, "who": who}
    session.add(AuditEntry(**by, at=now, action="exported", subject=what, detail=detail))


def note_stranger(session: Session, login: str, action: str, *, now: datetime, **detail: object) -> None:
    """Một dòng về việc chưa ai đứng tên (đăng nhập sai); vào sổ của đài có tên đăng nhập ấy, tên lạ thì của đài duy nhất."""
    query = select(Membership.station_id, User.id).join(User, User.id == Membership.user_id)
    row = session.execute(query.where(User.login == login).order_by(Membership.id).limit(1)).first()
    stations = [row[0]] if row else list(session.scalars(select(Station.id).limit(2)))
    if len(stations) == 1:
        who = {"station_id": stations[0], "user_id": row[1] if row else None, "who": login}
        session.add(AuditEntry(**who, at=now, action=action, subject=login, detail=detail))


@dataclass(frozen=True)
class Wanted:
    """Điều người kiểm tra tìm: khoảng thời gian nửa mở, người làm, việc; để trống là tất cả."""

    since: datetime
    until: datetime
    who: str = ""
    action: str = ""


def entries(session: Session, actor: Actor, wanted: Wanted, *, page: int = 1) -> tuple[list[tuple[AuditEntry, str]], int]:
    """Một trang sổ kiểm tra (dòng, tên đăng nhập), mới nhất trước, và tổng số dòng khớp. Lỗi: ``NotAllowed``."""
    actor.require(Action.AUDIT_READ)
    query = select(AuditEntry).where(
        AuditEntry.station_id == actor.station_id, AuditEntry.at >= wanted.since, AuditEntry.at < wanted.until
    )
    if wanted.who:
        query = query.where(AuditEntry.who == wanted.who)
    if wanted.action:
        query = query.where(AuditEntry.action == wanted.action)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).offset((page - 1) * PAGE).limit(PAGE)
    logins = {row.id: row.login for row in session.execute(select(User.id, User.login))}
    return [(entry, logins.get(entry.user_id or 0, "")) for entry in session.scalars(ordered)], total


def names(session: Session, actor: Actor) -> list[str]:
    """Mọi người có tên trong sổ. Lỗi: ``NotAllowed``."""
    actor.require(Action.AUDIT_READ)
    query = select(AuditEntry.who).where(AuditEntry.station_id == actor.station_id).distinct()
    return sorted(session.scalars(query))


def raise_alert(
    session: Session, station_id: int, subject: str, message: str, *, now: datetime, level: AlertLevel = AlertLevel.WARNING
) -> None:
    """Nêu một cảnh báo; ``subject`` là khoá của câu chuyện, đang mở thì chỉ đếm thêm."""
    alert = _open(session, station_id, subject)
    if alert is None:
        values = {"level": level, "message": message, "raised_at": now, "last_at": now, "count": 1}
        if insert_if_absent(session, Alert, station_id=station_id, subject=subject, **values):
            return
        # Một tiến trình khác vừa nêu cùng chuyện: chỉ mục duy nhất quyết, ta đếm thêm.
        alert = session.scalars(_query(station_id, subject)).one()
    alert.message, alert.level, alert.last_at, alert.count = message, level, now, alert.count + 1


def close_alert(session: Session, station_id: int, subject: str, *, by: str, now: datetime) -> None:
    """Chuyện đã qua: đóng cảnh báo nếu đang mở."""
    alert = _open(session, station_id, subject)
    if alert is not None:
        alert.closed_at, alert.closed_by = now, by


def dismiss_alert(session: Session, actor: Actor, alert_id: int, *, now: datetime) -> None:
    """Người chịu trách nhiệm đã xem và đóng một cảnh báo. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.ALERT_CLOSE)
    alert = owned(session, Alert, alert_id, actor, lock=True)
    if alert.closed_at is None:
        alert.closed_at, alert.closed_by = now, actor.name
        note(session, actor, "alert_closed", alert.subject, now=now, message=alert.message, raised_at=alert.raised_at.isoformat())


def open_alerts(session: Session, station_id: int) -> list[Alert]:
    """Cảnh báo đang mở, mới nhất trước."""
    query = select(Alert).where(Alert.station_id == station_id, Alert.closed_at.is_(None))
    return list(session.scalars(query.order_by(Alert.last_at.desc())))


def _open(session: Session, station_id: int, subject: str) -> Alert | None:
    return session.scalar(_query(station_id, subject))


def _query(station_id: int, subject: str) -> Select[Alert]:
    return select(Alert).where(Alert.station_id == station_id, Alert.subject == subject, Alert.closed_at.is_(None))
