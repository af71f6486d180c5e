"""Điện thoại, đường dây nóng, số giấy tờ, tài khoản: từng chữ số; số thiếu, thừa chữ số hay của riêng một người thì hỏi."""

from __future__ import annotations

import re

from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import digits
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job, before, rule

_PERSONAL = "Có số điện thoại: chỉ đọc trên loa khi chủ số đã đồng ý."
_IDENTITY = "Có số giấy tờ hoặc tài khoản: không đọc trên loa nếu không có lý do."
_CALLED = Pattern(
    r"(?:gọi|tổng đài|hotline|đường dây nóng|điện thoại|(?<!\w)đt|sđt|số máy|liên hệ|lh|di động|zalo|phone|tel|fax|máy lẻ)[^.;\n]{0,60}$"
)
_OFFICE = Pattern(
    r"(?:đường dây nóng|hotline|tổng đài|trực ban|công an|ubnd|ủy ban|trạm|điện lực|cơ quan|văn phòng|một cửa|trung tâm)[^.\n]{0,50}$"
)
_SHORTEST, _LONGEST = 8, 12
_HOTLINE = Pattern(r"1[89]00")
_MOBILE = Pattern(r"0[35789]")
_LANDLINE = Pattern(r"02")
_JOINED = Pattern(r" ?/ ?")

_NAMED_NUMBER = Pattern(
    r"(?:tài khoản|tk|stk|id|mã số thuế|mst|mã hồ sơ|mã số|cccd|cmnd|căn cước(?: công dân)?|định danh(?: cá nhân)?|thẻ|bhyt|bhxh|số sổ|số seri|số hiệu)(?: số| là)* ?:? ?$"
)


def _phone(match: re.Match[str], job: Job) -> str | None:
    """Một số, hay nhiều số nối bằng gạch chéo: “hoặc”."""
    numbers = _JOINED.split(match[0])
    said = [_one(number, match, job) for number in numbers]
    if None in said:
        return None
    return " hoặc ".join(filter(None, said))


def _one(number: str, match: re.Match[str], job: Job) -> str | None:
    if _EMERGENCY.fullmatch(number):
        return digits(number)
    groups = re.findall(r"\d+", number)
    plain = "".join(groups)
    plus = "cộng " if number.lstrip("(").startswith("+") else ""
    if not _SHORTEST <= len(plain) <= _LONGEST:
        return None
    _check(number, plain, match, job)
    return plus + ", ".join(digits(group) for group in groups)


def _check(number: str, plain: str, match: re.Match[str], job: Job) -> None:
    if _HOTLINE.match(plain) or number.lstrip("(").startswith("+"):
        return
    right = 10 if _MOBILE.match(plain) else 11 if _LANDLINE.match(plain) else 0
    if right and len(plain) != right:
        many = "thiếu" if len(plain) < right else "thừa"
        job.ask("phone_length", match, f"Số máy “{number.strip()}” {many} chữ số: phải có {right}. Hãy xem lại.", dangerous=True)
    elif _MOBILE.match(plain) and not _OFFICE.search(before(match, 60)):
        job.ask("personal_data", match, _PERSONAL)


def _identity(match: re.Match[str], job: Job) -> str | None:
    if not _NAMED_NUMBER.search(before(match, 48)):
        return None
    job.ask("personal_data", match, _IDENTITY)
    return digits(match[0])


def _hotline(match: re.Match[str], _job: Job) -> str:
    return re.sub(r"\d+", lambda number: digits(number[0]), match[0])


def _long(match: re.Match[str], job: Job) -> str:
    """Dãy số dài không dấu ngăn: số giấy tờ, mã hồ sơ, không phải số đếm."""
    if len(match[0]) >= 9 and re.search(
        r"(?:cccd|cmnd|căn cước|chứng minh|định danh|tài khoản|stk)[^.\n]{0,30}$", before(match, 60)
    ):
        job.ask("personal_data", match, _IDENTITY)
    return digits(match[0])


def _call_centre(match: re.Match[str], _job: Job) -> str | None:
    return digits(match[0]) if _CALLED.search(before(match, 60)) else None


def _emergency_line(match: re.Match[str], job: Job) -> str | None:
    """ĐT 114 sau chữ “gọi” là điện thoại, không phải đường tỉnh."""
    earlier = before(match, 40)
    if re.search(r"(?:đường|tuyến|trên|dọc|qua|nối|với|giao|tỉnh lộ) $", earlier):
        return None
    if not re.search(r"(?:gọi|báo|liên hệ|gấp|khẩn|số|máy|nóng|:)[^.\n]{0,20}$", earlier):
        job.ask("ambiguous", match, f"“{match[0]}” là điện thoại hay đường tỉnh? Hãy viết rõ.", suggestions=("đường tỉnh",))
    return "điện thoại"


_EMERGENCY = Pattern(r" ?11[1-5] ?")
_CALL = r"(?:gọi(?: ngay| tới| đến| số| điện| cho){0,4}|tổng đài(?: \w+){0,4}?|hotline|đường dây nóng|số máy|số khẩn cấp)"
_NUMBER = (
    r"(?:\+\(?84\)?[ .-]?\d{2,3}(?:[ .-]?\d{2,4}){2,3}|\(0\d{1,3}\)[ .-]?(?:\d{3,4}[ .-]?\d{3,4}|\d{1,2}[ .-]\d{3}[ .-]\d{3})"
    r"|0\d{1,4}(?:[ .-]?\d{1,4}){2,5}|1[89]00(?:[ .-]?\d{2,4}){1,3})"
)
_BEFORE = r"(?<![\d.,/-])"
_AFTER = r"(?!\d|[.,]\d)"

RULES = (
    rule(
        "hidden",
        Kind.PHONE,
        r"(?<![\w.])\+?\d{2,9}[ .-]?(?:[xX]{2,9}|\*{2,9})(?:[ .-]?(?:[xX]{2,9}|\*{2,9}|\d{1,4}(?!\w))){0,3}",
        lambda match, _job: digits(match[0]),
        needs=("xx", "XX", "**"),
    ),
    rule(
        "ussd",
        Kind.PHONE,
        r"\*\d{1,6}(?:\*\d{1,20}){0,4}#",
        lambda match, _job: " ".join(
            {"*": "sao", "#": "thăng"}.get(part) or digits(part) for part in re.findall(r"\d+|[*#]", match[0])
        ),
        needs=("#",),
    ),
    rule(
        "emergency_line", Kind.PHONE, r"(?<!\w)(?:ĐT|đt|Đt)(?=[ .:]{1,2}11[1-5](?!\d))", _emergency_line, needs=("11",), at="ĐđD"
    ),
    rule("call_centre", Kind.PHONE, r"(?<![\d.,/-])(?<!\d )(?:1022|1080|111|112)(?! \d|[\d]|[.,-]\d)", _call_centre, at="0"),
    rule(
        "phones",
        Kind.PHONE,
        rf"{_BEFORE}(?:11[1-5]|{_NUMBER})(?: ?/ ?(?:11[1-5](?!\d)|{_NUMBER})){{1,8}}{_AFTER}(?!/\d{{3}})",
        _phone,
        at="0",
    ),
    rule("mobile", Kind.PHONE, r"(?<![\d.,])0\d{9}(?!\d|[.,]\d)", _phone, at="0"),
    rule("identity", Kind.CODE, r"(?<![\d.,/-])\d[\d .-]{4,22}\d(?!\w)", _identity, at="0"),
    rule("phone", Kind.PHONE, rf"(?<![\d.,/-])(?:{_NUMBER}){_AFTER}(?!/\d{{3}})", _phone, at="0"),
    rule("phone_signed", Kind.PHONE, rf"(?<![\w.,/-])(?=\(0|\+\(?84)(?:{_NUMBER}){_AFTER}", _phone, at="!+("),
    rule(
        "hotlines",
        Kind.PHONE,
        rf"(?<!\w){_CALL}:? (?:(?!0)\d{{3,4}}(?! \d|\d|[.]\d)(?: ?(?:,|;|hoặc|và|-|/) ?(?=\d{{3,4}}(?![\d.,]\d)))?){{1,9}}(?![\d]|[.,]\d| ?(?:đồng|hộ|người|%))",
        _hotline,
        re.IGNORECASE,
        at="gGtThHđĐsS",
    ),
    rule(
        "emergency",
        Kind.PHONE,
        r"(?<![\d.,/-])(?<!\d )11[1345](?![\d]|/\d|[.,]\d| ?(?:hộ|người|đồng|cái|kg|km|ha|m\b|m2|học|đại|cán|tỷ|triệu|nghìn|lượt|vụ|cây|con|trường|đơn|hồ|suất|phiếu|xã|đảng|%))",
        lambda match, _job: digits(match[0]),
        at="0",
    ),
    rule("long_digits", Kind.CODE, r"(?<![\d.,/-])(?:0\d{6,40}|\d{10,40})(?![\d]|[.,/]\d)", _long, at="0"),
)
