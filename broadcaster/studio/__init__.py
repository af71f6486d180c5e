"""Phòng thu: bản đã duyệt thành bản ghi, mẫu lời dẫn, nhạc hiệu."""
