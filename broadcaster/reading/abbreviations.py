"""Chữ viết tắt: nghĩa trong bài, rồi từ điển theo ngữ cảnh; chữ hoa lạ đọc từng chữ cái và luôn hỏi."""

from __future__ import annotations

import re

from broadcaster.reading.claims import Claims, Said
from broadcaster.reading.letters import spell
from broadcaster.reading.lexicon import SLIPS, Found, built_in
from broadcaster.reading.model import Kind
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job
from broadcaster.reading.scan import Anchors
from broadcaster.reading.words.codes import KINDS
from broadcaster.reading.words.syllables import is_syllable
from broadcaster.reading.words.units import ALL_UNITS

_UNSAID = Pattern(
    r"(?<![^\W\d_])(?:(?=\w{0,40}[A-ZĐƯ]\w{0,40}[A-ZĐƯ])[A-ZĐƯa-zđư]{2,40}\d{0,9}|[B-DF-HJ-NP-TV-XZĐ]{1,40}\d{0,9}|[b-df-hj-np-tv-xzđ]{1,40}[2²3³]?)(?!\w)"
)
"""Hai chữ hoa trở lên, hoặc không có nguyên âm nào."""
_PART = Pattern(r"[.:;()\n]")
_PAIRED = Pattern(r"(?<!\w)[A-Za-zĐđ]/[A-Za-zĐđ](?!\w)")
_BARE_NUMBER = Pattern(r"\d ?$")
_DIGIT = Pattern(r"\d")
_ROOM = Pattern(r"\d{3}")
_BEFORE_CODE = Pattern(r" (?:số )?\d{1,5}(?:/\d{4})? ?[/-] ?[A-ZĐ]{2}")
_NAME_LETTERS = 3
_SHOWN = 5
"""Nhiều nghĩa hơn thế thì câu hỏi dài hơn bản tin."""
_LONE_UNIT = Pattern(r"(?<![\w²³])[dckm]?m[23²³](?!\w)")
"""“Đơn vị tính: m²”, “người/km2”: không có con số nào đi trước thì chữ số là mũ của đơn vị, không phải một con số."""
_COUNTED = Pattern(r"\d ?$|\d[^\n;:()]*/ ?$")
_OVER = Pattern(r"(?<!đồng)(?<! )/$")
_PLACE = Pattern(r"(?<![\w.])(?P<short>P|Q|TT|X|H|T|Đ|Tp|TP|TX|Tx)\.\s?(?=[A-ZĐÂÊÔƠƯ][a-zà-ỹ]|\d)")
_PLACE_WORDS = (
    {"P": "phường", "Q": "quận", "TT": "thị trấn", "X": "xã", "H": "huyện", "T": "tỉnh", "Đ": "đường"}
    | dict.fromkeys(("Tp", "TP"), "thành phố")
    | dict.fromkeys(("TX", "Tx"), "thị xã")
)


def claim_first(anchors: Anchors, claims: Claims, job: Job) -> None:
    """Trước mọi luật giá trị: mục của chính đài, mục có chữ số (COVID-19, PC07), và cấp hành chính viết tắt trước tên."""
    source = anchors.source
    for match in _PLACE.finditer(source):
        room = match["short"] == "P" and _ROOM.match(source, match.end())
        claims.add(match.start(), match.end(), Kind.ABBREVIATION, "phòng" if room else _PLACE_WORDS[match["short"]], "place")
    for match in _LONE_UNIT.finditer(source):
        near = source[max(0, match.start() - 24) : match.start()]
        if not _COUNTED.search(near):
            over = "một " if _OVER.search(near) else ""
            claims.add(match.start(), match.end(), Kind.WORD, over + ALL_UNITS[match[0]], "unit")
    own, numbered = job.lexicon.own, built_in().with_digits
    for start, word in anchors.words:
        if word not in numbered and word.lower() not in numbered and not (own.all and own.starts(word)):
            continue
        found = job.lexicon.at(anchors, start, word)
        if found is not None and (found.own or _DIGIT.search(source, found.start, found.end)):
            claims.add(found.start, found.end, Kind.ABBREVIATION, found.entries[0].reading, "lexicon")


def claim(anchors: Anchors, claims: Claims, job: Job, mine: dict[str, str]) -> None:
    """Nhận mọi chữ tắt còn trống."""
    source, taken = anchors.source, claims.taken
    own, openers = job.lexicon.own, built_in().openers | KINDS.keys() | mine.keys()
    for start, word in anchors.words:
        if taken[start] or not (word in openers or (own.all and own.starts(word))):
            continue
        if claims.free(start, start + len(word)):
            _one(anchors, claims, job, mine, (start, word))
    for match in _UNSAID.finditer(source):
        if claims.free(match.start(), match.end()):
            _unsaid(source, claims, job, match)


def _one(anchors: Anchors, claims: Claims, job: Job, mine: dict[str, str], at: tuple[int, str]) -> None:
    source, (start, short) = anchors.source, at
    end = start + len(short)
    if short in KINDS and _BEFORE_CODE.match(source, end):
        claims.add(start, end, Kind.ABBREVIATION, KINDS[short], "kind")
        return
    found = job.lexicon.at(anchors, start, short)
    if short in mine and (found is None or found.end <= end):
        claims.add(start, end, Kind.ABBREVIATION, mine[short], "defined")
        return
    if found is not None and not claims.free(found.start, found.end):
        found = job.lexicon.at(anchors, start, short, longest=len(short))
    if found is not None and not _is_caps_word(source, start, end, found):
        _known(source, claims, job, found)


def _known(source: str, claims: Claims, job: Job, found: Found) -> None:
    first, *others = found.entries
    said = _without_repeat(source, found.start, first.reading)
    alternatives = tuple(dict.fromkeys(entry.reading for entry in others if entry.reading != first.reading))
    confidence = 0.4 if not found.sure else 0.8 if alternatives else 1.0
    if not claims.add(found.start, found.end, Kind.ABBREVIATION, Said(said, alternatives), "lexicon", confidence=confidence):
        return
    surface = source[found.start : found.end]
    if surface in SLIPS:
        message = f"“{surface}” có lẽ gõ nhầm của “{SLIPS[surface]}”. Hãy sửa lại bản viết."
        job.ask_at("slip", found.start, found.end, message, suggestions=(SLIPS[surface],))
    elif not found.sure:
        choices = "”, “".join(alternatives[:_SHOWN])
        message = f"“{surface}” đang đọc là “{first.reading}”, cũng có thể là “{choices}”. Hãy viết đầy đủ."
        job.ask_at("ambiguous", found.start, found.end, message, suggestions=alternatives[:_SHOWN])


def _without_repeat(source: str, start: int, reading: str) -> str:
    """“đất ONT”, “Bộ BTC”: tiếng đầu của lời đọc đã viết ngay trước thì không nói hai lần."""
    head, _, rest = reading.partition(" ")
    earlier = source[max(0, start - len(head) - 1) : start].lower()
    whole = start - len(head) - 2 < 0 or not source[start - len(head) - 2].isalpha()
    return rest if rest and whole and earlier == f"{head.lower()} " else reading


def _unsaid(source: str, claims: Claims, job: Job, match: re.Match[str]) -> None:
    """Chữ không đọc được như một tiếng: đơn vị đứng một mình, một chữ cái, hay chữ tắt chưa biết."""
    text = match[0]
    if len(text) > 1 and text in ALL_UNITS and not text.isupper():
        claims.add(match.start(), match.end(), Kind.WORD, ALL_UNITS[text], "unit")
    elif _PAIRED.match(source, match.start()) or _PAIRED.match(source, match.start() - 2):
        claims.add(match.start(), match.end(), Kind.WORD, spell(text), "letter")
        start = match.start() if _PAIRED.match(source, match.start()) else match.start() - 2
        message = f"Chưa biết “{source[start : start + 3]}” là gì. Hãy viết đầy đủ hoặc thêm vào từ điển của đài."
        job.ask_at("unknown_word", start, start + 3, message)
    elif len(text) == 1:
        if not (text.isupper() and source[match.end() : match.end() + 1] == "."):
            claims.add(match.start(), match.end(), Kind.WORD, spell(text), "letter")
        if text.islower() and _BARE_NUMBER.search(source, max(0, match.start() - 6), match.start()):
            job.ask_at("unknown_word", match.start(), match.end(), f"Chưa biết “{text}” là gì. Hãy viết đầy đủ.")
    elif not _is_vietnamese(source, match):
        claims.add(match.start(), match.end(), Kind.ABBREVIATION, spell(text), "spelled", confidence=0.3)
        message = f"Chưa biết “{text}” là gì, đang đọc từng chữ cái. Hãy viết đầy đủ hoặc thêm vào từ điển của đài."
        job.ask_at("unknown_capitals", match.start(), match.end(), message)


def _is_caps_word(source: str, start: int, end: int, found: Found) -> bool:
    """Một tiếng Việt viết hoa giữa những tiếng viết hoa khác (“BAN CA HÁT”) không phải chữ tắt."""
    surface = source[found.start : found.end]
    return found.end == end and surface.isupper() and is_syllable(surface.lower()) and _among_capitals(source, start, end)


def _is_vietnamese(source: str, match: re.Match[str]) -> bool:
    """Tiếng Việt viết hoa, hoặc tên viết hoa giữa chừng (TikTok, McDonald), không phải chữ tắt."""
    text = match[0]
    if not text.isupper():
        return sum(char.islower() for char in text) >= _NAME_LETTERS or is_syllable(text.lower())
    return is_syllable(text.lower()) and (_among_capitals(source, *match.span()) or len(text) > 3)


def _among_capitals(source: str, start: int, end: int) -> bool:
    """Một trong hai chữ liền trước hay liền sau cũng là tiếng viết hoa cả, hoặc chữ này đứng một mình."""
    earlier = re.findall(r"\w+", _PART.split(source[max(0, start - 32) : start])[-1])[-2:]
    later = re.findall(r"\w+", _PART.split(source[end : end + 32])[0])[:2]
    near = [*earlier, *later]
    return any(len(word) > 1 and word.isupper() and is_syllable(word.lower()) for word in near) or not near
