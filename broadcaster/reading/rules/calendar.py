"""Lời của ngày, tháng; ngày có thật không, thứ trong tuần có khớp không."""

from __future__ import annotations

import re
from datetime import date

from broadcaster.reading.numbers import cardinal
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job, after, before

_NAMES = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")
_WEEKDAYS = {"hai": 0, "2": 0, "ba": 1, "3": 1, "tư": 2, "4": 2, "năm": 3, "5": 3, "sáu": 4, "6": 4, "bảy": 5, "7": 5}
_WEEKDAY = r"(?:(?:thứ |t)(hai|ba|tư|năm|sáu|bảy|[2-7])(?!\w)|(chủ nhật|cn)(?!\w))"
_EARLIER = Pattern(rf"(?<!\w){_WEEKDAY} *[,(]* *(?:ngày )?$")
_LATER = Pattern(rf" ?,? ?\(? ?(?:tức |nhằm |là )?(?:ngày )?{_WEEKDAY}(?! (?:tuần|hàng|hằng|nhất))")
_LEAP = 2024


def day_words(day: int, job: Job) -> str:
    """Ngày trong tháng: mùng một tới mùng mười."""
    return f"{'mùng ' if job.style.first_days and day <= 10 else ''}{cardinal(day, job.style)}"


def month_words(month: int, job: Job) -> str:
    """Tháng: tháng tư đọc là “tư”."""
    return "tư" if month == 4 else cardinal(month, job.style)


def date_words(day: int, month: int, year: int | None, job: Job) -> str:
    """Mười lăm tháng bảy năm hai nghìn không trăm hai mươi mốt; không có chữ “ngày” đứng đầu."""
    words = f"{day_words(day, job)} tháng {month_words(month, job)}"
    return f"{words} năm {cardinal(year, job.style)}" if year else words


def year_of(text: str | None) -> int | None:
    """Năm bốn chữ số, hoặc hai chữ số của thế kỷ này."""
    if not text:
        return None
    return int(text) if len(text) == 4 else 2000 + int(text)


def in_range(day: int, month: int) -> bool:
    """Có thể là ngày và tháng."""
    return 1 <= day <= 31 and 1 <= month <= 12


def day_word(match: re.Match[str]) -> str:
    """“ngày ” đã viết thì thôi, chưa viết thì thêm."""
    return "" if before(match, 8).rstrip(" (").endswith(("ngày", "mùng", "mồng")) else "ngày "


def check_date(match: re.Match[str], job: Job, day: int, month: int, year: int | None) -> None:
    """Hỏi khi ngày không có thật, hoặc thứ viết ngay trước hay ngay sau không phải thứ của ngày ấy."""
    try:
        found = date(year or _LEAP, month, day)
    except ValueError:
        job.ask("impossible_date", match, f"Không có ngày {match[0].strip()}. Hãy xem lại ngày, tháng.", dangerous=True)
        return
    written = _EARLIER.search(before(match)) or _LATER.match(after(match))
    if written is None or year is None:
        return
    wanted = 6 if written[2] else _WEEKDAYS[written[1]]
    if found.weekday() != wanted:
        message = f"Ngày {match[0].strip()} là {_NAMES[found.weekday()]}, không phải {_NAMES[wanted]}. Hãy xem lại."
        job.ask("weekday", match, message, dangerous=True)
