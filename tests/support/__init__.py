"""Đồ dùng chung của phép thử."""
