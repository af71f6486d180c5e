"""Thứ trong tuần viết tắt: T2-T6, T2, T4, T6, T7 và CN, T7 (15/11); không chữ nào nói về lịch thì T2 phải hỏi."""

from __future__ import annotations

import re

from broadcaster.reading.claims import Said
from broadcaster.reading.model import Kind
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import DASH, Job, after, before, rule

_DAY_NAMES = {"2": "hai", "3": "ba", "4": "tư", "5": "năm", "6": "sáu", "7": "bảy"}
_MONTHS = {**_DAY_NAMES, "1": "một", "8": "tám", "9": "chín", "10": "mười", "11": "mười một", "12": "mười hai"}
_WEEKLY = Pattern(
    r"(?:buổi|làm việc|hằng tuần|hàng tuần|mỗi tuần|tuần|phát|trực|mở cửa|giờ|\d[hg:]|\bcn\b|chủ nhật|tiếp dân|sáng|chiều|tối|nghỉ|học|lịch|khám|tiêm|thu gom|họp chợ)"
)
_EARLIER = Pattern(
    r"(?:sáng|trưa|chiều|tối|đêm|trừ|cả|vào|nghỉ|học|làm|làm việc|từ|các|ngày|mỗi|hằng|hàng|đến|tới|và|hết|trước|hôm|lịch) ?[:(]?$|\d/\d{1,2}(?:/\d{4})? ?[(,]? ?$"
)
_LATER = Pattern(
    r" ?(?:[,:;(]? ?\(?\d{1,2}/\d|,? ?ngày|:|,? ?\d{1,2}[hg]|,? ?\d{1,2}:\d\d|,? ?(?:sáng|chiều|tối)| (?:khám|nghỉ|trực|họp|tiếp|mở|phát|hằng|hàng|mỗi|tuần|học|thi|này|tới|sau|đầu|cuối)\b)"
)
_ACCUMULATED = Pattern(r" ?(?:/\d|đầu năm|năm |so với)")


def _weekdays(match: re.Match[str], job: Job) -> str | Said | None:
    """T2-T6 là thứ khi câu nói việc lặp theo tuần; còn lại thì hỏi."""
    first = _DAY_NAMES[match["a"]]
    if match["sun"]:
        return f"thứ {first} đến chủ nhật"
    if int(match["b"]) <= int(match["a"]):
        return None
    last = _DAY_NAMES[match["b"]]
    around = match.string[max(0, match.start() - 60) : match.end() + 40].lower()
    if _WEEKLY.search(around):
        return f"thứ {first} đến thứ {last}"
    months = f"tháng {first} đến tháng {last}"
    return job.choose(match, f"thứ {first} đến thứ {last}", months)


def _weekday_list(match: re.Match[str], _job: Job) -> str:
    """T2, T4, T6: thứ hai, thứ tư, thứ sáu; T7, CN."""
    words = re.sub(r"T([2-7])", lambda one: f"thứ {_DAY_NAMES[one[1]]}", match[0]).replace("CN", "chủ nhật")
    return re.sub(r" ?([+&/]) ?", " và ", words)


def _weekday(match: re.Match[str], job: Job) -> str | Said | None:
    """T7 đứng một mình: chữ trước hoặc sau nói về lịch thì là thứ, “T7 năm nay” là tháng, còn lại hỏi."""
    number, earlier, later = match["a"], before(match), after(match)
    month = f"tháng {_MONTHS[number]}"
    if _ACCUMULATED.match(later) and number not in _DAY_NAMES:
        return month
    if number not in _DAY_NAMES:
        return month if re.search(r"(?:đến|từ|trong|tính đến|hết|đầu|cuối|và|,) ?$", earlier) else None
    said = f"thứ {_DAY_NAMES[number]}"
    if _EARLIER.search(earlier) or _LATER.match(later):
        return said
    if _ACCUMULATED.match(later) or earlier.endswith(("đầu ", "cuối ", "giữa ", "tính đến ")):
        return month
    return job.choose(match, said, month) if not earlier.rstrip().endswith(("khu", "lô", "tòa", "nhà", "giống", "tầng")) else None


RULES = (
    rule(
        "weekday_list",
        Kind.DATE,
        r"(?<!\w)T[2-7](?:(?: ?[,;&+/] ?| và )T[2-7])*(?: ?[,;&+/] ?| và )(?:T[2-7]|CN)(?!\w|/\d|[.,]\d)",
        _weekday_list,
        at="T",
    ),
    rule(
        "weekdays",
        Kind.RANGE,
        rf"(?<!\w)T(?P<a>[2-7])(?: ?{DASH} ?| đến )(?:T?(?P<b>[3-7])|(?P<sun>CN))(?!\w|/\d|[.,]\d)",
        _weekdays,
        at="T",
    ),
    rule("weekday", Kind.DATE, r"(?<!\w)T(?P<a>[2-9]|1[0-2])(?!\w|/[12]|[.,-]\d)", _weekday, at="T"),
)
