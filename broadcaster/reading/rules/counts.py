"""Số đếm, khoảng số, danh sách số, phiên bản; 500,000 có hai nghĩa, TDP 1 - TDP 5 là một khoảng."""

from __future__ import annotations

import re

from broadcaster.reading.claims import Said
from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal, identifier, number_words, parse_number
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import DASH, JOINTS, NUM, Job, after, before, rule
from broadcaster.reading.rules.numeric import num, numbers_of
from broadcaster.reading.words.units import ALL_UNITS


def _spaced(match: re.Match[str], job: Job) -> str | None:
    """3 200 hộ: dấu cách ngăn hàng nghìn, trừ khi số đầu là số hiệu (“tổ 3 200 hộ” thì phải hỏi)."""
    if _NUMBERED_NOUN.search(before(match, 20)):
        job.ask("number_spaces", match, f"“{match[0]}” là một số hay hai số? Hãy thêm dấu chấm hoặc dấu phẩy.", dangerous=True)
    return number_words(num(match[0]), job.style)


def _range(match: re.Match[str], job: Job) -> str | None:
    first, last = match["a"], match["b"]
    if any(len(part) > 1 and part[0] == "0" and part.isdigit() for part in (first, last)):
        if not (first.isdigit() and last.isdigit()):
            return None
        said = _count if _is_count(match) else _code
        return f"{said(first, job)} đến {said(last, job)}"
    words = numbers_of(match, job)
    if words is None:
        return None
    noun = re.search(r"(?<!hệ )(?<!\w)(cấp|số) $", before(match, 12))
    if noun is None:
        return words
    head, _, tail = words.partition(" đến ")
    return f"{head} đến {noun[1]} {tail}"


def _count(text: str, job: Job) -> str:
    """06 như số đếm: sáu."""
    return cardinal(int(text), job.style)


def _code(text: str, job: Job) -> str:
    """06 như số hiệu: không sáu."""
    return identifier(text, job.style)


def _repeated_noun(match: re.Match[str], job: Job) -> str | None:
    """TDP 1 - TDP 5, KDC 2-KDC 4: cùng một chữ ở hai đầu là một khoảng; chữ ấy luật khác đọc."""
    noun = match["w"]
    if not re.search(rf"(?<!\w){re.escape(noun.lower())} ?(?:số )?$", before(match, len(noun) + 5)):
        return None
    if int(match["b"]) <= int(match["a"]):
        job.ask("range_order", match, f"Khoảng từ {noun} {match['a']} đến {noun} {match['b']} bị ngược.", dangerous=True)
    joint = "gặp" if _FIXTURE.match(after(match, 24)) or _PLAYED.search(before(match, 60)) else "đến"
    return f"{identifier(match['a'], job.style)} {joint}"


def _list(match: re.Match[str], job: Job) -> str:
    return ", ".join(identifier(part, job.style) for part in re.findall(r"\d+", match[0]))


def _number_list(match: re.Match[str], job: Job) -> str | None:
    """Tổ 1,2,3 là danh sách; 1,250,000 là hàng nghìn kiểu Anh, luật khác."""
    return None if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+", match[0]) else _list(match, job)


def _pair_list(match: re.Match[str], job: Job) -> str | None:
    """“các tổ 3,4” là hai tổ; “3,4 tỷ” là số thập phân."""
    return _list(match, job) if _MANY.search(before(match, 24)) else None


def _comma_number(match: re.Match[str], job: Job) -> str | Said:
    """2,500 người, 1,250,000: hàng nghìn và nhắc; 1,250 tấn, 1,250: hai nghĩa thì hỏi; 12,345 ha: phần lẻ."""
    groups = match[0].split(",")
    thousands = cardinal(int("".join(groups)), job.style)
    following = re.match(r" ?([^\W\d_]+|%)", match.string[match.end() : match.end() + 12])
    unit = following is not None and (following[1] in ALL_UNITS or following[1] in _DECIMAL)
    if len(groups) > 2 or (following is not None and not unit and following[1].islower() and following[1] not in _JOINING):
        message = f"“{match[0]}” viết dấu phẩy ngăn hàng nghìn: đang đọc “{thousands}”. Nên viết dấu chấm."
        job.ask("comma_thousands", match, message, suggestions=(match[0].replace(",", "."),))
        return thousands
    said = number_words(num(match[0]), job.style)
    return said if unit and groups[1][-1] != "0" else job.choose(match, said, thousands)


def _plus_and(match: re.Match[str], _job: Job) -> str | None:
    """khu 3+4, tầng 2 & 3: “và”; 3+4 = 7 để nguyên là phép cộng."""
    named = re.search(r"(?:tổ|khu|tầng|lớp|xóm|thôn|tdp|số|khối|đội|kdc|ngày|tiết|phòng|ấp) \d{1,2}$", before(match, 16))
    return "và" if named else None


def _section(match: re.Match[str], job: Job) -> str | None:
    return _version(match, job) if _SECTION.search(before(match, 12)) else None


def _version(match: re.Match[str], job: Job) -> str:
    return " chấm ".join(identifier(part, job.style) if part != "0" else "không" for part in match[0].split("."))


def _number(match: re.Match[str], job: Job) -> str:
    text = match[0]
    number = parse_number(text, 0)
    if number is None or number.end != len(text) or number.doubt:
        job.ask("number_format", match, f"Số “{text}” có thể hiểu nhiều cách. Hãy viết lại.", dangerous=True)
        return " ".join(identifier(part, job.style) for part in re.findall(r"\d+", text))
    if number.leading_zero and not _is_count(match):
        return identifier(text, job.style)
    return number_words(number, job.style)


def _is_count(match: re.Match[str]) -> bool:
    """“02 suất quà”, “02 ngày” là đếm; “Đề án 06”, “tổ 05”, “Chỉ thị 05 năm 2016” là số hiệu."""
    following = re.match(r" \(?([a-zà-ỹđ]+)", after(match, 14))
    if following is None or following[1] in _AFTER_NUMBER:
        return False
    return not _NUMBERED_NOUN.search(before(match, 20))


def _more(match: re.Match[str], job: Job) -> str:
    """500+ hộ: hơn năm trăm hộ."""
    more = "" if before(match, 6).endswith(("hơn ", "trên ")) else "hơn "
    return more + number_words(num(match["a"]), job.style)


_FIXTURE = Pattern(r"[^\W\d_]+ ?(?:số )?\d{1,3} ?[:(]? ?\d{1,2} ?- ?\d")
_PLAYED = Pattern(r"(?:thi đấu|bóng đá|bóng chuyền|kéo co|trận|lượt đi|lượt về|chung kết|bán kết|cặp đấu)[^.\n]*$")
_DECIMAL = frozenset("triệu tỷ tỉ nghìn đồng đ điểm độ lần phần".split())
_JOINING = frozenset("và đến tới hoặc là thì so với của trên dưới tăng giảm".split())
_MANY = Pattern(
    r"(?:các (?:tổ|khu|thôn|điều|khoản|điểm|lớp|mục|cụm|ngõ|số)[\d ,;]*(?<! )|tổ dân phố|tdp|mức độ|tháng|tổ số|phố số|khối|loại|nhóm|hạng|đợt|tuần|câu|bài|trang|khóa) $"
)
_SECTION = Pattern(r"(?:mục|điểm|khoản|phần|bảng|hình|phụ lục|biểu) $")
_AFTER_NUMBER = frozenset("của và về là đã cho tại theo đến từ trên do có được".split())
_NUMBERED_NOUN = Pattern(
    r"(?:đề án|chỉ thị|số|nghị quyết|nghị định|tổ|mẫu|bài|phòng|ngõ|mã|kế hoạch|thông tư|quyết định|công điện|luật|chương trình|lớp|đội|khu|tdp|"
    r"cụm|lô|thôn|phố|quốc lộ|ca|đợt|cấp|điều|khoản|mục|biểu|kết luận|hướng dẫn|tổ dân phố) $"
)

RULES = (
    rule("plus_and", Kind.SYMBOL, r"(?<=\d) ?[+&] ?(?=\d{1,2}(?![\d.,/%]))", _plus_and, needs=("+", "&")),
    rule(
        "repeated_noun",
        Kind.NUMBER,
        rf"(?<![\w.,/-])(?P<a>\d{{1,4}}) ?(?:{DASH}|đến|tới) ?(?=(?P<w>[^\W\d_]{{1,12}}) ?(?:số )?(?P<b>\d{{1,4}})(?![\d/]|[.,]\d))",
        _repeated_noun,
        at="0",
        follow=JOINTS + "đt",
    ),
    rule("number_list", Kind.NUMBER, r"(?<![\d/.,-])\d{1,3}(?:,\d{1,3}){2,40}(?![\d%]|[.,]\d)", _number_list, at="0", follow=","),
    rule("pair_list", Kind.NUMBER, r"(?<![\d/.,-])\d{1,2},\d{1,2}(?![\d,%])", _pair_list, at="0", follow=","),
    rule(
        "comma_number",
        Kind.NUMBER,
        r"(?<![\w/.,-])[1-9]\d{0,2}(?:,\d{3}){1,5}(?![\w/]|[.,-]\d| ?%)",
        _comma_number,
        at="0",
        follow=",",
    ),
    rule("dashed", Kind.NUMBER, r"(?<![\d/.,-])\d{1,3}(?:-\d{1,3}){2,4}(?![\d%]|[.,/-]\d)", _list, at="0", follow="-"),
    rule(
        "range",
        Kind.RANGE,
        rf"(?P<sign>(?!))?(?<![\d/.,-])(?P<a>{NUM}) ?(?P<joint>{DASH}) ?(?P<b>{NUM})(?![\w/]|{DASH}\d|[.,]\d)",
        _range,
        at="0",
        follow=JOINTS + ".,",
    ),
    rule("and_more", Kind.NUMBER, rf"(?<![\w.,/-])(?P<a>{NUM})\+(?= [a-zà-ỹđ])", _more, at="0", follow="+., "),
    rule("spaced", Kind.NUMBER, r"(?<![\w.,/-])[1-9]\d{0,2}(?: \d{3}){1,4}(?![\d]|[.,/-]\d| \d)", _spaced, at="0", follow=" "),
    rule(
        "version",
        Kind.NUMBER,
        r"(?<![\d.,/])\d{1,2}\.0(?![\d]|[.,]\d)|(?<![\d.,/])\d{1,2}(?:\.\d{1,2}){2,4}(?![\d]|[.,]\d)",
        _version,
        at="0",
        follow=".",
    ),
    rule("section", Kind.NUMBER, r"(?<![\d/.,-])\d{1,2}\.\d{1,2}(?![\d]|[.,]\d)", _section, at="0", follow="."),
    rule(
        "signed",
        Kind.NUMBER,
        rf"(?<![\w.,/])(?P<sign>[<>]=|[<>≤≥±~≈+]|[-−](?=\d)) ?(?<![\d/.,])(?P<a>{NUM})(?P<b>(?!))?(?!\w|[.,]\d)",
        numbers_of,
        at="±",
    ),
    rule("number", Kind.NUMBER, r"\d(?:[\d.,]{0,30}\d)?", _number, at="0"),
    rule("rest", Kind.NUMBER, r"\d{1,30}", _number),
)
