"""Chữ tắt được định nghĩa ngay trong bài: “cải cách hành chính (CCHC)” chi phối phần sau; ngoặc chỉ nhắc lại thì im lặng."""

from __future__ import annotations

import re

from broadcaster.reading.claims import Claims
from broadcaster.reading.lexicon import Lexicon
from broadcaster.reading.model import Kind
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.words.syllables import fold

_BRACKET = Pattern(
    r"\(\s*(?:(?:sau đây |dưới đây )?(?:gọi|viết) (?:chung |tắt )*là:?\s*)?[“\"]?(?P<short>[A-ZĐƯ][\wĐđ&-]{1,15})[”\"]?\s*\)"
)
_WORDS = Pattern(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_REACH = 140


def collect(source: str, lexicon: Lexicon) -> dict[str, str]:
    """Chữ tắt → cụm từ đứng ngay trước ngoặc, khi chữ đầu của cụm khớp từng chữ cái."""
    found: dict[str, str] = {}
    for match in _BRACKET.finditer(source):
        phrase = _phrase_before(source, match)
        if phrase is not None and match["short"] not in found and lexicon.own.meanings(match["short"]) == []:
            found[match["short"]] = phrase
    return found


def claim(source: str, claims: Claims, mine: dict[str, str], lexicon: Lexicon) -> None:
    """Ngoặc nhắc lại đúng điều vừa nói thì im lặng."""
    for match in _BRACKET.finditer(source):
        meaning = mine.get(match["short"]) or lexicon.meaning(match["short"]) or ""
        earlier = _flat(source[max(0, match.start() - _REACH) : match.start()])
        if meaning and earlier.endswith(_flat(meaning)):
            claims.add(match.start(), match.end(), Kind.SILENT, "", "repeats")


def _phrase_before(source: str, match: re.Match[str]) -> str | None:
    letters = [fold(char) for char in match["short"] if char.isalpha()]
    start = max(0, match.start() - _REACH)
    words = list(_WORDS.finditer(source, start, match.start()))
    if not words or source[words[-1].end() : match.start()].strip():
        return None
    for count in range(len(letters), min(len(letters) + 3, len(words)) + 1):
        chosen = words[-count:]
        initials = [fold(word[0][0]) for word in chosen]
        between = source[chosen[0].start() : match.start()]
        if _spells(initials, letters) and not re.search(r"[.;:()\n]", between):
            return between.strip().lower() if not between.isupper() else between.strip()
    return None


def _spells(initials: list[str], letters: list[str]) -> bool:
    """Các chữ đầu cho ra đúng chữ tắt; được bỏ qua vài tiếng đệm (“và”, “của”) nhưng không bỏ tiếng đầu."""
    if initials[0] != letters[0] or initials[-1] != letters[-1]:
        return False
    at = 0
    for initial in initials:
        if at < len(letters) and initial == letters[at]:
            at += 1
    return at == len(letters)


def _flat(text: str) -> str:
    return re.sub(r"[^\w]+", " ", text.lower()).strip()
