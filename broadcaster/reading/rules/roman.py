"""Số La Mã sau danh từ đòi số, số thứ tự; không bao giờ trong chữ hoa tiếng Việt (XI MĂNG, VI PHẠM)."""

from __future__ import annotations

import re

from broadcaster.reading.letters import letter_name
from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal, ordinal
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job, before, rule

_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}
_VALID = Pattern(r"^(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})$")
_LISTED = Pattern(r"[ivxl]+, $")
_NOUN = Pattern(
    r"(?<!\w)(?:khóa|khoá|quý|hạng|loại|chương|mục|phần|thế kỷ|thế kỉ|điều|bậc|cấp|nhóm|vùng|tổ|giai đoạn|đợt|tập|quyển|kỳ|bảng|phụ lục|biểu|"
    r"đại hội|đảng|vòng|khu vực|tiểu khu|quân khu|mức|độ|bài|ca|lô|khối|chi bộ|đội|cụm|trạm|kiểu|tuần|khoa|ban|và|đến) $"
)


def roman_value(text: str) -> int | None:
    """Giá trị của số La Mã viết đúng, nhỏ hơn một trăm."""
    if not text or not _VALID.match(text):
        return None
    values = [_VALUES[letter] for letter in text]
    return sum(-value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True))


def _roman(match: re.Match[str], job: Job) -> str | None:
    """Sau “thứ” là thứ tự, sau danh từ đòi số là số đếm; đứng riêng thì phải hai chữ trở lên và không giữa chữ hoa."""
    value, earlier = roman_value(match[0]), before(match, 16)
    if value is None:
        return None
    if earlier.endswith("thứ "):
        return ordinal(value, job.style)
    if _NOUN.search(earlier):
        return cardinal(value, job.style)
    following = match.string[match.end() : match.end() + 3].strip()
    alone = (len(match[0]) == 1 or "L" in match[0]) and not _LISTED.search(earlier)
    return None if alone or following[:2].isupper() else cardinal(value, job.style)


def _nth(match: re.Match[str], job: Job) -> str:
    of = f" trên {cardinal(int(match['of']), job.style)}" if match["of"] else ""
    return f"{match['word']}{ordinal(int(match['n']), job.style)}{of}"


def _weekdays(match: re.Match[str], job: Job) -> str:
    names = {"2": "hai", "3": "ba", "4": "tư", "5": "năm", "6": "sáu", "7": "bảy"}
    return f"{match['word']}{names[match['a']]} đến thứ {names[match['b']]}"


def _section(match: re.Match[str], job: Job) -> str | None:
    """mục III.2, phần I.1: số La Mã, chấm, số."""
    value = roman_value(match["r"])
    if value is None:
        return None
    return " chấm ".join([cardinal(value, job.style), *(cardinal(int(part), job.style) for part in match["n"].split("."))])


RULES = (
    rule(
        "roman_section",
        Kind.ROMAN,
        r"(?<![\w.])(?P<r>[IVX]{1,5})\.(?P<n>\d{1,2}(?:\.\d{1,2}){0,2})(?!\w|[.,]\d)",
        _section,
        at="IVX",
    ),
    rule(
        "roman_letter",
        Kind.ROMAN,
        r"(?<![\w.])(?P<r>[IVX]{1,4})(?P<l>[a-d])(?!\w)",
        lambda match, job: (
            f"{cardinal(value, job.style)} {letter_name(match['l'])}" if (value := roman_value(match["r"])) else None
        ),
        at="IVX",
    ),
    rule("roman", Kind.ROMAN, r"(?<![\w.])[IVXL]{1,8}(?!\w|\.\w)", _roman, at="IVXL"),
    rule(
        "weekdays",
        Kind.RANGE,
        r"(?P<word>(?:thứ|Thứ|THỨ) )(?P<a>[2-7]) ?(?:[-–—]|đến|tới) ?(?:thứ )?(?P<b>[2-7])(?![\d/]|[.,]\d)",
        _weekdays,
        at="tT",
    ),
    rule("nth", Kind.NUMBER, r"(?P<word>(?:thứ|Thứ|THỨ) )(?P<n>\d{1,3})(?:/(?P<of>\d{1,4}))?(?![\d/]|[.,]\d)", _nth, at="tT"),
)
