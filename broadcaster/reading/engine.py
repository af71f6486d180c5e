"""Đọc một văn bản: khối bỏ qua, định nghĩa trong bài, luật giá trị, từ điển, chữ lạ, ký hiệu; đoạn phủ kín, không chồng."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from broadcaster.reading import abbreviations, blocks, checks, definitions, remains, tables
from broadcaster.reading.claims import Claims, Said
from broadcaster.reading.lexicon import EMPTY, Lexicon
from broadcaster.reading.model import Kind, Question, Reading, Span, Style
from broadcaster.reading.normal import normal
from broadcaster.reading.rules.base import Job, Rule
from broadcaster.reading.scan import Anchors
from broadcaster.reading.sentences import sentences_of
from broadcaster.reading.version import engine_version

_PER_KINDS = (Kind.MONEY, Kind.QUANTITY)


def read(text: str, *, lexicon: Lexicon | None = None, style: Style | None = None) -> Reading:
    """Cách đọc của ``text``: các đoạn phủ kín, chữ nói, câu nói và mọi chỗ còn ngờ. Không bao giờ ném lỗi, không đọc ngoài."""
    given = normal(text)
    words, taste = lexicon or EMPTY, style or Style()
    doubts: list[Question] = []
    spans = tuple(_spans(given.text, words, taste, doubts))
    sentences = tuple(sentences_of(spans))
    return Reading(
        source=given.text,
        spans=spans,
        spoken="\n".join(sentence.rstrip("\n") for sentence in sentences),
        questions=_once(given.text, doubts),
        engine_version=engine_version(),
        lexicon_version=words.version,
        sentences=sentences,
        given=given,
    )


def spoken(text: str, *, lexicon: Lexicon | None = None, style: Style | None = None) -> str:
    """Chữ nói của ``text``, các câu nối bằng dấu cách."""
    return " ".join(read(text, lexicon=lexicon, style=style).sentences).replace("\n", "").strip()


def _once(source: str, doubts: list[Question]) -> tuple[Question, ...]:
    """Theo vị trí; cùng loại và cùng chữ thì hỏi một lần, ở chỗ đầu tiên."""
    found: dict[tuple[str, str], Question] = {}
    for doubt in sorted(doubts, key=lambda doubt: (doubt.start, doubt.end)):
        found.setdefault((doubt.code, source[doubt.start : doubt.end].lower()), doubt)
    return tuple(found.values())


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
    from broadcaster.reading.rules.order import NAMES, RULES  # nạp ở lần đọc đầu tiên: nạp cả phòng chỉ còn một nửa

    claims, job, anchors = Claims(source), Job(style, lexicon, doubts), Anchors(source)
    blocks.claim(source, claims)
    tables.claim(source, claims, job, cache(lambda heading: spoken(heading, lexicon=lexicon, style=style)))
    mine = definitions.collect(source, lexicon)
    definitions.claim(source, claims, mine, lexicon)
    for rule in NAMES:
        try_rule(rule, anchors, claims, job)
    abbreviations.claim_first(anchors, claims, job)
    for rule in RULES:
        if not rule.needs or any(word in source for word in rule.needs):
            try_rule(rule, anchors, claims, job)
    abbreviations.claim(anchors, claims, job, mine)
    checks.ask(anchors, claims, job)
    remains.claim(source, claims, job)
    return claims


def try_rule(rule: Rule, anchors: Anchors, claims: Claims, job: Job) -> None:
    """Thử luật ở mọi chỗ còn trống mà nó có thể bắt đầu; chỗ không nhận không ăn sang chỗ bên phải."""
    taken, match_at = claims.taken, rule.pattern.match
    for at in anchors.of(rule.at, rule.follow) if rule.at else _everywhere(rule, anchors.source):
        if at < len(taken) and taken[at]:
            continue
        match = match_at(anchors.source, at)
        if match is None or not claims.free(*match.span()):
            continue
        asked = len(job.doubts)
        said = rule.read(match, job)
        if said is None:
            del job.doubts[asked:]
        else:
            _accept(rule, match, said, claims, job)


def _everywhere(rule: Rule, source: str) -> Iterator[int]:
    for match in rule.pattern.finditer(source):
        yield match.start()


def _accept(rule: Rule, match: re.Match[str], said: str | Said, claims: Claims, job: Job) -> None:
    """Số đo nhận luôn mẫu số đứng ngay sau nó, nếu chỗ ấy còn trống."""
    from broadcaster.reading.rules.per import per_words

    source, end = match.string, match.end()
    words, others = (said.words, said.others) if isinstance(said, Said) else (said, ())
    if rule.kind in _PER_KINDS and source[end : end + 2].strip()[:1] == "/":
        more, used = per_words(source[end : end + 60], job, symbolic=rule.kind is Kind.QUANTITY)
        if used and claims.free(end, end + used):
            words, others, end = words + more, tuple(other + more for other in others), end + used
    claims.add(match.start(), end, rule.kind, Said(words, others), rule.name)
