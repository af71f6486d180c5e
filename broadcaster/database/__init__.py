"""Cơ sở dữ liệu: kiểu cột, phiên đọc và ghi, chuông báo; mỗi phòng giữ bảng của mình."""

from broadcaster.database.engine import Database

__all__ = ["Database"]
