"""Nối lời các đoạn thành câu nói: dấu câu là chỗ nghỉ, ngoặc và ngoặc kép không đọc, gạch giữa hai giá trị là “đến”."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from broadcaster.reading.model import Kind, Span
from broadcaster.reading.patterns import Pattern

_SENTENCE = Pattern(r"(?<=[.!?…])(?<!\b[A-ZĐ]\.) +")
_SEMICOLON = Pattern(r" ?; +")
_MORE = "\x1f"
"""Dấu ở cuối một câu mà đoạn còn tiếp."""
_DASH = Pattern(r"^ ?[-–—÷~→⇒] ?$")
_VALUES = frozenset({Kind.NUMBER, Kind.QUANTITY, Kind.MONEY, Kind.DATE, Kind.TIME, Kind.FRACTION, Kind.ROMAN})
_MENDING = (
    (Pattern(r"[“”\"'‘’«»]"), ""),
    (Pattern(r"[ \t]{2,}|\t"), " "),
    (Pattern(r" ?[()\[\]{}][()\[\]{} ]*"), ", "),
    (Pattern(r" (?=[.,;:!?…])"), ""),
    (Pattern(r"([.,;:!?…])(?:[,;:] ?)+"), r"\1 "),
    (Pattern(r" (?<=\w )[-–—]+ (?=\w)"), ", "),
    (Pattern(r"[-–—]{2,}|[-–—](?:(?<!\w.)|(?!\w))"), " "),
    (Pattern(r" {2,}"), " "),
    (Pattern(r",(?: ?,)+"), ","),
    (Pattern(r"(?m) ?, ?(?=[.;:!?…\x1f]|$)"), ""),
    (Pattern(r" (?=[.,;:!?…])"), ""),
)
"""Lần lượt: bỏ ngoặc kép, ngoặc thành chỗ nghỉ, gộp dấu cách, dấu câu và gạch thừa; mỗi bước tuyến tính."""
_LETTER = Pattern(r"\w")


def sentences_of(spans: Sequence[Span]) -> Iterator[str]:
    """Câu nói; câu cuối một đoạn mang dấu xuống dòng để phòng thu nghỉ dài hơn."""
    said = _SEMICOLON.sub(f"{_MORE}\n", "".join(_said(spans, number) for number in range(len(spans))))
    for pattern, new in _MENDING:
        said = pattern.sub(new, said)
    parts: list[str] = []
    for line in said.split("\n"):
        pieces = (piece.strip(" ,") for piece in _SENTENCE.split(line.removesuffix(_MORE)))
        parts += filter(_LETTER.search, pieces)
        if not line.endswith(_MORE):
            yield from (f"{part}\n" if number == len(parts) else part for number, part in enumerate(parts, start=1))
            parts = []


def _said(spans: Sequence[Span], number: int) -> str:
    span = spans[number]
    if span.kind is not Kind.PLAIN:
        return f" {span.spoken} " if span.spoken else " "
    between = 0 < number < len(spans) - 1 and _is_value(spans[number - 1]) and _is_value(spans[number + 1])
    if not between or not _DASH.match(span.spoken):
        return span.spoken
    first, last = spans[number - 1], spans[number + 1]
    if first.rule == last.rule == "meters":
        return " đến "
    both = first.kind is Kind.QUANTITY and last.kind in (Kind.QUANTITY, Kind.FRACTION)
    return ", " if both and first.spoken.split()[-1] != last.spoken.split()[-1] else " đến "


def _is_value(span: Span) -> bool:
    """Đoạn mà gạch nối giữa hai cái như thế là một khoảng."""
    return span.kind in _VALUES or span.rule == "chainage"
