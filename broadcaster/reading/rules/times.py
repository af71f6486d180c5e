"""Giờ và khoảng giờ: 7h30, 17h00-17h30, 05:30, 8 giờ 00, 11h45'; phút không thì không đọc."""

from __future__ import annotations

import re

from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal
from broadcaster.reading.rules.base import DASH, Job, rule

_H = r"(?:\s?(?:h|H|giờ)(?![^\W\d_])|g(?=[0-5]\d))"
_AT = r"(?P<{h}>\d{{1,2}})(?:{H}\s?(?P<{m}>[0-5]?\d)?(?:\s?(?:phút|ph|p|')(?!\w))?|:(?P<{c}>[0-5]\d)(?::(?P<{s}>[0-5]\d))?)"


def _point(suffix: str) -> str:
    return _AT.format(h=f"h{suffix}", H=_H, m=f"m{suffix}", c=f"c{suffix}", s=f"s{suffix}")


def clock_words(hour: int, minute: int, job: Job, second: int = 0) -> str:
    """Bảy giờ ba mươi phút; phút dưới mười có “không”."""
    words = f"{cardinal(hour, job.style)} giờ"
    if minute or second:
        words += f" {'không ' if minute < 10 else ''}{cardinal(minute, job.style)} phút"
    return f"{words} {cardinal(second, job.style)} giây" if second else words


def _one(match: re.Match[str], suffix: str, job: Job) -> str | None:
    hour, minute = int(match[f"h{suffix}"]), int(match[f"m{suffix}"] or match[f"c{suffix}"] or 0)
    return clock_words(hour, minute, job, int(match[f"s{suffix}"] or 0)) if hour <= 24 else None


def _clock(match: re.Match[str], job: Job) -> str | None:
    return _one(match, "1", job)


def _range(match: re.Match[str], job: Job) -> str | None:
    first, last = _one(match, "1", job), _one(match, "2", job)
    return f"{first} đến {last}" if first and last else None


def _short_range(match: re.Match[str], job: Job) -> str | None:
    """7-11h: giờ đầu không mang chữ h."""
    first, last = int(match["a"]), _one(match, "2", job)
    return f"{cardinal(first, job.style)} giờ đến {last}" if last and first <= 24 else None


def _minutes(match: re.Match[str], job: Job) -> str:
    return f"{cardinal(int(match['n']), job.style)} {'giây' if len(match['mark']) > 1 or match['mark'] in '″”' else 'phút'}"


RULES = (
    rule("clock_range", Kind.TIME, rf"(?<![\w:.,/]){_point('1')}\s?{DASH}\s?{_point('2')}(?![\w:]|[.,]\d)", _range),
    rule(
        "clock_short_range", Kind.TIME, rf"(?<![\w:.,/-])(?P<a>\d{{1,2}})\s?{DASH}\s?{_point('2')}(?![\w:]|[.,]\d)", _short_range
    ),
    rule("clock", Kind.TIME, rf"(?<![\w:.,/]){_point('1')}(?![\w:]|[.,]\d)", _clock),
    rule("minutes", Kind.TIME, r"(?<![\w.,/])(?P<n>\d{1,3})(?P<mark>''|″|['’′])(?!\w)", _minutes),
)
