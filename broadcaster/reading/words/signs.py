"""Ký hiệu đứng riêng và chữ Hy Lạp hay gặp: lời của từng dấu."""

from __future__ import annotations

SIGNS = {
    "%": "phần trăm", "‰": "phần nghìn", "°": "độ", "º": "độ", "&": "và", "@": "a còng", "+": "cộng", "=": "bằng", "±": "cộng trừ", "×": "nhân",
    "≤": "nhỏ hơn hoặc bằng", "≥": "lớn hơn hoặc bằng", "≈": "khoảng", "≠": "khác", "÷": "chia", "√": "căn bậc hai của", "$": "đô la", "€": "ơ rô",
    "£": "bảng Anh", "¥": "yên", "₫": "đồng", "§": "mục", "∞": "vô cùng", "↑": "tăng", "↓": "giảm",
    "α": "an pha", "β": "bê ta", "γ": "gam ma", "δ": "đen ta", "Δ": "đen ta", "π": "pi", "Ω": "ôm", "μ": "mi crô", "µ": "mi crô", "Σ": "tổng",
}  # fmt: skip
