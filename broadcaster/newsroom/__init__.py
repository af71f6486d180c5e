"""Phòng biên tập: bản tin, bản sửa, cách đọc và duyệt."""
