"""Văn bản thành bảng tính: trang đầu cho người đọc, mỗi bảng một trang có kiểu ô thật, hàng đầu đứng yên, lọc, công thức cộng.

Chữ của người dùng luôn được ghi là chữ (“=1+1” không bao giờ thành công thức).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from broadcaster.errors import Invalid
from broadcaster.reports.document import (
    TOTAL,
    Block,
    Chart,
    Document,
    Heading,
    Kind,
    Paragraph,
    Table,
    Value,
    cell_text,
    label_span,
    printable,
    shown,
)
from broadcaster.sound.files import whole_file

MAX_ROWS = 1_048_576
"""Số hàng tối đa của một trang bảng tính (giới hạn của chính định dạng XLSX)."""
_MORE = "… (còn nữa: xem tệp Word)"
_FONT = {"font_name": "Times New Roman", "font_size": 11, "valign": "vcenter"}
_FORMATS = {
    Kind.COUNT: "#,##0",
    Kind.MINUTES: "#,##0.0",
    Kind.SECONDS: "#,##0.0",
    Kind.PERCENT: "0.0%",
    Kind.MONEY: "#,##0",
    Kind.DAY: "dd/mm/yyyy",
    Kind.CLOCK: "hh:mm:ss",
    Kind.MOMENT: "dd/mm/yyyy hh:mm:ss",
}
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_FRONT = "Trang đầu"
_FRONT_WIDTH = 72
_DATA = "Số liệu biểu đồ"


def write_xlsx(document: Document, path: Path, *, made_at: datetime) -> None:
    """Ghi ``document`` thành .xlsx ở ``path``, trọn hoặc không có gì; cùng dữ liệu và ``made_at`` thì cùng từng byte.

    Lỗi: ``Invalid`` khi một bảng dài quá số hàng của định dạng: không bao giờ cắt bớt mà không nói.
    """
    for table in document.tables():
        if len(table.rows) > MAX_ROWS - 3:
            raise Invalid(
                f"Bảng có {len(table.rows)} dòng, tệp XLSX chứa tối đa {MAX_ROWS - 3}. Hãy chọn kỳ ngắn hơn hoặc tải CSV."
            )
    document = printable(document)
    with whole_file(path) as temporary:
        book = xlsxwriter.Workbook(str(temporary), {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True})
        book.set_properties({"title": document.title, "created": made_at.astimezone(UTC).replace(tzinfo=None)})
        _Writer(book).write(document)
        book.close()


class _Writer:
    """Sổ đang ghi và các kiểu ô đã tạo."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[object, ...], Any] = {}
        self._names: set[str] = {_FRONT.casefold()}

    def write(self, document: Document) -> None:
        """Trang đầu, rồi mỗi bảng và biểu đồ của nó một trang."""
        front = self._book.add_worksheet(_FRONT)
        self._front(front, document)
        for table in document.tables():
            self._table(table, document)
        for block in document.blocks:
            if isinstance(block, Chart):
                self._chart(front, block)

    def _format(self, **more: object) -> Any:
        key = tuple(sorted(more.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({**_FONT, **more})
        return self._made[key]

    def _front(self, sheet: Any, document: Document) -> None:
        sheet.set_column(0, 0, _FRONT_WIDTH)
        sheet.set_paper(9)
        bold, plain = self._format(bold=True, text_wrap=True), self._format(text_wrap=True, valign="top")
        head = document.letterhead
        unit = head.issuer if head else document.unit
        lines = [(text, bold) for text in (unit.upper(), *document.title.split("\n"))]
        lines += [(text, bold) for text in document.subtitle.split("\n") if text]
        lines += [found for block in document.blocks if (found := self._prose(block, bold, plain))]
        lines += [(text, self._format(text_wrap=True, italic=True)) for text in document.footnotes]
        for number, (text, form) in enumerate(lines):
            sheet.write_string(number, 0, cell_text(text, _MORE), form)
            sheet.set_row(number, _height([(text, _FRONT_WIDTH)]))
        sheet.fit_to_pages(1, 0)
        self._next_row = len(lines) + 1

    @staticmethod
    def _prose(block: Block, bold: Any, plain: Any) -> tuple[str, Any] | None:
        if isinstance(block, Heading):
            return block.text, bold
        if isinstance(block, Table):
            return (block.note, plain) if block.note else None
        return (block.text, plain) if isinstance(block, Paragraph) else None

    def _table(self, table: Table, document: Document) -> None:
        sheet = self._book.add_worksheet(self._name(table.caption or document.title))
        heading = self._format(bold=True, text_wrap=True, align="center", valign="vcenter", border=1, bg_color="#E8EEF2")
        widths = [_width(table, number) for number in range(len(table.columns))]
        for number, column in enumerate(table.columns):
            sheet.set_column(number, number, widths[number])
            sheet.write_string(0, number, column.heading, heading)
        sheet.set_row(
            0, _height([(one.heading, 0.85 * width) for one, width in zip(table.columns, widths, strict=True)])
        )  # chữ đậm
        if not table.rows:
            sheet.write_string(1, 0, table.empty, self._format(italic=True))
        for line, row in enumerate(table.rows, start=1):
            sheet.set_row(
                line, _height([(value, width) for value, width in zip(row, widths, strict=True) if isinstance(value, str)])
            )
            for number, (value, column) in enumerate(zip(row, table.columns, strict=True)):
                self._cell(sheet, line, number, value, column.kind)
        self._totals(sheet, table)
        if table.note:
            sheet.write_string(max(1, len(table.rows)) + 2, 0, table.note, self._format(italic=True))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(1, len(table.rows)), len(table.columns) - 1)
        self._print_setup(sheet, table, document)

    def _cell(self, sheet: Any, line: int, number: int, value: Value, kind: Kind) -> None:
        if kind is Kind.MOMENT and isinstance(value, date) and not isinstance(value, datetime):
            kind = Kind.DAY  # chỉ biết ngày: nửa đêm là giờ bịa
        form = self._format(border=1, text_wrap=True, **({"num_format": _FORMATS[kind]} if kind in _FORMATS else {}))
        if value is None:
            sheet.write_blank(line, number, None, form)
        elif isinstance(value, datetime | date):
            sheet.write_datetime(line, number, value, form)
        elif isinstance(value, str):
            sheet.write_string(line, number, cell_text(value, _MORE), form)
        else:
            sheet.write_number(line, number, value, form)

    def _totals(self, sheet: Any, table: Table) -> None:
        totals = table.totals()
        if totals is None:
            return
        line = len(table.rows) + 1
        sheet.write_string(line, 0, TOTAL, self._format(bold=True, border=1))
        for number in range(label_span(table), len(table.columns)):
            column, total = table.columns[number], totals[number]
            if total is not None:
                letter = xlsxwriter.utility.xl_col_to_name(number)
                form = self._format(bold=True, border=1, num_format=_FORMATS[column.kind])
                sheet.write_formula(line, number, f"=SUBTOTAL(109,{letter}2:{letter}{line})", form, total)

    def _print_setup(self, sheet: Any, table: Table, document: Document) -> None:
        sheet.set_paper(9)
        if document.landscape or len(table.columns) > 7:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
        sheet.set_footer("&CTrang &P/&N")

    def _chart(self, front: Any, chart: Chart) -> None:
        """Biểu đồ thật của Excel ở trang đầu; con số của nó ở một trang riêng, sửa số thì hình đổi theo."""
        data = self._book.add_worksheet(self._name(_DATA))
        data.set_column(0, 0, 40)
        data.set_column(1, 2, 20)
        for column, text in enumerate((chart.title, f"Đã phát ({chart.unit})", f"Chỉ tiêu ({chart.unit})")):
            data.write_string(0, column, text, self._format(bold=True))
        for line, bar in enumerate(chart.bars, start=1):
            data.write_string(line, 0, bar.label, self._format())
            data.write_number(line, 1, bar.done, self._format())
            if bar.target is not None:
                data.write_number(line, 2, bar.target, self._format())
        made, name, last = self._book.add_chart({"type": "bar"}), data.get_name(), len(chart.bars)
        for column, colour in ((1, "#2F6B8F"), (2, "#D9D9D9")):
            series = {"name": [name, 0, column], "categories": [name, 1, 0, last, 0], "values": [name, 1, column, last, column]}
            made.add_series({**series, "fill": {"color": colour}})
        made.set_title(
            {"name": [name, 0, 0], "name_font": {"size": 12}}
        )  # tên trỏ vào ô: xlsxwriter hiểu chữ “A!B1” là công thức
        made.set_y_axis({"reverse": True})
        made.set_legend({"position": "bottom"})
        made.set_size({"width": 640, "height": 110 + 36 * last})
        front.insert_chart(self._next_row, 0, made)
        self._next_row += 6 + 2 * last

    def _name(self, wanted: str) -> str:
        """Tên trang hợp lệ và không trùng: tối đa 31 ký tự, không dấu ngoặc vuông, hai chấm, sao, hỏi, gạch chéo."""
        base = _cut(_FORBIDDEN.sub(" ", wanted).strip("' "), 28) or "Bảng"
        name = base
        for number in range(2, 100):
            if name.casefold() not in self._names:
                break
            name = f"{_cut(base, 26)} {number}"
        self._names.add(name.casefold())
        return name


def _cut(text: str, units: int) -> str:
    """Đầu ``text``, không quá ``units`` đơn vị UTF-16: Excel đếm như vậy, một hình biểu cảm là hai."""
    while len(text.encode("utf-16-le")) > 2 * units:
        text = text[:-1]
    return text


def _width(table: Table, number: int) -> float:
    column = table.columns[number]
    if column.kind is Kind.MOMENT:
        return 19
    sample = [shown(row[number], column.kind) for row in table.rows[:200]]
    longest = max([len(word) for word in column.heading.split()] + [min(60, len(text)) for text in sample], default=8)
    return max(8, min(48, longest + 3))


def _height(texts: list[tuple[str, float]]) -> float:
    """Chiều cao hàng cho chữ xuống dòng: Excel tự tính khi sửa, nhưng không tự tính khi mở tệp do máy ghi."""
    lines = (sum(max(1, -(-len(part) // max(1, int(width - 1)))) for part in text.split("\n")) for text, width in texts)
    return 15.5 * min(25, max(lines, default=1))
