"""Một số hay một khoảng số có dấu mang giá trị: phần chung của luật tiền, đơn vị và số đếm."""

from __future__ import annotations

import re

from broadcaster.reading.model import Kind
from broadcaster.reading.numbers import Num, number_words, parse_number
from broadcaster.reading.rules.base import DASH, NUM, Job, before

SIGN = r"(?:(?<![\w%‰°)])(?P<sign>[<>]=|[<>≤≥±~≈+]|[-−–](?=\d)) ?)?"
SIGNS = {
    "<": "nhỏ hơn", ">": "lớn hơn", "≤": "nhỏ hơn hoặc bằng", "<=": "nhỏ hơn hoặc bằng", "≥": "lớn hơn hoặc bằng", ">=": "lớn hơn hoặc bằng",
    "±": "cộng trừ", "~": "khoảng", "≈": "khoảng", "+": "cộng", "-": "âm", "−": "âm", "–": "âm",
}  # fmt: skip
PAIR = rf"{SIGN}(?<![\d.,])(?<!\d/)(?<!\d /)(?P<a>{NUM})(?: ?(?P<joint>{DASH}|đến|tới) ?(?P<b>{NUM}))?"
NUMERIC = frozenset({Kind.MONEY, Kind.NUMBER, Kind.QUANTITY, Kind.RANGE})


def alternation(words: object) -> str:
    """Các chữ thành một nhánh chính quy, chữ dài xét trước."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))  # type: ignore[call-overload]


def numbers_of(match: re.Match[str], job: Job) -> str | None:
    """Lời của số hoặc khoảng số; ``None`` khi không đọc trọn được."""
    first = parsed(match, match["a"], job)
    if first is None:
        return None
    sign = f"{SIGNS[match['sign']]} " if match["sign"] else ""
    if sign == "khoảng " and before(match, 8).endswith("khoảng "):
        sign = ""
    if match["b"] is None:
        return sign + number_words(first, job.style)
    last = parsed(match, match["b"], job)
    if last is None:
        return None
    check_order(match, job, first, last, same=match["b"].isdigit() and match["a"].isdigit())
    return f"{sign}{number_words(first, job.style)} đến {number_words(last, job.style)}"


def check_order(match: re.Match[str], job: Job, first: Num, last: Num, *, same: bool = False) -> None:
    """Hỏi khi khoảng ngược; ``same``: hai đầu bằng nhau được bỏ qua."""
    if last.value < first.value or (last.value == first.value and not same):
        job.ask("range_order", match, f"Khoảng “{match[0].strip()}” có số sau không lớn hơn số trước.", dangerous=True)


def parsed(match: re.Match[str], text: str, job: Job) -> Num | None:
    """Một số viết trọn trong ``text``; cách viết mâu thuẫn thì hỏi."""
    number = parse_number(text, 0)
    if number is None or number.end != len(text):
        return None
    if number.doubt:
        job.ask(number.doubt, match, f"Số “{text}” viết lẫn dấu chấm và dấu phẩy.", dangerous=True)
    return number


def num(text: str) -> Num:
    """Số mà mẫu chính quy đã bảo đảm là viết đúng."""
    found = parse_number(text, 0)
    assert found is not None
    return found
