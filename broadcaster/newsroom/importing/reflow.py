"""Nối những dòng bị ngắt cứng giữa câu (thư điện tử, tệp .txt cũ, chép từ PDF) thành đoạn liền, để giọng đọc không vấp.

Dấu hiệu của ngắt cứng: chữ đầu dòng sau không còn chỗ ở dòng trước. Thơ, chữ ký, đầu đề, danh sách không có dấu hiệu ấy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from broadcaster.newsroom.importing.model import RawLine

MIN_WIDTH = 45  # câu thơ tám chữ dài nhất chừng 40 ký tự
MAX_WIDTH = 130
SURE_WIDTH = 60
"""Dòng dài chừng này mà không có dấu câu thì hoặc bị ngắt cứng, hoặc là một đầu đề dài."""
_ITEM = re.compile(r"\s*(?:[-+*•–—●▪]|\(?\d{1,3}[.)/]|[a-zđ][.)]|[IVXLC]{1,6}[.)])\s")
_DASH_INSIDE = re.compile(r"\s*[-–]\s+[^\W\d_]")
_FRAGMENT_WORDS = 6
_PLACE = re.compile(
    r"\s*(?:tổ dân phố|tdp|trạm|nhà văn hóa|phường|xã|khu|thôn|ấp|tổ|ủy ban|uỷ ban|hội|công an|trường|đường|quốc lộ|thị xã"
    r"|thành phố|tỉnh|quận|huyện)\b[^,;:]*\.?$",
    re.IGNORECASE,
)
_OPEN_END = re.compile(
    r"(?<!\w)(?:của|và|là|tại|ở|với|cho|đến|tới|từ|do|bởi|bằng|để|theo|như|hoặc|hay|nhưng|mà|khi|nếu|vì|các|những|mỗi|mọi|giữa|gồm"
    r"|thuộc|tức|ông|bà|đồng chí)$|,$",
    re.IGNORECASE,
)
"""Chữ không thể là hết câu: dòng kết bằng nó thì câu còn ở dòng sau, dù dòng sau viết hoa."""
_BEFORE_NUMBER = re.compile(
    r"(?<!\w)(?:ngày|tháng|năm|quý|lúc|từ|số|khoảng|hơn|gần|trên|dưới|điều|khoản|tổ|khu|còn|đạt)$", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?:;…][\"”’)\]]*$")


@dataclass
class Reflowed:
    """Các dòng sau khi nối, số chỗ đã nối, và những chỗ chưa rõ là một câu hay hai: (dòng trước, dòng sau)."""

    lines: list[str] = field(default_factory=list)
    joints: int = 0
    unsure: list[tuple[str, str]] = field(default_factory=list)


def reflow(lines: Sequence[RawLine]) -> Reflowed:
    """Nối những chỗ chắc là ngắt cứng; chỗ ngờ thì để nguyên và kể ra."""
    blocks = list(_blocks(lines))
    wrapped = _is_wrapped(blocks)
    result = Reflowed()
    for block in blocks:
        _join(block, result, wrapped=wrapped)
    return result


def _blocks(lines: Sequence[RawLine]) -> Iterator[list[str]]:
    """Nhóm dòng liền nhau có thể nối; dòng trống và dòng cố định đứng một mình."""
    block: list[str] = []
    for line in lines:
        if line.fixed or not line.text.strip():
            if block:
                yield block
            block = []
            yield [line.text]
        else:
            block.append(line.text)
    if block:
        yield block


def _is_wrapped(blocks: list[list[str]]) -> bool:
    """Cả văn bản có bị ngắt cứng không: đa số chỗ ngắt sát lề tiếp tục bằng chữ thường."""
    tight = [(line, after) for block in blocks for line, after, width in _pairs(block) if _is_tight(line, after, width)]
    continuing = sum(_continues(line, after) for line, after in tight)
    return continuing >= 2 and 2 * continuing >= len(tight)


def _join(block: list[str], result: Reflowed, *, wrapped: bool) -> None:
    result.lines.append(block[0])
    for line, after, width in _pairs(block):
        tight = _is_tight(line, after, width)
        if tight and _belongs(line, after, wrapped=wrapped):
            result.lines[-1] = f"{result.lines[-1].rstrip()} {after.strip()}"
            result.joints += 1
            continue
        if tight and _may_belong(line, after):
            result.unsure.append((line.strip(), after.strip()))
        result.lines.append(after)


def _pairs(block: list[str]) -> Iterator[tuple[str, str, int]]:
    width = max(len(line.rstrip()) for line in block)
    for line, after in pairwise(block):
        yield line.rstrip(), after, width


def _is_tight(line: str, after: str, width: int) -> bool:
    """Chữ đầu của dòng sau không vừa vào dòng trước, trong bề rộng của một trang chữ."""
    first = after.split(None, 1)[0]
    return MIN_WIDTH <= width <= MAX_WIDTH and len(line) + 1 + len(first) > width


def _belongs(line: str, after: str, *, wrapped: bool) -> bool:
    if _continues(line, after):
        return True
    if _is_capitals(line) or _is_capitals(after) or _ITEM.match(after):
        return False
    if _is_open(line, after):
        return True
    return wrapped and not after.startswith((" ", "\t"))


def _is_open(line: str, after: str) -> bool:
    if _SENTENCE_END.search(line):
        return False
    leads_to_number = after.strip()[:1].isdigit() and bool(_BEFORE_NUMBER.search(line))
    return leads_to_number or bool(_OPEN_END.search(line)) or _is_fragment(line, after)


def _is_fragment(line: str, after: str) -> bool:
    """Dòng sau chỉ là nốt phần đuôi một tên gọi (“Tổ dân phố số 3.”), không thành câu."""
    return len(line) >= SURE_WIDTH and len(after.split()) <= _FRAGMENT_WORDS and bool(_PLACE.match(after))


def _may_belong(line: str, after: str) -> bool:
    """Dòng dài không dấu câu rồi tới chữ hoa: có thể là một câu bị ngắt, cũng có thể là đầu đề."""
    if len(line) < SURE_WIDTH or _is_capitals(line) or _is_capitals(after) or _ITEM.match(after) or _ITEM.match(line):
        return False
    return not _SENTENCE_END.search(line) and after.strip()[:1].isupper()


def _continues(line: str, after: str) -> bool:
    """Dòng sau mở đầu bằng chữ thường, hoặc bằng gạch nối của một cụm ("kinh tế / - xã hội"), khi câu trước chưa dứt."""
    if _is_capitals(line) or _SENTENCE_END.search(line):
        return False
    if _ITEM.match(after) and not _DASH_INSIDE.match(after):
        return False
    first = next((char for char in after if char.isalnum()), "")
    return first.islower()


def _is_capitals(line: str) -> bool:
    letters = [char for char in line if char.isalpha()]
    return bool(letters) and all(char.isupper() for char in letters)
