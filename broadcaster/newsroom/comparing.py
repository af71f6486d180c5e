"""So hai bản sửa, đặt cạnh nhau từng đoạn: chữ nào bỏ, chữ nào thêm, và những điều khác ngoài chữ. Thuần."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from broadcaster.newsroom.tables import Revision

_WORDS = re.compile(r"\s+|[^\s\w]|\w+")
_LONGEST = 4_000
"""Đoạn dài hơn chừng này chữ thì so cả đoạn: so từng chữ của đoạn quá dài mất hàng giây."""

_MOST_WORK = 200_000_000
"""Số lần so nhiều nhất của một trang, chừng một giây; một bản tin dài sửa nhiều dùng chưa tới một phần mười."""


@dataclass(frozen=True)
class Bit:
    """Một mẩu chữ; ``changed``: chỉ bên này có."""

    text: str
    changed: bool = False


@dataclass(frozen=True)
class Pair:
    """Một đoạn ở hai bản; trống là bên ấy không có đoạn này."""

    before: tuple[Bit, ...]
    after: tuple[Bit, ...]

    @property
    def same(self) -> bool:
        """Đoạn không đổi chữ nào."""
        return self.before == self.after


@dataclass(frozen=True)
class Fact:
    """Một điều ngoài chữ đã đổi."""

    name: str
    before: str
    after: str


def compared(before: str, after: str) -> list[Pair]:
    """Hai nội dung, từng đoạn cạnh nhau; ghép các ``Bit`` của một bên là đúng đoạn của bên ấy."""
    old, new, effort = before.split("\n"), after.split("\n"), _Effort()
    found: list[Pair] = []
    for kind, i, j, k, m in effort.opcodes(old, new):
        if kind == "equal":
            found += [Pair((Bit(line),), (Bit(line),)) for line in old[i:j]]
        else:
            found += _changed(old[i:j], new[k:m], effort)
    return found


def facts(before: Revision, after: Revision) -> list[Fact]:
    """Tiêu đề, ngày, nơi phát và các nhãn khác nhau giữa hai bản."""
    pairs = zip(_told(before), _told(after), strict=True)
    return [Fact(name, old or "không có", new or "không có") for (name, old), (_, new) in pairs if old != new]


def _changed(old: Sequence[str], new: Sequence[str], effort: _Effort) -> Iterator[Pair]:
    for place in range(max(len(old), len(new))):
        left = old[place] if place < len(old) else None
        right = new[place] if place < len(new) else None
        if left is None or right is None or len(left) + len(right) > _LONGEST:
            yield Pair(_whole(left), _whole(right))
        else:
            yield _by_words(left, right, effort)


def _whole(line: str | None) -> tuple[Bit, ...]:
    return () if line is None else (Bit(line, changed=True),)


def _by_words(left: str, right: str, effort: _Effort) -> Pair:
    old, new = _WORDS.findall(left), _WORDS.findall(right)
    before: list[Bit] = []
    after: list[Bit] = []
    for kind, i, j, k, m in effort.opcodes(old, new):
        before += [Bit("".join(old[i:j]), kind != "equal")] if i < j else []
        after += [Bit("".join(new[k:m]), kind != "equal")] if k < m else []
    return Pair(tuple(before), tuple(after))


class _Effort:
    """Công so sánh còn lại của một trang; hết thì phần sau chỉ kể là đã đổi, không so từng chữ.

    ``difflib`` với một đoạn lặp đi lặp lại một chữ mất hàng chục giây; trang duyệt không được chờ người viết như thế.
    """

    def __init__(self) -> None:
        self._left = _MOST_WORK

    def opcodes(self, old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
        """Như ``SequenceMatcher.get_opcodes``; phần đầu và phần cuối giống nhau không tốn công."""
        start = _same(old, new)
        end = _same(old[start:][::-1], new[start:][::-1])
        was, now = old[start : len(old) - end], new[start : len(new) - end]
        counts = Counter(was)
        work = sum(counts[one] for one in now) * min(len(was), len(now))
        codes: list[tuple[str, int, int, int, int]] = [("replace", 0, len(was), 0, len(now))]
        if work <= self._left:
            self._left -= work
            codes = list(difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes())
        inner = [(kind, i + start, j + start, k + start, m + start) for kind, i, j, k, m in codes if i < j or k < m]
        first, last = ("equal", 0, start, 0, start), ("equal", len(old) - end, len(old), len(new) - end, len(new))
        return [code for code in (first, *inner, last) if code[1] < code[2] or code[3] < code[4]]


def _same(old: Sequence[str], new: Sequence[str]) -> int:
    """Hai bên giống nhau mấy phần tử đầu."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))


def _told(one: Revision) -> list[tuple[str, str]]:
    return [
        ("Tiêu đề", one.title),
        ("Thể loại", one.genre.label),
        ("Mức ưu tiên", one.priority.label),
        ("Nguồn", one.origin.label),
        ("Chuyên mục", one.column.name if one.column else ""),
        ("Nội dung kế hoạch", ", ".join(topic.code for topic in one.topics)),
        ("Tổ dân phố", ", ".join(zone.name for zone in one.zones) or "cả phường"),
        ("Phát từ ngày", f"{one.valid_from:%d/%m/%Y}" if one.valid_from else ""),
        ("Đến hết ngày", f"{one.valid_to:%d/%m/%Y}" if one.valid_to else "không hạn"),
        ("Cách đọc chọn riêng", "; ".join(f"{surface} đọc là {reading}" for surface, reading in sorted(one.choices.items()))),
    ]
