"""Đi một lượt qua văn bản: tìm mẫu sớm nhất, đọc nó, phần còn lại giữ nguyên; các đoạn phủ kín văn bản và không chồng nhau."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from broadcaster.reading.letters import spell
from broadcaster.reading.lexicon import EMPTY, SLIPS, Lexicon
from broadcaster.reading.model import Kind, Question, Reading, Span, Style
from broadcaster.reading.values import RULES, Doubts

ENGINE_VERSION = "1"
_MARKER = re.compile(r"(?m)^[ \t]*(?:[-+*•–▪]|#{1,6})[ \t]+")
_DOUBLE = re.compile(r"\((?P<short>[A-ZĐƯ][\w-]{1,15})\)")
_CAPITALS = re.compile(r"(?<!\w)[A-ZĐƯ]{2,}(?:\d+)?(?!\w)")
_SYMBOLS = {"%": "phần trăm", "&": "và", "+": "cộng", "=": "bằng", "@": "a còng", "<": "nhỏ hơn", ">": "lớn hơn"}
_SILENT = re.compile(r"[^\w\s.,;:!?…\-–]|_")
_SYLLABLE = re.compile(r"^[^\W\d_]*[AEIOUYĂÂÊÔƠƯÀ-Ỹ][^\W\d_]*$")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\s*;\s+")


def read(text: str, *, lexicon: Lexicon | None = None, style: Style | None = None) -> Reading:
    """Cách đọc của ``text``: các đoạn phủ kín, chữ nói, câu nói và mọi chỗ còn ngờ. Không bao giờ ném lỗi, không đọc ngoài."""
    source = unicodedata.normalize("NFC", text)
    words, taste = lexicon or EMPTY, style or Style()
    doubts: Doubts = []
    spans = tuple(_spans(source, words, taste, doubts))
    sentences = tuple(_sentences("".join(_said(span) for span in spans)))
    return Reading(
        source=source,
        spans=spans,
        spoken="\n".join(sentence.rstrip("\n") for sentence in sentences),
        questions=tuple(sorted(doubts, key=lambda doubt: doubt.start)),
        engine_version=ENGINE_VERSION,
        lexicon_version=words.version,
        sentences=sentences,
    )


def spoken(text: str, *, lexicon: Lexicon | None = None, style: Style | None = None) -> str:
    """Chữ nói của ``text``, các câu nối bằng dấu cách."""
    return " ".join(read(text, lexicon=lexicon, style=style).sentences).replace("\n", "").strip()


def _spans(source: str, lexicon: Lexicon, style: Style, doubts: Doubts) -> Iterator[Span]:
    at = 0
    for start, end, kind, said, rule in _found(source, lexicon, style, doubts):
        if start > at:
            yield Span(at, start, Kind.PLAIN, source[at:start], "plain")
        yield Span(start, end, kind, said, rule)
        at = end
    if at < len(source):
        yield Span(at, len(source), Kind.PLAIN, source[at:], "plain")


class _Claims:
    """Chỗ đã có người nhận; luật đứng trước giành trước."""

    def __init__(self, length: int) -> None:
        self._taken = bytearray(length)
        self.found: list[tuple[int, int, Kind, str, str]] = []

    def free(self, match: re.Match[str]) -> bool:
        """Cả đoạn còn trống và không rỗng."""
        return match.end() > match.start() and not any(self._taken[match.start() : match.end()])

    def add(self, match: re.Match[str], kind: Kind, said: str, rule: str) -> None:
        """Nhận đoạn này."""
        self._taken[match.start() : match.end()] = b"\x01" * (match.end() - match.start())
        self.found.append((*match.span(), kind, said, rule))


def _found(source: str, lexicon: Lexicon, style: Style, doubts: Doubts) -> list[tuple[int, int, Kind, str, str]]:
    claims = _Claims(len(source))
    for match in _MARKER.finditer(source):
        claims.add(match, Kind.MARKER, "", "marker")
    for rule in RULES:
        for match in rule.pattern.finditer(source):
            said = rule.read(match, style, doubts) if claims.free(match) else None
            if said is not None:
                claims.add(match, rule.kind, said, rule.name)
    for match in _DOUBLE.finditer(source):
        before = source[max(0, match.start() - 120) : match.start()].lower().rstrip()
        meaning = lexicon.words.get(match["short"], "")
        if meaning and before.endswith(meaning.lower()) and claims.free(match):
            claims.add(match, Kind.SILENT, "", "repeats")
    _abbreviations(source, lexicon, doubts, claims)
    for match in _SILENT.finditer(source):
        if claims.free(match):
            claims.add(match, Kind.SYMBOL, _SYMBOLS.get(match[0], ""), "symbol")
    return sorted(claims.found)


def _abbreviations(source: str, lexicon: Lexicon, doubts: Doubts, claims: _Claims) -> None:
    for match in lexicon.pattern.finditer(source):
        if not claims.free(match):
            continue
        claims.add(match, Kind.ABBREVIATION, lexicon.words[match[0]], "lexicon")
        if match[0] in SLIPS:
            message = f"“{match[0]}” có lẽ gõ nhầm của “{SLIPS[match[0]]}”. Hãy sửa lại bản viết."
            doubts.append(Question("slip", *match.span(), message, suggestions=(SLIPS[match[0]],)))
    for match in _CAPITALS.finditer(source):
        if not claims.free(match) or _in_capitals(source, match):
            continue
        claims.add(match, Kind.ABBREVIATION, spell(match[0]), "spelled")
        message = f"Chưa biết “{match[0]}” là gì, đang đọc từng chữ cái. Hãy viết đầy đủ hoặc thêm vào từ điển của đài."
        doubts.append(Question("unknown_capitals", *match.span(), message))


def _in_capitals(source: str, match: re.Match[str]) -> bool:
    """Chữ hoa vì cả dòng viết hoa, và đọc được như một tiếng Việt."""
    start = source.rfind("\n", 0, match.start()) + 1
    end = source.find("\n", match.end())
    line = source[start : end if end >= 0 else len(source)]
    return line.upper() == line and bool(_SYLLABLE.match(match[0])) and len(match[0]) <= 7


_DASH = re.compile(r"^ ?[-–÷] ?$")


def _said(span: Span) -> str:
    if span.kind is Kind.PLAIN:
        return " đến " if _DASH.match(span.spoken) else span.spoken
    return f" {span.spoken} " if span.spoken else " "


def _sentences(text: str) -> Iterator[str]:
    """Câu nói; câu cuối một đoạn mang dấu xuống dòng để phòng thu nghỉ dài hơn."""
    for line in text.splitlines():
        parts = [cleaned for part in _SENTENCE.split(line) if (cleaned := _clean(part))]
        for number, part in enumerate(parts, start=1):
            yield f"{part}\n" if number == len(parts) else part


def _clean(part: str) -> str:
    part = re.sub(r"\s+", " ", part).strip()
    part = re.sub(r" +([.,;:!?…])", r"\1", part)
    part = re.sub(r"[-–]", " ", part) if not re.search(r"\w", part) else re.sub(r" [-–]+ ", " ", part)
    return part if re.search(r"\w", part) else ""
