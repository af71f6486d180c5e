"""Giá trị viết bằng số thành lời: ngày, giờ, tiền, phần trăm, khoảng, số văn bản, điện thoại; mỗi mẫu một hàm, thuần."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from broadcaster.reading.letters import spell
from broadcaster.reading.model import Kind, Question, Style
from broadcaster.reading.numbers import cardinal, digits, identifier, number_words, parse_number

Doubts = list[Question]
_UNITS = {
    "km": "ki lô mét", "km2": "ki lô mét vuông", "km²": "ki lô mét vuông", "m": "mét", "m2": "mét vuông", "m²": "mét vuông",
    "m3": "mét khối", "m³": "mét khối", "cm": "xăng ti mét", "mm": "mi li mét", "ha": "héc ta", "kg": "ki lô gam", "g": "gam",
    "ml": "mi li lít", "kW": "ki lô oát", "kWh": "ki lô oát giờ", "đ": "đồng", "đồng": "đồng", "VNĐ": "đồng", "%": "phần trăm",
    "‰": "phần nghìn", "°C": "độ xê", "độ C": "độ xê",
}  # fmt: skip
_NUMBER = r"\d[\d.,]*\d|\d"
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


@dataclass(frozen=True)
class Rule:
    """Một mẫu, loại đoạn, và cách đọc; trả về ``None`` là không phải loại này."""

    name: str
    kind: Kind
    pattern: re.Pattern[str]
    read: Callable[[re.Match[str], Style, Doubts], str | None]


def day_words(day: int, style: Style) -> str:
    """Ngày trong tháng: mùng một tới mùng mười."""
    return f"{'mùng ' if style.first_days and day <= 10 else ''}{cardinal(day, style)}"


def month_words(month: int, style: Style) -> str:
    """Tháng: tháng tư đọc là “tư”."""
    return "tư" if month == 4 else cardinal(month, style)


def roman(text: str) -> int:
    """Giá trị của số La Mã."""
    values = [_ROMAN_VALUES[letter] for letter in text]
    return sum(-value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True))


def _date(match: re.Match[str], style: Style, doubts: Doubts) -> str | None:
    day, month, year = int(match["d"]), int(match["m"]), match["y"]
    if not 1 <= day <= 31 or not 1 <= month <= 12:
        return None
    try:
        date(int(year) if year else 2024, month, day)
    except ValueError:
        doubts.append(
            Question("impossible_date", *match.span(), f"Không có ngày {match[0]}. Hãy xem lại ngày, tháng.", dangerous=True)
        )
    said = "" if match["word"] else "ngày "
    words = f"{match['word'] or ''}{said}{day_words(day, style)} tháng {month_words(month, style)}"
    return f"{words} năm {cardinal(int(year), style)}" if year else words


def _day_range(match: re.Match[str], style: Style, doubts: Doubts) -> str | None:
    first, last, month, year = int(match["d"]), int(match["d2"]), int(match["m"]), match["y"]
    if not 1 <= first < last <= 31 or not 1 <= month <= 12:
        return None
    words = f"{match['word']}{day_words(first, style)} đến ngày {day_words(last, style)} tháng {month_words(month, style)}"
    return f"{words} năm {cardinal(int(year), style)}" if year else words


def _month_year(match: re.Match[str], style: Style, doubts: Doubts) -> str | None:
    month = int(match["m"])
    if not 1 <= month <= 12:
        return None
    said = match["word"] or "tháng "
    return f"{said}{month_words(month, style)} năm {cardinal(int(match['y']), style)}"


def _quarter(match: re.Match[str], style: Style, doubts: Doubts) -> str:
    return f"{match['word']}{cardinal(roman(match['r']), style)} năm {cardinal(int(match['y']), style)}"


def _clock(match: re.Match[str], style: Style, doubts: Doubts) -> str | None:
    hour, minute = int(match["h"]), match["min"] or ""
    if hour > 24 or (minute and int(minute) > 59):
        return None
    words = f"{cardinal(hour, style)} giờ"
    return words if not minute or int(minute) == 0 else f"{words} {cardinal(int(minute), style)} phút"


def _document(match: re.Match[str], style: Style, doubts: Doubts) -> str:
    number = identifier(match["n"], style)
    return f"{number}, năm {cardinal(int(match['y']), style)}" if match["y"] else number


def _range(match: re.Match[str], style: Style, doubts: Doubts) -> str | None:
    first, last = parse_number(match["a"], 0), parse_number(match["b"], 0)
    if first is None or last is None or first.end != len(match["a"]) or last.end != len(match["b"]):
        return None
    if last.value <= first.value:
        doubts.append(
            Question("range_order", *match.span(), f"Khoảng “{match[0]}” có số sau không lớn hơn số trước.", dangerous=True)
        )
    unit = f" {_UNITS[match['u']]}" if match["u"] else ""
    return f"{number_words(first, style)} đến {number_words(last, style)}{unit}"


def _quantity(match: re.Match[str], style: Style, doubts: Doubts) -> str | None:
    number = parse_number(match["n"], 0)
    if number is None or number.end != len(match["n"]):
        return None
    if number.doubt:
        doubts.append(Question(number.doubt, *match.span(), f"Số “{match['n']}” viết lẫn dấu chấm và dấu phẩy.", dangerous=True))
    per = "".join(f" một {word}" for word in (match["per"] or "").split("/") if word)
    return f"{number_words(number, style)} {_UNITS[match['u']]}{per}"


def _fraction(match: re.Match[str], style: Style, doubts: Doubts) -> str:
    first, last = int(match["a"]), int(match["b"])
    said = "phần" if first < last <= 10 else "trên"
    return f"{cardinal(first, style)} {said} {cardinal(last, style)}"


def _phone(match: re.Match[str], style: Style, doubts: Doubts) -> str:
    groups = re.findall(r"\d+", match[0])
    doubts.append(Question("personal_data", *match.span(), "Có số điện thoại: chỉ đọc trên loa khi chủ số đã đồng ý."))
    return ", ".join(digits(group) for group in groups)


def _number(match: re.Match[str], style: Style, doubts: Doubts) -> str:
    number = parse_number(match[0], 0)
    if number is None or number.end != len(match[0]) or number.doubt:
        doubts.append(
            Question("number_format", *match.span(), f"Số “{match[0]}” có thể hiểu nhiều cách. Hãy viết lại.", dangerous=True)
        )
        return " ".join(identifier(part, style) for part in re.findall(r"\d+", match[0]))
    if number.leading_zero:
        return identifier(match[0], style)
    return number_words(number, style)


def _ordinal(match: re.Match[str], style: Style, doubts: Doubts) -> str:
    return f"{match['word']}{cardinal(roman(match['r']), style)}"


def _web(match: re.Match[str], style: Style, doubts: Doubts) -> str:
    host = re.sub(r"^https?://(www\.)?", "", match[0])
    names = {".": "chấm", "/": "xuyệt", "@": "a còng", "-": "gạch ngang", "_": "gạch dưới", ":": "hai chấm"}
    parts = re.findall(r"[a-zA-ZÀ-ỹ]+|\d+|\S", host)
    return " ".join(names.get(part) or (digits(part) if part.isdigit() else _host_word(part)) for part in parts)


def _host_word(word: str) -> str:
    known = {"vn": "vê nờ", "gov": "gốp", "com": "com", "dichvucong": "dịch vụ công", "www": "ba vê kép"}
    return known.get(word.lower(), word.lower() if re.search("[aeiouy]", word.lower()) else spell(word))


def _rule(
    name: str, kind: Kind, pattern: str, read: Callable[[re.Match[str], Style, Doubts], str | None], flags: int = 0
) -> Rule:
    return Rule(name, kind, re.compile(pattern, flags), read)


RULES: tuple[Rule, ...] = (
    _rule(
        "web",
        Kind.WEB,
        r"(?:https?://|www\.)[^\s,;()]+[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?<!\w)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:vn|com|net|org)(?!\w)",
        _web,
    ),
    _rule(
        "document",
        Kind.DOCUMENT,
        r"(?<![\d/])(?P<n>\d{1,5})(?:/(?P<y>(?:1[89]|2[01])\d\d))?[/-](?=[A-ZĐƯ])[A-ZĐƯ][A-Za-zĐđƯưÂâÊêÔô]*\d*(?:[-/][A-ZĐƯ][A-Za-zĐđƯưÂâÊêÔô]*\d*)*(?!\w)",
        _document,
    ),
    _rule(
        "date",
        Kind.DATE,
        r"(?<![\d/.,-])(?P<word>[Nn]gày )?(?P<d>\d{1,2})(?P<s>[/.-])(?P<m>\d{1,2})(?P=s)(?P<y>(?:1[89]|2[01])\d\d)(?![\d/]|[.,-]\d)",
        _date,
    ),
    _rule("quarter", Kind.DATE, r"(?P<word>[Qq]uý )(?P<r>IV|I{1,3})/(?P<y>(?:1[89]|2[01])\d\d)(?!\d)", _quarter),
    _rule(
        "month_year",
        Kind.DATE,
        r"(?<![\d/.,])(?P<word>[Tt]háng )?(?P<m>\d{1,2})/(?P<y>(?:1[89]|2[01])\d\d)(?![\d/])",
        _month_year,
    ),
    _rule("day_month", Kind.DATE, r"(?P<word>[Nn]gày )(?P<d>\d{1,2})[/-](?P<m>\d{1,2})(?P<y>)(?![\d/])", _date),
    _rule(
        "day_range",
        Kind.DATE,
        r"(?P<word>[Nn]gày )(?P<d>\d{1,2}) ?[-–] ?(?P<d2>\d{1,2})/(?P<m>\d{1,2})(?:/(?P<y>(?:1[89]|2[01])\d\d))?(?![\d/])",
        _day_range,
    ),
    _rule("clock", Kind.TIME, r"(?<![\w:.,/])(?P<h>\d{1,2})(?:h|g| giờ )(?P<min>[0-5]\d)?(?![\w:])(?P<tail> phút)?", _clock),
    _rule("clock_colon", Kind.TIME, r"(?<![\w:.,/])(?P<h>[012]?\d):(?P<min>[0-5]\d)(?![\w:])", _clock),
    _rule(
        "phone", Kind.PHONE, r"(?<![\d.,/])(?:0\d{1,3}[ .-]?\d{3,4}[ .-]?\d{3,4}|1[89]00[ .-]?\d{4,6})(?![\d/]|[.,]\d)", _phone
    ),
    _rule(
        "range",
        Kind.RANGE,
        rf"(?<![\d/.,-])(?P<a>{_NUMBER}) ?[-–÷] ?(?P<b>{_NUMBER})(?![\d/-])(?: ?(?P<u>{_UNIT})(?!\w))?",
        _range,
    ),
    _rule(
        "quantity",
        Kind.QUANTITY,
        rf"(?<![\d/.,-])(?P<n>{_NUMBER}) ?(?P<u>{_UNIT})(?!\w)(?P<per>(?:/[^\W\d_]+){{0,3}})",
        _quantity,
    ),
    _rule("fraction", Kind.FRACTION, r"(?<![\d/.,-])(?P<a>\d{1,6})/(?P<b>\d{1,6})(?![\d/])", _fraction),
    _rule(
        "ordinal",
        Kind.ROMAN,
        r"(?P<word>(?:[Kk]hóa|[Qq]uý|[Ll]ần thứ|[Hh]ạng|[Ll]oại|[Cc]hương|[Mm]ục|[Pp]hần|[Tt]hế kỷ) )(?P<r>[IVXLC]{1,6})(?!\w)",
        _ordinal,
    ),
    _rule("number", Kind.NUMBER, _NUMBER, _number),
)
"""Thứ tự là ưu tiên: mẫu trước thắng mẫu sau ở cùng chỗ."""
