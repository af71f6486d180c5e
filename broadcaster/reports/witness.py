"""Người chứng của các báo cáo đã lập: bản lưu phải đúng như sổ kiểm tra đã ghi lúc lập, mà sổ thì treo cùng chuỗi nhật ký."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import AuditEntry
from broadcaster.airlog.chain import Link
from broadcaster.airlog.enums import Event
from broadcaster.reports.stored import stored_digest, stored_figures_digest
from broadcaster.reports.tables import Report

MADE = "report_made"
"""Việc của dòng sổ lúc lập báo cáo."""


def subject_of(report: Report) -> str:
    """Tên một báo cáo trong sổ kiểm tra."""
    return f"{report.kind.value}:{report.id}"


class StoredReports:
    """Mỗi báo cáo đã lập: còn đó, con số và cả văn bản đúng băm trong sổ; báo cáo trước dòng sổ đầu tiên không ai chứng."""

    events: ClassVar[frozenset[Event]] = frozenset()

    def begin(self, session: Session, station_id: int) -> _Looking:
        """Không xem dòng nào: sổ kiểm tra có người chứng riêng."""
        return _Looking()

    def settle(self, session: Session, station_id: int, seen: Sequence[Any]) -> Iterator[str]:
        """Báo cáo mất, thêm vào, hay khác lúc lập."""
        query = select(AuditEntry.subject, AuditEntry.detail).where(
            AuditEntry.station_id == station_id, AuditEntry.action == MADE
        )
        told: dict[str, Any] = {row[0]: row[1] for row in session.execute(query)}
        first = min((int(subject.rpartition(":")[2]) for subject in told), default=None)
        for report in session.scalars(select(Report).where(Report.station_id == station_id).execution_options(yield_per=20)):
            detail = told.pop(subject_of(report), None)
            named = f"báo cáo số {report.id} ({report.period_name or report.file})"
            if detail is not None:
                yield from _faults(named, report, detail)
            elif first is not None and report.id > first:
                yield f"{named}: không dòng sổ nào ghi lúc lập"
        yield from (f"báo cáo số {subject.rpartition(':')[2]} đã lập mà không còn" for subject in told)


def _faults(named: str, report: Report, detail: Mapping[str, Any]) -> Iterator[str]:
    if report.figures_sha256 != detail["sha256"]:
        yield f"{named}: mã con số khác sổ kiểm tra"
    elif report.document is not None and stored_figures_digest(report.document) != report.figures_sha256:
        yield f"{named}: con số đã bị sửa sau khi lập"
    elif report.document is not None and stored_digest(report.document) != detail.get("document", stored_digest(report.document)):
        yield f"{named}: ngày, tên, chữ ký hay ghi chú đã bị sửa sau khi lập"


class _Looking:
    def look(self, link: Link, body: Any) -> Iterator[str]:
        """Không dòng nào."""
        yield from ()

    def seen(self) -> None:
        """Không có gì để gộp."""
