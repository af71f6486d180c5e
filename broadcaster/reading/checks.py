"""Soát sau khi đọc: chữ lặp, cụm gõ sót, địa danh gần giống của đài, số và chữ trong ngoặc không khớp; chỉ hỏi, không sửa."""

from __future__ import annotations

import re
from itertools import pairwise

from broadcaster.reading.claims import Claims
from broadcaster.reading.model import Kind, Question, Span
from broadcaster.reading.numbers import value_of_words
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job
from broadcaster.reading.scan import Anchors
from broadcaster.reading.words.phrases import heads, misspelled

_GRAMMAR = """
    của và là các cho trong đã sẽ được với tại để những về theo bị phải này đó do bởi cũng nên thì mà đang vẫn còn hoặc trên dưới
    việc cần bằng rằng nếu khi hay vì có tới đến
    """
_NEVER_DOUBLED = frozenset(_GRAMMAR.split())
"""Chữ ngữ pháp không bao giờ láy: hai lần liền nhau là gõ thừa; “hành vi vi phạm”, “luôn luôn” thì không."""

_IN_BRACKET = Pattern(
    r" ?(?:đồng|người|hộ|ngày|tháng|năm|suất)?(?: ?(?:/|một|trên) ?[^\W\d_]+(?: vuông)?)? ?"
    r"\((?P<label>[Bb]ằng chữ:? ?|[Vv]iết bằng chữ:? ?)?(?P<words>[^()\d]{3,120}?)[./]{0,2}\)"
)
_FIGURE_BRACKET = Pattern(r"(?<![\w])\((?P<n>\d{1,3}(?:\.\d{3}){0,4})\)")
_FIGURES = frozenset({Kind.MONEY, Kind.NUMBER, Kind.QUANTITY})
_NUMBER_WORDS = frozenset(
    """
    không một hai ba bốn tư năm lăm sáu bảy tám chín mười mươi mốt trăm nghìn ngàn triệu tỷ tỉ linh lẻ phẩy
    """.split()
)
_LONGEST_NUMBER = 80
_RANGE_WORD = re.compile(r"\b(?:[Tt]ừ|đến|tới) $")
_FALLING = Pattern(r"(?:giảm|hạ|xuống|lùi|rút|thay đổi)[^.;\n]*$")


def ask(anchors: Anchors, claims: Claims, job: Job) -> None:
    """Gom mọi chỗ ngờ; ngoặc chỉ viết lại con số bằng chữ thì im lặng."""
    source = anchors.source
    if "(" in source:
        _figures_in_words(source, claims, job)
        _words_in_figures(source, claims, job)
    _pairs_of_words(anchors, job)
    _ranges(source, claims, job)
    for place in job.style.places:
        _places(source, place, job)


def _pairs_of_words(anchors: Anchors, job: Job) -> None:
    """“của của” là gõ thừa; “hình tức tuyên truyền” là tiếng sau của một cụm quen bị sót một chữ cái."""
    source, wrong, starts = anchors.source, misspelled(), heads()
    for (start, first), (after, second) in pairwise(anchors.words):
        doubled = second in _NEVER_DOUBLED and first.lower() == second
        if not (doubled or first in starts) or source[start + len(first) : after] != " ":
            continue
        end, right = after + len(second), wrong.get((first.lower(), second.lower()))
        if doubled:
            job.ask_at("repeated", start, end, f"Tiếng “{second}” lặp hai lần liền nhau. Có thừa không?", suggestions=(first,))
        elif right is not None:
            message = f"“{source[start:end]}” có lẽ gõ sót chữ của “{right}”. Hãy sửa lại bản viết."
            job.ask_at("slip", start, end, message, suggestions=(right,))


def _figures_in_words(source: str, claims: Claims, job: Job) -> None:
    """“500.000 đồng (năm trăm nghìn đồng)”: giống thì ngoặc im, khác thì hỏi."""
    for span in list(claims.in_order()):
        match = _IN_BRACKET.match(source, span.end) if span.kind in _FIGURES else None
        if match is None or not _number_of(match["words"]):
            continue
        said, written = value_of_words(_number_of(span.spoken)), value_of_words(_number_of(match["words"]))
        if said is None or written is None:
            continue
        if said == written:
            opening = source.index("(", span.end)
            if claims.release(opening, match.end()):
                claims.add(opening, match.end(), Kind.SILENT, "", "in_words")
        else:
            message = f"“{source[span.start : span.end]}” nhưng trong ngoặc viết “{match['words']}”. Hãy sửa cho khớp."
            job.doubts.append(Question("figures_differ", span.start, match.end(), message, dangerous=True))


def _words_in_figures(source: str, claims: Claims, job: Job) -> None:
    """“mười hai (12) giờ”: số trong ngoặc chỉ viết lại chữ đứng trước thì im; khác thì hỏi."""
    for match in _FIGURE_BRACKET.finditer(source):
        start = max(0, match.start() - _LONGEST_NUMBER)
        words = _trailing_number(source[start : match.start()])
        value, written = value_of_words(words), int(match["n"].replace(".", ""))
        if value is None or (len(words) == 1 and words[0] in ("năm", "không", "mười") and value != written):
            continue
        if value == written:
            if claims.release(*match.span()):
                claims.add(*match.span(), Kind.SILENT, "", "in_figures")
        else:
            message = f"Viết chữ “{' '.join(words)}” nhưng trong ngoặc là {match['n']}. Hãy sửa cho khớp."
            job.ask("figures_differ", match, message, dangerous=True)


def _ranges(source: str, claims: Claims, job: Job) -> None:
    """“từ 500.000đ đến 300.000đ”, “từ 60 đến 18 tuổi”: hai số đo rời nhau, cùng đơn vị, mà ngược."""
    spans = [span for span in claims.in_order() if span.kind in (Kind.MONEY, Kind.QUANTITY) or _opens_range(source, span)]
    for first, last in pairwise(spans):
        between = source[first.end : last.start]
        if last.start - first.end > 5 or between.strip() not in ("đến", "-", "–", "tới"):
            continue
        low, high = value_of_words(_number_of(first.spoken)), value_of_words(_number_of(last.spoken))
        same = _same_unit(first, last) and " phẩy " not in first.spoken + last.spoken
        falling = _FALLING.search(source[max(0, first.start - 24) : first.start].lower())
        if same and low is not None and high is not None and low >= high and not falling:
            message = f"Khoảng “{source[first.start : last.end]}” bị ngược. Hãy xem lại."
            job.ask_at("range_order", first.start, last.end, message, dangerous=first.kind is not Kind.NUMBER)


def _opens_range(source: str, span: Span) -> bool:
    """Số trần ngay sau “từ” hay sau “đến”."""
    return (
        span.kind is Kind.NUMBER
        and source[span.start : span.end].isdigit()
        and bool(_RANGE_WORD.search(source[max(0, span.start - 5) : span.start]))
    )


def _same_unit(first: Span, last: Span) -> bool:
    if first.kind is Kind.NUMBER:
        return last.kind is Kind.NUMBER
    return first.spoken.split()[-1] == last.spoken.split()[-1]


def _trailing_number(text: str) -> list[str]:
    """Các chữ số đếm ở cuối ``text``, liền nhau tới chỗ ngoặc."""
    if not text.endswith(" ") and text[-1:].isalnum() is False:
        return []
    words = re.findall(r"[^\W\d_]+|[^\w ]|\d+", text.lower())
    kept: list[str] = []
    for word in reversed(words):
        if word not in _NUMBER_WORDS:
            break
        kept.insert(0, word)
    return kept


def _number_of(text: str) -> list[str]:
    """Dãy chữ số đếm dài nhất mở đầu ``text`` (bỏ “bằng chữ”); rỗng khi ``text`` không mở đầu bằng số."""
    found: list[str] = []
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        if word not in _NUMBER_WORDS:
            break
        found.append(word)
    return found


def _places(source: str, place: str, job: Job) -> None:
    """“thị xã Mỹ Hòa” khi đài ở “thị xã Mỹ Hào”: cùng cấp, cùng tiếng đầu, chữ cuối khác dấu."""
    level, _, name = place.partition("|")
    first = name.split()[0] if name else ""
    if not first:
        return
    pattern = re.compile(rf"(?i:{re.escape(level)}) ({re.escape(first)}(?: [A-ZĐÂÊÔƠƯ]\w+)+)")
    for match in pattern.finditer(source):
        if match[1] != name and len(match[1].split()) == len(name.split()):
            message = f"“{match[1]}” hay “{name}”? Địa danh này gần giống địa danh của đài."
            job.ask_at("place", *match.span(1), message, suggestions=(name,))
