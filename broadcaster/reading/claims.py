"""Chỗ nào của văn bản đã có luật nhận; luật đến trước giành trước, các đoạn không bao giờ chồng nhau."""

from __future__ import annotations

from collections.abc import Iterator

from broadcaster.reading.model import Kind, Span


class Claims:
    """Các đoạn đã nhận trên một văn bản."""

    def __init__(self, source: str) -> None:
        """``source``: văn bản đã chuẩn hoá."""
        self._taken = bytearray(len(source))
        self._found: list[Span] = []

    def free(self, start: int, end: int) -> bool:
        """Cả đoạn còn trống và không rỗng."""
        return end > start and self._taken.find(1, start, end) < 0

    def add(
        self,
        start: int,
        end: int,
        kind: Kind,
        said: str,
        rule: str,
        *,
        confidence: float = 1.0,
        alternatives: tuple[str, ...] = (),
    ) -> None:
        """Nhận đoạn này."""
        self._taken[start:end] = b"\x01" * (end - start)
        self._found.append(Span(start, end, kind, said, rule, confidence, alternatives))

    def replace(self, start: int, end: int, kind: Kind, said: str, rule: str) -> None:
        """Nhận lại một đoạn mà các đoạn trong nó đã có luật khác nhận."""
        self._found = [span for span in self._found if span.end <= start or span.start >= end]
        self.add(start, end, kind, said, rule)

    def in_order(self) -> Iterator[Span]:
        """Các đoạn theo vị trí."""
        return iter(sorted(self._found, key=lambda span: span.start))
