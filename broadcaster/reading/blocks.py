"""Khối không đọc trên loa: “Nơi nhận” và các dòng của nó, kể cả khi chữ ký đứng cạnh ở cột bên."""

from __future__ import annotations

from broadcaster.reading.claims import Claims
from broadcaster.reading.model import Kind
from broadcaster.reading.patterns import Pattern

_HEAD = Pattern(r"(?im)^[ |*_]*nơi nhận\b[ *_]*:?[ *_]*(?P<rest>[^\t|\n]*)")
_LINE = Pattern(r"(?i)[ |]*(?:[-–+•*] ?[^\t|\n]*|(?:như trên|như điều|lưu|các phòng|đảng ủy)\b[^\t|\n]*|(?=\t|\n[ |]*[-–+•*] ))")


def claim(source: str, claims: Claims) -> None:
    """Nhận các khối bỏ qua trước mọi luật khác: ô đầu của từng dòng; ô bên cạnh vẫn đọc."""
    for match in _HEAD.finditer(source):
        claims.add(match.start(), match.end(), Kind.SKIPPED, "", "receivers")
        at = source.find("\n", match.end()) + 1
        while at and (line := _LINE.match(source, at)) is not None:
            claims.add(line.start(), line.end(), Kind.SKIPPED, "", "receivers")
            at = source.find("\n", line.end()) + 1
