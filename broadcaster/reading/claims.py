"""Chỗ nào của văn bản đã có luật nhận; luật đến trước giành trước, các đoạn không bao giờ chồng nhau."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from broadcaster.reading.model import Kind, Span


@dataclass(frozen=True, slots=True)
class Said:
    """Lời đọc của một chỗ khớp, và những lời khác cũng có thể đúng."""

    words: str
    others: tuple[str, ...] = ()


class Claims:
    """Các đoạn đã nhận trên một văn bản."""

    def __init__(self, source: str) -> None:
        """``source``: văn bản đã chuẩn hoá."""
        self.taken = bytearray(len(source))
        """1 ở mỗi ký tự đã có chủ."""
        self._found: dict[int, Span] = {}

    def free(self, start: int, end: int) -> bool:
        """Cả đoạn còn trống và không rỗng."""
        return end > start and self.taken.find(1, start, end) < 0

    def add(
        self,
        start: int,
        end: int,
        kind: Kind,
        said: str | Said,
        rule: str,
        *,
        confidence: float = 1.0,
    ) -> bool:
        """Nhận đoạn này; ``False`` và không đổi gì khi có chữ nào trong đoạn đã có chủ, hoặc đoạn rỗng."""
        if not self.free(start, end):
            return False
        words, others = (said.words, said.others) if isinstance(said, Said) else (said, ())
        self.taken[start:end] = b"\x01" * (end - start)
        self._found[start] = Span(start, end, kind, words, rule, 0.6 if others and confidence == 1.0 else confidence, others)
        return True

    def release(self, start: int, end: int) -> bool:
        """Bỏ các đoạn nằm trọn trong đây, cho luật khác nhận lại; ``False`` và không đổi gì nếu một đoạn thò ra ngoài."""
        inside = [span for span in self._found.values() if span.start < end and span.end > start]
        if any(span.start < start or span.end > end for span in inside):
            return False
        for span in inside:
            del self._found[span.start]
            self.taken[span.start : span.end] = bytes(span.end - span.start)
        return True

    def at(self, start: int) -> Span | None:
        """Đoạn bắt đầu đúng ở ``start``."""
        return self._found.get(start)

    def in_order(self) -> Iterator[Span]:
        """Các đoạn theo vị trí."""
        return iter(sorted(self._found.values(), key=lambda span: span.start))
