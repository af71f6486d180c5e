"""Bảng của phòng báo cáo: báo cáo đã lập với băm con số, phản ánh của người dân."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcaster.database.base import StationRow
from broadcaster.database.types import CanonicalJson, word_type
from broadcaster.newsroom.enums import CreditRole, Genre
from broadcaster.reports.enums import ComplaintState, JobKind, JobState, ReportKind


class Report(StationRow):
    """Một báo cáo đã lập: giữ nguyên văn bản và băm của nó, nên tải lại luôn y hệt và lập lại thì so được."""

    __tablename__ = "reports"
    __table_args__ = (CheckConstraint("period_to >= period_from", name="period"),)

    kind: Mapped[ReportKind] = mapped_column(word_type(ReportKind))
    period_from: Mapped[date]
    period_to: Mapped[date]
    period_name: Mapped[str] = mapped_column(default="")
    file: Mapped[str]
    """Tên tệp khi tải về, chưa có đuôi."""
    document: Mapped[Any | None] = mapped_column(CanonicalJson)
    """Văn bản đã lập (``reports.stored``); rỗng ở báo cáo của phần mềm cũ."""
    seq: Mapped[int] = mapped_column(default=0)
    """Dòng nhật ký cuối cùng mà con số tính tới."""
    figures_sha256: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str]
    made_at: Mapped[datetime]


class ReportJob(StationRow):
    """Một việc dài: ai nhờ, tới đâu, kết quả là báo cáo hay gói nào; phòng thu nhận bằng một UPDATE có điều kiện."""

    __tablename__ = "report_jobs"
    __table_args__ = (Index("ix_report_jobs_state", "state"),)

    kind: Mapped[JobKind] = mapped_column(word_type(JobKind))
    state: Mapped[JobState] = mapped_column(word_type(JobState), default=JobState.WAITING)
    title: Mapped[str]
    wanted: Mapped[Any] = mapped_column(CanonicalJson)
    """Báo cáo: mẫu và kỳ; gói: mã báo cáo."""
    report_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"))
    file: Mapped[str] = mapped_column(default="")
    """Tên tệp của gói trong thư mục các gói; rỗng khi chưa có hay khi kết quả là báo cáo."""
    sha256: Mapped[str] = mapped_column(String(64), default="")
    step: Mapped[str] = mapped_column(default="")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    """Vì sao không xong, hoặc điều người nhận cần biết."""
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    worker: Mapped[str] = mapped_column(default="")
    finished_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    """Người nhờ đã mở kết quả; chưa thì trang đầu còn báo."""


class RoyaltyRate(StationRow):
    """Mức nhuận bút của một thể loại và vai trò từ một ngày; không sửa, đặt mức mới là thêm dòng."""

    __tablename__ = "royalty_rates"
    __table_args__ = (CheckConstraint("amount >= 0", name="amount"),)

    genre: Mapped[Genre] = mapped_column(word_type(Genre))
    role: Mapped[CreditRole] = mapped_column(word_type(CreditRole))
    amount: Mapped[int]
    """Đồng."""
    valid_from: Mapped[date]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]


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
    received_by: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[str] = mapped_column(default="")
