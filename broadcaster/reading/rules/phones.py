"""Điện thoại, đường dây nóng, số giấy tờ, tài khoản: từng chữ số; dữ liệu cá nhân thì hỏi."""

from __future__ import annotations

import re

from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import digits
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job, before, rule

_PERSONAL = "Có số điện thoại: chỉ đọc trên loa khi chủ số đã đồng ý."
_IDENTITY = "Có số giấy tờ hoặc tài khoản: không đọc trên loa nếu không có lý do."
_CALLED = Pattern(r"(?:gọi|tổng đài|hotline|đường dây nóng)[^.\n]*$")
_SHORTEST, _LONGEST = 8, 12
_HOTLINE = Pattern(r"(?:1[89]00|^1\d{2,3}$)")

_NAMED_NUMBER = Pattern(
    r"(?:tài khoản|tk|stk|id|mã số thuế|mst|mã hồ sơ|mã số|cccd|cmnd|căn cước(?: công dân)?|định danh(?: cá nhân)?)(?: số| là)*\s?:?\s?$"
)


def _phone(match: re.Match[str], job: Job) -> str | None:
    plus = "cộng " if match[0].lstrip("(").startswith("+") else ""
    groups = re.findall(r"\d+", match[0])
    if not _SHORTEST <= sum(map(len, groups)) <= _LONGEST:
        return None
    if not _HOTLINE.match(groups[0]):
        job.ask("personal_data", match, _PERSONAL)
    return plus + ", ".join(digits(group) for group in groups)


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


_CALL = r"(?:gọi(?: ngay| tới| đến| số| điện| cho)*|tổng đài(?: \w+){0,4}?|hotline|đường dây nóng|số máy|số khẩn cấp)"


def _call_centre(match: re.Match[str], _job: Job) -> str | None:
    return digits(match[0]) if _CALLED.search(before(match, 60)) else None


RULES = (
    rule("call_centre", Kind.PHONE, r"(?<![\d.,/-])(?<!\d )(?:1022|1080|111|112)(?! \d|[\d]|[.,/-]\d)", _call_centre),
    rule("mobile", Kind.PHONE, r"(?<![\d.,])0\d{9}(?!\d|[.,]\d)", _phone),
    rule("identity", Kind.CODE, r"(?<![\d.,/-])\d[\d .-]{4,22}\d(?!\w)", _identity),
    rule(
        "phone",
        Kind.PHONE,
        r"(?<![\d.,/-])(?:\+\(?84\)?[ .-]?\d{2,3}(?:[ .-]?\d{2,4}){2,3}|\(0\d{1,3}\)[ .-]?(?:\d{3,4}[ .-]?\d{3,4}|\d{1,2}[ .-]\d{3}[ .-]\d{3})|0\d{1,4}(?:[ .-]?\d{1,4}){2,5}"
        r"|1[89]00(?:[ .-]?\d{2,4}){1,3})(?![\d]|[.,/]\d{3})",
        _phone,
    ),
    rule(
        "hotlines",
        Kind.PHONE,
        rf"(?<!\w){_CALL}:? (?:(?!0)\d{{3,4}}(?! \d|\d|[.]\d)(?:\s?(?:,|;|hoặc|và|-|/)\s?(?=\d{{3,4}}(?![\d.,]\d)))?)+(?![\d]|[.,]\d|\s?(?:đồng|hộ|người|%))",
        _hotline,
        re.IGNORECASE,
    ),
    rule(
        "emergency",
        Kind.PHONE,
        r"(?<![\d.,/-])(?<!\d )11[1345](?![\d/]|[.,]\d| ?(?:hộ|người|đồng|cái|kg|km|ha|m\b|m2|học|đại|cán|tỷ|triệu|nghìn|lượt|vụ|cây|con|trường|đơn|hồ|suất|phiếu|xã|đảng|%))",
        lambda match, _job: digits(match[0]),
    ),
    rule("long_digits", Kind.CODE, r"(?<![\d.,/-])(?:0\d{6,}|\d{10,})(?![\d]|[.,/]\d)", _long),
)
