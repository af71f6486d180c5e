"""Số, ký hiệu văn bản: đọc số và năm; loại và cơ quan chỉ đọc khi câu chưa nói. Nguồn: kịch bản đọc của đài, báo, đại hội."""

from __future__ import annotations

import re
from string import ascii_letters

from broadcaster.reading.letters import spell
from broadcaster.reading.model import DocumentStyle, Kind
from broadcaster.reading.numbers import cardinal, identifier
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import YEAR, Job, after, before, rule
from broadcaster.reading.rules.calendar import check_date, date_words
from broadcaster.reading.words.codes import DEPARTMENTS, ISSUERS, KINDS, NOUNS, SHORT_NOUNS
from broadcaster.reading.words.syllables import is_syllable

_BARE = Pattern(r"[A-ZĐƯƠÔÂa-zđ0-9&]+")
_CALLED = Pattern(r"(?:số|hiệu|văn bản|công văn|quyết định|giấy phép|hợp đồng|hồ sơ|đơn|phiếu|vb|cv|qđ|gp)[ :]*$")
_CODE = r"[A-ZĐƯ][\wĐđ]{0,20}(?:&[A-ZĐ]\w{0,20}){0,4}"
_KIND = f"(?:{'|'.join(sorted(KINDS, key=len, reverse=True))})"
_TERM = Pattern(r"(?P<issuer>QH|HĐND|UBTVQH)(?P<term>\d{1,2})$")
_NOUN = Pattern(rf"(?:{'|'.join(map(re.escape, sorted((*NOUNS, *SHORT_NOUNS), key=len, reverse=True)))})(?: số)?:? *$")
_HEADER = Pattern(r"(?:^|\n)[ \t]*số *:? *$", re.IGNORECASE)
_NAMED = Pattern(r"(?: *,? *(?:\(?ngày|\d|/|[-.]|tháng|năm)[^,;.()\n]{0,60}?)? *,? *của | *\([^)]{0,40}\) *của ")


_STANDARDS = {
    "QCVN": "quy chuẩn Việt Nam",
    "QCĐP": "quy chuẩn địa phương",
    "TCVN": "tiêu chuẩn Việt Nam",
    "TCCS": "tiêu chuẩn cơ sở",
}


def _document(match: re.Match[str], job: Job) -> str | None:
    if not is_code(match["code"]):
        return None
    kind, issuer = parse_code(match["code"])
    if not (kind or issuer) and ("." in match["n"] or not _CALLED.search(before(match, 24))):
        return None  # 10.000/VNĐ là tiền, 5A/TDP là địa chỉ; 1.234/UBND-VP là số hiệu
    number = identifier(re.sub(r"\D", "", match["n"]), job.style)
    letter = re.sub(r"[\d .]", "", match["n"])
    said = f"{number} {letter.lower()}".strip()
    if match["y"]:
        said = f"{said}, năm {cardinal(int(match['y']), job.style)}"
    dated = _dated(match, job)
    earlier = before(match, 90)
    if _HEADER.search(earlier):
        return ", ".join(filter(None, (said, " ".join(filter(None, (kind, issuer)))))) + dated
    if kind and not _NOUN.search(earlier.rstrip(' ("“')) and not earlier.rstrip().endswith("số"):
        said = f"{kind} số {said}"
    if job.style.documents is DocumentStyle.SPELLED:
        return ", ".join(filter(None, (said, kind, issuer))) + dated
    said += dated
    if not issuer or _NAMED.match(after(match, 90)) or _issued_by(issuer, earlier):
        return said
    return f"{said} của {issuer}"


def _issued_by(issuer: str, earlier: str) -> bool:
    """“Chính phủ ban hành Nghị định số …”: cơ quan đã đứng trước trong câu."""
    clause = re.split(r"[.;\n]", earlier)[-1]
    short = next((short for short, name in ISSUERS.items() if name == issuer), issuer).lower()
    return bool(
        re.search(
            rf"(?:{re.escape(issuer.lower())}|\b{re.escape(short)}\b)[^,]{{0,40}}(?:ban hành|ra|ký|có|công bố|trình)\b", clause
        )
    )


def is_code(code: str) -> bool:
    """Ký hiệu văn bản viết bằng chữ hoa không dấu thanh; “Người”, “Tổ”, “CÔNG TÁC” sau gạch chéo là chữ thường dùng."""
    first, *more = re.split(r"[-–/. ]+", code)
    known = first in KINDS or first in ISSUERS or first in DEPARTMENTS or _TERM.match(first) is not None
    return known or (
        sum(map(str.isupper, first)) > 1 and not (is_syllable(first.lower()) and not more) and _BARE.fullmatch(first) is not None
    )


def _dated(match: re.Match[str], job: Job) -> str:
    """“ngày 15/7/2021” đứng ngay sau số hiệu thì đọc trước cơ quan ban hành."""
    if not match["d"]:
        return ""
    day, month, year = int(match["d"]), int(match["m"]), int(match["dy"])
    check_date(match, job, day, month, year)
    return f" ngày {date_words(day, month, year, job)}" if 1 <= month <= 12 else f" {identifier(match['d'], job.style)}"


def parse_code(code: str) -> tuple[str, str]:
    """Ký hiệu → (loại văn bản, cơ quan ban hành); phần nào không nhận ra thì rỗng."""
    parts = [part for part in re.split(r"[-–/. ]+", code) if part]
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


def _standard(match: re.Match[str], job: Job) -> str:
    """QCVN 01-1:2018/BYT: số, phần, năm, cơ quan ban hành; câu đã nói “quy chuẩn” thì ký hiệu đọc từng chữ."""
    kind = _STANDARDS[match["std"]]
    if " ".join(kind.split()[:2]) in before(match):
        kind = spell(match["std"])
    part = f" gạch {identifier(match['p'], job.style)}" if match["p"] else ""
    year = f", năm {cardinal(int(match['y']), job.style)}" if match["y"] else ""
    return f"{kind} {identifier(match['n'], job.style)}{part}{year}" + _of_issuer(match)


def _of_issuer(match: re.Match[str]) -> str:
    return f" của {ISSUERS[match['org']]}" if match["org"] in ISSUERS else f", {spell(match['org'])}" if match["org"] else ""


def _numbered_year(match: re.Match[str], job: Job) -> str | None:
    """Thông tư 06/2025, NĐ 178/2024: số và năm, không phải tháng sáu."""
    if not _LAW.search(before(match, 40)):
        return None
    return f"{identifier(match['n'], job.style)}, năm {cardinal(int(match['y']), job.style)}"


_LAW = Pattern(
    r"(?:nghị định|thông tư(?: liên tịch)?|quyết định|luật|bộ luật|nghị quyết|chỉ thị|công điện|pháp lệnh"
    r"|(?<!\w)(?:tt|nđ|qđ|nq|ct|ttlt|cv))(?: số)?:? $"
)

RULES = (
    rule(
        "standard",
        Kind.CODE,
        rf"(?<!\w)(?P<std>QCVN|QCĐP|TCVN|TCCS)[ :]? ?(?P<n>\d{{1,5}})(?:-(?P<p>\d{{1,2}}))?(?:: ?(?P<y>{YEAR}))?(?:/(?P<org>[A-ZĐ]{{2,8}}))?(?![\w/]|[.,]\d)",
        _standard,
        needs=("QC", "TC"),
        at="QT",
    ),
    rule(
        "numbered_year",
        Kind.DOCUMENT,
        rf"(?<![\w/.,-])(?P<n>\d{{1,4}}) ?/ ?(?P<y>{YEAR})(?! ?[/-] ?[A-ZĐ]|[\d/]|[.,]\d)",
        _numbered_year,
        at="0",
        follow="/ ",
    ),
    rule(
        "document",
        Kind.DOCUMENT,
        rf"(?<![\d/.,])(?P<n>\d{{1,3}}(?:\.\d{{3}})+(?= ?/)|\d{{1,5}}[A-Za-z]?)(?: ?[/.] ?(?P<y>{YEAR}))?(?: ?/ ?| ?[-–.] ?(?=(?:{_KIND}|[A-ZĐ][\wĐ]*) ?/)| ?[-–.] ?(?={_KIND} ?[-–]))"
        rf"(?P<code>{_CODE}(?: ?[-–/] ?{_CODE}|\.{_CODE}){{0,6}})(?!\w)"
        rf"(?:,? +(?:ban hành )?ngày +(?P<d>\d{{1,2}}) ?(?P<s>[/.-]) ?(?P<m>\d{{1,2}}) ?(?P=s) ?(?P<dy>{YEAR})(?![\d/]))?",
        _document,
        at="0",
        follow=" /.-–" + ascii_letters,
    ),
)
