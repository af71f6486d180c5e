"""Thứ trong tuần viết tắt: T2-T6, T2, T4, T6, T7 và CN; câu không nói việc lặp theo tuần thì T2 là tháng hai."""

from __future__ import annotations

import re

from broadcaster.reading.model import Kind
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import DASH, Job, rule

_DAY_NAMES = {"2": "hai", "3": "ba", "4": "tư", "5": "năm", "6": "sáu", "7": "bảy"}
_WEEKLY = Pattern(r"(?:buổi|làm việc|hằng tuần|hàng tuần|mỗi tuần|phát|trực|mở cửa|giờ|\d[hg]|\bCN\b|tiếp dân|sáng|chiều|tối)")


def _weekdays(match: re.Match[str], _job: Job) -> str | None:
    """T2-T6 là thứ khi câu nói việc lặp theo tuần; còn lại là tháng."""
    around = match.string[max(0, match.start() - 60) : match.end() + 40]
    if match["b"] and (int(match["b"]) <= int(match["a"]) or not _WEEKLY.search(around)):
        return None
    last = "chủ nhật" if match["sun"] else f"thứ {_DAY_NAMES[match['b']]}"
    return f"thứ {_DAY_NAMES[match['a']]} đến {last}"


def _weekday_list(match: re.Match[str], _job: Job) -> str:
    """T2, T4, T6: thứ hai, thứ tư, thứ sáu."""
    return re.sub(r"T([2-7])", lambda one: f"thứ {_DAY_NAMES[one[1]]}", match[0])


def _lone_weekday(match: re.Match[str], _job: Job) -> str | None:
    """T7 khám buổi sáng: chữ ngay sau là việc trong ngày."""
    return f"thứ {_DAY_NAMES[match['a']]}"


def _one_weekday(match: re.Match[str], _job: Job) -> str:
    """T7, CN."""
    return f"thứ {_DAY_NAMES[match['a']]}"


RULES = (
    rule(
        "sunday",
        Kind.DATE,
        r"(?:(?<=T[2-7] và )|(?<=T[2-7], )|(?<=T[2-7],)|(?<=T[2-7] & ))CN(?!\w)",
        lambda _match, _job: "chủ nhật",
        needs=("CN",),
    ),
    rule("weekday_list", Kind.DATE, r"(?<!\w)T[2-7](?:(?:\s?,\s?|\s?và\s)T[2-7])+(?![\w/]|[.,]\d)", _weekday_list),
    rule("weekdays", Kind.RANGE, rf"(?<!\w)T(?P<a>[2-7])\s?{DASH}\s?(?:T?(?P<b>[3-7])|(?P<sun>CN))(?![\w/]|[.,]\d)", _weekdays),
    rule(
        "weekday", Kind.DATE, r"(?<!\w)T(?P<a>[2-7])(?=(?:\s?[,;&+]\s?|\s?và\s)(?:T[2-7](?:,\s?|\s?và\s))*CN(?!\w))", _one_weekday
    ),
    rule(
        "lone_weekday",
        Kind.DATE,
        r"(?<!\w)T(?P<a>[2-7])(?= (?:khám|nghỉ|trực|họp|tiếp|mở|phát|hằng tuần|hàng tuần|mỗi tuần))",
        _lone_weekday,
    ),
)
