"""Chỉnh cách viết của từng dòng đã nhập về một kiểu: dấu đầu dòng, gạch nối, khoảng trắng. Không đổi lời."""

from __future__ import annotations

import re

_BULLETS = re.compile(r"^\s*\.\s+(?=\S)|^\s*[•●○◦▪▫■□◆◇➢➤►▶‣⁃∙·*\uf0b7\uf0a7\uf0d8\uf076\uf06c\uf06e]\s*(?=\S)")
_DASH = re.compile(r"^\s*[–—−]\s+")
_BLANKS = re.compile(r"[ \t\xa0\u2000-\u200a\u202f\u3000]+")
_HYPHENS = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2212": "-"})


def tidy_line(line: str) -> str:
    """Một dòng không thụt đầu, không khoảng trắng kép, dấu đầu dòng là "- "."""
    line = _BULLETS.sub("- ", line)
    line = _DASH.sub("- ", line)
    return _BLANKS.sub(" ", line.translate(_HYPHENS)).strip()
