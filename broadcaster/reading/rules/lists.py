"""Đầu dòng: gạch đầu dòng im lặng, số mục đọc số; chữ để trống của biểu mẫu và dấu hết văn bản không đọc."""

from __future__ import annotations

import re

from broadcaster.reading.letters import letter_name
from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal
from broadcaster.reading.rules.base import Job, rule
from broadcaster.reading.rules.roman import roman_value


def _silent(_match: re.Match[str], _job: Job) -> str:
    return ""


def _numbered(match: re.Match[str], job: Job) -> str:
    parts = [cardinal(int(part), job.style) for part in re.findall(r"\d+", match[0])]
    return f"{' chấm '.join(parts)},"


def _roman(match: re.Match[str], job: Job) -> str | None:
    value = roman_value(match["r"])
    return None if value is None else f"{cardinal(value, job.style)},"


def _lettered(match: re.Match[str], _job: Job) -> str:
    return f"{letter_name(match['l'].lower())},"


_START = r"^[ \t]*(?:#{1,6}[ \t]+)?(?:\*\*)?"
_LIST_SIGNS = "•▪●○■□◦►➢✓✔➤❖"

RULES = (
    rule(
        "numbered",
        Kind.MARKER,
        rf"{_START}(?:\d{{1,2}}(?:\.\d{{1,2}}){{0,3}}(?:\.\)|[.)/])[ \t]+(?=[^\W\d_“\"(*])|\d{{1,2}}(?:\.\d{{1,2}}){{1,3}}[ \t]+(?=[A-ZĐÀ-Ỹ])|\d{{1,2}}\.(?=[A-ZĐÀ-Ỹ][a-zà-ỹ]))",
        _numbered,
        re.MULTILINE,
    ),
    rule(
        "roman_marker",
        Kind.MARKER,
        rf"{_START}(?P<r>[IVXL]{{1,6}})(?:(?:[./)]|\s?[-–])[ \t]+(?=\S)|\.(?=[A-ZĐÀ-Ỹ]))",
        _roman,
        re.MULTILINE,
    ),
    rule("lettered", Kind.MARKER, rf"(?:{_START}|(?<=[;:] ))(?P<l>[a-zđ])[.)][ \t]*(?=\S)", _lettered, re.MULTILINE),
    rule(
        "bullet",
        Kind.MARKER,
        rf"^[ \t]*(?:(?:[-–—*{_LIST_SIGNS}⇒→·+]|[=-]>|#{{1,6}})[ \t]+|[{_LIST_SIGNS}])(?=\S)|^[ \t]*[-+–](?=[^\W\d_])",
        _silent,
        re.MULTILINE,
    ),
    rule("inline_mark", Kind.MARKER, r"(?<=[:;] )[-+–] (?=[^\W\d_])", _silent),
    rule("signed", Kind.SILENT, r"\((?:[Đđ]ã ký|[Kk]ý, ?(?:ghi rõ họ tên|đóng dấu|họ tên)|[Kk]ý tên, ?đóng dấu)\)", _silent),
    rule("end_mark", Kind.SILENT, r"\.?/\.(?=\s*(?:$|\n|[”\"]))", _silent),
    rule("blank", Kind.SILENT, r"\.{3,}|…+|_{2,}|\.{2}(?!\d)|(?m:^[ \t]*[-=*_~]{3,}[ \t]*$)", _silent),
)
