"""Cảnh báo theo tình trạng: nêu một lần khi có chuyện, tự đóng khi hết chuyện, không nêu lại điều người đã xem và đóng."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from broadcaster.accounts.audit import close_alert, raise_alert
from broadcaster.accounts.tables import Alert

BY_RULE = "tự động"


@dataclass(frozen=True)
class AlertGap:
    """Cảnh báo phải nêu (khoá → lời) và phải đóng."""

    to_raise: Mapping[str, str]
    to_close: tuple[str, ...]

    @property
    def needed(self) -> bool:
        """Có gì phải đổi không."""
        return bool(self.to_raise or self.to_close)


def alert_gap(session: Session, station_id: int, families: tuple[str, ...], wanted: Mapping[str, str]) -> AlertGap:
    """So tình trạng đang có với cảnh báo đang mở của các họ ``families`` (đầu khoá); chỉ đọc."""
    family = or_(*(Alert.subject.startswith(one) for one in families))
    query = select(Alert).where(Alert.station_id == station_id, family, or_(Alert.closed_at.is_(None), Alert.subject.in_(wanted)))
    latest = {alert.subject: alert for alert in session.scalars(query.order_by(Alert.id))}
    return AlertGap(
        {subject: text for subject, text in wanted.items() if _is_news(latest.get(subject), text)},
        tuple(subject for subject, alert in latest.items() if alert.closed_at is None and subject not in wanted),
    )


def settle_alerts(session: Session, station_id: int, gap: AlertGap, *, now: datetime) -> None:
    """Nêu và đóng theo ``gap``."""
    for subject, text in gap.to_raise.items():
        raise_alert(session, station_id, subject, text, now=now)
    for subject in gap.to_close:
        close_alert(session, station_id, subject, by=BY_RULE, now=now)


def _is_news(alert: Alert | None, text: str) -> bool:
    if alert is None:
        return True
    if alert.closed_at is not None and alert.closed_by == BY_RULE:
        return True
    return alert.message != text
