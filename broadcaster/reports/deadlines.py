"""Hạn báo cáo CCHC: kỳ vừa chốt mà chưa lập, và kỳ sắp tới; báo cáo lập trước ngày chốt chỉ là bản tạm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.stations import station_of, today_at
from broadcaster.reports.enums import ReportKind
from broadcaster.reports.periods import REFORM, NamedPeriod, next_due, reform_period
from broadcaster.reports.tables import Report

NEAR = timedelta(days=14)
"""Còn chừng này ngày thì trang đầu nêu hạn."""
_LATE = timedelta(days=45)
"""Kỳ đã chốt mà chưa lập còn được nhắc chừng này."""


@dataclass(frozen=True)
class Deadline:
    """Một kỳ phải nộp; ``report``: bản lập gần nhất của đúng kỳ ấy."""

    period: NamedPeriod
    today: date
    report: Report | None
    final: bool
    """Báo cáo ấy lập sau ngày chốt, nên trọn kỳ."""

    @property
    def days(self) -> int:
        """Còn mấy ngày tới hạn; âm là đã quá hạn."""
        return (self.period.due - self.today).days

    @property
    def closed(self) -> bool:
        """Kỳ đã chốt số liệu."""
        return self.period.span.last < self.today

    @property
    def pressing(self) -> bool:
        """Đáng nêu ở trang đầu."""
        return not self.final and self.days <= NEAR.days


def deadlines(session: Session, actor: Actor, now: datetime) -> list[Deadline]:
    """Kỳ đã chốt chưa có báo cáo trọn kỳ, cũ trước, rồi kỳ sắp tới hạn; kỳ chốt trước khi có đài thì không ai nợ.

    Lỗi: ``NotAllowed``.
    """
    actor.require(Action.LOG_READ)
    today, since = today_at(session, actor, now), today_at(session, actor, station_of(session, actor).created_at)
    passed = [
        one
        for year in (today.year - 1, today.year)
        for one in (reform_period(kind, year) for kind in REFORM)
        if today - _LATE <= one.due < today and since <= one.span.last
    ]

    def deadline(period: NamedPeriod) -> Deadline:
        report = _latest(session, actor, period)
        final = report is not None and today_at(session, actor, report.made_at) > period.span.last
        return Deadline(period, today, report, final=final)

    late = [one for one in map(deadline, passed) if not one.final]
    return [*sorted(late, key=lambda one: one.period.due), deadline(next_due(today))]


def _latest(session: Session, actor: Actor, period: NamedPeriod) -> Report | None:
    query = select(Report).where(
        Report.station_id == actor.station_id,
        Report.kind == ReportKind.REFORM,
        Report.period_from == period.span.first,
        Report.period_to == period.span.last,
    )
    return session.scalar(query.order_by(Report.made_at.desc(), Report.id.desc()).limit(1))
