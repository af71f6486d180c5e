"""Khối không đọc trên loa: “Nơi nhận” và các dòng của nó."""

from __future__ import annotations

from broadcaster.reading.claims import Claims
from broadcaster.reading.model import Kind
from broadcaster.reading.patterns import Pattern

_RECEIVERS = Pattern(
    r"(?im)^[ \t]*nơi nhận[ \t]*:?[ \t]*\n(?:[ \t]*[-–+•*][^\n]*(?:\n|$)|[ \t]*(?:như trên|lưu)\b[^\n]*(?:\n|$))*"
)


def claim(source: str, claims: Claims) -> None:
    """Nhận các khối bỏ qua trước mọi luật khác."""
    for match in _RECEIVERS.finditer(source):
        claims.add(match.start(), match.end(), Kind.SKIPPED, "", "receivers")
