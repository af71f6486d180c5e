"""Tiền, đơn vị, phần trăm, số đếm: một số hay một khoảng, dấu mang giá trị, đơn vị, và mẫu số (“một hộ”, “trên giờ”)."""

from __future__ import annotations

import re

from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import Num, cardinal, digits, identifier, number_words, parse_number
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import DASH, NUM, YEAR, Job, after, before, rule
from broadcaster.reading.words.units import COUNTED, MONEY, NEEDS_GLUE, PER, PER_SHORT, SCALES, SYMBOLIC, UNITS

_EXTRA = {
    "m²": "mét vuông",
    "km²": "ki lô mét vuông",
    "m³": "mét khối",
    "cm²": "xăng ti mét vuông",
    "cm³": "xăng ti mét khối",
    "℃": "độ xê",
    "％": "phần trăm",
    "⁰C": "độ xê",
}
_ALL = {**UNITS, **_EXTRA}


_ADDRESS = Pattern(r"(?:số|nhà|ngõ|ngách|hẻm|kiệt|lô|thửa)\s*(?:nhà|số)?\s*$")
_RESULT = Pattern(r"(?:xếp|hạng|đạt|được|có mặt|vị trí|phiếu)\s*$")


def _alternation(words: object) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))  # type: ignore[call-overload]


_SCALE = _alternation(SCALES)
_MONEY = _alternation(MONEY)
_LOOSE_UNIT = _alternation(unit for unit in _ALL if unit not in NEEDS_GLUE or unit == "0C")
_GLUED_UNIT = _alternation(_ALL)
_SIGN = r"(?:(?<!\w)(?P<sign>[<>≤≥±~≈+]|>=|<=|[-−–](?=\d))\s?)?"
_SIGNS = {
    "<": "nhỏ hơn", ">": "lớn hơn", "≤": "nhỏ hơn hoặc bằng", "<=": "nhỏ hơn hoặc bằng", "≥": "lớn hơn hoặc bằng", ">=": "lớn hơn hoặc bằng",
    "±": "cộng trừ", "~": "khoảng", "≈": "khoảng", "+": "cộng", "-": "âm", "−": "âm", "–": "âm",
}  # fmt: skip
_PAIR = rf"{_SIGN}(?<![\d/.,])(?P<a>{NUM})(?:\s?(?P<joint>{DASH}|đến|tới)\s?(?P<b>{NUM}))?"
_PER_PART = Pattern(
    r"\s?/\s?(?P<n>\d{1,4}(?:\.\d{3})?\s?)?(?P<w>[^\W\d_]+[23²³]?)(?P<more>(?: [a-zà-ỹ]+){1,2}(?=\s?/\s?[^\W\d_]))?(?![\w])"
)


def _numbers(match: re.Match[str], job: Job) -> str | None:
    """Lời của số hoặc khoảng số; ``None`` khi không đọc trọn được."""
    first = _parsed(match, match["a"], job)
    if first is None:
        return None
    sign = f"{_SIGNS[match['sign']]} " if match["sign"] else ""
    if match["b"] is None:
        return sign + number_words(first, job.style)
    last = _parsed(match, match["b"], job)
    if last is None:
        return None
    if last.value <= first.value and not (match["b"].isdigit() and match["a"].isdigit() and last.value == first.value):
        job.ask("range_order", match, f"Khoảng “{match[0].strip()}” có số sau không lớn hơn số trước.", dangerous=True)
    return f"{sign}{number_words(first, job.style)} đến {number_words(last, job.style)}"


def _parsed(match: re.Match[str], text: str, job: Job) -> Num | None:
    number = parse_number(text, 0)
    if number is None or number.end != len(text):
        return None
    if number.doubt:
        job.ask(number.doubt, match, f"Số “{text}” viết lẫn dấu chấm và dấu phẩy.", dangerous=True)
    return number


def per_words(text: str, job: Job, *, symbolic: bool) -> tuple[str, int]:
    """Mẫu số đứng ngay sau một số đo: “/hộ/tháng” → “ một hộ một tháng”, và số ký tự đã dùng."""
    said, at = "", 0
    while (part := _PER_PART.match(text, at)) is not None:
        word, count = part["w"], (part["n"] or "").strip()
        unit = _ALL.get(word) or PER_SHORT.get(word) or (job.lexicon.meaning(word) if word.isupper() else None)
        if unit is None and word.lower() not in PER:
            break
        is_rate = symbolic and ((unit and word in SYMBOLIC) or word in ("giờ", "phút", "giây"))
        joint = "trên" if is_rate and not count else "một"
        if count not in ("", "1", "01"):
            joint = f"trên {cardinal(int(count.replace('.', '')), job.style)}"
        said += f" {joint} {unit or word.lower()}{part['more'] or ''}"
        at = part.end()
    return said, at


def _money(match: re.Match[str], job: Job) -> str | None:
    words = _numbers(match, job)
    if words is None:
        return None
    scale, money = SCALES.get(match["scale"] or "", ""), MONEY.get(match["money"] or match["alone"] or "", "")
    if scale.endswith("đồng"):
        money = ""
    _check_size(match, job, scale, money)
    return " ".join(filter(None, (words, scale, money)))


def _check_size(match: re.Match[str], job: Job, scale: str, money: str) -> None:
    """Số tiền vô lý vì thiếu chữ hoặc lẻ số không: hỏi, không đoán."""
    number = parse_number(match["a"], 0)
    if money != "đồng" or scale or number is None or (number.frac and number.point == ","):
        return
    if number.point == "." and number.frac:
        job.ask("number_format", match, f"Số tiền “{match[0].strip()}” có dấu chấm đặt lạ. Hãy đếm lại số không.", dangerous=True)
    elif 0 < number.whole < 100:
        job.ask(
            "money_small", match, f"Số tiền “{match[0].strip()}” rất nhỏ. Có thiếu chữ nghìn hay triệu không?", dangerous=True
        )
    elif number.whole >= 100_000 and not number.grouped and "." not in match["a"]:
        job.ask(
            "money_zeros", match, f"Số tiền “{match[0].strip()}” không có dấu chấm ngăn. Hãy đếm lại số không.", dangerous=True
        )


def _tail_money(match: re.Match[str], job: Job) -> str:
    """2tr5, 1 triệu 5, 2 tỷ 3: chữ số sau là mấy trăm của hàng dưới."""
    scale = SCALES.get(match["scale"], match["scale"])
    below = {"triệu": job.style.thousand, "tỷ": "triệu"}[scale]
    return f"{cardinal(int(match['a']), job.style)} {scale} {digits(match['tail'])} trăm {below}"


def _measured(match: re.Match[str], job: Job) -> str | None:
    words = _numbers(match, job)
    return None if words is None else f"{words} {_ALL[match['u'] or match['u2']]}"


def _per_count(match: re.Match[str], _job: Job) -> str | None:
    """112 nam/100 nữ."""
    return "trên" if _COUNTED_BEFORE.search(before(match, 32)) else None


def _fraction(match: re.Match[str], job: Job) -> str | None:
    first, last = _num(match["a"]), _num(match["b"])
    if last.whole == 0:
        return None
    following, earlier = re.match(r"\s*([^\W\d_]+)", after(match)), before(match)
    counted = following is not None and following[1] in COUNTED
    if _ADDRESS.search(earlier):
        return f"{identifier(match['a'], job.style)} trên {identifier(match['b'], job.style)}"
    whole = not (first.frac or last.frac or first.leading_zero or last.leading_zero)
    is_part = whole and first.whole < last.whole <= 10 and not counted and not _RESULT.search(earlier)
    unit = f" {_ALL[match['u']]}" if match["u"] else ""
    return f"{number_words(first, job.style)} {'phần' if is_part else 'trên'} {number_words(last, job.style)}{unit}"


def _chain(match: re.Match[str], job: Job) -> str:
    return " trên ".join(identifier(part, job.style) for part in re.findall(r"\d+", match[0]))


def _ratio(match: re.Match[str], job: Job) -> str:
    return f"{cardinal(int(match['a']), job.style)} trên {number_words(_num(match['b']), job.style)}"


def _num(text: str) -> Num:
    found = parse_number(text, 0)
    assert found is not None
    return found


def _score(match: re.Match[str], job: Job) -> str | None:
    if not _GAME.search(before(match, 30)):
        return None
    return f"{cardinal(int(match['a']), job.style)} {cardinal(int(match['b']), job.style)}"


def _meters(match: re.Match[str], job: Job) -> str:
    """1m65, 2m5: phần lẻ sau đơn vị."""
    return f"{cardinal(int(match['a']), job.style)} mét {cardinal(int(match['b']), job.style)}"


def _age(match: re.Match[str], job: Job) -> str | None:
    """từ 60t trở lên, trên 18t."""
    is_age = int(match["n"]) <= 120 and _OLD.search(before(match, 12))
    return f"{cardinal(int(match['n']), job.style)} tuổi" if is_age else None


def _months_count(match: re.Match[str], job: Job) -> str | None:
    """9T/2025, 6T đầu năm, kỳ hạn 12T: tháng, không phải tấn."""
    if not (match["y"] or match["near"] is not None or before(match, 8).endswith("hạn ")):
        return None
    year = f" năm {cardinal(int(match['y']), job.style)}" if match["y"] else ""
    return f"{cardinal(int(match['n']), job.style)} tháng{year}"


def _position(match: re.Match[str], job: Job) -> str | None:
    """17,5N - 108,2E trong tin bão: vĩ bắc, kinh đông."""
    if not _STORM.search(before(match, 80)):
        return None
    return f"{number_words(_num(match['n']), job.style)} độ {'vĩ bắc' if match['c'] == 'N' else 'kinh đông'}"


def _spaced(match: re.Match[str], job: Job) -> str | None:
    """3 200 hộ: dấu cách ngăn hàng nghìn, trừ khi số đầu là số hiệu (“tổ 3 200 hộ” thì phải hỏi)."""
    if _NUMBERED_NOUN.search(before(match, 20)):
        job.ask("number_spaces", match, f"“{match[0]}” là một số hay hai số? Hãy thêm dấu chấm hoặc dấu phẩy.", dangerous=True)
    return number_words(_num(match[0]), job.style)


def _times(match: re.Match[str], job: Job) -> str:
    """3x4 m, 2m x 3m, 3x50MVA: mỗi thừa số một số và có thể một đơn vị."""
    parts = []
    for part in _FACTOR.finditer(match[0]):
        unit = f" {_ALL[part['u']]}" if part["u"] else ""
        parts.append(number_words(_num(part["n"]), job.style) + unit)
    return " nhân ".join(parts)


def _per_noun(match: re.Match[str], _job: Job) -> str | None:
    """2 bình/sào, 15 người/ngày: gạch chéo sau một danh từ được đếm là “một”."""
    word = match["w"]
    if (word.lower() not in PER and word not in _ALL) or not _COUNTED_BEFORE.search(before(match, 32)):
        return None
    return f"một {_ALL.get(word, word)}"


def _range(match: re.Match[str], job: Job) -> str | None:
    first, last = match["a"], match["b"]
    if any(len(part) > 1 and part[0] == "0" and part.isdigit() for part in (first, last)):
        if not (first.isdigit() and last.isdigit()):
            return None
        said = cardinal_of if _is_count(match) else identifier_of
        return f"{said(first, job)} đến {said(last, job)}"
    words = _numbers(match, job)
    if words is None:
        return None
    noun = re.search(r"(?<!hệ )(?<!\w)(cấp|số)\s$", before(match, 12))
    if noun is None:
        return words
    head, _, tail = words.partition(" đến ")
    return f"{head} đến {noun[1]} {tail}"


def cardinal_of(text: str, job: Job) -> str:
    """06 như số đếm: sáu."""
    return cardinal(int(text), job.style)


def identifier_of(text: str, job: Job) -> str:
    """06 như số hiệu: không sáu."""
    return identifier(text, job.style)


def _list(match: re.Match[str], job: Job) -> str:
    return ", ".join(identifier(part, job.style) for part in re.findall(r"\d+", match[0]))


def _pair_list(match: re.Match[str], job: Job) -> str | None:
    """“các tổ 3,4” là hai tổ; “3,4 tỷ” là số thập phân."""
    return _list(match, job) if _MANY.search(before(match, 24)) else None


def _section(match: re.Match[str], job: Job) -> str | None:
    return _version(match, job) if _SECTION.search(before(match, 12)) else None


def _version(match: re.Match[str], job: Job) -> str:
    return " chấm ".join(identifier(part, job.style) if part != "0" else "không" for part in match[0].split("."))


def _number(match: re.Match[str], job: Job) -> str:
    text = match[0]
    number = parse_number(text, 0)
    if number is None or number.end != len(text) or number.doubt:
        job.ask("number_format", match, f"Số “{text}” có thể hiểu nhiều cách. Hãy viết lại.", dangerous=True)
        return " ".join(identifier(part, job.style) for part in re.findall(r"\d+", text))
    if number.leading_zero and not _is_count(match):
        return identifier(text, job.style)
    return number_words(number, job.style)


def _is_count(match: re.Match[str]) -> bool:
    """“02 suất quà”, “02 ngày” là đếm; “Đề án 06”, “tổ 05”, “Chỉ thị 05 năm 2016” là số hiệu."""
    following = re.match(r"\s\(?([a-zà-ỹđ]+)", after(match, 14))
    if following is None or following[1] in _AFTER_NUMBER:
        return False
    return not _NUMBERED_NOUN.search(before(match, 20))


def _compass(match: re.Match[str], job: Job) -> str:
    minutes = f" {cardinal(int(match['min']), job.style)} phút" if match["min"] else ""
    return f"{number_words(_num(match['n']), job.style)} độ{minutes} {_COMPASS[match['c']]}"


_MANY = Pattern(
    r"(?:các (?:tổ|khu|thôn|điều|khoản|điểm|lớp|mục|cụm|ngõ|số)[\d ,;]*(?<! )|tổ dân phố|tdp|mức độ|tháng|tổ số|phố số|khối)\s$"
)
_SECTION = Pattern(r"(?:mục|điểm|khoản|phần|bảng|hình|phụ lục|biểu)\s$")
_COMPASS = {"B": "bắc", "N": "nam", "Đ": "đông", "T": "tây"}
_AFTER_NUMBER = frozenset("của và về là đã cho tại theo đến từ trên do có được".split())
_NUMBERED_NOUN = Pattern(
    r"(?:đề án|chỉ thị|số|nghị quyết|nghị định|tổ|mẫu|bài|phòng|ngõ|mã|kế hoạch|thông tư|quyết định|công điện|luật|chương trình|lớp|đội|khu|tdp|"
    r"cụm|lô|thôn|phố|quốc lộ|ca|đợt|cấp|điều|khoản|mục|biểu|kết luận|hướng dẫn|tổ dân phố)\s$"
)
_OLD = Pattern(r"(?:từ|trên|dưới|đủ|tuổi|khoảng)(?: \d{1,3}\s?-)?\s?$")
_GAME = Pattern(
    r"(?:tỷ số|tỉ số|thắng(?: (?!lợi)[^\W\d]+){0,3}|thua(?: [^\W\d]+){0,3}|hòa|hoà|dẫn|kết quả|hiệp (?:\d|phụ):?|đội \w+|\d-\d{1,2}[,;])(?: với)?(?: tỷ số| tỉ số| là)?(?: \d{1,2}-\d{1,2})? \(?$"
)
_STORM = Pattern(r"(?:bão|áp thấp|vĩ|kinh độ|tọa độ|tâm)[^.\n]*$")
_END = r"(?![\w])"
_FACTOR = Pattern(rf"(?P<n>{NUM})\s?(?P<u>{_GLUED_UNIT})?")
_FACTORS = rf"{NUM}\s?(?:{_GLUED_UNIT})?"
_COUNTED_BEFORE = Pattern(r"\d\s?[^\W\d_]+(?:\s[^\W\d_]+){0,2}$")

RULES = (
    rule("meters", Kind.QUANTITY, r"(?<![\w.,/])(?P<a>\d{1,2})m(?P<b>[4-9]|\d{2})(?!\w|[.,]\d)", _meters),
    rule("age", Kind.QUANTITY, r"(?<![\w.,/])(?P<n>\d{1,3})t(?!\w)", _age),
    rule(
        "months_count",
        Kind.QUANTITY,
        rf"(?<![\w.,/])(?P<n>\d{{1,2}})T(?:/(?P<y>{YEAR})|(?P<near>(?= (?:đầu|cuối|năm)))?)(?!\w)",
        _months_count,
    ),
    rule("position", Kind.QUANTITY, rf"(?<![\w.,/])(?P<n>{NUM})\s?°?(?P<c>[NE])(?!\w)", _position),
    rule("diameter", Kind.SYMBOL, r"[ΦφØ](?=\s?\d)", lambda _match, _job: "phi", needs=("Φ", "φ", "Ø")),
    rule(
        "points",
        Kind.QUANTITY,
        r"(?<![\w.,/-])(?P<n>\d{1,2},\d{1,2})\s?đ(?![\w/])",
        lambda match, job: f"{number_words(_num(match['n']), job.style)} điểm",
        needs=("đ",),
    ),
    rule(
        "money_tail",
        Kind.MONEY,
        r"(?<![\w.,/-])(?P<a>\d{1,4}) ?(?P<scale>tr|triệu|tỷ|tỉ) ?(?P<tail>\d)(?![\w%]|[.,/]\d)",
        _tail_money,
    ),
    rule(
        "money",
        Kind.MONEY,
        rf"{_PAIR}\s?(?:(?P<scale>{_SCALE})(?:\s?(?P<money>{_MONEY}))?|(?P<alone>{_MONEY})){_END}(?!/c(?!\w))",
        _money,
    ),
    rule(
        "compass",
        Kind.QUANTITY,
        rf"(?<![\w.,/])(?P<n>{NUM})\s?[°ºo]\s?(?:(?P<min>\d{{1,2}})['’′]\s?)?(?P<c>[BNĐT])(?!\w)",
        _compass,
    ),
    rule("by", Kind.SYMBOL, r"(?<=[^\W\d_]\s)[x×](?=\s?\d)", lambda _match, _job: "nhân", needs=(" x", " ×")),
    rule("times", Kind.QUANTITY, rf"(?<![\w.,/]){_FACTORS}(?:\s?[x×*]\s?{_FACTORS})+(?!\w)", _times, needs=("x", "×", "*")),
    rule("measured", Kind.QUANTITY, rf"{_PAIR}(?:(?P<u>{_GLUED_UNIT})|\s(?P<u2>{_LOOSE_UNIT})){_END}", _measured),
    rule("per_count", Kind.SYMBOL, r"(?<=[^\W\d_])\s?/\s?(?=\d{1,4}\s[^\W\d_])", _per_count, needs=("/",)),
    rule("per_noun", Kind.SYMBOL, r"(?<=[^\W\d_])\s?/\s?(?:0?1 )?(?P<w>[^\W\d_]+[23²³]?)(?!\w)", _per_noun, needs=("/",)),
    rule("score", Kind.RANGE, r"(?<![\d/.,-])(?P<a>\d{1,2})(?:\s?[-–]\s?|:)(?P<b>\d{1,2})(?![\d/%])", _score),
    rule("ratio", Kind.FRACTION, r"(?<![\w.,/])(?P<a>\d{1,3}):(?P<b>\d{1,3}(?:\.\d{3})*|\d+)(?![\w:])", _ratio),
    rule(
        "round_the_clock",
        Kind.TIME,
        r"(?<![\d/.,])24/24\s?(?:h|giờ)?(?!\w)",
        lambda _match, _job: "hai mươi tư trên hai mươi tư giờ",
    ),
    rule("chain", Kind.FRACTION, r"(?<![\d/.,])\d{1,4}(?:/\d{1,4}){2,4}(?![\d/])", _chain),
    rule(
        "fraction",
        Kind.FRACTION,
        rf"(?<![\d/.,-])(?P<a>{NUM})\s?/\s?(?P<b>{NUM})(?![\d/])(?:\s?(?P<u>mmHg|kV|%|km|kg|ha|m2)(?!\w))?",
        _fraction,
    ),
    rule("number_list", Kind.NUMBER, r"(?<![\d/.,-])\d{1,3}(?:,\d{1,3}){2,}(?![\d%]|[.,]\d)", _list),
    rule("pair_list", Kind.NUMBER, r"(?<![\d/.,-])\d{1,2},\d{1,2}(?![\d,%])", _pair_list, needs=(",",)),
    rule("dashed", Kind.NUMBER, r"(?<![\d/.,-])\d{1,3}(?:-\d{1,3}){2,4}(?![\d%]|[.,/-]\d)", _list, needs=("-",)),
    rule(
        "range",
        Kind.RANGE,
        rf"(?P<sign>(?!))?(?<![\d/.,-])(?P<a>{NUM})\s?(?P<joint>{DASH})\s?(?P<b>{NUM})(?![\w/]|{DASH}\d|[.,]\d)",
        _range,
    ),
    rule(
        "and_more",
        Kind.NUMBER,
        rf"(?<![\w.,/-])(?P<a>{NUM})\+(?= [a-zà-ỹđ])",
        lambda match, job: (
            ("" if before(match, 6).endswith(("hơn ", "trên ")) else "hơn ") + number_words(_num(match["a"]), job.style)
        ),
        needs=("+ ",),
    ),
    rule("spaced", Kind.NUMBER, r"(?<![\w.,/-])[1-9]\d{0,2}(?: \d{3})+(?![\d]|[.,/-]\d| \d)", _spaced),
    rule(
        "version",
        Kind.NUMBER,
        r"(?<![\d.,/])\d{1,2}\.0(?![\d]|[.,]\d)|(?<![\d.,/])\d{1,2}(?:\.\d{1,2}){2,4}(?![\d]|[.,]\d)",
        _version,
    ),
    rule("section", Kind.NUMBER, r"(?<![\d/.,-])\d{1,2}\.\d{1,2}(?![\d]|[.,]\d)", _section, needs=(".",)),
    rule(
        "signed",
        Kind.NUMBER,
        rf"(?<![\w.,/])(?P<sign>[<>≤≥±~≈+]|>=|<=|[-−](?=\d))\s?(?<![\d/.,])(?P<a>{NUM})(?P<b>(?!))?(?!\w|[.,]\d)",
        _numbers,
    ),
    rule("number", Kind.NUMBER, r"\d[\d.,]*\d|\d", _number),
)
