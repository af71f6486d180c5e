"""Lập một báo cáo ngay: tính rồi giữ, như tiến trình phòng thu làm qua hai bước."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.making import draft_report, keep_report
from broadcaster.reports.periods import NamedPeriod
from broadcaster.reports.tables import Report


def make_report(session: Session, actor: Actor, kind: ReportKind, period: NamedPeriod, *, now: datetime) -> Report:
    """Lỗi: như ``draft_report``, ``keep_report``."""
    return keep_report(session, actor, draft_report(session, actor, kind, period, now=now), now=now)
