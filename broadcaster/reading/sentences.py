"""Nối lời các đoạn thành câu nói: dấu câu là chỗ nghỉ, ngoặc và ngoặc kép không đọc, gạch giữa hai giá trị là “đến”."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from broadcaster.reading.model import Kind, Span
from broadcaster.reading.patterns import Pattern

_SENTENCE = Pattern(r"(?<=[.!?…])(?<!\b[A-ZĐ]\.)\s+|\s*;\s+")
_DASH = Pattern(r"^\s?[-–—÷]\s?$")
_VALUES = frozenset({Kind.NUMBER, Kind.QUANTITY, Kind.MONEY, Kind.DATE, Kind.TIME, Kind.FRACTION, Kind.ROMAN})
_BRACKETS = Pattern(r"\s*[()\[\]{}]+\s*")
_QUOTES = Pattern(r"[“”\"'‘’«»]")


def sentences_of(spans: Sequence[Span]) -> Iterator[str]:
    """Câu nói; câu cuối một đoạn mang dấu xuống dòng để phòng thu nghỉ dài hơn."""
    for line in "".join(_said(spans, number) for number in range(len(spans))).splitlines():
        parts = [cleaned for part in _SENTENCE.split(line) if (cleaned := _clean(part))]
        for number, part in enumerate(parts, start=1):
            yield f"{part}\n" if number == len(parts) else part


def _said(spans: Sequence[Span], number: int) -> str:
    span = spans[number]
    if span.kind is not Kind.PLAIN:
        return f" {span.spoken} " if span.spoken else " "
    between = 0 < number < len(spans) - 1 and _is_value(spans[number - 1]) and _is_value(spans[number + 1])
    if not between or not _DASH.match(span.spoken):
        return span.spoken
    first, last = spans[number - 1], spans[number + 1]
    both = first.kind is Kind.QUANTITY and last.kind in (Kind.QUANTITY, Kind.FRACTION)
    return ", " if both and first.spoken.split()[-1] != last.spoken.split()[-1] else " đến "


def _is_value(span: Span) -> bool:
    """Đoạn mà gạch nối giữa hai cái như thế là một khoảng."""
    return span.kind in _VALUES or span.rule == "chainage"


def _clean(part: str) -> str:
    part = _BRACKETS.sub(_bracket, _QUOTES.sub("", part))
    part = re.sub(r"\s+", " ", part).strip(" ,")
    part = re.sub(r" +([.,;:!?…])", r"\1", part)
    part = re.sub(r"([.,;:!?…])(?:\s*[,;:])+", r"\1", part)
    part = re.sub(r"(?<=\w)\s[-–—]+\s(?=\w)", ", ", part)
    part = re.sub(r"[-–—]{2,}|(?<!\w)[-–—]+|[-–—]+(?!\w)", " ", part)
    part = re.sub(r"(?:\s*,)+\s*(?=[.;:!?…]|$)", "", re.sub(r"\s+", " ", part).strip())
    return part if re.search(r"\w", part) else ""


def _bracket(match: re.Match[str]) -> str:
    """Ngoặc là một chỗ nghỉ ngắn."""
    return ", " if any(char in "()[]{}" for char in match[0]) else " "
