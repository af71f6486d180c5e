"""Đài truyền thanh phường: từ bản tin viết đến tiếng loa và nhật ký chứng minh."""

__version__ = "0.1.0"
