"""Phòng phát sóng: nhận buổi, ghi nhật ký trước, phát tiếng sau."""
