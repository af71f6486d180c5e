"""Từ nước ngoài phải đọc khác chữ viết; từ đã quen (Zalo, online, website) giữ nguyên nên không có ở đây."""

from __future__ import annotations

TABLE = """
COVID-19 ~ Covid 19 ~ Covid19 = cô vít mười chín
COVID ~ Co-vid = cô vít
SARS-CoV-2 ~ SARS CoV 2 = xa xờ cô vê hai
Dioxin = đi ô xin
Vitamin = vitamin
Wi-Fi = wifi
E-mail = email
"""
