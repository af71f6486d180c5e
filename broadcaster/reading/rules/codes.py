"""Mã và biển số: đường, lý trình, biển số xe, chữ liền số (5G, H5N1, B1), ký hiệu lớp học."""

from __future__ import annotations

import re
from string import ascii_uppercase

from broadcaster.reading.letters import spell
from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal, digits, identifier
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job, before, rule
from broadcaster.reading.words.codes import KINDS
from broadcaster.reading.words.units import UNITS

_ROADS = {
    "QL": "quốc lộ",
    "TL": "tỉnh lộ",
    "ĐT": "đường tỉnh",
    "DT": "đường tỉnh",
    "HL": "hương lộ",
    "ĐH": "đường huyện",
    "ĐX": "đường xã",
    "CT": "cao tốc",
}


_NUMBERED = frozenset({"NQ", "QĐ", "NĐ", "KH", "CV", "KL"})
_SEED = Pattern(r"(?:lúa|giống|ngô|đậu tương|lạc)[^;\n]*$")
_CODE_WORD = Pattern(r"mã(?: hồ sơ| hs| số| đơn| vạch| bưu gửi)? ?:? $")
_MEASURED = Pattern(r"(?P<n>\d+)(?P<u>[A-Z]{1,2})")


def _road(match: re.Match[str], job: Job) -> str:
    letter = f" {spell(match['l'])}" if match["l"] else ""
    kind, earlier = _ROADS[match["kind"]], before(match, 14)
    if earlier.endswith(f"{kind} ") or _SEED.search(before(match, 60)):
        kind = spell(match["kind"])
    elif earlier.endswith("đường "):
        kind = kind.removeprefix("đường ")
    return f"{kind} {identifier(match['n'], job.style)}{letter}"


def _chainage(match: re.Match[str], job: Job) -> str:
    offset = f" cộng {cardinal(int(match['m']), job.style)}" if match["m"] else ""
    return f"ki lô mét {cardinal(int(match['km']), job.style)}{offset}"


def _plate(match: re.Match[str], _job: Job) -> str:
    return " ".join(digits(part) if part.isdigit() else spell(part) for part in re.findall(r"\d+|[^\W\d_]+", match[0]))


def _mixed(match: re.Match[str], job: Job) -> str | None:
    """Chữ liền số; đơn vị viết hoa (5MB, 9W) và tiền (150K) không phải mã."""
    measured = _MEASURED.fullmatch(match[0])
    if match[0] == "0C":
        return None
    if measured is not None and (measured["u"] in UNITS or (measured["u"] == "K" and int(measured["n"]) >= 10)):
        return None
    parts = re.findall(r"\d+|[^\W\d_]+", match[0])
    known = job.lexicon.meaning(parts[0]) if len(parts) == 2 and len(parts[0]) > 2 and parts[0].isupper() else None
    if known is None and len(parts) == 2 and parts[0] in _NUMBERED:
        known = KINDS[parts[0]]
    if known is not None:
        return f"{known} {identifier(parts[1], job.style)}"
    return " ".join(
        identifier(part, job.style) if part.isdigit() and len(part) < 5 else digits(part) if part.isdigit() else spell(part)
        for part in parts
    )


def _file_code(match: re.Match[str], job: Job) -> str | None:
    """H35.12-250612-0045 sau chữ “mã”: từng chữ, từng số, không có giá trị nào trong đó."""
    return _plate(match, job) if _CODE_WORD.search(before(match, 16)) else None


def _generations(match: re.Match[str], job: Job) -> str:
    """4G/5G: các thế hệ mạng, kể lần lượt."""
    return ", ".join(f"{cardinal(int(number), job.style)} {spell('G')}" for number in re.findall(r"\d+", match[0]))


def _article(match: re.Match[str], job: Job) -> str:
    """K1 Đ25: khoản và điều của luật."""
    clause = f"khoản {cardinal(int(match['k']), job.style)} " if match["k"] else ""
    return f"{clause}điều {cardinal(int(match['d']), job.style)}"


def _line_article(match: re.Match[str], job: Job) -> str:
    """Đ1. đứng đầu dòng của quy ước, nội quy."""
    return f"điều {cardinal(int(match['d']), job.style)}"


def _serial(match: re.Match[str], _job: Job) -> str:
    """Số BK 123456: số seri của giấy chứng nhận, từng chữ từng số."""
    return f"{spell(match['l'])} {digits(match['n'])}"


def _code_range(match: re.Match[str], job: Job) -> str | None:
    """LK01-LK24: hai mã cùng chữ đầu là một khoảng."""
    first, last = (f"{spell(match['l'])} {identifier(match[name], job.style)}" for name in ("a", "b"))
    return f"{first} đến {last}" if int(match["a"]) < int(match["b"]) else None


def _test_result(match: re.Match[str], job: Job) -> str | None:
    """Test nhanh (-), PCR (+): âm tính, dương tính; không nói về xét nghiệm thì hỏi."""
    sign = match["s"] or match["t"]
    said = "dương tính" if sign == "+" else "âm tính"
    if _TESTED.search(before(match, 60)):
        return said
    if match["s"] is None:
        return None
    job.ask("sign", match, f"“{match[0]}” nghĩa là gì? Hãy viết bằng chữ.", suggestions=(said, "có" if sign == "+" else "không"))
    return ""


_TESTED = Pattern(r"(?:test|xét nghiệm|xn|pcr|kết quả|nhanh|hiv|hbsag|covid|dương tính|âm tính|mẫu|kháng nguyên|rh)[^.\n]{0,40}$")

RULES = (
    rule("generations", Kind.CODE, r"(?<![\w/.,])\dG(?: ?/ ?\dG)+(?![\w/])", _generations, needs=("G/", "G /"), at="0"),
    rule("serial", Kind.CODE, r"(?<=[Ss]ố )(?P<l>[A-ZĐ]{1,2}) (?P<n>\d{6,8})(?!\w)", _serial, at="ABCDEFGHIKLMNOPQRSTUVXYĐ"),
    rule(
        "code_range",
        Kind.CODE,
        r"(?<!\w)(?P<l>[A-ZĐ]{1,3})(?P<a>\d{1,3}) ?[-–] ?(?P=l)(?P<b>\d{1,3})(?!\w)",
        _code_range,
        at="ABCDEGHIKLMNOPQRSTUVXYĐ",
    ),
    rule("line_article", Kind.CODE, r"(?:(?<=\n)|(?<=[.:] )|^)Đ(?P<d>\d{1,3})(?=[.:] )", _line_article, at="Đ"),
    rule("article", Kind.CODE, r"(?<!\w)K(?P<k>\d{1,2}),? ?Đ(?P<d>\d{1,3})(?!\w)", _article, at="K"),
    rule(
        "file_code",
        Kind.CODE,
        r"(?<![\w.,/-])[A-Z]{0,4}\d[\dA-Z]{0,20}(?:[.-][\dA-Z]{1,20}){1,5}(?!\w)",
        _file_code,
        needs=("mã", "Mã", "MÃ"),
    ),
    rule(
        "road",
        Kind.CODE,
        r"(?<!\w)(?P<kind>QL|TL|ĐT|DT|HL|ĐH|ĐX|CT)[. -]?(?P<n>\d{1,3})(?P<l>[A-Z])?(?!\w|[.,]\d| ?%)",
        _road,
        at="QTĐDHC",
    ),
    rule(
        "chainage",
        Kind.CODE,
        r"(?<!\w)(?:(?:Km|KM) ?|km )(?P<km>\d{1,4})(?: ?\+ ?(?P<m>\d{1,3}))?(?!\w|[.,]\d)",
        _chainage,
        at="Kk",
    ),
    rule(
        "plate",
        Kind.CODE,
        r"(?<!\w)\d{2}-?[A-ZĐ]{1,2}\d? ?[- ] ?\d{3}\.?\d{2}(?!\w)|(?<!\w)\d{2}[A-ZĐ]{1,2}\d?-\d{4}(?!\w)",
        _plate,
        at="0",
        follow="-" + ascii_uppercase + "Đ",
    ),
    rule(
        "mixed",
        Kind.CODE,
        r"(?<![\w/.,°º])(?:[A-ZĐ]{1,5}[-.]?\d{1,9}(?:[A-ZĐ]{1,3}\d{0,4}){0,4}|[A-ZĐ]{1,2}/[A-Z]\d[A-Z]\d|\d{1,3}[A-ZĐ]{1,2}\d{0,2}(?![a-zà-ỹ]))(?!\w|[.,]\d|/\d)",
        _mixed,
        at="0ABCDEFGHIKLMNOPQRSTUVWXYZĐJ",
    ),
    rule(
        "variant",
        Kind.CODE,
        r"(?<![\w.])(?P<l>[A-Z]{1,4})(?P<n>(?:\.\d{1,2}){2,3})(?!\w)",
        lambda match, job: " chấm ".join([spell(match["l"]), *(identifier(n, job.style) for n in match["n"][1:].split("."))]),
        at="ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    ),
    rule("trace_elements", Kind.CODE, r"(?<=\d) ?\+ ?TE(?!\w)", lambda _match, _job: "cộng tê e", needs=("TE",)),
    rule(
        "test_result",
        Kind.SYMBOL,
        r"\((?P<s>[-–−+])\)|(?<=[^\W\d_] )(?P<t>[-–−+])(?=[,.;)]|$)",
        _test_result,
        re.MULTILINE,
        at="!(-–−+",
    ),
)
