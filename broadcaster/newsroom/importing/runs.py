"""Chữ trong một đoạn Word: từng mẩu (run) kèm bảng mã của phông, bỏ phần đã xoá, phần ẩn, phần không phải chữ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lxml import etree

from broadcaster.newsroom.importing.codings import Coding, convert
from broadcaster.newsroom.importing.fields import Fields
from broadcaster.newsroom.importing.findings import Found
from broadcaster.newsroom.importing.formula import linear, raised
from broadcaster.newsroom.importing.ooxml import branch, child, has_text, local, switch, val, w
from broadcaster.newsroom.importing.styles import Styles, font_coding
from broadcaster.newsroom.importing.symbols import is_private, symbol

_DELETED = {"del", "moveFrom"}
_INSERTED = {"ins", "moveTo"}
_COMMENTED = {"commentRangeStart", "commentReference"}
_FORMULA = {"oMath", "oMathPara"}
_GRAPHIC = {"drawing", "pict", "object"}
_NO_TEXT = {"pPr", "rPr", "sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr", "fldData", "ruby", "delText", "commentRangeEnd"}
# gạch nối mềm giữ tới lúc sửa mã: LibreOffice ghi chữ ư của TCVN3 thành w:softHyphen
_MARKS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": "\xad"}
_NOTE_MARKS = {"footnoteReference", "endnoteReference"}


@dataclass(frozen=True)
class Piece:
    """Một mẩu chữ và bảng mã mà phông của nó đòi hỏi."""

    text: str
    coding: Coding | None = None


@dataclass
class Inline:
    """Nội dung một đoạn: các mẩu chữ theo thứ tự, và khung chữ neo vào đoạn (đọc sau đoạn)."""

    style: str
    pieces: list[Piece] = field(default_factory=list)
    boxes: list[etree._Element] = field(default_factory=list)


@dataclass
class RunReader:
    """Đọc phần chữ của từng đoạn; đếm vào ``found`` mọi thứ đã bỏ."""

    styles: Styles
    found: Counter[Found]
    fields: Fields
    struck: list[str] = field(default_factory=list)
    """Chữ gạch ngang đã bỏ."""

    def read(self, paragraph: etree._Element, style: str) -> Inline:
        """Chữ nhìn thấy được của một w:p mang kiểu ``style``."""
        inline = Inline(style)
        self._children(paragraph, inline)
        self.fields.end_paragraph()
        return inline

    def _children(self, node: etree._Element, inline: Inline) -> None:
        for part in node:
            self._inline(part, inline)

    def _inline(self, node: etree._Element, inline: Inline) -> None:
        kind = local(node)
        if kind == "r":
            self._run(node, inline)
        elif kind in _DELETED or kind in _INSERTED:
            self.found[Found.CHANGES] += 1
            if kind in _INSERTED:
                self._children(node, inline)
        elif kind == "AlternateContent":
            for part in branch(node):
                self._inline(part, inline)
        elif kind in _FORMULA:
            self._formula(node, inline)
        elif kind == "sdt":
            if content := self.control(node):
                self._children(content[0], inline)
        elif kind in _COMMENTED:
            self.found[Found.COMMENTS] += 1
        elif kind == "fldSimple":
            if not self.fields.dropped(node.get(w("instr"), "")):
                self._children(node, inline)
        elif kind not in _NO_TEXT:
            self._children(node, inline)

    def control(self, node: etree._Element) -> list[etree._Element]:
        """Phần chữ của một ô điều khiển (w:sdt): rỗng khi còn là chữ mẫu chưa điền hoặc là mục lục tự động."""
        properties = child(node, "sdtPr")
        if switch(properties, "showingPlcHdr"):
            self.found[Found.PLACEHOLDERS] += 1
            return []
        if properties is not None and any(local(one) == "checkbox" for one in properties):
            self.found[Found.TICKS] += 1
        gallery = val(child(properties, "docPartObj"), "docPartGallery") or ""
        if gallery.startswith(("Table of Contents", "Page Numbers")):
            self.found[Found.CONTENTS if gallery.startswith("Table") else Found.PAGES] += 1
            return []
        content = child(node, "sdtContent")
        return [] if content is None else [content]

    def _formula(self, node: etree._Element, inline: Inline) -> None:
        self.found[Found.FORMULAS] += 1
        if not self.fields.muted:
            inline.pieces.append(Piece(linear(node)))

    def _run(self, run: etree._Element, inline: Inline) -> None:
        properties = child(run, "rPr")
        hidden = self.styles.is_hidden(properties, inline.style)
        if hidden and has_text(run):
            self.found[Found.HIDDEN] += 1
        start = len(inline.pieces)
        coding = self.styles.coding(properties, inline.style)
        for part in run:
            self._run_part(part, inline, coding, hidden=hidden)
        self._look(inline, start, properties)

    def _look(self, inline: Inline, start: int, properties: etree._Element | None) -> None:
        """Cách hiện chữ làm đổi nghĩa: gạch ngang thì bỏ và kể lại, chữ nhỏ phía trên là số mũ hay dấu chú thích."""
        if len(inline.pieces) == start or properties is None:
            return
        if switch(properties, "strike") or switch(properties, "dstrike"):
            self.struck += [convert(piece.text, piece.coding) if piece.coding else piece.text for piece in inline.pieces[start:]]
            del inline.pieces[start:]
        elif val(properties, "vertAlign") == "superscript":
            before = "".join(piece.text for piece in inline.pieces[:start])
            text = "".join(piece.text for piece in inline.pieces[start:])
            kept = raised(before, text)
            self.found[Found.NOTE_MARKS] += kept is None
            if kept != text:
                inline.pieces[start:] = [Piece(kept or "")]

    def _run_part(self, node: etree._Element, inline: Inline, coding: Coding | None, *, hidden: bool) -> None:
        kind = local(node)
        if kind == "fldChar":
            if not (hidden or self.fields.muted):
                inline.pieces.append(Piece(self.fields.control(node)))
            self.fields.mark(node.get(w("fldCharType")))
        elif kind == "instrText":
            self.fields.instruct(node.text or "")
        elif hidden or self.fields.muted:
            return
        elif kind == "t":
            inline.pieces.append(Piece(self._text(node.text or "", coding), coding))
        elif kind in _MARKS:
            inline.pieces.append(Piece(_MARKS[kind], coding))
        elif kind == "sym":
            self._symbol(node, inline)
        elif kind in _NOTE_MARKS:
            self.found[Found.NOTES] += 1
        elif kind in _COMMENTED:
            self.found[Found.COMMENTS] += 1
        else:
            self._run_object(node, inline, coding)

    def _run_object(self, node: etree._Element, inline: Inline, coding: Coding | None) -> None:
        kind = local(node)
        if kind in _GRAPHIC:
            self._graphic(node, inline)
        elif kind == "AlternateContent":
            for part in branch(node):
                self._run_part(part, inline, coding, hidden=False)
        elif kind == "ruby":
            for base in node.iterchildren(w("rubyBase")):
                self._children(base, inline)

    def _text(self, raw: str, coding: Coding | None) -> str:
        """Chữ của w:t; ký hiệu của phông riêng thành chữ Unicode hoặc bỏ, trừ phông TCVN3 và VNI còn phải đổi."""
        text = raw.replace("\n", " ").replace("\r", " ").replace("\t", " ")
        if coding or not any(map(is_private, text)):
            return text
        return "".join(self._known(symbol("Symbol", ord(char))) if is_private(char) else char for char in text)

    def _known(self, text: str | None) -> str:
        if text is None:
            self.found[Found.SYMBOLS] += 1
        return text or ""

    def _symbol(self, node: etree._Element, inline: Inline) -> None:
        font = node.get(w("font"), "")
        code = _hexadecimal(node.get(w("char"), ""))
        if coding := font_coding(font):
            inline.pieces.append(Piece(chr(code & 0xFF), coding))
        else:
            inline.pieces.append(Piece(self._known(symbol(font, code))))

    def _graphic(self, node: etree._Element, inline: Inline) -> None:
        kind = local(node)
        if kind == "txbxContent":
            self.found[Found.BOXES] += 1
            inline.boxes.append(node)
        elif kind == "textpath":
            self.found[Found.BOXES] += 1
            inline.pieces.append(Piece(f"\n{node.get('string', '')}\n"))
        elif kind == "AlternateContent":
            for part in branch(node):
                self._graphic(part, inline)
        else:
            self._count_picture(node)
            for part in node:
                self._graphic(part, inline)

    def _count_picture(self, node: etree._Element) -> None:
        kind = local(node)
        if kind in ("blip", "imagedata"):
            self.found[Found.PICTURES] += 1
        elif kind == "OLEObject":
            self.found[Found.EMBEDDED] += 1
        elif kind == "graphicData" and (node.get("uri") or "").endswith(("/chart", "/diagram", "/chartex")):
            self.found[Found.CHARTS] += 1


def _hexadecimal(text: str) -> int:
    try:
        return int(text, 16) & 0xFFFF
    except ValueError:
        return 0
