"""Đọc một văn bản kế hoạch tuyên truyền (.docx, .md, .txt) thành đề nghị: số, ngày, năm, nội dung, chỉ tiêu, khung giờ; thuần.

Chỉ là đề nghị: người xem, sửa, đánh dấu từng dòng rồi mới thành kế hoạch. Không đoán được thì để trống, không bịa.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, time

from broadcaster.newsroom.importing import Imported
from broadcaster.newsroom.topic_words import closest
from broadcaster.search_text import fold

LONGEST_TITLE = 160
MOST_TOPICS, MOST_SLOTS = 60, 10
_NUMBER = re.compile(r"Số\s*:?\s*(\d{1,5}\s*/\s*KH[-–]\w+)", re.IGNORECASE)
_DAY = re.compile(r"ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", re.IGNORECASE)
_YEAR = re.compile(r"năm\s+(20\d\d)")
_BULLET = re.compile(r"^\s*(?:[-–•+*]|\(?[a-zđ]\)|\d{1,2}(?:\.\d{1,2})*[.)])\s+")
_HEADING = re.compile(r"^\s*([IVX]+|\d{1,2}|[A-Z])\.\s+\S")
_LEADING = re.compile(r"^(?:tuyên truyền|phổ biến|thông tin)?\s*(?:về|các nội dung về)?\s*", re.IGNORECASE)
_COUNT = r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+|\d{1,4})\s*(?:[-–]\s*\d{1,4}\s*)?(?:lượt|lần|buổi|tin,? ?bài|tin|bài)\b"
"""“1.200 lượt”; “5-10 tin” là ít nhất 5."""
_TARGET = re.compile(_COUNT + r"[^.;|]{0,40}?(?:/|mỗi |một |trên |hằng |hàng |trong )(năm|quý|tháng|tuần)", re.IGNORECASE)
_EACH = re.compile(r"(?:mỗi|một|hằng|hàng)\s+(năm|quý|tháng|tuần)[^.;|]{0,60}?" + _COUNT, re.IGNORECASE)
_TIMES = {"năm": 1, "quý": 4, "tháng": 12, "tuần": 52}
_CLOCK = r"(\d{1,2})\s*(?:giờ|h|g|:)\s*(\d{2})?(?:\s*phút)?"
_SLOT = re.compile(rf"(?:từ\s+)?{_CLOCK}\s*(?:-|–|đến|tới)\s*{_CLOCK}", re.IGNORECASE)
_WEEKDAYS = {
    "hai": "1",
    "2": "1",
    "ba": "2",
    "3": "2",
    "tư": "3",
    "4": "3",
    "năm": "4",
    "5": "4",
    "sáu": "5",
    "6": "5",
    "bảy": "6",
    "7": "6",
}
_SPAN = re.compile(r"thứ\s+(\w+)\s+(?:-|–|đến|tới)\s+(?:hết\s+)?(?:thứ\s+(\w+)|(chủ nhật))", re.IGNORECASE)
_DAY_NAME = "hai|ba|tư|năm|sáu|bảy|[2-7]"
_NAMED = re.compile(rf"thứ\s+((?:{_DAY_NAME})\b(?:\s*(?:,|và)\s*[2-7]\b)*)", re.IGNORECASE)
_SUNDAY = re.compile(r"chủ\s+nhật", re.IGNORECASE)


@dataclass(frozen=True)
class ProposedTopic:
    """Một nội dung đọc được: ``detail`` là nguyên văn; ``target`` là lượt một năm, ``target_words`` là chữ đã đọc ra nó."""

    code: str
    title: str
    detail: str
    target: int | None = None
    target_words: str = ""


@dataclass(frozen=True)
class ProposedSlot:
    """Một khung giờ đọc được, và câu của nó."""

    start: time
    minutes: int
    weekdays: str
    words: str


@dataclass(frozen=True)
class ProposedPlan:
    """Đề nghị cho một kế hoạch; ô nào không đọc được thì trống. ``notes``: điều người xem cần biết."""

    number: str
    issued_on: date | None
    year: int | None
    title: str
    topics: tuple[ProposedTopic, ...]
    slots: tuple[ProposedSlot, ...]
    notes: tuple[str, ...]


def propose_plan(imported: Imported) -> ProposedPlan:
    """Đề nghị từ chữ của tệp."""
    head = f"{imported.head}\n{imported.text[:2000]}"
    number, issued = _NUMBER.search(head), _issued(head)
    year = _YEAR.search(imported.title) or _YEAR.search(imported.text)
    topics = _with_annex(_topics(imported.text), imported.text)
    slots = tuple(_slots(imported.text))[:MOST_SLOTS]
    notes = list(imported.notes)
    if not topics:
        notes.append("Không thấy mục “Nội dung tuyên truyền” trong văn bản. Hãy gõ các nội dung ở dưới.")
    elif not any(topic.target for topic in topics):
        notes.append("Văn bản không ghi chỉ tiêu lượt phát cho từng nội dung (thường nằm ở phụ lục). Hãy gõ, hoặc để trống.")
    return ProposedPlan(
        number=re.sub(r"\s+", "", number[1]).replace("–", "-") if number else "",
        issued_on=issued,
        year=int(year[1]) if year else issued.year if issued else None,
        title=imported.title,
        topics=topics,
        slots=slots,
        notes=tuple(notes),
    )


def yearly(words: str) -> tuple[int | None, str]:
    """Chỉ tiêu một năm trong câu (“mỗi tháng 2 tin” là 24), và đúng chữ đã đọc; không có thì ``(None, "")``."""
    if found := _TARGET.search(words):
        return _whole(found[1]) * _TIMES[found[2].lower()], found[0]
    if found := _EACH.search(words):
        return _whole(found[2]) * _TIMES[found[1].lower()], found[0]
    return None, ""


def _whole(number: str) -> int:
    return int(number.replace(".", ""))


def short_title(detail: str) -> str:
    """Tên gọn của một nội dung: bỏ “Tuyên truyền về”, dừng ở vế đầu, không quá ``LONGEST_TITLE`` ký tự."""
    text = _LEADING.sub("", _BULLET.sub("", detail).strip(), count=1).strip()
    first = re.split(r"(?<=\w)[;.](?:\s|$)", text)[0].strip(" .;")
    if len(first) > LONGEST_TITLE:
        cut = (
            first[:LONGEST_TITLE].rsplit(",", 1)[0] if "," in first[60:LONGEST_TITLE] else first[:LONGEST_TITLE].rsplit(" ", 1)[0]
        )
        first = cut.strip(" ,")
    return first[:1].upper() + first[1:]


def _issued(head: str) -> date | None:
    found = _DAY.search(head)
    if found is None:
        return None
    try:
        return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None


def _topics(text: str) -> tuple[ProposedTopic, ...]:
    details = [_BULLET.sub("", line).strip() for line in _section(text.split("\n"))]
    found = []
    for number, detail in enumerate(details[:MOST_TOPICS], start=1):
        target, words = yearly(detail)
        found.append(ProposedTopic(f"C{number}", short_title(detail), detail, target, words))
    return tuple(found)


def _with_annex(topics: tuple[ProposedTopic, ...], text: str) -> tuple[ProposedTopic, ...]:
    """Chỉ tiêu ghi ở chỗ khác (phụ lục) về cho nội dung giống câu ấy nhất; nội dung đã có chỉ tiêu thì thôi."""
    details = {number: topic.detail for number, topic in enumerate(topics)}
    found: dict[int, tuple[int, str]] = {}
    for line in text.split("\n"):
        target, words = yearly(line)
        number = closest(line, details) if target is not None else None
        if target is not None and number is not None:
            found.setdefault(number, (target, words))
    return tuple(
        replace(topic, target=found[number][0], target_words=found[number][1])
        if topic.target is None and number in found
        else topic
        for number, topic in enumerate(topics)
    )


def _section(lines: Iterable[str]) -> list[str]:
    """Các ý dưới đề mục “Nội dung tuyên truyền”, tới đề mục sau cùng bậc hay bậc trên."""
    found: list[str] = []
    level = ""
    for line in filter(str.strip, lines):
        here = _level(line)
        if here and level and found and here in (level, "I"):
            break
        if here and not found and _opens(line):
            level = here
        elif level and (not found or _BULLET.match(line)):
            found.append(line)
        elif level:
            found[-1] = f"{found[-1]} {line.strip()}"
    return found


def _level(line: str) -> str:
    """Bậc của một đề mục: “I” (La Mã), “1”, “A”; dòng thường thì rỗng."""
    found = _HEADING.match(line)
    if found is None or len(line) > 120 or line.rstrip().endswith((".", ";")):
        return ""
    return "I" if found[1][0] in "IVX" else "1" if found[1][0].isdigit() else "A"


def _opens(line: str) -> bool:
    plain = fold(line).rstrip(" .:")
    return "noi dung tuyen truyen" in plain or plain.endswith("noi dung")


def _slots(text: str) -> Iterable[ProposedSlot]:
    for line in text.split("\n"):
        for found in _SLOT.finditer(line):
            start, end = _clock(found[1], found[2]), _clock(found[3], found[4])
            if start is None or end is None:
                continue
            minutes = (end.hour - start.hour) * 60 + end.minute - start.minute
            if 0 < minutes <= 240:
                yield ProposedSlot(start, minutes, _weekdays(line), line.strip()[:200])


def _clock(hour: str, minute: str | None) -> time | None:
    try:
        return time(int(hour), int(minute or 0))
    except ValueError:
        return None


def _weekdays(line: str) -> str:
    """Các thứ của một câu: một khoảng (“thứ Hai đến thứ Sáu”), vài thứ kể tên (“thứ 3, 5 và Chủ nhật”); không nói thì cả tuần."""
    if (found := _SPAN.search(line)) is not None:
        first, last = _WEEKDAYS.get(found[1].lower(), "1"), "7" if found[3] else _WEEKDAYS.get((found[2] or "").lower(), "7")
        return "".join(str(day) for day in range(int(first), int(last) + 1)) or "1234567"
    named = {_WEEKDAYS[word] for list_ in _NAMED.findall(line) for word in re.findall(_DAY_NAME, list_.lower())}
    return "".join(sorted(named | ({"7"} if _SUNDAY.search(line) else set()))) or "1234567"
