"""Số thứ tự tự động của Word không nằm trong chữ mà do Word tính khi hiện; ở đây tính lại đúng như người soạn nhìn thấy.

Theo ECMA-376 phần 1, mục 17.9: bộ đếm thuộc danh sách trừu tượng, danh sách cụ thể có thể đặt lại số đầu.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field

from lxml import etree

from broadcaster.newsroom.importing.ooxml import child, integer, val, w

LEVELS = 9
MAX_LABEL = 60
BULLET = "-"
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
          (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip
_PLACE = re.compile(r"%([1-9])")


@dataclass(frozen=True)
class Level:
    """Một cấp của danh sách: kiểu số, mẫu chữ ("%1.%2."), số đầu, phông của nhãn."""

    start: int = 1
    style: str = "decimal"
    pattern: str = ""
    glued: bool = False
    all_decimal: bool = False
    restart_after: int | None = None
    properties: etree._Element | None = None


@dataclass(frozen=True)
class Label:
    """Nhãn đã tính: chữ, có dấu cách theo sau không, và định dạng riêng để biết phông hay chữ ẩn."""

    text: str
    glued: bool = False
    properties: etree._Element | None = None


@dataclass
class Numbering:
    """Mọi danh sách của một tài liệu và bộ đếm đang chạy; gọi ``next_label`` theo đúng thứ tự đoạn."""

    abstracts: dict[int, dict[int, Level]] = field(default_factory=dict)
    lists: dict[int, tuple[int, dict[int, Level], dict[int, int]]] = field(default_factory=dict)
    by_style: dict[str, tuple[int, int]] = field(default_factory=dict)
    _counts: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    _started: set[tuple[int, int]] = field(default_factory=set)

    def next_label(self, list_id: int, depth: int) -> Label | None:
        """Nhãn của đoạn kế tiếp trong danh sách ``list_id`` ở cấp ``depth`` (từ 0); None khi không có danh sách ấy."""
        if list_id not in self.lists:
            return None
        depth = min(max(depth, 0), LEVELS - 1)
        levels = self._levels(list_id)
        level = levels.get(depth, Level())
        counts = self._advance(list_id, depth, levels)
        return Label(_label_text(level, levels, counts), level.glued, level.properties)

    def _levels(self, list_id: int) -> dict[int, Level]:
        abstract, overrides, _ = self.lists[list_id]
        return self.abstracts.get(abstract, {}) | overrides

    def _advance(self, list_id: int, depth: int, levels: dict[int, Level]) -> dict[int, int]:
        abstract, _, starts = self.lists[list_id]
        counts = self._counts[abstract]
        if depth in starts and (list_id, depth) not in self._started:
            counts[depth] = starts[depth]
        elif depth in counts:
            counts[depth] += 1
        else:
            counts[depth] = levels.get(depth, Level()).start
        self._started.add((list_id, depth))
        for above in range(depth):
            counts.setdefault(above, levels.get(above, Level()).start)
        for below in [deeper for deeper in counts if deeper > depth and _restarts(levels.get(deeper, Level()), depth)]:
            del counts[below]
        return counts


def read_numbering(root: etree._Element | None) -> Numbering:
    """Đọc phần numbering.xml; không có thì mọi đoạn đều không có số."""
    numbering = Numbering()
    if root is None:
        return numbering
    linked: dict[str, int] = {}
    for node in root.iterchildren(w("abstractNum")):
        number = integer(node.get(w("abstractNumId")))
        numbering.abstracts[number] = {integer(lvl.get(w("ilvl"))): _level(lvl) for lvl in node.iterchildren(w("lvl"))}
        if style := val(node, "styleLink"):
            linked[style] = number
    for node in root.iterchildren(w("num")):
        _read_list(numbering, node)
    _follow_style_links(numbering, root, linked)
    _map_styles(numbering, root)
    return numbering


def _read_list(numbering: Numbering, node: etree._Element) -> None:
    overrides: dict[int, Level] = {}
    starts: dict[int, int] = {}
    for override in node.iterchildren(w("lvlOverride")):
        depth = integer(override.get(w("ilvl")))
        if (lvl := child(override, "lvl")) is not None:
            overrides[depth] = _level(lvl)
        if (start := val(override, "startOverride")) is not None:
            starts[depth] = integer(start)
    numbering.lists[integer(node.get(w("numId")))] = (integer(val(node, "abstractNumId")), overrides, starts)


def _follow_style_links(numbering: Numbering, root: etree._Element, linked: dict[str, int]) -> None:
    """Danh sách dùng chung qua kiểu (numStyleLink) lấy các cấp của danh sách khai kiểu ấy."""
    for node in root.iterchildren(w("abstractNum")):
        source = linked.get(val(node, "numStyleLink") or "")
        if source is not None:
            numbering.abstracts[integer(node.get(w("abstractNumId")))] = numbering.abstracts[source]


def _map_styles(numbering: Numbering, root: etree._Element) -> None:
    """Kiểu đoạn gắn với một cấp (w:pStyle trong w:lvl) → danh sách và cấp."""
    owner = {abstract: list_id for list_id, (abstract, _, _) in reversed(list(numbering.lists.items()))}
    for node in root.iterchildren(w("abstractNum")):
        list_id = owner.get(integer(node.get(w("abstractNumId"))))
        for lvl in node.iterchildren(w("lvl")):
            style = val(lvl, "pStyle")
            if style and list_id is not None:
                numbering.by_style[style] = (list_id, integer(lvl.get(w("ilvl"))))


def _level(lvl: etree._Element) -> Level:
    restart = val(lvl, "lvlRestart")
    legal = child(lvl, "isLgl")
    return Level(
        start=integer(val(lvl, "start"), 0),
        style=val(lvl, "numFmt") or "decimal",
        pattern=val(lvl, "lvlText") or "",
        glued=val(lvl, "suff") == "nothing",
        all_decimal=legal is not None and legal.get(w("val")) not in ("0", "false", "off"),
        restart_after=None if restart is None else integer(restart),
        properties=child(lvl, "rPr"),
    )


def _restarts(level: Level, depth: int) -> bool:
    """Cấp dưới đếm lại sau mọi cấp trên, trừ khi lvlRestart nói khác (0 là không bao giờ)."""
    return level.restart_after is None or depth < level.restart_after


def _label_text(level: Level, levels: dict[int, Level], counts: dict[int, int]) -> str:
    if level.style == "bullet":
        return BULLET

    def number(found: re.Match[str]) -> str:
        depth = int(found.group(1)) - 1
        style = "decimal" if level.all_decimal else levels.get(depth, Level()).style
        return format_number(counts.get(depth, levels.get(depth, Level()).start), style)

    return _PLACE.sub(number, level.pattern[:MAX_LABEL]).strip()


def format_number(number: int, style: str) -> str:
    """``number`` theo kiểu của Word; kiểu lạ hoặc số quá lớn thành số thường."""
    if style in ("none", "bullet"):
        return ""
    if style == "decimalZero":
        return f"{number:02d}"
    if style in ("lowerLetter", "upperLetter") and 0 < number <= 26 * 4:
        letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)  # sau z là aa, bb
        return letters.upper() if style == "upperLetter" else letters
    if style in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        return _roman(number) if style == "upperRoman" else _roman(number).lower()
    return str(number)


def _roman(number: int) -> str:
    text = ""
    for value, letters in _ROMAN:
        count, number = divmod(number, value)
        text += letters * count
    return text
