"""Từ của phòng tài khoản: vai trò, mức cảnh báo."""

from __future__ import annotations

from broadcaster.enums import Word


class Role(Word):
    """Vai trò của một người ở một đài; một người có thể có nhiều vai trò."""

    CONTRIBUTOR = "contributor", "Người viết tin bài"
    APPROVER = "approver", "Lãnh đạo duyệt"
    OPERATOR = "operator", "Người vận hành đài"
    CLERK = "clerk", "Văn phòng - Thống kê"
    AUDITOR = "auditor", "Giám sát (chỉ xem)"
    ADMIN = "admin", "Quản trị đài"


class AlertLevel(Word):
    """Mức của một cảnh báo."""

    INFO = "info", "Thông tin"
    WARNING = "warning", "Cần xem"
    CRITICAL = "critical", "Cần xử lý ngay"


class UnitLevel(Word):
    """Cấp của đơn vị trong tên gọi (từ 01/7/2025 không còn cấp huyện)."""

    WARD = "ward", "Phường, xã"
    PARENT = "parent", "Cấp trên trực tiếp"
    PROVINCE = "province", "Tỉnh, thành phố"


class WordingKind(Word):
    """Cái tên mà đài nói ngoài lời bản tin và mẫu lời."""

    STATION = "station", "Tên đài"
    UNIT = "unit", "Tên đơn vị"
    SLOT = "slot", "Tên khung giờ"
