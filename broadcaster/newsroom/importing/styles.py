"""Định dạng thừa kế của Word: chữ nào ẩn, phông nào cũ, đoạn nào có số, phải hỏi qua chuỗi kiểu (basedOn) mới biết."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from lxml import etree

from broadcaster.newsroom.importing.codings import Coding
from broadcaster.newsroom.importing.ooxml import child, integer, switch, val, w

_T = TypeVar("_T")
_MAX_CHAIN = 20
_TOC_NAMES = ("toc ", "mục lục")
_FONT_SLOTS = ("hAnsi", "ascii")  # chữ có dấu của phông cũ nằm ngoài ASCII nên Word lấy phông hAnsi
_THEME = "+theme"


@dataclass
class Styles:
    """Các kiểu của tài liệu; mọi câu trả lời đều nhớ lại vì hàng chục nghìn đoạn chữ dùng chung vài kiểu."""

    nodes: dict[str, etree._Element] = field(default_factory=dict)
    default_paragraph: str = ""
    defaults: etree._Element | None = None
    _hidden: dict[tuple[str, str], bool] = field(default_factory=dict)
    _coding: dict[tuple[str, str], Coding | None] = field(default_factory=dict)

    def is_hidden(self, properties: etree._Element | None, paragraph_style: str) -> bool:
        """Chữ mang ``properties`` (w:rPr) có thuộc tính ẩn không; định dạng tại chỗ thắng kiểu."""
        direct = switch(properties, "vanish")
        if direct is not None:
            return direct
        key = (val(properties, "rStyle") or "", paragraph_style)
        if key not in self._hidden:
            self._hidden[key] = self._inherited_hidden(*key)
        return self._hidden[key]

    def coding(self, properties: etree._Element | None, paragraph_style: str) -> Coding | None:
        """Bảng mã cũ mà phông của chữ đòi hỏi (.VnTime, VNI-Times), None với phông Unicode."""
        direct = _font(child(properties, "rFonts"))
        if direct:
            return font_coding(direct)
        key = (val(properties, "rStyle") or "", paragraph_style)
        if key not in self._coding:
            self._coding[key] = font_coding(self._inherited_font(*key))
        return self._coding[key]

    def numbering(self, paragraph_style: str) -> tuple[int, int | None] | None:
        """(danh sách, cấp) mà kiểu đoạn mang theo; cấp None khi kiểu không ghi."""
        for node in self._chain(paragraph_style):
            numbered = child(child(node, "pPr"), "numPr")
            if (number := val(numbered, "numId")) is not None:
                depth = val(numbered, "ilvl")
                return integer(number), None if depth is None else integer(depth)
        return None

    def chain_ids(self, paragraph_style: str) -> list[str]:
        """Kiểu và các kiểu cha, gần trước."""
        return [node.get(w("styleId"), "") for node in self._chain(paragraph_style)]

    def is_contents(self, paragraph_style: str) -> bool:
        """Kiểu của dòng mục lục tự động."""
        return self._name(paragraph_style).startswith(_TOC_NAMES)

    def is_title(self, paragraph_style: str) -> bool:
        """Kiểu Tiêu đề của cả văn bản."""
        return self._name(paragraph_style) in ("title", "tiêu đề", "tên tài liệu")

    def is_heading(self, paragraph_style: str) -> bool:
        """Kiểu đầu đề các cấp và tiêu đề: dòng đứng riêng."""
        return self._name(paragraph_style).startswith(("heading", "title", "subtitle", "đầu đề", "tiêu đề"))

    def _name(self, style: str) -> str:
        return (val(self.nodes.get(style), "name") or style).lower()

    def _chain(self, style: str) -> Iterator[etree._Element]:
        seen: set[str] = set()
        current: str | None = style
        while current and current in self.nodes and current not in seen and len(seen) < _MAX_CHAIN:
            seen.add(current)
            yield self.nodes[current]
            current = val(self.nodes[current], "basedOn")

    def _inherited_hidden(self, run_style: str, paragraph_style: str) -> bool:
        """Thuộc tính bật tắt của kiểu chữ và kiểu đoạn đảo lẫn nhau (ECMA-376, 17.7.3)."""
        return self._style_hidden(run_style) != self._style_hidden(paragraph_style)

    def _style_hidden(self, style: str) -> bool:
        found = self._first(style, lambda properties: switch(properties, "vanish"))
        return bool(found)

    def _inherited_font(self, run_style: str, paragraph_style: str) -> str:
        for style in (run_style, paragraph_style):
            if font := self._first(style, lambda properties: _font(child(properties, "rFonts")) or None):
                return font
        return _font(child(self.defaults, "rFonts"))

    def _first(self, style: str, ask: Callable[[etree._Element | None], _T | None]) -> _T | None:
        answers = (ask(child(node, "rPr")) for node in self._chain(style))
        return next((answer for answer in answers if answer is not None), None)


def read_styles(root: etree._Element | None) -> Styles:
    """Đọc phần styles.xml; không có thì mọi chữ là chữ thường."""
    styles = Styles()
    if root is None:
        return styles
    styles.defaults = child(child(child(root, "docDefaults"), "rPrDefault"), "rPr")
    for node in root.iterchildren(w("style")):
        name = node.get(w("styleId"), "")
        styles.nodes[name] = node
        if node.get(w("type")) == "paragraph" and node.get(w("default")) in ("1", "true", "on"):
            styles.default_paragraph = name
    return styles


def font_coding(font: str) -> Coding | None:
    """Bảng mã theo tên phông: họ .Vn… là TCVN3 (tên kết thúc bằng H là phông chữ hoa), họ VNI… là VNI."""
    name = font.strip().lower()
    if name.startswith(".vn"):
        return Coding.TCVN3_CAPS if name.endswith("h") and not name.endswith("english") else Coding.TCVN3
    return Coding.VNI if name.startswith("vni") else None


def _font(fonts: etree._Element | None) -> str:
    if fonts is None:
        return ""
    if fonts.get(w("asciiTheme")) or fonts.get(w("hAnsiTheme")):
        return _THEME
    return next((name for slot in _FONT_SLOTS if (name := fonts.get(w(slot)))), "")
