"""Ngày, tháng, quý, năm: một ngày, khoảng ngày, danh sách ngày, khoảng năm, năm học; ngày không có thật thì hỏi."""

from __future__ import annotations

import re
from datetime import date

from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import DASH, YEAR, Job, after, before, rule
from broadcaster.reading.rules.roman import roman_value
from broadcaster.reading.words.units import COUNTED

_WEEKDAYS = {"hai": 0, "2": 0, "ba": 1, "3": 1, "tư": 2, "4": 2, "năm": 3, "5": 3, "sáu": 4, "6": 4, "bảy": 5, "7": 5}
_WEEKDAY = Pattern(r"(?:thứ (hai|ba|tư|năm|sáu|bảy|[2-7])|(chủ nhật))\s*,?\s*\(?\s*(?:ngày )?$")
_LEAP = 2024


def day_words(day: int, job: Job) -> str:
    """Ngày trong tháng: mùng một tới mùng mười."""
    return f"{'mùng ' if job.style.first_days and day <= 10 else ''}{cardinal(day, job.style)}"


def month_words(month: int, job: Job) -> str:
    """Tháng: tháng tư đọc là “tư”."""
    return "tư" if month == 4 else cardinal(month, job.style)


def _year_of(text: str | None) -> int | None:
    if not text:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)


def _in_range(day: int, month: int) -> bool:
    return 1 <= day <= 31 and 1 <= month <= 12


def check_date(match: re.Match[str], job: Job, day: int, month: int, year: int | None) -> None:
    """Hỏi khi ngày không có thật hoặc thứ trong tuần không khớp."""
    try:
        found = date(year or _LEAP, month, day)
    except ValueError:
        job.ask("impossible_date", match, f"Không có ngày {match[0].strip()}. Hãy xem lại ngày, tháng.", dangerous=True)
        return
    weekday = _WEEKDAY.search(before(match))
    if weekday is not None and year is not None:
        wanted = 6 if weekday[2] else _WEEKDAYS[weekday[1]]
        if found.weekday() != wanted:
            names = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")
            message = f"Ngày {match[0].strip()} là {names[found.weekday()]}, không phải {weekday[0].strip(' ,(')}. Hãy xem lại."
            job.ask("weekday", match, message, dangerous=True)


def date_words(day: int, month: int, year: int | None, job: Job) -> str:
    """Mười lăm tháng bảy năm hai nghìn không trăm hai mươi mốt; không có chữ “ngày” đứng đầu."""
    words = f"{day_words(day, job)} tháng {month_words(month, job)}"
    return f"{words} năm {cardinal(year, job.style)}" if year else words


def _word(match: re.Match[str]) -> str:
    """“ngày ” đã viết thì thôi, chưa viết thì thêm."""
    return "" if before(match, 8).rstrip().endswith(("ngày", "mùng", "mồng")) else "ngày "


def _is_called_day(match: re.Match[str]) -> bool:
    earlier = before(match)
    if match.groupdict().get("s") == "-":
        return bool(re.search(r"(?<!/)(?:ngày|sáng|trưa|chiều|tối|đêm|dịp|lễ|khánh) $", earlier))
    if _CALLED.search(earlier) or re.search(r"ngày [\d\s/,;và]*\d[,;] $", earlier):
        return True
    following = re.match(r"\s*([^\W\d_]+)?", after(match))
    noun = following[1] if following else None
    bound = re.search(r"(?:từ|đến)\s$", earlier)
    return bool(bound) and noun not in COUNTED and noun not in _PARTS


def _date_list(match: re.Match[str], job: Job) -> str | None:
    """02/6, 09/6 và 16/6/2025: mỗi cặp một ngày, năm ở cuối là của mọi ngày."""
    pairs = [tuple(map(int, pair.split("/"))) for pair in re.findall(r"\d+/\d+", match["dates"])]
    year = _year_of(match["y"])
    if not all(_in_range(day, month) for day, month in pairs) or not (year or _is_called_day(match)):
        return None
    for day, month in pairs:
        check_date(match, job, day, month, year)
    *heads, last = [f"ngày {date_words(day, month, None, job)}" for day, month in pairs]
    words = f"{', '.join(heads)}{' và ' if 'và' in match['dates'] else ', '}{last}"
    words = words.removeprefix("ngày ") if not _word(match) else words
    return f"{words} năm {cardinal(year, job.style)}" if year else words


def _called(match: re.Match[str], job: Job) -> str | None:
    """Dạng dễ lẫn với số khác: chỉ là ngày khi chữ đứng trước nói thế."""
    return _date(match, job) if _is_called_day(match) else None


def _called_span(match: re.Match[str], job: Job) -> str | None:
    earlier = before(match, 16)
    called = re.search(r"(?:ngày|từ|hôm|các|đợt|gieo(?: mạ| cấy| sạ)?|cấy|thu hoạch|xuống đồng|tựu trường)\s*$", earlier)
    turn = re.search(r"(?:vòng|đợt|lượt|ca|tuần|lớp|kỳ|nhóm|bảng) \d{1,2}\s?[:(,]\s?$", earlier)
    return _span(match, job) if called or turn else None


def _counted(match: re.Match[str]) -> bool:
    """Chữ ngay sau là thứ đang được đếm."""
    following = re.match(r"\s*([^\W\d_]+)", after(match))
    return following is not None and (following[1] in COUNTED or following[1] in _PARTS)


def _from_day(match: re.Match[str], job: Job) -> str | None:
    """Từ 01 đến hết 07/12: số đầu là ngày của cùng tháng, trừ khi đang đếm (“từ 10 đến 15/20 hộ”)."""
    first, last, month = int(match["d"]), int(match["d2"]), int(match["m2"])
    if _counted(match) or not first < last or not _in_range(last, month):
        return None
    year = _year_of(match["y2"])
    check_date(match, job, last, month, year)
    return f"{match['from']}ngày {day_words(first, job)}{match['to']}ngày {date_words(last, month, year, job)}"


def _named_day(match: re.Match[str], job: Job) -> str | None:
    earlier = before(match, 16).rstrip()
    festival = f"{int(match['d'])}/{int(match['m'])}" in _FESTIVALS and earlier.endswith(_FESTIVE)
    return _date(match, job) if earlier.endswith("ngày") or festival else None


def _date(match: re.Match[str], job: Job) -> str | None:
    day, month, year = int(match["d"]), int(match["m"]), _year_of(match["y"])
    if not _in_range(day, month):
        return None
    check_date(match, job, day, month, year)
    words = date_words(day, month, year, job)
    if before(match, 8).rstrip().endswith(("mùng", "mồng")):
        words = words.removeprefix("mùng ")
    return f"{_word(match)}{words}"


def _span(match: re.Match[str], job: Job) -> str | None:
    """Hai ngày có thể cùng tháng hoặc cùng năm: 1-3/5, 28/4-2/5/2025, 10/3/2025 - 25/3/2025."""
    groups = match.groupdict()
    day, last = int(groups["d"]), int(groups["d2"])
    month2, year2 = int(groups["m2"]), _year_of(groups["y2"])
    month = int(groups["m"]) if groups.get("m") else month2
    year = _year_of(groups.get("y"))
    if not (_in_range(day, month) and _in_range(last, month2)) or (groups.get("to") and not _two_days(match, day, last)):
        return None
    first_at, last_at = (year or year2 or 0, month, day), (year2 or 0, month2, last)
    if first_at >= last_at and (year2 is not None or month >= month2):
        job.ask("range_order", match, f"Khoảng ngày “{match[0].strip()}” có ngày sau không muộn hơn ngày trước.", dangerous=True)
    check_date(match, job, last, month2, year2)
    first = date_words(day, month, year, job) if groups.get("m") else day_words(day, job)
    until = "hết " if groups.get("until") else ""
    return f"{_word(match)}{first} đến {until}ngày {date_words(last, month2, year2, job)}"


def _two_days(match: re.Match[str], day: int, last: int) -> bool:
    """“15/4 đến 15/10” là hai ngày; “1/3 đến 2/3 số hộ” là hai phân số."""
    following = re.match(r"\s*([^\W\d_]+)", after(match))
    if following is not None and (following[1] in _PARTS or following[1] in COUNTED):
        return False
    return bool(match["y2"]) or max(day, last) > 12 or before(match, 8).rstrip().endswith(("từ", "ngày", "hôm"))


def _days(match: re.Match[str], job: Job) -> str | None:
    """Các ngày 02, 09, 16/5: mỗi số là một ngày."""
    days = [int(day) for day in re.findall(r"\d+", match["days"])]
    month, year = int(match["m"]), _year_of(match["y"])
    if not all(_in_range(day, month) for day in days):
        return None
    last = f"{day_words(days[-1], job)} tháng {month_words(month, job)}"
    head = ", ".join(day_words(day, job) for day in days[:-1])
    joint = " và " if "và" in match["days"] else ", "
    words = f"{match['word']}{head}{joint}{last}"
    return f"{words} năm {cardinal(year, job.style)}" if year else words


def _month_year(match: re.Match[str], job: Job) -> str | None:
    month = int(match["m"])
    if not 1 <= month <= 12:
        return None
    word = "" if before(match, 8).rstrip().endswith("tháng") else "tháng "
    return f"{word}{month_words(month, job)} năm {cardinal(int(match['y']), job.style)}"


def _months(match: re.Match[str], job: Job) -> str | None:
    first, last = int(match["m"]), int(match["m2"])
    if not (1 <= first <= 12 and 1 <= last <= 12):
        return None
    words = f"{match['word']}{month_words(first, job)} đến tháng {month_words(last, job)}"
    return f"{words} năm {cardinal(int(match['y']), job.style)}" if match["y"] else words


def _quarter(match: re.Match[str], job: Job) -> str | None:
    quarter = roman_value(match["r"]) if not match["r"].isdigit() else int(match["r"])
    if quarter is None or not 1 <= quarter <= 4:
        return None
    return f"{match['word']}{cardinal(quarter, job.style)} năm {cardinal(int(match['y']), job.style)}"


def _short_quarter(match: re.Match[str], job: Job) -> str:
    """Q.I/2025, QIII, Q2/2025."""
    quarter = roman_value(match["r"]) if match["r"] else int(match["n"])
    year = match["y"] or match["y2"]
    return f"quý {cardinal(quarter or 0, job.style)}{f' năm {cardinal(int(year), job.style)}' if year else ''}"


def _short_month(match: re.Match[str], job: Job) -> str | None:
    month = int(match["m"])
    return f"tháng {month_words(month, job)} năm {cardinal(int(match['y']), job.style)}" if 1 <= month <= 12 else None


def _years(match: re.Match[str], job: Job) -> str | None:
    first, last = int(match["a"]), int(match["b"])
    if len(match["b"]) == 2:
        last += first // 100 * 100
    if last <= first:
        job.ask("range_order", match, f"Khoảng năm “{match[0]}” có năm sau không lớn hơn năm trước.", dangerous=True)
    joint = ", " if "/" in match[0] or re.search(r"(?:năm học|niên khóa|khóa)\s*:?\s*$", before(match)) else " đến "
    return f"{cardinal(first, job.style)}{joint}{cardinal(last, job.style)}"


_PARTS = frozenset({"số", "diện", "tổng", "dân", "quãng", "hộ", "thời", "ngân", "kinh", "chiều"})
_CALLED = Pattern(
    r"(?:ngày|hôm|giỗ tổ|tết|hội|sáng|trưa|chiều|tối|đêm|dịp|lễ|trước|hết|sau|mùng|mồng|niệm|khánh|tới|nhật|tựu trường|khai giảng|bế giảng|thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7]))\s?[,(]?\s*$"
)
_FESTIVALS = frozenset(
    [
        "3/2",
        "8/3",
        "26/3",
        "30/4",
        "1/5",
        "7/5",
        "15/5",
        "19/5",
        "1/6",
        "27/7",
        "19/8",
        "2/9",
        "10/10",
        "13/10",
        "14/10",
        "20/10",
        "9/11",
        "18/11",
        "20/11",
        "22/12",
    ]
)
_FESTIVE = ("phụ nữ", "thiếu nhi", "lao động", "nhà giáo", "quốc khánh", "giải phóng", "pháp luật", "dịp", "lễ")
_FESTIVAL_DAYS = sorted({one.split("/")[0] for one in _FESTIVALS}, key=len, reverse=True)


def _festival(match: re.Match[str], job: Job) -> str | None:
    """2/9, 30/4, 20/11: ngày lễ ai cũng biết, không phải phân số, trừ khi đang đếm (“2/9 phiếu”)."""
    if before(match, 8).endswith(("đường ", "phố ")):
        return f"{cardinal(int(match['d']), job.style)} tháng {month_words(int(match['m']), job)}"  # tên đường
    if (
        f"{int(match['d'])}/{int(match['m'])}" not in _FESTIVALS
        or _counted(match)
        or re.search(r"(?:(?<!đổi )số|nhà|ngõ|ngách|đạt|được|có)\s$", before(match))
    ):
        return None
    return _date(match, job)


def _spelled(match: re.Match[str], job: Job) -> str | None:
    """Ngày 05 tháng 6 năm 2025 đã viết bằng chữ một nửa."""
    day, month, year = int(match["d"]), int(match["m"]), _year_of(match["y"])
    if not _in_range(day, month):
        return None
    check_date(match, job, day, month, year)
    late = f"{match['late']}{cardinal(year, job.style)}" if year else ""
    return f"{match['word']}{day_words(day, job)}{match['mid']}{month_words(month, job)}{late}"


def _likely_day(match: re.Match[str], job: Job) -> str | None:
    """22/10 không có chữ “ngày”: tử lớn hơn mẫu thì không ai viết thế cho phân số, trừ khi đang đếm quá chỉ tiêu."""
    following = re.match(r"\s*(tổ chức|[^\W\d_]+)", after(match))
    counted = following is not None and (following[1] in COUNTED or following[1] in _PARTS)
    day, month = int(match["d"]), int(match["m"])
    if day <= month or (day, month) == _ALL_WEEK or counted or _NOT_DAY.search(before(match)):
        return None
    return _date(match, job)


_ALL_WEEK = (24, 7)
_NOT_DAY = Pattern(
    r"(?:số|nhà|ngõ|ngách|hẻm|kiệt|lô|thửa|căn|phòng|đường|phố|tỷ lệ|tỉ lệ|đạt|được|huyết áp|(?<!hạn báo cáo )(?<!hạn )(?<!chót )là|có|xếp|hạng|thứ|bằng|tờ|mật độ|kiện|hồ sơ)\s$"
)


_D, _M = r"(?P<d>\d{1,2})", r"(?P<m>\d{1,2})"
_OPEN = r"(?<![\w/.,-])"
_CLOSE = r"(?!\d|[/.,-]\d)"
RULES = (
    rule(
        "day_list",
        Kind.DATE,
        rf"(?P<word>(?:[Cc]ác |[Tt]rong )?[Nn]gày,? )(?P<days>\d{{1,2}}(?:\s?[,;]\s?\d{{1,2}})*\s?(?:[,;]| và|,? và)\s?\d{{1,2}})\s?/\s?{_M}(?:\s?/\s?(?P<y>{YEAR}))?{_CLOSE}",
        _days,
    ),
    rule(
        "full_to_full",
        Kind.RANGE,
        rf"{_OPEN}{_D}\s?(?P<s>[/.-])\s?{_M}(?:\s?(?P=s)\s?(?P<y>{YEAR}))?(?:\s?{DASH}\s?|(?P<to> (?:đến|tới) ))(?P<until>hết )?(?:ngày )?(?P<d2>\d{{1,2}})\s?(?P=s)\s?(?P<m2>\d{{1,2}})(?:\s?(?P=s)\s?(?P<y2>{YEAR}))?{_CLOSE}",
        _span,
    ),
    rule(
        "days_of_month",
        Kind.RANGE,
        rf"{_OPEN}{_D}\s?{DASH}\s?(?P<d2>\d{{1,2}})\s?/\s?(?P<m2>\d{{1,2}})(?:\s?/\s?(?P<y2>{YEAR}))?{_CLOSE}",
        _called_span,
    ),
    rule(
        "from_day",
        Kind.RANGE,
        rf"(?P<from>[Tt]ừ )(?P<d>0[1-9]|[12]\d|3[01])(?P<to> (?:đến|tới) (?:hết )?)(?:ngày )?(?P<d2>\d{{1,2}})\s?/\s?(?P<m2>\d{{1,2}})(?:\s?/\s?(?P<y2>{YEAR}))?{_CLOSE}",
        _from_day,
    ),
    rule(
        "date_list",
        Kind.DATE,
        rf"{_OPEN}(?P<dates>\d{{1,2}}/\d{{1,2}}(?:\s?(?:[,;]|,? và)\s?\d{{1,2}}/\d{{1,2}})+)(?:/(?P<y>{YEAR}))?{_CLOSE}",
        _date_list,
    ),
    rule(
        "date",
        Kind.DATE,
        rf"{_OPEN}{_D}\s?(?P<s>[/.-])\s?{_M}\s?(?P=s)\s?(?P<y>{YEAR}){_CLOSE}",
        _date,
    ),
    rule("short_year", Kind.DATE, rf"{_OPEN}{_D}(?P<s>[/.-]){_M}(?P=s)(?P<y>\d\d){_CLOSE}", _named_day),
    rule(
        "short_quarter",
        Kind.DATE,
        rf"(?<!\w)Q(?:\.\s?|\s)?(?:(?P<r>IV|I{{1,3}})(?:/(?P<y>{YEAR}))?|(?P<n>[1-4])/(?P<y2>{YEAR}))(?!\w)",
        _short_quarter,
    ),
    rule("short_month", Kind.DATE, rf"(?<!\w)T(?P<m>\d{{1,2}})/(?P<y>{YEAR})(?![\d/])", _short_month),
    rule(
        "quarter",
        Kind.DATE,
        rf"(?P<word>(?:[Qq]uý|QUÝ|[Đđ]ợt|[Kk]ỳ|[Hh]ọc kỳ) )(?P<r>IV|I{{1,3}}|[1-4])\s?(?:[/-]\s?|\.)(?P<y>{YEAR})(?!\d)",
        _quarter,
    ),
    rule(
        "months",
        Kind.RANGE,
        rf"(?P<word>[Tt]háng )(?P<m>\d{{1,2}})\s?{DASH}\s?(?P<m2>\d{{1,2}})(?:\s?/\s?(?P<y>{YEAR}))?(?![\d/])",
        _months,
    ),
    rule(
        "month_year",
        Kind.DATE,
        rf"{_OPEN}(?P<m>\d{{1,2}})\s?[/-]\s?(?P<y>{YEAR})(?![\d/]|[.,-]\d)",
        _month_year,
    ),
    rule(
        "spelled_date",
        Kind.DATE,
        rf"(?P<word>[Nn]gày |NGÀY )(?P<d>\d{{1,2}})(?P<mid>,? [Tt]háng | THÁNG )(?P<m>\d{{1,2}})(?:(?P<late>,? [Nn]ăm | NĂM )(?P<y>{YEAR}))?(?![\d/]|[.,]\d)",
        _spelled,
    ),
    rule(
        "month_only",
        Kind.DATE,
        r"(?P<word>[Tt]háng |THÁNG )(?P<m>0?4)(?![\d/]|[.,-]\d)",
        lambda match, _job: f"{match['word']}tư",
    ),
    rule("line_day", Kind.DATE, rf"(?:(?<=\n)|^){_D}(?P<s>/){_M}(?P<y>)(?=\s?:\s)", _date),
    rule(
        "month_first_days",
        Kind.DATE,
        r"(?<=ngày )0?(?P<d>[1-9]|10)(?=(?:(?:,| và) ?\d{1,2})* (?:hằng|hàng|mỗi) tháng)",
        lambda match, job: day_words(int(match["d"]), job),
    ),
    rule("day_month", Kind.DATE, rf"{_OPEN}{_D}\s?(?P<s>[/-])\s?{_M}(?P<y>){_CLOSE}(?!\s?(?:phiếu|thành viên|hộ))", _called),
    rule("day_point_month", Kind.DATE, rf"{_OPEN}{_D}(?P<s>\.){_M}(?P<y>){_CLOSE}", _named_day),
    rule("festival", Kind.DATE, rf"{_OPEN}0?(?P<d>{'|'.join(_FESTIVAL_DAYS)})/(?P<m>\d{{1,2}})(?P<y>){_CLOSE}", _festival),
    rule("likely_day", Kind.DATE, rf"{_OPEN}{_D}/{_M}(?P<y>){_CLOSE}(?!\s?(?:%|[A-Za-z]{{1,4}}\d?(?!\w)))", _likely_day),
    rule("lunar", Kind.DATE, rf"{_OPEN}{_D}/{_M}(?P<y>)(?= ?(?:\(?âm lịch|ÂL\b))", _date),
    rule(
        "years",
        Kind.RANGE,
        rf"(?<![\d/.,-])(?P<a>{YEAR})(?:\s?{DASH}\s?|/(?={YEAR}))(?P<b>{YEAR}|\d\d)(?![\d/]|[.,]\d|\s?{DASH}\d)",
        _years,
    ),
)
