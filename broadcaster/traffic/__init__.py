"""Phòng lịch phát: khung giờ, buổi phát, thứ tự mục, giờ yên tĩnh, kế hoạch."""
