"""Giờ và khoảng giờ: 7h30, 17h00-17h30, 05:30, 8 giờ 00, 11h45'; phút không thì không đọc; thời lượng và tỷ lệ không phải giờ."""

from __future__ import annotations

import re

from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import DASH, JOINTS, Job, after, before, rule

_H = r"(?: ?(?:h|H|giờ|GIỜ)(?![^\W\d_])|g(?=[0-5]\d))"
_MINUTE = r"(?:(?P<{m}>[0-5]?\d)(?: ?(?:phút|ph|p|PHÚT|['’′])(?!\w))?| (?P<{n}>[0-5]?\d)(?: ?(?:phút|ph|p|PHÚT|['’′])(?!\w)|(?![\w%]|[.,/]\d| ?{dash} ?\d)))"
_AT = r"(?P<{h}>\d{{1,2}})(?:{H}(?:{minute})?|:(?P<{c}>[0-5]\d)(?::(?P<{s}>[0-5]\d))?)"
_END = r"(?!\w|:\d|[.,]\d|-\d{3})"
_JOINT = rf"(?: ?{DASH} ?| (?:đến|tới) (?:hết )?)"


def _point(suffix: str) -> str:
    minute = _MINUTE.format(m=f"m{suffix}", n=f"n{suffix}", dash="[-–—]")
    return _AT.format(h=f"h{suffix}", H=_H, minute=minute, c=f"c{suffix}", s=f"s{suffix}")


def clock_words(hour: int, minute: int, job: Job, second: int = 0) -> str:
    """Bảy giờ ba mươi phút; phút dưới mười có “không”."""
    words = f"{cardinal(hour, job.style)} giờ"
    if minute or second:
        words += f" {'không ' if minute < 10 else ''}{cardinal(minute, job.style)} phút"
    return f"{words} {cardinal(second, job.style)} giây" if second else words


def _value(match: re.Match[str], suffix: str) -> tuple[int, int, int]:
    minute = match[f"m{suffix}"] or match[f"n{suffix}"] or match[f"c{suffix}"]
    return int(match[f"h{suffix}"]), int(minute or 0), int(match[f"s{suffix}"] or 0)


def _one(match: re.Match[str], suffix: str, job: Job) -> str | None:
    """Lời của một giờ; giờ không có trong ngày thì hỏi, trừ thời lượng tròn giờ (48h)."""
    hour, minute, second = _value(match, suffix)
    if match[f"n{suffix}"] and _loose(match, suffix):
        return None
    if hour > 24 or (hour == 24 and minute):
        written = match[f"m{suffix}"] or match[f"n{suffix}"] or ""
        if match[f"c{suffix}"] or len(written) == 1:
            return None
        if written:
            message = f"Không có giờ “{match[0].strip()}” trong ngày. Hãy xem lại."
            job.ask("impossible_time", match, message, dangerous=True)
    return clock_words(hour, minute, job, second)


def _loose(match: re.Match[str], suffix: str) -> bool:
    """“7h 15 hộ”: số cách chữ h một dấu cách và đứng trước vật được đếm thì không phải phút."""
    if match.end() != match.end(f"n{suffix}"):
        return False
    following = re.match(r" ([^\W\d_]+)", after(match))
    return following is not None and (following[1] in _THINGS)


_THINGS = frozenset(
    "hộ người học đại cháu lượt phiếu tổ thôn xe máy em cán xã đồng suất phần bàn con cây kg tấn triệu nghìn tỷ bao thùng hội vị nhân".split()
)


def _clock(match: re.Match[str], job: Job) -> str | None:
    earlier = before(match)
    if match["c1"] and _RATIO.search(earlier):
        return f"{cardinal(int(match['h1']), job.style)} trên {cardinal(int(match['c1']), job.style)}"
    if match["c1"] and _LASTING.search(earlier):
        hour, minute, second = _value(match, "1")
        parts = [(hour, "giờ"), (minute, "phút"), (second, "giây")] if match["s1"] else [(hour, "phút"), (minute, "giây")]
        return " ".join(f"{cardinal(number, job.style)} {unit}" for number, unit in parts if number) or "không giây"
    return _one(match, "1", job)


def _range(match: re.Match[str], job: Job) -> str | None:
    first, last = _one(match, "1", job), _one(match, "2", job)
    if not (first and last):
        return None
    _check_order(match, job, _value(match, "1"), _value(match, "2"))
    return f"{first} đến {last}"


def _check_order(match: re.Match[str], job: Job, first: tuple[int, int, int], last: tuple[int, int, int]) -> None:
    """Hỏi khi giờ sau không muộn hơn giờ trước, trừ khoảng qua đêm (22h đến 5h)."""
    overnight = first[0] >= 17 and last[0] <= 9
    if last <= first and not overnight:
        job.ask("range_order", match, f"Khoảng giờ “{match[0].strip()}” bị ngược. Hãy xem lại.", dangerous=True)


def _short_range(match: re.Match[str], job: Job) -> str | None:
    """7-11h: giờ đầu không mang chữ h."""
    first, last = int(match["a"]), _one(match, "2", job)
    if not last or first > 24:
        return None
    _check_order(match, job, (first, 0, 0), _value(match, "2"))
    return f"{cardinal(first, job.style)} giờ đến {last}"


def _minutes_seconds(match: re.Match[str], job: Job) -> str:
    """25'30'': phút và giây."""
    return f"{cardinal(int(match['n']), job.style)} phút {cardinal(int(match['s']), job.style)} giây"


def _minutes(match: re.Match[str], job: Job) -> str:
    return f"{cardinal(int(match['n']), job.style)} {'giây' if len(match['mark']) > 1 or match['mark'] in '″”' else 'phút'}"


_RATIO = Pattern(r"(?:tỷ lệ|tỉ lệ|pha|bản đồ|tỷ xích|hòa loãng|trộn)(?: [^\W\d_]+){0,4} $")
_LASTING = Pattern(r"(?:thời lượng|độ dài|dài|kéo dài|clip|video|thành tích|về đích)(?: [^\W\d_]+){0,3}:? ?$")

RULES = (
    rule(
        "part_of_day",
        Kind.TIME,
        r"(?<!\w)(?P<p>[SCT])(?=: ?\d{1,2} ?(?:h|H|g|:|giờ))",
        lambda match, _job: {"S": "sáng", "C": "chiều", "T": "tối"}[match["p"]],
        at="SCT",
    ),
    rule(
        "clock_range",
        Kind.TIME,
        rf"(?<![\w:.,/]){_point('1')}{_JOINT}{_point('2')}{_END}",
        _range,
        at="0",
        follow="hHg: g",
    ),
    rule(
        "clock_short_range",
        Kind.TIME,
        rf"(?<![\w:.,/-])(?P<a>\d{{1,2}})(?: ?{DASH} ?| (?:đến|tới) ){_point('2')}{_END}",
        _short_range,
        at="0",
        follow=JOINTS,
    ),
    rule("clock", Kind.TIME, rf"(?<![\w:.,/]){_point('1')}{_END}", _clock, at="0", follow="hHg: "),
    rule(
        "clock_hour",
        Kind.TIME,
        r"(?<![\w:.,/])(?P<h>\d{1,2}) ?(?:h|giờ)(?!\w|[.,]\d)",
        lambda match, job: f"{cardinal(int(match['h']), job.style)} giờ",
        at="0",
        follow="h ",
    ),
    rule(
        "minutes_seconds",
        Kind.TIME,
        r"(?<![\w.,/])(?P<n>\d{1,3})['’′] ?(?P<s>[0-5]?\d)(?:''|[\"”″])",
        _minutes_seconds,
        at="0",
        follow="'’′",
    ),
    rule("minutes", Kind.TIME, r"(?<![\w.,/])(?P<n>\d{1,3})(?P<mark>''|″|['’′])(?!\w)", _minutes, at="0", follow="'″’′"),
)
