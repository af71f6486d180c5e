"""Sổ kiểm tra và cảnh báo: điều đã làm ngoài sóng, và điều người ở đài cần biết."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.door import owned
from broadcaster.accounts.tables import Alert, AuditEntry
from broadcaster.accounts.words import AlertLevel
from broadcaster.database.inserts import insert_if_absent


def note(session: Session, actor: Actor, action: str, subject: str, *, now: datetime, **detail: object) -> None:
    """Ghi một dòng sổ kiểm tra; không bao giờ đưa mật khẩu hay thẻ vào ``detail``."""
    session.add(
        AuditEntry(
            station_id=actor.station_id,
            user_id=actor.user_id,
            who=actor.name,
            at=now,
            action=action,
            subject=subject,
            detail=detail,
        )
    )


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
    """Người ở đài đã xem và đóng một cảnh báo. Lỗi: ``NotFound``."""
    alert = owned(session, Alert, alert_id, actor)
    if alert.closed_at is None:
        alert.closed_at, alert.closed_by = now, actor.name


def open_alerts(session: Session, station_id: int) -> list[Alert]:
    """Cảnh báo đang mở, mới nhất trước."""
    query = select(Alert).where(Alert.station_id == station_id, Alert.closed_at.is_(None))
    return list(session.scalars(query.order_by(Alert.last_at.desc())))


def _open(session: Session, station_id: int, subject: str) -> Alert | None:
    return session.scalar(_query(station_id, subject))


def _query(station_id: int, subject: str) -> Select[Alert]:
    return select(Alert).where(Alert.station_id == station_id, Alert.subject == subject, Alert.closed_at.is_(None))
