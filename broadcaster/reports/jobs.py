"""Việc dài của phòng báo cáo: trang web nhờ và thôi, phòng thu nhận, báo tới đâu, nộp; dòng trong cơ sở dữ liệu nối hai bên."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.accounts.signing_in import standing
from broadcaster.airlog.tables import Airing
from broadcaster.errors import Conflict
from broadcaster.newsroom.enums import DecisionKind
from broadcaster.newsroom.tables import Decision, Revision, Script
from broadcaster.reports.enums import JobKind, JobState, ReportKind
from broadcaster.reports.making import report_of
from broadcaster.reports.periods import NamedPeriod
from broadcaster.reports.tables import ReportJob

LONG = 20_000
"""Kỳ có hơn chừng này lượt phát thì báo cáo là việc dài: để phòng thu làm."""
SHOWN = timedelta(days=30)
"""Việc đã xong còn hiện ở trang Báo cáo chừng này."""
OPEN = (JobState.WAITING, JobState.MAKING)


@dataclass(frozen=True)
class Taken:
    """Một việc phòng thu đã nhận, đủ để làm mà không cần phiên dữ liệu."""

    job_id: int
    kind: JobKind
    worker: str
    wanted: Mapping[str, Any]
    actor: Actor


def is_long(session: Session, actor: Actor, period: NamedPeriod) -> bool:
    """Báo cáo của kỳ ấy có phải việc dài không. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    lines = select(Airing.id).where(
        Airing.station_id == actor.station_id, Airing.local_day.between(period.span.first, period.span.last)
    )
    return (session.scalar(select(func.count()).select_from(lines.limit(LONG + 1).subquery())) or 0) > LONG


def ask_report(session: Session, actor: Actor, kind: ReportKind, period: NamedPeriod, *, now: datetime) -> ReportJob:
    """Nhờ lập một báo cáo dài. Lỗi: ``NotAllowed``."""
    actor.require(Action.REPORT_MAKE)
    wanted = {
        "form": kind.value,
        "period": period.kind.value,
        "first": period.span.first.isoformat(),
        "last": period.span.last.isoformat(),
        "name": period.name,
    }
    return _ask(session, actor, JobKind.REPORT, f"{kind.label}, {period.name}", wanted=wanted, now=now)


def ask_evidence(session: Session, actor: Actor, report_id: int, *, captures: bool, now: datetime) -> ReportJob:
    """Nhờ gói minh chứng của một báo cáo đã lập. Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict``."""
    actor.require(Action.REPORT_MAKE)
    report, _ = report_of(session, actor, report_id)
    title = f"Minh chứng: {report.kind.label}, {report.period_name}"
    wanted = {"report_id": report_id, "captures": captures}
    return _ask(session, actor, JobKind.EVIDENCE, title, wanted=wanted, report_id=report_id, now=now)


def ask_site(session: Session, actor: Actor, *, now: datetime) -> ReportJob:
    """Nhờ ghi lại trang Nghe lại. Lỗi: ``NotAllowed``."""
    actor.require(Action.REPORT_MAKE)
    return _ask(session, actor, JobKind.SITE, "Ghi trang Nghe lại", wanted={}, now=now)


def outdated_sites(session: Session) -> list[ReportJob]:
    """Lần ghi trang Nghe lại mới nhất của những đài đã rút một bản tin từ sau lần nhờ ấy; chỉ đọc."""
    newest = select(func.max(ReportJob.id)).where(ReportJob.kind == JobKind.SITE).group_by(ReportJob.station_id)
    withdrawn = (
        select(Decision.id).join(Revision, Revision.id == Decision.revision_id).join(Script, Script.id == Revision.script_id)
    )
    withdrawn = withdrawn.where(
        Script.station_id == ReportJob.station_id,
        Decision.kind == DecisionKind.WITHDRAWN,
        Decision.at > ReportJob.asked_at,
    )
    return list(session.scalars(select(ReportJob).where(ReportJob.id.in_(newest), withdrawn.exists())))


def ask_site_again(session: Session, before: ReportJob, *, now: datetime) -> ReportJob:
    """Bản tin bị rút phải rời trang công khai ngay, không đợi ai nhớ ra: nhờ ghi lại, dưới tên người nhờ lần trước."""
    title = "Ghi lại trang Nghe lại vì có bản tin bị rút"
    return _ask(session, _asker(session, before), JobKind.SITE, title, wanted={}, now=now)


def ask_log(session: Session, actor: Actor, wanted: Mapping[str, str], *, kind: str, title: str, now: datetime) -> ReportJob:
    """Nhờ một tệp nhật ký lớn; ``wanted``: bộ lọc (``log_filter.params_of``). Lỗi: ``NotAllowed``."""
    actor.require(Action.REPORT_MAKE)
    told = {"filter": dict(wanted), "kind": kind}
    return _ask(session, actor, JobKind.LOG, f"Tệp nhật ký {kind.upper()}: {title}", wanted=told, now=now)


def job_of(session: Session, actor: Actor, job_id: int) -> ReportJob:
    """Một việc của đài. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.REPORT_MAKE)
    return owned(session, ReportJob, job_id, actor)


def jobs(session: Session, actor: Actor, *, now: datetime) -> list[ReportJob]:
    """Việc đang chờ, đang làm, và vừa xong, mới nhờ trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(ReportJob).where(ReportJob.station_id == actor.station_id, ReportJob.asked_at > now - SHOWN)
    return list(session.scalars(query.order_by(ReportJob.id.desc()).limit(20)))


def news(session: Session, actor: Actor) -> list[ReportJob]:
    """Việc người này nhờ đã xong (hay không xong) mà chưa mở xem, để trang đầu báo. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(ReportJob).where(
        ReportJob.station_id == actor.station_id,
        ReportJob.asked_by_id == actor.user_id,
        ReportJob.state.in_((JobState.MADE, JobState.FAILED)),
        ReportJob.seen_at.is_(None),
    )
    return list(session.scalars(query.order_by(ReportJob.id.desc()).limit(5)))


def cancel(session: Session, actor: Actor, job_id: int, *, now: datetime) -> ReportJob:
    """Thôi một việc chưa xong; phòng thu bỏ phần đang làm dở. Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi đã xong."""
    actor.require(Action.REPORT_MAKE)
    job = owned(session, ReportJob, job_id, actor, lock=True)
    if job.state not in OPEN:
        raise Conflict("Việc này đã xong hoặc đã thôi. Hãy tải lại trang.")
    job.state, job.finished_at, job.seen_at = JobState.CANCELLED, now, now
    note(session, actor, "job_cancelled", f"job:{job.id}", now=now, title=job.title)
    return job


def open_pack(session: Session, actor: Actor, job_id: int, *, now: datetime) -> ReportJob:
    """Người này tải gói: ghi sổ, thôi báo ở trang đầu. Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi chưa có gói."""
    job = job_of(session, actor, job_id)
    if job.state is not JobState.MADE or not job.file:
        raise Conflict("Gói này chưa làm xong. Hãy chờ, hoặc xem vì sao ở trang Báo cáo.")
    note(session, actor, "exported", job.title, now=now, sha256=job.sha256)
    mark_seen(actor, job, now=now)
    return job


def mark_seen(actor: Actor, job: ReportJob, *, now: datetime) -> None:
    """Người nhờ đã mở kết quả. Lỗi: ``NotAllowed``."""
    actor.require(Action.REPORT_MAKE)
    if job.asked_by_id == actor.user_id and job.seen_at is None and job.state not in OPEN:
        job.seen_at = now


def anything_waiting(session: Session) -> bool:
    """Có việc nào chờ không; chỉ đọc."""
    return session.scalar(select(ReportJob.id).where(ReportJob.state == JobState.WAITING).limit(1)) is not None


def claim(session: Session, worker: str) -> Taken | None:
    """Nhận việc chờ lâu nhất; người nhờ đã mất quyền thì việc không xong, và nói vì sao."""
    query = select(ReportJob).where(ReportJob.state == JobState.WAITING).order_by(ReportJob.id).limit(1)
    job = session.scalar(query.with_for_update(skip_locked=True))
    if job is None:
        return None
    job.state, job.worker, job.done, job.total, job.step = JobState.MAKING, worker, 0, 0, "Đang mở nhật ký"
    return Taken(job.id, job.kind, worker, job.wanted, _asker(session, job))


def take_back(session: Session, prefix: str) -> int:
    """Việc dở của những phòng thu đã chết trở lại hàng chờ; gọi khi chắc không ai như thế còn sống."""
    mine = (ReportJob.state == JobState.MAKING) & ReportJob.worker.startswith(prefix, autoescape=True)
    result = session.execute(update(ReportJob).where(mine).values(state=JobState.WAITING, step="", done=0))
    assert isinstance(result, CursorResult)
    return result.rowcount


def report_progress(session: Session, taken: Taken, step: str, done: int, total: int) -> bool:
    """Báo tới đâu; ``False`` khi người nhờ đã thôi."""
    return _mine(session, taken, step=step, done=done, total=total)


def finish(session: Session, taken: Taken, *, now: datetime, **values: object) -> bool:
    """Nộp kết quả; ``False`` khi người nhờ đã thôi: kết quả phải bị bỏ."""
    return _mine(session, taken, state=JobState.MADE, finished_at=now, step="", **values)


def fail(session: Session, taken: Taken, message: str, *, now: datetime) -> bool:
    """Không xong, và vì sao."""
    return _mine(session, taken, state=JobState.FAILED, finished_at=now, step="", message=message)


def _mine(session: Session, taken: Taken, **values: object) -> bool:
    mine = (ReportJob.id == taken.job_id) & (ReportJob.state == JobState.MAKING) & (ReportJob.worker == taken.worker)
    result = session.execute(update(ReportJob).where(mine, ReportJob.station_id == taken.actor.station_id).values(**values))
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _ask(
    session: Session,
    actor: Actor,
    kind: JobKind,
    title: str,
    *,
    wanted: Mapping[str, Any],
    now: datetime,
    report_id: int | None = None,
) -> ReportJob:
    """Đang có việc y hệt thì dùng việc ấy: bấm hai lần không làm hai lần."""
    same = select(ReportJob).where(
        ReportJob.station_id == actor.station_id,
        ReportJob.state.in_(OPEN),
        ReportJob.kind == kind,
        ReportJob.title == title,
        ReportJob.report_id.is_not_distinct_from(report_id),
    )
    waiting = session.scalar(same.limit(1))
    if waiting is not None:
        return waiting
    job = ReportJob(
        station_id=actor.station_id,
        kind=kind,
        title=title,
        wanted=wanted,
        report_id=report_id,
        asked_by_id=actor.user_id,
        asked_by=actor.name,
        asked_at=now,
    )
    session.add(job)
    session.flush()
    note(session, actor, "job_asked", f"job:{job.id}", now=now, title=title)
    return job


def _asker(session: Session, job: ReportJob) -> Actor:
    found = standing(session, job.station_id, job.asked_by_id)
    return found or Actor(job.asked_by_id, job.station_id, job.asked_by, "", frozenset())
