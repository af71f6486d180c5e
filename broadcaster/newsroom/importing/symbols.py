"""Ký hiệu nằm trong phông Symbol và Wingdings: Word chỉ lưu số thứ tự trong phông, không lưu chữ."""

from __future__ import annotations

from broadcaster.newsroom.importing.numbering import BULLET

_SYMBOL = {
    0x44: "Δ", 0x53: "Σ", 0x57: "Ω", 0x61: "α", 0x62: "β", 0x64: "δ", 0x67: "γ", 0x6C: "λ", 0x6D: "μ", 0x70: "π",
    0xA3: "≤", 0xAE: "→", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xBC: "…",
    0xD7: "·", 0xDE: "⇒",
}  # fmt: skip
_SYMBOL_BULLETS = {0xB7, 0xA8, 0x2D}
_WINGDINGS = {0xE0: "→", 0xE8: "→", 0xF0: "→", 0xFC: "✓", 0xFE: "☑", 0xFD: "☒", 0xA8: "☐", 0x6F: "☐", 0x4A: ""}
_WINGDINGS_BULLETS = {0x6C, 0x6E, 0x71, 0x75, 0x76, 0x77, 0x9F, 0xA7, 0xA1, 0xB2, 0xD8, 0xAA, 0x73, 0x74}


def symbol(font: str, code: int) -> str | None:
    """Chữ Unicode của ký hiệu ``code`` trong ``font``; None khi không biết nên đọc thành gì."""
    if not 0xF000 <= code <= 0xF0FF:
        return chr(code) if 0x20 <= code < 0xD800 else None
    code &= 0xFF
    if font.lower().startswith("wingdings"):
        return BULLET if code in _WINGDINGS_BULLETS else _WINGDINGS.get(code)
    return BULLET if code in _SYMBOL_BULLETS else _SYMBOL.get(code)


def is_private(char: str) -> bool:
    """Ký tự thuộc vùng dùng riêng: chỉ có nghĩa với đúng phông của nó."""
    return "\ue000" <= char <= "\uf8ff"
