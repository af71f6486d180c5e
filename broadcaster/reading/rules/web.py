"""Địa chỉ mạng và thư điện tử: đọc tiếng Việt có dấu khi nhận ra, dấu chấm là “chấm”, giao thức không đọc."""

from __future__ import annotations

import re
from functools import cache

from broadcaster.reading.letters import LETTERS, spell
from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import digits
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job, rule
from broadcaster.reading.words.places import LATIN, joined_names
from broadcaster.reading.words.syllables import is_plain_syllable

_NAMES = {
    ".": "chấm",
    "/": "xuyệt",
    "@": "a còng",
    "-": "gạch ngang",
    "_": "gạch dưới",
    ":": "hai chấm",
    "?": "hỏi chấm",
    "=": "bằng",
}
_PART = Pattern(r"[^\W\d_]+|\d+|\S")
_FOREIGN = Pattern(f"[^{LETTERS} ]")
_LONGEST_WORD = 40


def _web(match: re.Match[str], _job: Job) -> str:
    host = re.sub(r"^(?:https?://)?(?:www\.)?", "", match[0], flags=re.IGNORECASE).rstrip("/")
    parts = (
        _NAMES.get(part) or (digits(part) if part.isdigit() else host_word(_known(part.lower()))) for part in _PART.findall(host)
    )
    return " ".join(filter(None, parts))


@cache
def host_word(word: str) -> str:
    """Một chữ viết liền không dấu trong tên miền thành lời."""
    if word in LATIN:
        return LATIN[word]
    pieces = _split(word) if len(word) <= _LONGEST_WORD else None
    if pieces is not None:
        return " ".join(pieces)
    return spell(word) if len(word) <= 4 or not re.search("[aeiouy]", word) else word


def _split(word: str) -> list[str] | None:
    """Cắt ít mảnh nhất thành tên đã biết và âm tiết không dấu; ``None`` khi không cắt được."""
    best: list[list[str] | None] = [[]] + [None] * len(word)
    names = joined_names()
    for end in range(1, len(word) + 1):
        for start in range(end):
            head, piece = best[start], word[start:end]
            if head is None:
                continue
            said = names.get(piece) or LATIN.get(piece) or (piece if len(piece) > 1 and is_plain_syllable(piece) else None)
            if said and (best[end] is None or len(head) + 1 < len(best[end] or ())):
                best[end] = [*head, said]
    return best[-1]


def _hashtag(match: re.Match[str], _job: Job) -> str:
    """#ChuyenDoiSo, #PhòngChốngDịch: từng tiếng, có dấu khi nhận ra."""
    tag = match["tag"]
    pieces = " ".join(re.findall(r"[^\W\d_]+?(?=[A-ZĐ]|\d|_|$)|\d+", tag))
    if tag.isascii() and tag.isalpha():
        return host_word(tag.lower())
    return " ".join(digits(piece) if piece.isdigit() else _known(piece) for piece in pieces.replace("_", " ").split())


def _known(word: str) -> str:
    """Chữ giọng đọc đọc được; chữ nước khác thì bỏ."""
    return _FOREIGN.sub("", word)


RULES = (
    rule("hashtag", Kind.WEB, r"(?<![\w&/])#(?P<tag>[^\W\d_]\w{2,40})", _hashtag, needs=("#",)),
    rule("url", Kind.WEB, r"(?:https?://|www\.)[^\s,;()<>\"“”]*[\w/]", _web, re.IGNORECASE, needs=("://", "www.", "WWW.")),
    rule("short_link", Kind.WEB, r"(?<![\w@.-])[a-z][a-z0-9-]{1,40}(?:\.[a-z]{2,6}){1,3}/[\w./?=&%-]*\w", _web, needs=("/",)),
    rule("email", Kind.WEB, r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", _web, needs=("@",)),
    rule(
        "host",
        Kind.WEB,
        r"(?<![\w@.-])[a-z0-9](?:[a-z0-9-]{0,62}\.){1,6}(?:vn|com|net|org|info|edu|gov)(?:/[\w./?=&%-]*[\w/])?(?!\w)",
        _web,
        re.IGNORECASE,
        needs=tuple(f".{end}" for end in ["vn", "com", "net", "org", "info", "edu", "gov", "VN", "COM"]),
    ),
)
