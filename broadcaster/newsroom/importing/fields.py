"""Trường tự động của Word (số trang, mục lục, ngày…): mã lệnh không bao giờ là chữ, kết quả thì tuỳ loại trường.

Một trường trải qua nhiều đoạn chữ rời, nên phải nhớ đang ở phần nào của trường nào.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lxml import etree

from broadcaster.newsroom.importing.findings import Found
from broadcaster.newsroom.importing.ooxml import w

_DROPPED = dict.fromkeys(("PAGE", "NUMPAGES", "SECTIONPAGES", "PAGEREF", "FILENAME"), Found.PAGES)
_DROPPED |= dict.fromkeys(("TOC", "TOA", "INDEX"), Found.CONTENTS)
_DROPPED |= {"NOTEREF": Found.NOTES}


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
        words = instruction.split(None, 1)
        drops = _DROPPED.get(words[0].upper()) if words else None
        if drops:
            self.found[drops] += 1
        return drops

    def end_paragraph(self) -> None:
        """Chỉ mục lục mới trải qua nhiều đoạn: trường khác chưa đóng là tệp lỗi, không được nuốt phần còn lại."""
        self._open = [one for one in self._open if self.is_balanced and one.drops is Found.CONTENTS]


def are_balanced(root: etree._Element) -> bool:
    """Số chỗ mở bằng số chỗ đóng trong cả tài liệu."""
    kinds = Counter(node.get(w("fldCharType")) for node in root.iter(w("fldChar")))
    return kinds["begin"] == kinds["end"]
