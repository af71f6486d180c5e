"""Chữ gõ theo Telex, VNI hay VIQR mà bộ gõ chưa đổi thành dấu (“thoong baos”, “tho6ng ba1o”, “tho^ng ba'o”).

Mỗi kiểu gõ đổi từng chữ; cả dòng cùng một kiểu thì chắc, lẻ tẻ một chữ thì chỉ nên hỏi.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from broadcaster.newsroom.importing.syllables import is_syllable

SURE = 3
"""Số chữ trong một dòng phải thành âm tiết đúng thì mới coi cả dòng là gõ sót dấu."""
_LONGEST = 24
"""Chữ dài nhất cộng dấu gõ và dấu câu hai bên; chuỗi dài hơn không phải chữ."""
_VOWELS = "aeiouyăâêôơư"
_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT = "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"
_TELEX_TONES = {"s": _ACUTE, "f": _GRAVE, "r": _HOOK, "x": _TILDE, "j": _DOT}
_VNI_TONES = dict(zip("12345", (_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT), strict=True))
_VIQR_TONES = {"'": _ACUTE, "`": _GRAVE, "?": _HOOK, "~": _TILDE, ".": _DOT}
_DOUBLED = {"aa": "â", "ee": "ê", "oo": "ô"}
_HORNED = {"a": "ă", "o": "ơ", "u": "ư"}
_HATTED = {"a": "â", "e": "ê", "o": "ô"}
_EDGES = re.compile(r"^(\W*)(.*?)(\W*)$", re.DOTALL)
_VIQR_EDGES = re.compile(r"^(\W*)(.*?)([^\w^(+*'`?~.]*)$", re.DOTALL)
_ONSET = re.compile(r"ngh|gi(?=[^aeiouy]*[aeiouy])|qu|[bcdghklmnpqrstvx]*", re.IGNORECASE)


class Typing(StrEnum):
    """Kiểu gõ; giá trị là tên để nói với người dùng."""

    TELEX = "Telex chưa thành dấu"
    VNI = "gõ VNI chưa thành dấu"
    VIQR = "VIQR"


@dataclass(frozen=True)
class Retyped:
    """Một dòng đã đổi, kiểu gõ của nó, và số chữ nhờ thế thành âm tiết đúng."""

    line: str
    typing: Typing
    gain: int


def retype(line: str) -> Retyped | None:
    """Dòng gõ sót dấu thành chữ có dấu; ``None`` khi không chắc cả dòng là kiểu gõ nào."""
    if not line.isascii() and sum(char > "\x7f" for char in line) > len(line) // 8:
        return None
    found = (_retyped(line, typing) for typing in Typing)
    sure = [one for one in found if one is not None and one.gain >= SURE]
    return max(sure, key=lambda one: one.gain, default=None)


def repair(lines: Iterable[str]) -> tuple[list[str], tuple[Typing, ...]]:
    """Các dòng sau khi đổi, và những kiểu gõ đã gặp."""
    done = [(line, retype(line)) for line in lines]
    found = dict.fromkeys(one.typing for _, one in done if one is not None)
    return [one.line if one is not None else line for line, one in done], tuple(found)


def letter_by_letter(word: str) -> str | None:
    """Một chữ lẻ gõ Telex có cả dấu mũ, móc và dấu thanh (“phuwowngf”), hoặc dấu nặng (“hopj”); không giống thì ``None``."""
    lower = word.lower()
    if not lower.isascii() or not lower.isalpha() or len(lower) < 4:
        return None
    strong = lower[-1] == "j" or (lower[-1] in _TELEX_TONES and re.search("dd|[aou]w", lower))  # “keeps”, “books” là tiếng Anh
    strong = strong or (lower[-1] in "fx" and re.search("aa|ee|oo", lower))
    retyped = telex(word) if strong else None
    return retyped if retyped and not is_syllable(lower) else None


def _retyped(line: str, typing: Typing) -> Retyped | None:
    words = re.split(r"(\s+)", line)
    gain = bad = 0
    for index, word in enumerate(words):
        if not word.strip():
            continue
        changed, fits = _word(word, typing)
        if changed != word:
            gain += 1
            words[index] = changed
        elif not fits:
            bad += 1
    return Retyped("".join(words), typing, gain) if gain > 2 * bad else None


def _word(word: str, typing: Typing) -> tuple[str, bool]:
    """Chữ sau khi đổi; và chữ ấy (đổi hay không) có đọc được như tiếng Việt không."""
    if len(word) > _LONGEST:
        return word, False
    edges = (_VIQR_EDGES if typing is Typing.VIQR else _EDGES).fullmatch(word)
    assert edges is not None  # mẫu khớp mọi chuỗi
    head, core, tail = edges.groups()
    if not any(char.isalpha() for char in core):
        return word, True
    if typing is Typing.VIQR:
        core, extra = _without_full_stop(core)
        tail = extra + tail
    retyped = _CONVERT[typing](core)
    if retyped is not None and retyped != core:
        return head + retyped + tail, True
    return word, is_syllable(core.lower()) or not core.isalpha()


def _without_full_stop(core: str) -> tuple[str, str]:
    """“so+?.”: dấu chấm sau một dấu thanh là dấu chấm câu."""
    match = re.fullmatch(r"(.*['`?~.])([.?]+)", core) or re.fullmatch(r"(.*[^aeiouyAEIOUY^(+*'`?~.])([.?]+)", core)
    return (match[1], match[2]) if match else (core, "")


def telex(word: str) -> str | None:
    """Chữ có dấu của một chữ gõ Telex; không phải thì ``None``."""
    lower = word.lower()
    if not lower.isascii() or not lower.isalpha():
        return None
    onset, rest = _onset(lower)
    tones = [char for char in rest if char in _TELEX_TONES]
    rest = "".join(char for char in rest if char not in _TELEX_TONES)
    if onset == "d" and "d" in rest[1:]:
        onset, rest = "dd", rest[:1] + rest[1:].replace("d", "", 1)
    rest = re.sub("uow|uwow|uwo", "ươ", rest)
    rest = re.sub("aa|ee|oo", lambda match: _DOUBLED[match[0]], rest)
    rest = re.sub("([aou])w", lambda match: _HORNED[match[1]], rest)
    if rest.endswith("w"):
        rest = _late_horn(rest[:-1])
    rest = re.sub("^w", "ư", rest)
    return _spelled(word, "đ" if onset == "dd" else onset, rest, [_TELEX_TONES[one] for one in tones])


def vni(word: str) -> str | None:
    """Chữ có dấu của một chữ gõ kiểu VNI (chữ số làm dấu); không phải thì ``None``."""
    lower = word.lower()
    if not re.fullmatch(r"[a-z][a-z0-9]*[0-9][a-z0-9]*", lower):
        return None
    letters = re.sub("d9|d(?=[a-z]+9)", "đ", lower)
    letters = letters.replace("9", "") if "đ" in letters else letters
    tones = [_VNI_TONES[char] for char in letters if char in _VNI_TONES]
    letters = re.sub("[1-5]", "", letters)
    letters = re.sub("u7?o7", "ươ", letters)
    letters = re.sub("([aeo])6", lambda match: _HATTED[match[1]], letters)
    letters = re.sub("([ou])7", lambda match: _HORNED[match[1]], letters).replace("a8", "ă")
    onset, rest = _onset(letters)
    return _spelled(word, onset, rest, tones)


def viqr(word: str) -> str | None:
    """Chữ có dấu của một chữ viết VIQR (RFC 1456); không phải thì ``None``."""
    lower = word.lower()
    if not re.search(r"[\^(+*'`?~.]|dd", lower):
        return None
    letters = re.sub(r"([aeo])\^", lambda match: _HATTED[match[1]], lower)
    letters = re.sub(r"([ou])[+*]", lambda match: _HORNED[match[1]], letters).replace("a(", "ă").replace("dd", "đ")
    tones = [_VIQR_TONES[char] for char in letters if char in _VIQR_TONES]
    letters = "".join(char for char in letters if char not in _VIQR_TONES)
    onset, rest = _onset(letters)
    return _spelled(word, onset, rest, tones)


_CONVERT: dict[Typing, Callable[[str], str | None]] = {Typing.TELEX: telex, Typing.VNI: vni, Typing.VIQR: viqr}


def _onset(lower: str) -> tuple[str, str]:
    if lower.startswith("đ"):
        return "đ", lower[1:]
    length = len(match[0]) if (match := _ONSET.match(lower)) else 0
    return lower[:length], lower[length:]


def _late_horn(rest: str) -> str:
    """“phuongw”: dấu móc gõ ở cuối chữ."""
    if "uo" in rest:
        return rest.replace("uo", "ươ", 1)
    return re.sub("[uoa]", lambda match: _HORNED[match[0]], rest, count=1)


def _spelled(word: str, onset: str, rest: str, tones: list[str]) -> str | None:
    if not rest or len(tones) > 1:
        return None
    at = _tone_place(onset, rest)
    whole = unicodedata.normalize("NFC", onset + rest[: at + 1] + "".join(tones) + rest[at + 1 :])
    if whole == word.lower() or not is_syllable(whole):
        return None
    return whole.upper() if word.isupper() and len(whole) > 1 else whole.capitalize() if word[0].isupper() else whole


def _tone_place(onset: str, rest: str) -> int:
    """Dấu thanh đặt ở chữ mang mũ hay móc cuối cùng; không có thì theo lối quen (hòa, hoàn, tuổi, múa)."""
    vowels = [index for index, char in enumerate(rest) if char in _VOWELS]
    marked = [index for index in vowels if rest[index] in "ăâêôơư"]
    if marked:
        return marked[-1]
    if len(vowels) < 2 or onset in ("gi", "qu"):
        return vowels[0] if vowels else 0
    closed = vowels[-1] < len(rest) - 1
    return vowels[-1] if closed and len(vowels) == 2 else vowels[1] if len(vowels) > 2 else vowels[0]
