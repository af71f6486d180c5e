"""Đầu dòng và đầu mục: gạch đầu dòng im lặng, số mục đọc số; chữ ký, dấu hết văn bản không đọc; chỗ để trống thì hỏi."""

from __future__ import annotations

import re

from broadcaster.reading.letters import letter_name
from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal
from broadcaster.reading.rules.base import Job, after, before, rule
from broadcaster.reading.rules.roman import roman_value


def _silent(_match: re.Match[str], _job: Job) -> str:
    return ""


def _numbered(match: re.Match[str], job: Job) -> str:
    parts = [cardinal(int(part), job.style) for part in re.findall(r"\d+", match[0])]
    return f"{' chấm '.join(parts)},"


def _roman(match: re.Match[str], job: Job) -> str | None:
    value = roman_value(match["r"])
    return None if value is None else f"{cardinal(value, job.style)},"


def _lettered(match: re.Match[str], _job: Job) -> str | None:
    """“a) …”, “c, Cây hằng năm”; “gặp a. Tuấn” là anh Tuấn, việc của luật khác."""
    return f"{letter_name(match['l'].lower())},"


def _blank(match: re.Match[str], job: Job) -> str:
    """Chấm lửng cuối lời là vân vân; chỗ chấm trước hay sau một đơn vị, một chữ “ngày” là ô chưa điền."""
    earlier, later = before(match, 24).rstrip(), after(match, 24).lstrip()
    if re.search(_EXPECTING, earlier) or re.match(_COUNTED, later):
        _ask_blank(match, job)
    return ""


def _empty(match: re.Match[str], job: Job) -> str:
    _ask_blank(match, job)
    return "năm" if match.groupdict().get("year") is not None else ""


def _ask_blank(match: re.Match[str], job: Job) -> None:
    if not any(doubt.code == "blank" for doubt in job.doubts):
        job.ask("blank", match, "Có chỗ để trống chưa điền (dấu chấm, khoảng trắng). Hãy điền hoặc bỏ đi.")


_EXPECTING = r"(?:\w:|\b(?:ngày|tháng|năm|số|lúc|hồi|từ|đến|khoảng|gồm|có|đạt|tổng|bằng|là|giờ|bà|ông|tại|/))$"
_COUNTED = r"(?:giờ|phút|ngày|tháng|năm|%|đồng|người|hộ|triệu|nghìn|tỷ|ha\b|kg|m2|tổ|/)"

_START = r"^[ \t]*(?:#{1,6}[ \t]+)?(?:\*\*)?"
_INLINE = r"(?:(?<=[:;.] )|(?<=: \()|(?<=; \())"
_LIST_SIGNS = "•▪●○■□◦►➢✓✔➤❖"

RULES = (
    rule(
        "numbered",
        Kind.MARKER,
        rf"{_START}(?:\d{{1,2}}(?:\.\d{{1,2}}){{0,3}}(?:\.\)|/\.|[.)/])[ \t]+(?=[^\W\d_“\"(*])|\d{{1,2}}(?:\.\d{{1,2}}){{1,3}}[ \t]+(?=[A-ZĐÀ-Ỹ])|\d{{1,2}}[./](?=[A-ZĐÀ-Ỹ][a-zà-ỹđ]))",
        _numbered,
        re.MULTILINE,
        at="^",
    ),
    rule(
        "numbered_inline",
        Kind.MARKER,
        rf"(?:{_INLINE}\d{{1,2}}(?:\) ?|\. |/(?: |(?=[A-ZĐÀ-Ỹ][a-zà-ỹđ])))|(?<=, )\d{{1,2}}/ )(?=[^\W\d_“\"])(?![A-ZĐ]{{2,9}}[-/])",
        _numbered,
        at="0",
        follow="/).",
    ),
    rule(
        "roman_marker",
        Kind.MARKER,
        rf"{_START}(?P<r>[IVXL]{{1,6}})(?:(?:[./)]| ?[-–])[ \t]+(?=\S)|[./](?=[A-ZĐÀ-Ỹ]))",
        _roman,
        re.MULTILINE,
        at="^",
    ),
    rule(
        "lettered",
        Kind.MARKER,
        rf"{_START}(?P<l>[a-zđ])(?:[.)/][ \t]*(?=\S)|,[ \t]+(?=[A-ZĐÀ-Ỹ]))",
        _lettered,
        re.MULTILINE,
        at="^",
    ),
    rule(
        "lettered_inline",
        Kind.MARKER,
        rf"{_INLINE}(?P<l>[a-zđ])(?:\) ?(?=[^\W\d_“\"])|[/.] (?=[A-ZĐÀ-Ỹ“\"]))",
        _lettered,
        at="abcdefghiklmnopqrstuvxyđ",
    ),
    rule("capital_marker", Kind.MARKER, rf"{_START}(?P<l>[A-ZĐ])[.)/][ \t]+(?=\S)", _lettered, re.MULTILINE, at="^"),
    rule(
        "bullet",
        Kind.MARKER,
        rf"^[ \t]*(?:(?:[-–—*{_LIST_SIGNS}⇒→·+]|[=-]>|#{{1,6}})[ \t]+|[{_LIST_SIGNS}])(?=\S)|^[ \t]*[-+–*](?=[^\W\d_])|^[ \t]*-(?=\d{{1,2}}[/h])",
        _silent,
        re.MULTILINE,
        at="^",
    ),
    rule("inline_mark", Kind.MARKER, r"(?<=[:;] )[-+–] (?=[^\W_])", _silent),
    rule(
        "signed",
        Kind.SILENT,
        r"\((?:[Đđ]ã ký|[Kk]ý, ?(?:ghi rõ họ tên|đóng dấu|họ tên)|[Kk]ý tên, ?đóng dấu)\)",
        _silent,
        needs=("ký",),
    ),
    rule("end_mark", Kind.SILENT, r"\.?/\.(?= *(?:$|\n|[”\")]))", _silent, needs=("/.",)),
    rule(
        "no_number",
        Kind.SKIPPED,
        r"(?<![^ \t\n(])[sS]ố ?:? ?[.…_ \t]{0,60}/ ?(?=[A-ZĐ]{2})[A-ZĐ][\wĐđ-]{1,24}",
        _empty,
        needs=("/",),
        at="sS",
    ),
    rule(
        "empty_date", Kind.SILENT, r"(?:[Nn]gày|NGÀY)[ \t.…_]{1,40}tháng[ \t.…_]{1,40}(?=năm)", _empty, needs=("tháng",), at="nN"
    ),
    rule("empty_percent", Kind.SILENT, r"(?<!điểm )(?<!lệ )(?<=[^\W\d_][ \t])%(?= ?(?:[.;,)]|$|\n))", _empty, at="!%"),
    rule(
        "empty_slashes",
        Kind.SILENT,
        r"(?:\.{2,60}|[…_]{1,60}) ?/ ?(?:\.{2,60}|[…_]{1,60})(?: ?/ ?(?:\.{2,60}|[…_]{1,60}|(?P<year>(?=20\d\d))))?",
        _empty,
        needs=("/",),
    ),
    rule(
        "blank",
        Kind.SILENT,
        r"\.{3,1000}|…+|_{2,1000}|\.{2}(?!\d)|(?m:^[ \t]*[-=*_~]{3,1000}[ \t]*$)",
        _blank,
        needs=("..", "…", "__", "--", "==", "**", "~~"),
    ),
)
