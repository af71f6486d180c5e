"""Đọc một văn bản: khối bỏ qua, định nghĩa trong bài, luật giá trị, từ điển, chữ hoa lạ, ký hiệu; đoạn phủ kín, không chồng."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from broadcaster.reading import abbreviations, blocks, checks, definitions
from broadcaster.reading.claims import Claims
from broadcaster.reading.lexicon import EMPTY, Lexicon
from broadcaster.reading.model import Kind, Question, Reading, Span, Style
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules import RULES, Job, Rule
from broadcaster.reading.rules.quantities import per_words
from broadcaster.reading.sentences import sentences_of

ENGINE_VERSION = "2"
_SYMBOLS = {
    "%": "phần trăm",
    "‰": "phần nghìn", "°": "độ", "&": "và", "@": "a còng", "+": "cộng", "=": "bằng", "±": "cộng trừ", "×": "nhân",
    "<": "nhỏ hơn", ">": "lớn hơn", "≤": "nhỏ hơn hoặc bằng", "≥": "lớn hơn hoặc bằng", "≈": "khoảng", "$": "đô la", "€": "ơ rô",
}  # fmt: skip
_SILENT = Pattern(r"[^\w\s.,;:!?…\-–—()“”\"'‘’]|_")
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_ODD = Pattern(r"[\x00-\x08\x0b-\x1f\x7f-\xa0\xad\u0600-\u1cff\u2000-\u200f\u2010\u2011\u2028-\u206f\u2074-\U0010ffff]")
"""Mọi ký tự có thể phải đổi; chữ Việt và dấu câu thường không nằm trong này."""
_PER_KINDS = (Kind.MONEY, Kind.QUANTITY)


def read(text: str, *, lexicon: Lexicon | None = None, style: Style | None = None) -> Reading:
    """Cách đọc của ``text``: các đoạn phủ kín, chữ nói, câu nói và mọi chỗ còn ngờ. Không bao giờ ném lỗi, không đọc ngoài."""
    source = normalised(text)
    words, taste = lexicon or EMPTY, style or Style()
    doubts: list[Question] = []
    spans = tuple(_spans(source, words, taste, doubts))
    sentences = tuple(sentences_of(spans))
    return Reading(
        source=source,
        spans=spans,
        spoken="\n".join(sentence.rstrip("\n") for sentence in sentences),
        questions=tuple(sorted(doubts, key=lambda doubt: (doubt.start, doubt.end))),
        engine_version=ENGINE_VERSION,
        lexicon_version=words.version,
        sentences=sentences,
    )


def spoken(text: str, *, lexicon: Lexicon | None = None, style: Style | None = None) -> str:
    """Chữ nói của ``text``, các câu nối bằng dấu cách."""
    return " ".join(read(text, lexicon=lexicon, style=style).sentences).replace("\n", "").strip()


def normalised(text: str) -> str:
    """NFC; chữ số và chữ cái kiểu lạ (đậm toán học, toàn khổ) về chữ thường dùng; bỏ ký tự không ai thấy."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ODD.sub(_plain, unicodedata.normalize("NFC", text)))


def _plain(match: re.Match[str]) -> str:
    char = match[0]
    if unicodedata.category(char) in _UNSEEN:
        return char if char in "\n\t\r" else ""
    if char in "\u2010\u2011":
        return "-"
    if char.isspace():
        return char if char in "\n\t\r\u2028\u2029" else " "
    code = ord(char)
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if 0x1D400 <= code <= 0x1D7FF or 0xFF01 <= code <= 0xFF5E:
        return unicodedata.normalize("NFKC", char)
    return char


def _spans(source: str, lexicon: Lexicon, style: Style, doubts: list[Question]) -> Iterator[Span]:
    claims = _found(source, lexicon, style, doubts)
    at = 0
    for span in claims.in_order():
        if span.start > at:
            yield Span(at, span.start, Kind.PLAIN, source[at : span.start], "plain")
        yield span
        at = span.end
    if at < len(source):
        yield Span(at, len(source), Kind.PLAIN, source[at:], "plain")


def _found(source: str, lexicon: Lexicon, style: Style, doubts: list[Question]) -> Claims:
    claims, job = Claims(source), Job(style, lexicon, doubts)
    blocks.claim(source, claims)
    mine = definitions.collect(source, lexicon)
    definitions.claim(source, claims, mine, lexicon)
    abbreviations.claim_first(source, claims, job)
    for rule in RULES:
        if rule.needs and not any(word in source for word in rule.needs):
            continue
        for match in rule.pattern.finditer(source):
            if claims.free(match.start(), match.end()):
                asked = len(doubts)
                said = rule.read(match, job)
                if said is None:
                    del doubts[asked:]
                else:
                    _accept(rule, match, said, claims, job)
    abbreviations.claim(source, claims, job, mine)
    checks.ask(source, claims, job)
    for match in _SILENT.finditer(source):
        if claims.free(match.start(), match.end()):
            claims.add(match.start(), match.end(), Kind.SYMBOL, _SYMBOLS.get(match[0], ""), "symbol")
    return claims


def _accept(rule: Rule, match: re.Match[str], said: str, claims: Claims, job: Job) -> None:
    """Số đo nhận luôn mẫu số đứng ngay sau nó, nếu chỗ ấy còn trống."""
    source, end = match.string, match.end()
    if rule.kind in _PER_KINDS and source[end : end + 2].strip()[:1] == "/":
        more, used = per_words(source[end : end + 60], job, symbolic=rule.kind is Kind.QUANTITY)
        if used and claims.free(end, end + used):
            said, end = said + more, end + used
    claims.add(match.start(), end, rule.kind, said, rule.name)
