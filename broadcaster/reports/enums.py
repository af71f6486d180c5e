"""Từ của phòng báo cáo."""

from __future__ import annotations

from broadcaster.enums import Word


class ReportKind(Word):
    """Loại báo cáo đã lập."""

    AIRLOG = "airlog", "Nhật ký phát thanh"


class ComplaintState(Word):
    """Phản ánh của người dân đang ở đâu."""

    OPEN = "open", "Chưa trả lời"
    ANSWERED = "answered", "Đã trả lời"
