"""Ngày, tháng, quý, năm viết đủ: một ngày, khoảng ngày, danh sách ngày, khoảng năm, năm học; điều không có thật thì hỏi."""

from __future__ import annotations

import re

from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal
from broadcaster.reading.rules.base import DASH, JOINTS, YEAR, Job, after, before, rule
from broadcaster.reading.rules.calendar import check_date, date_words, day_word, day_words, in_range, month_words, year_of
from broadcaster.reading.rules.roman import roman_value
from broadcaster.reading.words.units import COUNTED, PARTS

OPEN = r"(?<![\w/.,-])"
CLOSE = r"(?!\d|[/.,-]\d)"
DAY, MONTH = r"(?P<d>\d{1,2})", r"(?P<m>\d{1,2})"
_LAST_WRAP = 6
_FIRST_WRAP = 9


def date_of(match: re.Match[str], job: Job) -> str | None:
    """Một ngày; ``None`` khi ngày, tháng ngoài lịch."""
    day, month, year = int(match["d"]), int(match["m"]), year_of(match["y"])
    if not in_range(day, month):
        return None
    check_date(match, job, day, month, year)
    words = date_words(day, month, year, job)
    if before(match, 8).rstrip().endswith(("mùng", "mồng")):
        words = words.removeprefix("mùng ")
    return f"{day_word(match)}{words}"


def _full_date(match: re.Match[str], job: Job) -> str | None:
    """Ngày có năm; 32/11/2025 hay 12/13/2025 vẫn đọc và hỏi, trừ số hiệu."""
    said = date_of(match, job)
    if said is not None or before(match, 8).rstrip().endswith(("số", "mã")):
        return said
    job.ask("impossible_date", match, f"Không có ngày {match[0].strip()}. Hãy xem lại ngày, tháng.", dangerous=True)
    return (
        f"{day_word(match)}{cardinal(int(match['d']))} tháng {cardinal(int(match['m']))} năm {cardinal(year_of(match['y']) or 0)}"
    )


def span_of(match: re.Match[str], job: Job) -> str | None:
    """Hai ngày có thể cùng tháng hoặc cùng năm: 1-3/5, 28/4-2/5/2025, 10/3/2025 - 25/3/2025."""
    groups = match.groupdict()
    day, last, month2, year2 = int(groups["d"]), int(groups["d2"]), int(groups["m2"]), year_of(groups["y2"])
    month = int(groups["m"]) if groups.get("m") else month2
    year = year_of(groups.get("y"))
    if not (in_range(day, month) and in_range(last, month2)):
        return None
    if _upside_down((year or year2, month, day), (year2 or year, month2, last), both=bool(year and year2)):
        job.ask("range_order", match, f"Khoảng ngày “{match[0].strip()}” có ngày sau không muộn hơn ngày trước.", dangerous=True)
    check_date(match, job, last, month2, year2)
    first = date_words(day, month, year, job) if groups.get("m") else day_words(day, job)
    until = "hết " if groups.get("until") else ""
    return f"{day_word(match)}{first} đến {until}ngày {date_words(last, month2, year2, job)}"


def _upside_down(first: tuple[int | None, int, int], last: tuple[int | None, int, int], *, both: bool) -> bool:
    """Khoảng ngược; không viết đủ hai năm thì từ cuối năm này sang đầu năm sau là thuận."""
    wraps = not both and first[1] >= _FIRST_WRAP and last[1] <= _LAST_WRAP
    if wraps:
        return False
    if not both:
        return first[1:] >= last[1:]
    return (first[0] or 0, *first[1:]) >= (last[0] or 0, *last[1:])


def _full_span(match: re.Match[str], job: Job) -> str | None:
    """Khoảng có năm; hai nửa của 1.5-3.5 triệu hay 1/3 đến 1/2 số hộ thì không."""
    return span_of(match, job) if match["y2"] or match["y"] else None


def _days(match: re.Match[str], job: Job) -> str | None:
    """Các ngày 02, 09, 16/5: mỗi số là một ngày."""
    days = [int(day) for day in re.findall(r"\d+", match["days"])]
    month, year = int(match["m"]), year_of(match["y"])
    if not all(in_range(day, month) for day in days):
        return None
    for day in days:
        check_date(match, job, day, month, year)
    last = f"{day_words(days[-1], job)} tháng {month_words(month, job)}"
    head = ", ".join(day_words(day, job) for day in days[:-1])
    joint = " và " if re.search("và|[&+]", match["days"]) else ", "
    words = f"{match['word']}{head}{joint}{last}"
    return f"{words} năm {cardinal(year, job.style)}" if year else words


def _from_day(match: re.Match[str], job: Job) -> str | None:
    """Từ 01 đến hết 07/12: số đầu là ngày của cùng tháng, trừ khi đang đếm (“từ 10 đến 15/20 hộ”)."""
    first, last, month = int(match["d"]), int(match["d2"]), int(match["m2"])
    if is_counted(match) or not first < last or not in_range(last, month):
        return None
    year = year_of(match["y2"])
    check_date(match, job, last, month, year)
    return f"{match['from']}ngày {day_words(first, job)}{match['to']}ngày {date_words(last, month, year, job)}"


def is_counted(match: re.Match[str]) -> bool:
    """Chữ ngay sau là thứ đang được đếm."""
    following = re.match(r" *(?!(?:tổ chức|ban hành|công bố|công nhận|bàn giao|điều động)(?!\w))([^\W\d_]+)", after(match))
    return following is not None and (following[1] in COUNTED or following[1] in PARTS)


def _month_year(match: re.Match[str], job: Job) -> str | None:
    month = int(match["m"])
    called = before(match, 8).rstrip().endswith("tháng")
    if not 1 <= month <= 12:
        if not called:
            return None
        job.ask("impossible_date", match, f"Không có tháng {month}. Hãy xem lại.", dangerous=True)
    word = "" if called else "tháng "
    return f"{word}{month_words(month, job)} năm {cardinal(int(match['y']), job.style)}"


def _months(match: re.Match[str], job: Job) -> str | None:
    first, last = int(match["m"]), int(match["m2"])
    if not (1 <= first <= 12 and 1 <= last <= 12):
        return None
    words = f"{match['word']}{month_words(first, job)} đến tháng {month_words(last, job)}"
    return f"{words} năm {cardinal(int(match['y']), job.style)}" if match["y"] else words


def _month_alone(match: re.Match[str], job: Job) -> str | None:
    """Tháng 4 là “tháng tư”; tháng 13, tháng 0 thì hỏi; “tháng 15 triệu”, “một tháng 20 kg” không phải tên tháng."""
    month = int(match["m"])
    if month == 4 and not re.match(r" ?(?:%|triệu|nghìn|kg|lần|buổi|ngày)", after(match)):
        return f"{match['word']}tư"
    several = re.search(r"(?:mỗi|hàng|hằng) $", before(match))
    if month == 0 or (12 < month <= 20 and not several and re.match(r" ?(?:năm|này|tới|/|[.;:)]|, |$)", after(match))):
        job.ask("impossible_date", match, f"Không có tháng {month}. Hãy xem lại.", dangerous=True)
        return f"{match['word']}{cardinal(month, job.style)}"
    return None


def _quarter(match: re.Match[str], job: Job) -> str | None:
    quarter = roman_value(match["r"]) if not match["r"].isdigit() else int(match["r"])
    if quarter is None:
        return None
    if not 1 <= quarter <= 4 and match["word"].lower().startswith("quý"):
        job.ask("impossible_date", match, f"Một năm chỉ có bốn quý, không có “{match[0].strip()}”. Hãy xem lại.", dangerous=True)
    year = f" năm {cardinal(int(match['y']), job.style)}" if match["y"] else ""
    return f"{match['word']}{cardinal(quarter, job.style)}{year}"


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
    joint = ", " if "/" in match[0] or re.search(r"(?:năm học|niên khóa|khóa) *:? *$", before(match)) else " đến "
    return f"{cardinal(first, job.style)}{joint}{cardinal(last, job.style)}"


def _spelled(match: re.Match[str], job: Job) -> str | None:
    """Ngày 05 tháng 6 năm 2025 đã viết bằng chữ một nửa."""
    day, month, year = int(match["d"]), int(match["m"]), year_of(match["y"])
    late = f"{match['late']}{cardinal(year, job.style)}" if year else ""
    if not in_range(day, month):
        job.ask("impossible_date", match, f"Không có {match[0].strip().lower()}. Hãy xem lại ngày, tháng.", dangerous=True)
    else:
        check_date(match, job, day, month, year)
    return f"{match['word']}{day_words(day, job)}{match['mid']}{month_words(month, job)}{late}"


SPANS = (
    rule(
        "day_list",
        Kind.DATE,
        rf"(?P<word>(?:[Cc]ác |[Tt]rong )?[Nn]gày,? )(?P<days>\d{{1,2}}(?: ?[,;] ?\d{{1,2}}){{0,30}} ?(?:[,;&+]| và|,? và) ?\d{{1,2}}) ?/ ?{MONTH}(?: ?/ ?(?P<y>{YEAR}))?{CLOSE}",
        _days,
        at="cCtTnN",
    ),
    rule(
        "full_to_full",
        Kind.RANGE,
        rf"{OPEN}{DAY} ?(?P<s>[/.-]) ?{MONTH}(?: ?(?P=s) ?(?P<y>{YEAR}))?(?: ?{DASH} ?|(?P<to> (?:đến|tới) ))(?P<until>hết )?(?:ngày )?(?P<d2>\d{{1,2}}) ?(?P=s) ?(?P<m2>\d{{1,2}})(?: ?(?P=s) ?(?P<y2>{YEAR}))?{CLOSE}",
        _full_span,
        at="0",
        follow="/.- ",
    ),
    rule(
        "from_day",
        Kind.RANGE,
        rf"(?P<from>[Tt]ừ )(?P<d>0[1-9]|[12]\d|3[01])(?P<to> (?:đến|tới) (?:hết )?)(?:ngày )?(?P<d2>\d{{1,2}}) ?/ ?(?P<m2>\d{{1,2}})(?: ?/ ?(?P<y2>{YEAR}))?{CLOSE}",
        _from_day,
        at="tT",
    ),
)
"""Khoảng và danh sách, xét trước một ngày đứng riêng."""

RULES = (
    rule("iso", Kind.DATE, rf"{OPEN}(?P<y>{YEAR})-(?P<m>\d\d)-(?P<d>\d\d){CLOSE}", date_of, at="0", follow="-"),
    rule("slash_year", Kind.SYMBOL, rf"(?<=tháng)/(?={YEAR}(?!\d))", lambda _match, _job: "năm", at="!/"),
    rule(
        "date", Kind.DATE, rf"{OPEN}{DAY} ?(?P<s>[/.-]) ?{MONTH} ?(?P=s) ?(?P<y>{YEAR}){CLOSE}", _full_date, at="0", follow="/.- "
    ),
    rule(
        "short_quarter",
        Kind.DATE,
        rf"(?<!\w)Q(?:\. ?| )?(?:(?P<r>IV|I{{1,3}})(?:/(?P<y>{YEAR}))?|(?P<n>[1-4])/(?P<y2>{YEAR}))(?!\w)",
        _short_quarter,
        at="Q",
    ),
    rule("short_month", Kind.DATE, rf"(?<!\w)T(?P<m>\d{{1,2}})/(?P<y>{YEAR})(?![\d/])", _short_month, at="T"),
    rule(
        "quarter",
        Kind.DATE,
        rf"(?P<word>(?:[Qq]uý|QUÝ|[Đđ]ợt|[Kk]ỳ|[Hh]ọc kỳ) )(?P<r>[IVX]{{1,4}}|\d{{1,2}})(?: ?(?:[/-] ?|\.| năm )(?P<y>{YEAR})(?!\d)|(?!\w|[/.,-]\d))",
        _quarter,
        at="qQđĐkKhH",
    ),
    rule(
        "months",
        Kind.RANGE,
        rf"(?P<word>[Tt]háng )(?P<m>\d{{1,2}}) ?{DASH} ?(?P<m2>\d{{1,2}})(?: ?/ ?(?P<y>{YEAR}))?(?![\d/])",
        _months,
        at="tT",
    ),
    rule(
        "month_year",
        Kind.DATE,
        rf"{OPEN}(?P<m>\d{{1,2}}) ?[/-] ?(?P<y>{YEAR})(?![\d/]|[.,-]\d)",
        _month_year,
        at="0",
        follow="/- ",
    ),
    rule(
        "spelled_date",
        Kind.DATE,
        rf"(?P<word>[Nn]gày |NGÀY )(?P<d>\d{{1,2}})(?P<mid>,? [Tt]háng | THÁNG )(?P<m>\d{{1,2}})(?:(?P<late>,? [Nn]ăm | NĂM )(?P<y>{YEAR}))?(?![\d/]|[.,]\d)",
        _spelled,
        at="nN",
    ),
    rule("month_only", Kind.DATE, r"(?P<word>[Tt]háng |THÁNG )(?P<m>\d{1,2})(?![\d/]|[.,-]\d)", _month_alone, at="tT"),
    rule(
        "month_first_days",
        Kind.DATE,
        r"(?<=ngày )0?(?P<d>[1-9]|10)(?=(?:(?:,| và) ?\d{1,2}){0,9} (?:hằng|hàng|mỗi) tháng)",
        lambda match, job: day_words(int(match["d"]), job),
        at="0",
        follow=" ,",
    ),
    rule(
        "years",
        Kind.RANGE,
        rf"(?<![\d/.,-])(?P<a>{YEAR})(?: ?{DASH} ?|/(?={YEAR}))(?P<b>{YEAR}|\d\d)(?![\d/]|[.,]\d| ?{DASH}\d)",
        _years,
        at="0",
        follow=JOINTS + "/",
    ),
)
