"""Bảng của phòng báo cáo: báo cáo đã lập với băm con số, phản ánh của người dân."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcaster.database.base import StationRow
from broadcaster.database.types import CanonicalJson, word_type
from broadcaster.newsroom.enums import CreditRole, Genre
from broadcaster.reports.enums import ComplaintState, ReportKind


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
