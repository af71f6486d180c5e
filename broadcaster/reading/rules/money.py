"""Tiền: 25.000 đồng/người, 1tr5 - 2tr, 500,000đ; số vô lý vì thiếu chữ hay lẻ số không thì hỏi."""

from __future__ import annotations

import re
from dataclasses import replace

from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import Num, cardinal, digits, number_words, parse_number
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import DASH, JOINTS, Job, before, rule
from broadcaster.reading.rules.numeric import PAIR, alternation, check_order, num, numbers_of
from broadcaster.reading.words.units import MONEY, SCALES

_SCALE = alternation(SCALES)
_MONEY = alternation(MONEY)
_FOLLOW = JOINTS + ".,đt" + "".join(sorted({unit[0] for unit in (*SCALES, *MONEY)}))
_NOT_MONEY = r"(?! ?(?:chí|bào|loạt|thời|ý|hồ|ruộng|bằng|nghiệp|đội|hương|phục|hành|minh|sức|lòng|đều|trưởng|quê|xu|cỏ|hóa|bộ|tình|dân|Tháp|Nai|Hới|Xoài|Văn|Tâm|Nguyên)(?!\w))"
_END = rf"(?!\w)(?!/c(?!\w)){_NOT_MONEY}"
_COMMA = r"[1-9]\d{0,2}(?:,\d{3}){1,4}"
_SIZES = {"nghìn": 10**3, "triệu": 10**6, "tỷ": 10**9}


def _money(match: re.Match[str], job: Job) -> str | None:
    words = numbers_of(match, job)
    if words is None:
        return None
    scale, money = SCALES.get(match["scale"] or "", ""), MONEY.get(match["money"] or match["alone"] or "", "")
    if scale.endswith("đồng"):
        money = ""
    if not money and not scale:
        return None
    _check_size(match, job, scale, money)
    return " ".join(filter(None, (words, scale, money)))


def _check_size(match: re.Match[str], job: Job, scale: str, money: str) -> None:
    """Số tiền vô lý vì thiếu chữ hoặc lẻ số không: hỏi, không đoán."""
    number = parse_number(match["b"] or match["a"], 0)
    if money != "đồng" or scale or number is None or (number.frac and number.point == ","):
        return
    if number.point == "." and number.frac:
        job.ask("number_format", match, f"Số tiền “{match[0].strip()}” có dấu chấm đặt lạ. Hãy đếm lại số không.", dangerous=True)
    elif 0 < number.whole < 100:
        job.ask(
            "money_small", match, f"Số tiền “{match[0].strip()}” rất nhỏ. Có thiếu chữ nghìn hay triệu không?", dangerous=True
        )
    elif number.whole >= 100_000 and not number.grouped and "." not in (match["b"] or match["a"]):
        job.ask(
            "money_zeros", match, f"Số tiền “{match[0].strip()}” không có dấu chấm ngăn. Hãy đếm lại số không.", dangerous=True
        )


def _comma_money(match: re.Match[str], job: Job) -> str:
    """500,000 đồng: từng nhóm ba chữ số là hàng nghìn; vẫn hỏi, vì dấu phẩy của ta là phần lẻ."""
    numbers = [int(part.replace(",", "")) for part in (match["a"], match["b"]) if part]
    words = " đến ".join(cardinal(number, job.style) for number in numbers)
    message = f"“{match[0].strip()}” viết dấu phẩy ngăn hàng nghìn: đang đọc “{words}”. Nên viết dấu chấm."
    job.ask("comma_thousands", match, message, suggestions=(match[0].replace(",", "."),))
    if len(numbers) > 1 and numbers[0] >= numbers[1]:
        job.ask("range_order", match, f"Khoảng “{match[0].strip()}” có số sau không lớn hơn số trước.", dangerous=True)
    return f"{words} {MONEY[match['money']]}"


def _tail_money(match: re.Match[str], job: Job) -> str | None:
    """2tr5, 1 triệu 5, 2 tỷ 3: chữ số sau là mấy trăm của hàng dưới."""
    scale = SCALES.get(match["scale"], match["scale"])
    below = {"triệu": job.style.thousand, "tỷ": "triệu"}[scale]
    tail = match["tail"]
    said = f"{digits(tail)} trăm" if len(tail) == 1 else cardinal(int(tail), job.style)
    return f"{cardinal(int(match['a']), job.style)} {scale} {said} {below}"


def _end(match: re.Match[str], side: str, job: Job) -> tuple[Num, str] | None:
    """Một đầu của khoảng tiền: giá trị để so và lời."""
    number, scale = parse_number(match[f"n{side}"], 0), SCALES[match[f"s{side}"]]
    if number is None or number.end != len(match[f"n{side}"]):
        return None
    bare, tail = scale.split()[0], match[f"t{side}"]
    words = f"{number_words(number, job.style)} {scale}"
    value = round(number.value * _SIZES[bare])
    if tail:
        below = {"triệu": job.style.thousand, "tỷ": "triệu", "nghìn": ""}[bare]
        words, value = f"{words} {digits(tail)} trăm {below}".strip(), value + int(tail) * _SIZES[bare] // 10
    return replace(number, whole=value, frac=""), words


def _scaled_range(match: re.Match[str], job: Job) -> str | None:
    """1tr5-2tr, 800k - 1,2 triệu, 2 tỷ 3 đến 3 tỷ."""
    first, last = _end(match, "1", job), _end(match, "2", job)
    if first is None or last is None:
        return None
    check_order(match, job, first[0], last[0])
    money = f" {MONEY[match['money']]}" if match["money"] else ""
    return f"{first[1]} đến {last[1]}{money}"


def _scaled(side: str) -> str:
    return rf"(?P<n{side}>\d{{1,4}}(?:[.,]\d{{1,3}})?) ?(?P<s{side}>tr|Tr|TR|triệu|tỷ|tỉ|k|K|nghìn|ngàn)(?: ?(?P<t{side}>\d)(?!\d))?(?!\w)"


def _points(match: re.Match[str], job: Job) -> str | None:
    """8,75đ, Toán 9đ: điểm; 5đ không có môn nào thì để luật tiền hỏi."""
    if "," not in match["n"] and not _MARKED.search(before(match, 40)):
        return None
    return f"{number_words(num(match['n']), job.style)} điểm"


_MARKED = Pattern(r"(?:điểm|môn|toán|văn|tiếng anh|ngoại ngữ|bài thi|thang|trừ|cộng|đạt|chấm)[^.;\n]{0,16}$")

RULES = (
    rule(
        "points",
        Kind.QUANTITY,
        r"(?<![\w.,/-])(?P<n>\d{1,2}(?:[.,]\d{1,2})?) ?đ(?![\w/])",
        _points,
        at="0",
        follow=" .,đ",
    ),
    rule(
        "scaled_range",
        Kind.MONEY,
        rf"(?<![\w.,/]){_scaled('1')}(?: ?đ(?:ồng)?)?(?: ?{DASH} ?| (?:đến|tới) ){_scaled('2')}(?: ?(?P<money>{_MONEY})(?!\w){_NOT_MONEY})?(?![\w%])",
        _scaled_range,
        at="0",
        follow=" .,tTkKn",
    ),
    rule(
        "thousands_tail",
        Kind.MONEY,
        r"(?<![\w.,/-])(?P<a>\d{1,3})[kK](?P<tail>\d)(?![\w%]|[.,]\d)",
        lambda match, job: f"{cardinal(int(match['a']) * 1000 + int(match['tail']) * 100, job.style)}",
        at="0",
        follow="kK",
    ),
    rule(
        "money_tail_glued",
        Kind.MONEY,
        r"(?<![\w.,/-])(?P<a>\d{1,4})(?P<scale>tr)(?P<tail>\d{3})k?(?!\w|[.,]\d| ?(?:triệu|nghìn|tỷ))",
        _tail_money,
        at="0",
        follow="t",
    ),
    rule(
        "money_tail",
        Kind.MONEY,
        r"(?<![\w.,/-])(?P<a>\d{1,4}) ?(?P<scale>tr|triệu|tỷ|tỉ) ?(?P<tail>\d)(?![\w%]|[.,/]\d| ?(?:người|hộ|ngày|lần|con|cây|tháng|năm|suất))",
        _tail_money,
        at="0",
        follow=" tT",
    ),
    rule(
        "comma_money",
        Kind.MONEY,
        rf"(?<![\w.,/])(?P<a>{_COMMA})(?: ?{DASH} ?(?P<b>{_COMMA}))? ?(?P<money>đ|Đ|đồng|Đồng|ĐỒNG|VNĐ|VND|vnđ|vnd|₫){_END}",
        _comma_money,
        at="0",
        follow=",",
    ),
    *(
        rule(
            f"money{name}",
            Kind.MONEY,
            rf"{PAIR} ?(?:(?P<scale>{_SCALE})(?: ?(?P<money>{_MONEY}))?|(?P<alone>{_MONEY})){_END}",
            _money,
            at=at,
            follow="" if at != "0" else _FOLLOW,
        )
        for name, at in (("_signed", "±"), ("", "0"))
    ),
    rule(
        "dollars",
        Kind.MONEY,
        r"(?<!\w)(?P<sign>[$€£¥]) ?(?P<a>\d{1,3}(?:[.,]\d{3}){0,4}(?:[.,]\d{1,2})?)(?!\w|[.,]\d)",
        lambda match, job: (
            f"{cardinal(int(re.sub(r'[.,]', '', match['a'])), job.style)} {MONEY[match['sign']]}"
            if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})*", match["a"])
            else None
        ),
        at="!$€£¥",
    ),
)
