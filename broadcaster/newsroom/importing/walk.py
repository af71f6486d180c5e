"""Đi qua cây XML của một văn bản Word theo đúng thứ tự mắt đọc và nhặt chữ người đọc nhìn thấy, không nhặt gì khác.

Mọi thứ còn lại (đoạn đã xoá, hàng ẩn, mục lục) chỉ được đếm để báo lại.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import groupby

from lxml import etree

from broadcaster.errors import Invalid
from broadcaster.newsroom.importing.codings import Coding, convert
from broadcaster.newsroom.importing.findings import Found
from broadcaster.newsroom.importing.legacy import better
from broadcaster.newsroom.importing.model import RawLine
from broadcaster.newsroom.importing.numbering import Label, Numbering
from broadcaster.newsroom.importing.ooxml import R, branch, child, integer, local, switch, val, w
from broadcaster.newsroom.importing.runs import Piece, RunReader
from broadcaster.newsroom.text import MAX_TEXT, dotted

MAX_PARAGRAPHS = 50_000
"""Bản tin dài nhất cũng không tới một phần mười; hơn nữa là tệp dựng ra để làm chậm máy."""

_DELETED = {"del", "moveFrom", "cellDel"}
_NO_BLOCKS = {"tblPr", "tblGrid", "trPr", "tcPr", "tblPrEx", "sdtPr", "sectPr", "customXmlPr"}
_SENTENCE_END = (".", ",", ";", ":", "!", "?", "…")


@dataclass
class Walker:
    """Một lượt đi; kết quả nằm ở ``lines`` và ``converted`` (trước, sau của đoạn mang phông cũ)."""

    runs: RunReader
    numbering: Numbering
    lines: list[RawLine] = field(default_factory=list)
    converted: list[tuple[str, str]] = field(default_factory=list)
    title: str = ""
    inserted: Callable[[str], list[RawLine]] = lambda _: []
    """Mã quan hệ của một tệp chèn bên trong → chữ của nó; rỗng là không đọc được."""
    _carried: list[Piece] = field(default_factory=list)
    _taken: int = 0
    _paragraphs: int = 0

    def blocks(self, container: etree._Element) -> None:
        """Đọc mọi đoạn và bảng trong ``container``, kể cả khi bị bọc trong thẻ khác."""
        for node in container:
            self._block(node)

    def finish(self) -> None:
        """Đưa ra chữ còn treo vì dấu đoạn của nó đã bị xoá."""
        if self._carried:
            self._emit(self._carried, None, "")
            self._carried = []

    def _block(self, node: etree._Element) -> None:
        kind = local(node)
        if kind == "p":
            self._paragraph(node)
        elif kind == "tbl":
            self._table(node)
        elif kind == "sdt":
            for content in self.runs.control(node):
                self.blocks(content)
        elif kind == "AlternateContent":
            for part in branch(node):
                self._block(part)
        elif kind in _DELETED:
            self.runs.found[Found.CHANGES] += 1
        elif kind == "altChunk":
            self._inserted(node)
        elif kind not in _NO_BLOCKS:
            self.blocks(node)

    def _inserted(self, node: etree._Element) -> None:
        self.finish()
        lines = self.inserted(node.get(f"{{{R}}}id", ""))
        self.runs.found[Found.INSERTED_FILES if lines else Found.UNREAD_FILES] += 1
        for line in lines:
            self._take(line.text)
        self.lines += lines

    def _paragraph(self, node: etree._Element) -> None:
        properties = child(node, "pPr")
        style = val(properties, "pStyle") or self.runs.styles.default_paragraph
        inline = self.runs.read(node, style)
        if self.runs.styles.is_contents(style):
            self.runs.found[Found.CONTENTS] += 1
        elif self._joins_next(properties, style):
            self._carried += inline.pieces
        else:
            pieces, self._carried = self._carried + inline.pieces, []
            self._emit(pieces, self._label(properties, style), style)
        for box in inline.boxes:
            self.lines += self._apart(box)

    def _joins_next(self, properties: etree._Element | None, style: str) -> bool:
        """Dấu đoạn đã xoá hoặc ẩn thì đoạn liền vào đoạn sau; chữ cái đầu phóng to cũng là một đoạn riêng của Word."""
        mark = child(properties, "rPr")
        if any(child(mark, kind) is not None for kind in ("del", "moveFrom")):
            self.runs.found[Found.CHANGES] += 1
            return True
        frame = child(properties, "framePr")
        is_drop_cap = frame is not None and frame.get(w("dropCap")) in ("drop", "margin")
        return is_drop_cap or bool(switch(mark, "specVanish")) or self.runs.styles.is_hidden(mark, style)

    def _label(self, properties: etree._Element | None, style: str) -> Label | None:
        numbered = child(properties, "numPr")
        number, depth = val(numbered, "numId"), val(numbered, "ilvl")
        inherited = self._style_numbering(style)
        if number is None and inherited is None:
            return None
        list_id = integer(number) if number is not None else (inherited or (0, 0))[0]
        if depth is None and inherited is not None:
            depth = str(inherited[1])
        label = self.numbering.next_label(list_id, integer(depth)) if list_id else None
        return None if label is None or self.runs.styles.is_hidden(label.properties, style) else label

    def _style_numbering(self, style: str) -> tuple[int, int] | None:
        found = self.runs.styles.numbering(style)
        if found is None:
            return None
        linked = (self.numbering.by_style.get(one) for one in self.runs.styles.chain_ids(style))
        by_style = next((one for one in linked if one), None)
        number, depth = found
        return number, depth if depth is not None else (by_style[1] if by_style else 0)

    def _emit(self, pieces: list[Piece], label: Label | None, style: str) -> None:
        text = self._decoded(pieces)
        has_label = label is not None and bool(label.text) and bool(text.strip())
        if label is not None and has_label:
            coding = self.runs.styles.coding(label.properties, style)
            text = self._decoded([Piece(label.text, coding)]) + ("" if label.glued else " ") + text.lstrip()
        if text.strip() and not self.title and self.runs.styles.is_title(style):
            self.title = " ".join(text.split())
        self._take(text)
        self.lines += [RawLine(line, has_label or self.runs.styles.is_heading(style)) for line in text.split("\n")]

    def _take(self, text: str) -> None:
        self._taken += len(text) + 1
        self._paragraphs += 1
        if self._taken > 2 * MAX_TEXT or self._paragraphs > MAX_PARAGRAPHS:
            raise Invalid(f"Văn bản dài quá {dotted(MAX_TEXT)} ký tự hoặc quá nhiều đoạn. Hãy chia thành nhiều tệp nhỏ.")

    def _decoded(self, pieces: list[Piece]) -> str:
        """Ghép các mẩu, đổi mẩu mang phông cũ; so cả đoạn vì một chữ hay bị Word cắt làm nhiều mẩu."""
        before = "".join(piece.text for piece in pieces)
        after = "".join(convert(text, coding) if coding else text for text, coding in _merged(pieces))
        if not better(before, after):
            return before
        self.converted.append((before, after))
        return after

    def _apart(self, container: etree._Element) -> list[RawLine]:
        """Các dòng của một vùng riêng (ô bảng, khung chữ), không dính vào chữ đang đọc bên ngoài."""
        outside, carried = self.lines, self._carried
        self.lines, self._carried = [], []
        self.blocks(container)
        self.finish()
        inside, self.lines, self._carried = self.lines, outside, carried
        return inside

    def _table(self, table: etree._Element) -> None:
        self.finish()  # bảng không bao giờ dính vào đoạn trước, kể cả khi dấu đoạn ấy đã xoá
        rows = [cells for row in self._parts(table, "tr") if (cells := self._row(row))]
        if any(len(cells) > 1 for cells in rows):
            self.runs.found[Found.TABLES] += 1
        for cells in rows:
            self.lines += _row_lines(cells)

    def _row(self, row: etree._Element) -> list[list[RawLine]]:
        """Các ô của một hàng, mỗi ô là các dòng có chữ; hàng đã xoá hoặc ẩn không có ô nào."""
        properties = child(row, "trPr")
        is_deleted = child(properties, "del") is not None
        if is_deleted or child(properties, "ins") is not None:
            self.runs.found[Found.CHANGES] += 1
        if is_deleted:
            return []
        if switch(properties, "hidden"):
            self.runs.found[Found.HIDDEN] += 1
            return []
        return [self._cell(cell) for cell in self._parts(row, "tc") if not self._is_covered(cell)]

    def _cell(self, cell: etree._Element) -> list[RawLine]:
        return [line for line in self._apart(cell) if line.text.strip()]

    def _is_covered(self, cell: etree._Element) -> bool:
        """Ô bị ô khác trùm lên khi gộp, hoặc đã bị xoá trong lúc theo dõi sửa đổi."""
        properties = child(cell, "tcPr")
        if child(properties, "cellDel") is not None:
            self.runs.found[Found.CHANGES] += 1
            return True
        merges = [merge for name in ("vMerge", "hMerge") if (merge := child(properties, name)) is not None]
        if merges or integer(val(properties, "gridSpan"), 1) > 1:
            self.runs.found[Found.MERGED] += 1
        return any(merge.get(w("val"), "continue") == "continue" for merge in merges)

    def _parts(self, node: etree._Element, name: str) -> Iterator[etree._Element]:
        """Hàng của bảng, ô của hàng, kể cả khi bị bọc trong ô điều khiển hay thẻ khác."""
        for part in node:
            kind = local(part)
            if kind == name:
                yield part
            elif kind == "sdt":
                for content in self.runs.control(part):
                    yield from self._parts(content, name)
            elif kind not in _NO_BLOCKS and kind not in ("tr", "tc", "p", "tbl"):
                yield from self._parts(part, name)


def _merged(pieces: list[Piece]) -> Iterator[tuple[str, Coding | None]]:
    """Gộp các mẩu kề nhau cùng bảng mã: chữ VNI có thể bị cắt giữa chữ cái và dấu."""
    for coding, group in groupby(pieces, key=lambda piece: piece.coding):
        yield "".join(piece.text for piece in group), coding


def _row_lines(cells: list[list[RawLine]]) -> list[RawLine]:
    """Một hàng thành một dòng; hàng dùng để dàn trang (ô nhiều dòng) hoặc bảng một cột thì giữ từng dòng."""
    filled = [cell for cell in cells if cell]
    if len(cells) == 1 or any(len(cell) > 1 for cell in filled):
        return [RawLine(line.text, True) for cell in filled for line in cell]
    text = ""
    for (line,) in filled:
        joint = "" if not text else " " if text.endswith(_SENTENCE_END) else "; "
        text += joint + line.text.strip()
    return [RawLine(text, True)] if text else []
