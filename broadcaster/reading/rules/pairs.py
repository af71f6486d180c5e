"""Hai số và một gạch chéo không có năm (5/11, 5-7/11, 1/4 - 4/4): ngày, phần hay tỷ số, do chữ quanh đó quyết; không thì hỏi."""

from __future__ import annotations

import re

from broadcaster.reading.claims import Said
from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import cardinal, identifier
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import DASH, Job, after, before, rule
from broadcaster.reading.rules.calendar import check_date, date_words, day_word, in_range, month_words, year_of
from broadcaster.reading.rules.dates import CLOSE, DAY, MONTH, OPEN, date_of, is_counted, span_of
from broadcaster.reading.words.units import UNITS

_PART_OF_DAY = r"(?:sáng|trưa|chiều|tối|đêm|hôm)(?: (?:nay|mai|qua|kia|sau|trước))?"
_CALLED = Pattern(
    rf"(?<!\w)(?:ngày|{_PART_OF_DAY}|giỗ tổ|tết|hội|dịp|lễ|trước|hết|sau|mùng|mồng|niệm|khánh|tới|nhật|tựu trường|khai giảng|bế giảng|hạn|chót|vào|"
    r"(?:thứ |t)(?:hai|ba|tư|năm|sáu|bảy|[2-7])|cn|\d{1,2}[hg](?:\d\d)?|\d{1,2}:\d\d|giờ|phút|lịch(?: [^\W\d_]+){0,2}|gieo(?: mạ| cấy| sạ)?|cấy|thu hoạch|xuống đồng|kể từ|bắt đầu từ|ra quân|kỷ niệm|mừng|hưởng ứng|truyền thống)"
    r" ?[,(:]? ?$"
)
_ANOTHER_DAY = Pattern(r"(?:ngày|sáng|chiều|tối|đêm)[\d /,;và-]*\d(?:[,;]| và) ?$")
_BOUND = Pattern(r"(?:^|\W)(?:từ|đến) $")
_TURN = Pattern(
    r"(?:vòng|đợt|lượt|ca|tuần|lớp|kỳ|nhóm|bảng|lần|khu|tổ|mũi|cụm|thôn|xóm) (?:\d{1,2}|[IVX]{1,4}|thứ \w+) ?[:(,] ?$",
    re.IGNORECASE,
)
_HEAD = Pattern(r"(?:^|\t|[;.] )[-–—+*•·▪●○■□✓✔➤►❖ ]*(?:\d{1,2}[.)] )?\(?$")
_HEAD_END = Pattern(r" ?(?:\(?(?:thứ|t[2-7]|cn|chủ nhật)[^:)]{0,8}\)? ?)?[:)]| - ")
_NOT_DAY = Pattern(
    r"(?:số|nhà|lớp|khối|bàn|ngõ|ngách|hẻm|kiệt|lô|thửa|căn|phòng|tỷ lệ|tỉ lệ|đạt|được|huyết áp|(?<!hạn báo cáo )(?<!hạn )(?<!chót )là|có|xếp|hạng|thứ|bằng|tờ|mật độ|kiện|"
    r"hồ sơ|thị lực|mắt(?: trái| phải)?|thương binh|bệnh binh|mất sức|loại|tỷ số|tỉ số|điểm|giống|lúa|nếp|gạo|khổ|chiếm|giảm|tăng|bớt|lên|xuống|khoảng|gần|hơn|quá|"
    r"còn|bầu|trúng|chỉ|cả|trong|ước|mp|mt|thương tật|liều|pha|độ|miễn|thửa đất|bậc|vòng|toán|văn|tiếng anh|anh|thuận|tán thành|đồng ý|văn hóa) ?[:(]? ?(?:\d{1,2}/\d{1,2} ?[-–,;] ?)?$"
)
_STREET = Pattern(r"(?:đường|phố|chợ|cầu|công viên|quảng trường) $")
_ALL_WEEK = (24, 7)
_FESTIVALS = frozenset(
    "3/2 8/3 26/3 30/4 1/5 7/5 15/5 19/5 1/6 27/7 19/8 2/9 10/10 13/10 14/10 20/10 9/11 18/11 20/11 22/12".split()
)
_FESTIVE = ("phụ nữ", "qk", "thiếu nhi", "lao động", "nhà giáo", "quốc khánh", "giải phóng", "pháp luật", "dịp", "lễ", "hè")
_CELEBRATED = Pattern(
    r"(?:ngày|lễ|kỷ niệm|mừng|hưởng ứng|truyền thống|thành lập|hoàn thành|khai giảng|khánh thành|tặng)[^.;\n]{0,50}$"
)
_UNIT_AFTER = Pattern(r" ?(?:%|[^\W\d_]{1,4}\d?(?!\w))")


def _is_called(match: re.Match[str], job: Job) -> bool:
    """Chữ đứng trước, hay tên cột của ô này, nói đây là ngày."""
    if match.start() in job.day_cells:
        return True
    earlier = before(match)
    if _CALLED.search(earlier) or _ANOTHER_DAY.search(earlier) or _TURN.search(earlier):
        return True
    return bool(_BOUND.search(earlier)) and not is_counted(match)


def _is_head(match: re.Match[str]) -> bool:
    """“- 07/11: thi Toán”: ngày đứng đầu dòng hay đầu mục, rồi hai chấm."""
    return bool(_HEAD.search(before(match)) and _HEAD_END.match(after(match)))


def _is_not_day(match: re.Match[str]) -> bool:
    if is_counted(match) or _NOT_DAY.search(before(match)):
        return True
    unit = _UNIT_AFTER.match(after(match))
    return unit is not None and unit[0].strip() in UNITS


def _numbers(match: re.Match[str]) -> tuple[int, int]:
    return int(match["d"]), int(match["m"])


def _pair(match: re.Match[str], job: Job) -> str | Said | None:
    """5/11: ngày khi chữ quanh đó nói thế hoặc số tự nói thế (15/9, 05/11); 1/4 không có gì quyết thì hỏi."""
    day, month = _numbers(match)
    called = _is_called(match, job) or _is_head(match)
    if not called and not _is_festival(match) and (_is_not_day(match) or (day, month) == _ALL_WEEK):
        return None
    if not in_range(day, month):
        return _impossible(match, job) if called and not is_counted(match) and max(day, month) <= 99 else None
    if called and is_counted(match) and not before(match, 8).endswith("ngày "):
        return None
    if _STREET.search(before(match)):
        return date_words(day, month, None, job).removeprefix("mùng ")
    if (
        called
        or _is_festival(match)
        or (day > month and not _STREET.search(before(match)))
        or match["d"][0] == "0"
        or match["m"][0] == "0"
    ):
        said = date_of(match, job)
        return None if said is None else Said(said, (_over(match, job),))
    return _unknown(match, job)


def _unknown(match: re.Match[str], job: Job) -> str | Said | None:
    """Không chữ nào quyết: phân số nhỏ đứng trước một danh từ là phân số; còn lại hỏi, kèm các lời khác."""
    day, month = _numbers(match)
    part = f"{cardinal(day, job.style)} {'phần' if month <= 10 and day < month else 'trên'} {cardinal(month, job.style)}"
    named = f"{day_word(match)}{date_words(day, month, None, job)}"
    if day == month and not _is_festival(match):
        return Said(part, (named,)) if before(match, 2)[-1:].isalpha() or not before(match, 2) else job.choose(match, part, named)
    if month <= 10 and re.match(r" [a-zà-ỹđ]", match.string[match.end() : match.end() + 2]) and day < month:
        return Said(part, (named,)) if month <= 5 or day == 1 else job.choose(match, part, named)
    return job.choose(match, named, part) if month > 10 else job.choose(match, part, named)


def _impossible(match: re.Match[str], job: Job) -> str:
    day, month = _numbers(match)
    job.ask("impossible_date", match, f"Không có ngày {match[0].strip()}. Hãy xem lại ngày, tháng.", dangerous=True)
    return f"{day_word(match)}{cardinal(day, job.style)} tháng {month_words(month, job)}"


def _over(match: re.Match[str], job: Job) -> str:
    return f"{identifier(match['d'], job.style)} trên {identifier(match['m'], job.style)}"


def _is_festival(match: re.Match[str]) -> bool:
    day, month = _numbers(match)
    if f"{day}/{month}" not in _FESTIVALS or is_counted(match):
        return False
    return before(match, 16).rstrip().endswith(_FESTIVE) or _CELEBRATED.search(before(match, 60)) is not None


def _days_of_month(match: re.Match[str], job: Job) -> str | Said | None:
    """5-7/11: hai ngày của một tháng; không chữ nào nói thế thì vẫn hỏi."""
    first, last, month = int(match["d"]), int(match["d2"]), int(match["m2"])
    if is_counted(match) or not (in_range(first, month) and in_range(last, month)):
        return None
    if _is_called(match, job) or _is_head(match):
        return span_of(match, job)
    if _is_not_day(match) or first >= last:
        return None
    said = span_of(match, job)
    other = f"{cardinal(first, job.style)} đến {cardinal(last, job.style)} phần {cardinal(month, job.style)}"
    sure = last > 12 or "0" in (match["d"][0], match["d2"][0], match["m2"][0]) or before(match, 2).endswith("(")
    return None if said is None else Said(said, (other,)) if sure else job.choose(match, said, other)


def _pair_range(match: re.Match[str], job: Job) -> str | Said | None:
    """28/12 - 05/01: hai ngày; 1/3 đến 1/2 số hộ, hạng 1/4 - 4/4, 1.5-3.5 triệu thì không."""
    if is_counted(match):
        return None
    called = _is_called(match, job) or _is_head(match)
    if match["s"] in ".-":
        return span_of(match, job) if called and not _UNIT_AFTER.match(after(match)) else None
    if not called and _is_not_day(match):
        return None
    days = [int(match[name]) for name in ("d", "m", "d2", "m2")]
    sure = called or days[0] > 12 or days[2] > 12 or any(match[name][0] == "0" for name in ("d", "m", "d2", "m2"))
    said = span_of(match, job)
    if said is None or sure:
        return said
    return job.choose(
        match, said, " đến ".join(f"{cardinal(a, job.style)} trên {cardinal(b, job.style)}" for a, b in (days[:2], days[2:]))
    )


def _list(match: re.Match[str], job: Job) -> str | Said | None:
    """02/6, 09/6 và 16/6/2025: mỗi cặp một ngày, năm ở cuối là của mọi ngày."""
    pairs = [tuple(map(int, pair.split("/"))) for pair in re.findall(r"\d+/\d+", match["dates"])]
    year = year_of(match["y"])
    certain = year is not None or _is_called(match, job) or (all(day > 12 for day, _ in pairs) and not _is_not_day(match))
    if not all(in_range(day, month) for day, month in pairs) or is_counted(match) or (not certain and _is_not_day(match)):
        return None
    for day, month in pairs:
        check_date(match, job, day, month, year)
    *heads, last = [f"ngày {date_words(day, month, None, job)}" for day, month in pairs]
    words = f"{', '.join(heads)}{' và ' if 'và' in match['dates'] else ', '}{last}"
    words = words.removeprefix("ngày ") if not day_word(match) else words
    if not certain:
        return job.choose(match, words, ", ".join(f"{cardinal(a, job.style)} trên {cardinal(b, job.style)}" for a, b in pairs))
    return f"{words} năm {cardinal(year, job.style)}" if year else words


_DASHED = Pattern(r"(?<!/)(?:ngày|sáng|trưa|chiều|tối|đêm|dịp|lễ|khánh|nay|mai|qua) \(?$")
_DAY_NAMED = Pattern(rf"(?:ngày|{_PART_OF_DAY}|(?:thứ |t)(?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật|dịp|lễ) ?[,(]? ?$")


def _named_day(match: re.Match[str], job: Job) -> str | Said | None:
    """10.9, 10-9, 10/9/25: chỉ là ngày khi chữ đứng ngay trước nói thế; 09/11/25 không có gì thì hỏi."""
    earlier = before(match)
    if match["s"] == "-" and (is_counted(match) or not _DASHED.search(earlier)):
        return None
    if _DAY_NAMED.search(earlier) or _is_festival(match):
        return date_of(match, job)
    named = date_of(match, job) if match["y"] and _NEAR_YEAR.match(match["y"]) and not _VERSION.search(earlier) else None
    if named is None:
        return None
    joint = " chấm " if match["s"] == "." else " trên "
    return job.choose(match, named, joint.join(identifier(match[name], job.style) for name in ("d", "m", "y")))


_NEAR_YEAR = Pattern(r"[23]\d$")
_VERSION = Pattern(r"(?:mục|điểm|khoản|phần|phiên bản|bản|số|nhà|ngõ|ngách|hẻm|thửa|tờ|lô|npk|v) $")

LISTS = (
    rule(
        "days_of_month",
        Kind.RANGE,
        rf"{OPEN}{DAY} ?{DASH} ?(?P<d2>\d{{1,2}}) ?/ ?(?P<m2>\d{{1,2}})(?: ?/ ?(?P<y2>(?:1[5-9]|20|21)\d\d))?{CLOSE}",
        _days_of_month,
        at="0",
    ),
    rule(
        "date_list",
        Kind.DATE,
        rf"{OPEN}(?P<dates>\d{{1,2}}/\d{{1,2}}(?: ?(?:[,;]|,? và) ?\d{{1,2}}/\d{{1,2}}){{1,30}})(?:/(?P<y>(?:1[5-9]|20|21)\d\d))?{CLOSE}",
        _list,
        at="0",
        follow="/",
    ),
)
"""Các dạng có thể mang năm ở cuối: xét trước một ngày đứng riêng."""

RULES = (
    rule(
        "hour_day",
        Kind.DATE,
        rf"(?:(?<=\dh)|(?<=h\d\d))/{DAY}/{MONTH}(?P<y>){CLOSE}",
        date_of,
        at="!/",
    ),
    rule(
        "pair_range",
        Kind.RANGE,
        rf"{OPEN}{DAY} ?(?P<s>[/.-]) ?{MONTH}(?P<y>)(?: ?{DASH} ?| (?:đến|tới) )(?P<until>hết )?(?:ngày )?(?P<d2>\d{{1,2}}) ?(?P=s) ?(?P<m2>\d{{1,2}})(?P<y2>){CLOSE}",
        _pair_range,
        at="0",
        follow="/.- ",
    ),
    rule("short_year", Kind.DATE, rf"{OPEN}{DAY}(?P<s>[/.-]){MONTH}(?P=s)(?P<y>\d\d){CLOSE}", _named_day, at="0", follow="/.-"),
    rule("lunar", Kind.DATE, rf"{OPEN}{DAY}/{MONTH}(?P<y>)(?= ?(?:\(?âm lịch|\(?ÂL\b))", date_of, at="0", follow="/"),
    rule("pair", Kind.DATE, rf"{OPEN}{DAY} ?/ ?{MONTH}(?P<y>){CLOSE}", _pair, at="0", follow="/ "),
    rule("day_point_month", Kind.DATE, rf"{OPEN}{DAY}(?P<s>[.-]){MONTH}(?P<y>){CLOSE}", _named_day, at="0", follow=".-"),
)
