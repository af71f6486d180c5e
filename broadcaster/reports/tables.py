"""Bảng của phòng báo cáo: báo cáo đã lập với băm con số, phản ánh của người dân."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcaster.database.base import StationRow
from broadcaster.database.types import word_type
from broadcaster.reports.enums import ComplaintState, ReportKind


class Report(StationRow):
    """Một báo cáo đã lập: tệp, kỳ, và băm các con số để tính lại mà so."""

    __tablename__ = "reports"
    __table_args__ = (CheckConstraint("period_to >= period_from", name="period"),)

    kind: Mapped[ReportKind] = mapped_column(word_type(ReportKind))
    period_from: Mapped[date]
    period_to: Mapped[date]
    file: Mapped[str]
    figures_sha256: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str]
    made_at: Mapped[datetime]


class Complaint(StationRow):
    """Phản ánh của người dân gắn với phút phát và câu trả lời đã phát."""

    __tablename__ = "complaints"

    resident: Mapped[str]
    about_at: Mapped[datetime | None]
    text: Mapped[str]
    state: Mapped[ComplaintState] = mapped_column(word_type(ComplaintState))
    answer: Mapped[str] = mapped_column(default="")
    answer_script_id: Mapped[int | None] = mapped_column(ForeignKey("scripts.id"))
    received_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
