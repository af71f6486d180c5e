"""Nối những dòng bị ngắt cứng giữa câu (thư điện tử, tệp .txt cũ, chép từ PDF) thành đoạn liền, để giọng đọc không vấp.

Dấu hiệu của ngắt cứng: chữ đầu dòng sau không còn chỗ ở dòng trước. Thơ, chữ ký, đầu đề, danh sách không có dấu hiệu ấy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from broadcaster.newsroom.importing.model import Line

MIN_WIDTH = 45  # câu thơ tám chữ dài nhất chừng 40 ký tự
MAX_WIDTH = 130
_ITEM = re.compile(r"\s*(?:[-+*•–—●▪]|\(?\d{1,3}[.)/]|[a-zđ][.)]|[IVXLC]{1,6}[.)])\s")
_DASH_INSIDE = re.compile(r"\s*[-–]\s+[^\W\d_]")
_SENTENCE_END = re.compile(r"[.!?:;…][\"”’)\]]*$")


def reflow(lines: Sequence[Line]) -> tuple[list[str], int]:
    """Các dòng sau khi nối, và số chỗ đã nối."""
    blocks = list(_blocks(lines))
    wrapped = _is_wrapped(blocks)
    result: list[str] = []
    joints = 0
    for block in blocks:
        joined = _join(block, wrapped=wrapped)
        joints += len(block) - len(joined)
        result += joined
    return result, joints


def _blocks(lines: Sequence[Line]) -> Iterator[list[str]]:
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


def _join(block: list[str], *, wrapped: bool) -> list[str]:
    joined = block[:1]
    for line, after, width in _pairs(block):
        if _is_tight(line, after, width) and _belongs(line, after, wrapped=wrapped):
            joined[-1] = f"{joined[-1].rstrip()} {after.strip()}"
        else:
            joined.append(after)
    return joined


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
    return wrapped and not after.startswith((" ", "\t"))


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
