"""Nhật ký phát thanh: chỉ thêm, nối chuỗi băm, dựng lại được mọi con số."""
