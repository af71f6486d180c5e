"""Sổ trực vào nhật ký: việc có cơ sở dữ liệu của phòng phát sóng, chạy ở tiến trình khác với tiến trình phát."""
