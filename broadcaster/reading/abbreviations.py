"""Chữ viết tắt: nghĩa trong bài, rồi từ điển theo ngữ cảnh; chữ hoa lạ đọc từng chữ cái và luôn hỏi."""

from __future__ import annotations

import re

from broadcaster.reading.claims import Claims
from broadcaster.reading.letters import spell
from broadcaster.reading.lexicon import SLIPS, Found, built_in
from broadcaster.reading.model import Kind, Question
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job
from broadcaster.reading.words.codes import KINDS
from broadcaster.reading.words.syllables import is_syllable

_WORD = Pattern(r"\w+")
_CAPITALS = Pattern(r"(?<!\w)(?=\w*[A-ZĐƯ]\w*[A-ZĐƯ])[A-ZĐƯa-zđư]{2,}\d*(?!\w)|(?<!\w)[B-DF-HJ-NP-TV-XZĐ]{2,}\d*(?!\w)")
_DIGIT = Pattern(r"\d")
_ROOM = Pattern(r"\d{3}")
_BEFORE_CODE = Pattern(r"\s(?:số\s)?\d{1,5}(?:/\d{4})?\s?[/-]\s?[A-ZĐ]")
_NAME_LETTERS = 3
_PLACE = Pattern(r"(?<![\w.])(?P<short>P|Q|TT|X|H|T|Đ|Tp|TP|TX|Tx)\.\s?(?=[A-ZĐÂÊÔƠƯ][a-zà-ỹ]|\d)")
_PLACE_WORDS = (
    {"P": "phường", "Q": "quận", "TT": "thị trấn", "X": "xã", "H": "huyện", "T": "tỉnh", "Đ": "đường"}
    | dict.fromkeys(("Tp", "TP"), "thành phố")
    | dict.fromkeys(("TX", "Tx"), "thị xã")
)


def claim_first(source: str, claims: Claims, job: Job) -> None:
    """Trước mọi luật giá trị: mục của chính đài, mục có chữ số (COVID-19, PC07), và cấp hành chính viết tắt trước tên."""
    for match in _PLACE.finditer(source):
        room = match["short"] == "P" and _ROOM.match(source, match.end())
        claims.add(match.start(), match.end(), Kind.ABBREVIATION, "phòng" if room else _PLACE_WORDS[match["short"]], "place")
    own, numbered = job.lexicon.own, built_in().with_digits
    for match in _WORD.finditer(source):
        if not (own.all and own.starts(match[0])) and match[0] not in numbered and match[0].lower() not in numbered:
            continue
        found = job.lexicon.at(source, match.start(), match[0])
        if (
            found is not None
            and claims.free(found.start, found.end)
            and (found.own or _DIGIT.search(source, found.start, found.end))
        ):
            claims.add(found.start, found.end, Kind.ABBREVIATION, found.entries[0].reading, "lexicon")


def claim(source: str, claims: Claims, job: Job, mine: dict[str, str]) -> None:
    """Nhận mọi chữ tắt còn trống."""
    for match in _WORD.finditer(source):
        if claims.free(match.start(), match.end()):
            _one(source, claims, job, mine, match)
    for match in _CAPITALS.finditer(source):
        if claims.free(match.start(), match.end()) and not _is_vietnamese(source, match):
            _unknown(claims, job, match)


def _one(source: str, claims: Claims, job: Job, mine: dict[str, str], match: re.Match[str]) -> None:
    short = match[0]
    if short in KINDS and _BEFORE_CODE.match(source, match.end()):
        claims.add(match.start(), match.end(), Kind.ABBREVIATION, KINDS[short], "kind")
        return
    found = job.lexicon.at(source, match.start(), short)
    if short in mine and (found is None or found.end <= match.end()):
        claims.add(match.start(), match.end(), Kind.ABBREVIATION, mine[short], "defined")
        return
    if found is None or not claims.free(found.start, found.end) or _is_caps_word(source, match, found):
        return
    first, *others = found.entries
    said = _without_repeat(source, found.start, first.reading)
    alternatives = tuple(dict.fromkeys(entry.reading for entry in others if entry.reading != first.reading))
    confidence = 0.8 if alternatives else 1.0
    claims.add(found.start, found.end, Kind.ABBREVIATION, said, "lexicon", confidence=confidence, alternatives=alternatives)
    surface = source[found.start : found.end]
    if surface in SLIPS:
        message = f"“{surface}” có lẽ gõ nhầm của “{SLIPS[surface]}”. Hãy sửa lại bản viết."
        job.doubts.append(Question("slip", found.start, found.end, message, suggestions=(SLIPS[surface],)))


def _without_repeat(source: str, start: int, reading: str) -> str:
    """“đất ONT”, “Bộ BTC”: tiếng đầu của lời đọc đã viết ngay trước thì không nói hai lần."""
    head, _, rest = reading.partition(" ")
    earlier = source[max(0, start - len(head) - 1) : start].lower()
    whole = start - len(head) - 2 < 0 or not source[start - len(head) - 2].isalpha()
    return rest if rest and whole and earlier == f"{head.lower()} " else reading


def _unknown(claims: Claims, job: Job, match: re.Match[str]) -> None:
    claims.add(match.start(), match.end(), Kind.ABBREVIATION, spell(match[0]), "spelled", confidence=0.3)
    message = f"Chưa biết “{match[0]}” là gì, đang đọc từng chữ cái. Hãy viết đầy đủ hoặc thêm vào từ điển của đài."
    job.doubts.append(Question("unknown_capitals", *match.span(), message))


def _is_caps_word(source: str, match: re.Match[str], found: Found) -> bool:
    """Một tiếng Việt viết hoa giữa những tiếng viết hoa khác (“BAN CA HÁT”) không phải chữ tắt."""
    surface = source[found.start : found.end]
    return found.end == match.end() and surface.isupper() and is_syllable(surface.lower()) and _among_capitals(source, match)


def _is_vietnamese(source: str, match: re.Match[str]) -> bool:
    """Tiếng Việt viết hoa, hoặc tên viết hoa giữa chừng (TikTok, McDonald), không phải chữ tắt."""
    text = match[0]
    if not text.isupper():
        return sum(char.islower() for char in text) >= _NAME_LETTERS or is_syllable(text.lower())
    return is_syllable(text.lower()) and (_among_capitals(source, match) or len(text) > 3)


def _among_capitals(source: str, match: re.Match[str]) -> bool:
    """Trước hoặc sau còn chữ viết hoa cả tiếng, hoặc cả dòng viết hoa."""
    earlier = re.search(r"(\w+)[ ,]*$", source[max(0, match.start() - 24) : match.start()])
    later = re.match(r"[ ,]*(\w+)", source[match.end() : match.end() + 24])
    near = [one[1] for one in (earlier, later) if one is not None]
    return any(len(word) > 1 and word.isupper() and is_syllable(word.lower()) for word in near) or not near
