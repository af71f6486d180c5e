"""Trường tự động của Word (số trang, mục lục, ngày…): mã lệnh không bao giờ là chữ, kết quả thì tuỳ loại trường.

Một trường trải qua nhiều đoạn chữ rời, nên phải nhớ đang ở phần nào của trường nào.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lxml import etree

from broadcaster.newsroom.importing.findings import Found
from broadcaster.newsroom.importing.ooxml import child, integer, switch, val, w

_DROPPED = dict.fromkeys(("PAGE", "NUMPAGES", "SECTIONPAGES", "PAGEREF", "FILENAME"), Found.PAGES)
_DROPPED |= dict.fromkeys(("TOC", "TOA", "INDEX"), Found.CONTENTS)
_DROPPED |= {"NOTEREF": Found.NOTES}
_CONTROLS = {"FORMDROPDOWN": Found.CHOICES, "FORMCHECKBOX": Found.TICKS}
_CLOCKS = {"DATE", "TIME", "SAVEDATE", "PRINTDATE"}


@dataclass
class _Open:
    instruction: str = ""
    in_result: bool = False
    drops: Found | None = None


@dataclass
class Fields:
    """Các trường đang mở; ``muted`` là chữ sắp gặp không được lấy."""

    found: Counter[Found]
    is_balanced: bool = True
    _open: list[_Open] = field(default_factory=list)

    @property
    def muted(self) -> bool:
        """Đang ở trong mã lệnh, hoặc trong kết quả của một trường phải bỏ."""
        return any(not one.in_result or one.drops for one in self._open)

    def mark(self, kind: str | None) -> None:
        """Gặp w:fldChar: begin, separate hoặc end."""
        if kind == "begin":
            self._open.append(_Open())
        elif kind == "separate" and self._open:
            top = self._open[-1]
            top.in_result = True
            top.drops = self.dropped(top.instruction)
        elif kind == "end" and self._open:
            self._open.pop()

    def instruct(self, text: str) -> None:
        """Gặp một mẩu mã lệnh (w:instrText)."""
        if self._open and not self._open[-1].in_result:
            self._open[-1].instruction += text

    def dropped(self, instruction: str) -> Found | None:
        """Trường có mã lệnh này có phải bỏ kết quả không; có thì ghi nhận."""
        name = next(iter(instruction.split(None, 1)), "").upper()
        drops = _DROPPED.get(name)
        if drops:
            self.found[drops] += 1
        self.found[Found.AUTO_DATES] += name in _CLOCKS
        return drops or _CONTROLS.get(name)

    def control(self, node: etree._Element) -> str:
        """Điều người điền đã chọn ở một ô của biểu mẫu kiểu cũ (w:ffData): mục của danh sách, hay ☒ ☐; ô chữ thì rỗng."""
        data = child(node, "ffData")
        if (drop_down := child(data, "ddList")) is not None:
            self.found[Found.CHOICES] += 1
            entries = [entry.get(w("val"), "") for entry in drop_down.iterchildren(w("listEntry"))]
            at = integer(val(drop_down, "result") or val(drop_down, "default"))
            return entries[at] if at in range(len(entries)) else ""
        if (box := child(data, "checkBox")) is None:
            return ""
        self.found[Found.TICKS] += 1
        ticked = switch(box, "checked")
        return "☒" if (switch(box, "default") if ticked is None else ticked) else "☐"

    def end_paragraph(self) -> None:
        """Chỉ mục lục mới trải qua nhiều đoạn: trường khác chưa đóng là tệp lỗi, không được nuốt phần còn lại."""
        self._open = [one for one in self._open if self.is_balanced and one.drops is Found.CONTENTS]


def are_balanced(root: etree._Element) -> bool:
    """Số chỗ mở bằng số chỗ đóng trong cả tài liệu."""
    kinds = Counter(node.get(w("fldCharType")) for node in root.iter(w("fldChar")))
    return kinds["begin"] == kinds["end"]
