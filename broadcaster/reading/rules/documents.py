"""Số, ký hiệu văn bản: đọc số và năm; loại và cơ quan chỉ đọc khi câu chưa nói. Nguồn: kịch bản đọc của đài, báo, đại hội."""

from __future__ import annotations

import re

from broadcaster.reading.model import DocumentStyle, Kind
from broadcaster.reading.numbers import cardinal, identifier
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import YEAR, Job, after, before, rule
from broadcaster.reading.rules.dates import check_date, date_words
from broadcaster.reading.words.codes import DEPARTMENTS, ISSUERS, KINDS, NOUNS, SHORT_NOUNS

_CODE = r"[A-ZĐƯ][\wĐđ]*(?:&[A-ZĐ]\w*)*"
_KIND = f"(?:{'|'.join(sorted(KINDS, key=len, reverse=True))})"
_KIND = f"(?:{'|'.join(sorted(KINDS, key=len, reverse=True))})"
_TERM = Pattern(r"(?P<issuer>QH|HĐND|UBTVQH)(?P<term>\d{1,2})$")
_NOUN = Pattern(rf"(?:{'|'.join(map(re.escape, sorted((*NOUNS, *SHORT_NOUNS), key=len, reverse=True)))})(?: số)?:?\s*$")
_HEADER = Pattern(r"(?:^|\n)[ \t]*số\s*:?\s*$", re.IGNORECASE)
_NAMED = Pattern(r"(?:\s*,?\s*(?:\(?ngày|\d|/|[-.]|tháng|năm)[^,;.()\n]{0,40}?)?\s*,?\s*của\s|\s*\([^)]{0,40}\)\s*của\s")


def _document(match: re.Match[str], job: Job) -> str:
    number = identifier(re.sub(r"\D", "", match["n"]), job.style)
    letter = re.sub(r"[\d\s]", "", match["n"])
    said = f"{number} {letter.lower()}".strip()
    if match["y"]:
        said = f"{said}, năm {cardinal(int(match['y']), job.style)}"
    kind, issuer = parse_code(match["code"])
    dated = _dated(match, job)
    earlier = before(match, 60)
    if _HEADER.search(earlier):
        return ", ".join(filter(None, (said, " ".join(filter(None, (kind, issuer)))))) + dated
    if kind and not _NOUN.search(earlier.rstrip(' ("“')) and not earlier.rstrip().endswith("số"):
        said = f"{kind} số {said}"
    if job.style.documents is DocumentStyle.SPELLED:
        return ", ".join(filter(None, (said, kind, issuer))) + dated
    said += dated
    return f"{said} của {issuer}" if issuer and not _NAMED.match(after(match, 70)) else said


def _dated(match: re.Match[str], job: Job) -> str:
    """“ngày 15/7/2021” đứng ngay sau số hiệu thì đọc trước cơ quan ban hành."""
    if not match["d"]:
        return ""
    day, month, year = int(match["d"]), int(match["m"]), int(match["dy"])
    check_date(match, job, day, month, year)
    return f" ngày {date_words(day, month, year, job)}" if 1 <= month <= 12 else f" {identifier(match['d'], job.style)}"


def parse_code(code: str) -> tuple[str, str]:
    """Ký hiệu → (loại văn bản, cơ quan ban hành); phần nào không nhận ra thì rỗng."""
    parts = [part for part in re.split(r"[-–/.\s]+", code) if part]
    kind = KINDS.get(parts[0], "") if parts[0] not in ISSUERS or (len(parts) > 1 and parts[1] in ISSUERS) else ""
    names = parts[1:] if kind else parts
    if not names and kind:
        return kind, ""
    issuers = [name for part in names if part not in DEPARTMENTS and (name := _issuer(part))]
    return kind, " và ".join(issuers) if "liên tịch" in kind else next(iter(issuers), "")


def _issuer(part: str) -> str:
    if (term := _TERM.match(part)) is not None:
        return f"{ISSUERS.get(term['issuer'], '')} khóa {cardinal(int(term['term']))}"
    return ISSUERS.get(part, "")


RULES = (
    rule(
        "document",
        Kind.DOCUMENT,
        rf"(?<![\d/.,])(?P<n>\d{{1,5}}[A-Za-z]?)(?:\s?[/.]\s?(?P<y>{YEAR}))?(?:\s?/\s?|\s?[-–.]\s?(?=(?:{_KIND}|[A-ZĐ][\wĐ]*)\s?/)|\s?[-–.]\s?(?={_KIND}\s?[-–]))"
        rf"(?P<code>{_CODE}(?:\s?[-–/]\s?{_CODE}|\.{_CODE})*)(?!\w)"
        rf"(?:,?\s+(?:ban hành )?ngày\s+(?P<d>\d{{1,2}})\s?(?P<s>[/.-])\s?(?P<m>\d{{1,2}})\s?(?P=s)\s?(?P<dy>{YEAR})(?![\d/]))?",
        _document,
    ),
)
