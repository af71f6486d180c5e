"""Bất biến ở cuối: chỉ chữ Việt và dấu câu rời khỏi bộ đọc; chữ nước khác, ký hiệu còn sót được đọc, bỏ có hỏi, hoặc chặn."""

from __future__ import annotations

import re
import unicodedata

from broadcaster.reading.claims import Claims
from broadcaster.reading.letters import LETTERS
from broadcaster.reading.model import Kind
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job
from broadcaster.reading.words.signs import SIGNS as _SAID

_ALLOWED = rf"{LETTERS}\s.,;:!?…\-–—()\[\]{{}}“”\"'‘’«»"
_STRANGE = Pattern(rf"[^\W\d_{LETTERS}]")
_STRANGE_WORD = Pattern(rf"[^\W\d_]{{0,40}}[^\W\d_{LETTERS}][^\W\d_]{{0,40}}")
_SIGN = Pattern(rf"([^\d{_ALLOWED}])\1*")
_FOLDED = {"ð": "d", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ł": "l", "ı": "i"}
_PAUSE = frozenset("→⇒➔➜➝➞►▶|¦•·●▪■◆★☆✔✓✗✘←↔⇔/\\\n")
_QUIET = frozenset("*_#~^`´¨<>/\\¬¸ˆ˜©®™†‡¶¯")
_DECORATION = frozenset({"So", "Sk", "Lm"})
_ARROWS = {"↑": "trở lên", "↓": "trở xuống"}
_NEEDS_VALUE = frozenset("<>")


def claim(source: str, claims: Claims, job: Job) -> None:
    """Nhận mọi ký tự còn sót không phải chữ Việt hay dấu câu."""
    for match in _STRANGE_WORD.finditer(source) if _STRANGE.search(source) else ():
        if match[0] not in _SAID and claims.free(match.start(), match.end()):
            _strange(claims, job, match)
    for match in _SIGN.finditer(source):
        start, end = match.span()
        if claims.free(start, end):
            _sign(source, claims, job, match)
        else:
            for at in range(start, end):
                claims.add(at, at + 1, Kind.SYMBOL, "", "symbol")


def _strange(claims: Claims, job: Job, match: re.Match[str]) -> None:
    """Chữ La-tinh mang dấu lạ (Müller) đọc bỏ dấu; chữ nước khác không giọng nào đọc được."""
    folded = "".join(_latin(char) for char in match[0])
    if all(re.match(f"[{LETTERS}]", char) for char in folded):
        claims.add(match.start(), match.end(), Kind.WORD, folded, "folded")
        return
    claims.add(match.start(), match.end(), Kind.SYMBOL, "", "foreign")
    message = f"“{match[0]}” không phải chữ Việt, giọng đọc không đọc được và sẽ bị bỏ qua. Hãy gõ lại."
    job.ask_at("foreign_letters", match.start(), match.end(), message, dangerous=True)


def _latin(char: str) -> str:
    if re.match(f"[{LETTERS}]", char):
        return char
    return {"ð": "d", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ł": "l", "ı": "i"}.get(char.lower()) or unicodedata.normalize(
        "NFD", char
    )[0]


def _sign(source: str, claims: Claims, job: Job, match: re.Match[str]) -> None:
    text, char = match[0], match[0][0]
    said = _said_between(source, match) if len(text) == 1 else ""
    claims.add(*match.span(), Kind.SYMBOL, said, "symbol")
    known = said or char in _QUIET or char in _PAUSE or char in _SAID or unicodedata.category(char) in _DECORATION
    if not known:
        message = f"Chưa biết đọc ký hiệu “{char}”: đang bỏ qua. Hãy viết bằng chữ."
        job.ask_at("unknown_sign", match.start(), match.end(), message, dangerous=True)


def _said_between(source: str, match: re.Match[str]) -> str:
    char = match[0]
    if char in _NEEDS_VALUE:
        follows = source[match.end() : match.end() + 2].strip()[:1]
        return ("nhỏ hơn" if char == "<" else "lớn hơn") if follows.isdigit() else "," if follows else ""
    if (
        char in _ARROWS
        and source[match.start() - 1 : match.start()].isalnum()
        and not source[match.end() : match.end() + 1].isdigit()
    ):
        return _ARROWS[char]
    if char in _PAUSE:
        return "," if char not in "/\\" and match.end() < len(source) else ""
    return _SAID.get(char, "")
