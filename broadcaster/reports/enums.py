"""Từ của phòng báo cáo."""

from __future__ import annotations

from broadcaster.enums import Word


class ReportKind(Word):
    """Các mẫu báo cáo của đài (F1-F8) và bản giao ca."""

    AIRLOG = "airlog", "Nhật ký phát thanh"
    MONTHLY = "monthly", "Tổng hợp hoạt động"
    REFORM = "reform", "Kết quả tuyên truyền CCHC"
    ROYALTY = "royalty", "Bảng kê nhuận bút"
    CLUSTERS = "clusters", "Tình trạng cụm loa"
    EMERGENCIES = "emergencies", "Bản tin khẩn cấp"
    COMPLAINTS = "complaints", "Phản ánh của người dân"
    HANDOVER = "handover", "Bản giao ca"


class ComplaintState(Word):
    """Phản ánh của người dân đang ở đâu."""

    OPEN = "open", "Chưa trả lời"
    ANSWERED = "answered", "Đã trả lời"


class JobKind(Word):
    """Việc dài mà phòng thu làm hộ."""

    REPORT = "report", "Báo cáo"
    EVIDENCE = "evidence", "Gói minh chứng"
    SITE = "site", "Trang Nghe lại"
    LOG = "log", "Tệp nhật ký"


class JobState(Word):
    """Việc ấy đang ở đâu."""

    WAITING = "waiting", "Chờ tới lượt"
    MAKING = "making", "Đang làm"
    MADE = "made", "Đã xong"
    FAILED = "failed", "Không xong"
    CANCELLED = "cancelled", "Đã thôi"
