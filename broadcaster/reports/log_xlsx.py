"""Nhật ký thành XLSX: trang đầu cho người đọc, các trang nhật ký có lọc và công thức cộng, các trang mã băm.

xlsxwriter dựng cái khung (kiểu ô, bộ lọc, công thức, cách in); các hàng được viết thẳng vào giữa khung ấy, vì gọi thư
viện cho từng ô của triệu hàng thì quá chậm. Một trang chỉ chứa 1.048.576 hàng: nhiều hơn thì sang trang nữa, không bỏ hàng nào.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from broadcaster.reports.document import Kind, cell_text
from broadcaster.reports.log_columns import COLUMNS, PRINTED, Column
from broadcaster.reports.log_lines import LogReader, Progress
from broadcaster.reports.log_words import stand_words, title_of
from broadcaster.sound.files import whole_file

MAX_ROWS = 1_048_576 - 2
"""Số hàng dữ liệu của một trang: trừ hàng đầu đề và hàng cộng (giới hạn của chính định dạng XLSX)."""
PLANNED, HEARD = "Dự kiến (giây)", "Đã nghe (giây)"
LOG, HASHES, FRONT, TOTAL = "Nhật ký", "Mã băm", "Trang đầu", "Tổng cộng"
_CUT = "… (còn nữa: xem tệp CSV)"
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_EPOCH = date(1899, 12, 30).toordinal()
_STAMP = (1980, 1, 1, 0, 0, 0)
_MARK = re.compile(r'<row r="2".*?</row>', re.DOTALL)
"""Khung chỉ có hàng đầu đề, một hàng giữ chỗ và hàng cộng ngay dưới: xlsxwriter giữ 138 byte cho mỗi hàng trống ở giữa."""
_BELOW = re.compile(r'( r="[A-Z]*)3"')
_DIMENSION = re.compile(r'(<dimension ref="A1:[A-Z]+)[23]"')
_STYLE = re.compile(r'<c r="[A-Z]+2" s="(\d+)"')
_FORMATS = {Kind.SECONDS: "#,##0.0", Kind.DAY: "dd/mm/yyyy", Kind.MOMENT: "dd/mm/yyyy hh:mm:ss"}
_FONT = {"font_name": "Times New Roman", "font_size": 11, "valign": "top"}

MAIN = tuple(one for one in COLUMNS if not one.hash and not one.csv_only)
HASHED = tuple(one for one in COLUMNS if one.hash or one.heading in ("Ngày", "Tiêu đề", "Dòng nhật ký"))


@dataclass(frozen=True)
class Sheet:
    """Một trang dữ liệu: ``first`` hàng đầu của nó trong cả tệp, ``rows`` số hàng."""

    name: str
    columns: tuple[Column, ...]
    first: int
    rows: int

    @property
    def total(self) -> int:
        """Số của hàng cộng, đếm từ 1."""
        return self.rows + 2


class _Xml:
    """Ô của một trang: mảnh XML đứng sau địa chỉ ô; kiểu ô là số mà khung đã đặt cho cột ấy. Ô rỗng là chữ rỗng."""

    def __init__(self, styles: list[str]) -> None:
        self._styles = styles

    def writer(self, kind: Kind, column: int) -> Callable[[Any], str]:
        """Cách viết ô của một cột."""
        style = self._styles[column]
        text, number = f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">', f'" s="{style}"><v>'
        if kind is Kind.TEXT:
            return lambda value: f"{text}{_printable(value)}</t></is></c>" if value else ""
        value_of = {Kind.MOMENT: _serial, Kind.DAY: _day_serial}.get(kind, repr)
        return lambda value: "" if value is None else f"{number}{value_of(value)}</v></c>"


def _day_serial(value: date) -> str:
    return str(value.toordinal() - _EPOCH)


def _serial(value: datetime) -> str:
    return repr(value.toordinal() - _EPOCH + (value.hour * 3600 + value.minute * 60 + value.second) / 86_400)


def write_xlsx(reader: LogReader[str], path: Path, progress: Progress = lambda _: None, *, max_rows: int = MAX_ROWS) -> None:
    """Ghi trọn hoặc không có gì. Cùng dòng cuối và bộ lọc thì cùng từng byte."""
    sheets = sheets_of(reader.stand.rows, max_rows)
    frame = framed(reader, sheets)
    with (
        whole_file(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as target,
        zipfile.ZipFile(frame) as source,
        closing(_Stream(reader, MAIN, progress)) as logs,
        closing(_Stream(reader, HASHED, lambda _: None)) as hashes,
    ):
        for info in source.infolist():
            text = source.read(info)
            place = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", info.filename)
            sheet = sheets[int(place[1]) - 2] if place and int(place[1]) >= 2 else None
            entry = zipfile.ZipInfo(info.filename, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with target.open(entry, "w", force_zip64=True) as out:
                if sheet is None or not sheet.rows:
                    out.write(text)
                else:
                    for part in _spliced(text.decode(), sheet, logs if sheet.columns is MAIN else hashes):
                        out.write(part.encode())


class _Stream:
    """Các hàng của một nhóm trang, đọc nối nhau từ một lần đọc."""

    def __init__(self, reader: LogReader[str], columns: tuple[Column, ...], progress: Progress) -> None:
        self._reader, self._columns, self._progress = reader, columns, progress
        self._batches: Generator[list[tuple[str, ...]], None, None] | None = None
        self._left: list[tuple[str, ...]] = []
        self._done = 0

    def close(self) -> None:
        """Thôi đọc."""
        if self._batches is not None:
            self._batches.close()

    def take(self, count: int, style: _Xml) -> Iterator[list[tuple[str, ...]]]:
        """``count`` hàng tiếp theo, từng mẻ. Kiểu ô của các trang cùng nhóm là một."""
        if self._batches is None:
            self._batches = self._reader.rows(self._columns, style)
        while count:
            batch = self._left or next(self._batches)
            self._left = batch[count:]
            now = batch[:count]
            count -= len(now)
            self._done += len(now)
            yield now
            self._progress(self._done)


def _spliced(text: str, sheet: Sheet, stream: _Stream) -> Iterator[str]:
    """Khung của một trang với các hàng thật ở chỗ hàng giữ chỗ."""
    mark = _MARK.search(text)
    assert mark is not None
    letters = [f'<c r="{xl_col_to_name(number)}' for number in range(len(sheet.columns))]
    style, sums = _Xml(_STYLE.findall(mark[0])), _Sums(sheet.columns)
    below = _BELOW.sub(rf'\g<1>{sheet.total}"', text[mark.end() :])
    last = sheet.total if below != text[mark.end() :] else sheet.total - 1
    yield _DIMENSION.sub(rf'\g<1>{last}"', text[: mark.start()])
    line = 2
    for batch in stream.take(sheet.rows, style):
        parts = []
        for row in batch:
            at = str(line)
            parts.append(f'<row r="{at}">')
            parts += [letter + at + cell for letter, cell in zip(letters, row, strict=True) if cell]
            parts.append("</row>")
            line += 1
        yield "".join(parts)
        sums.add(batch)
    yield sums.told(below)


class _Sums:
    """Cộng các cột có hàng cộng, để công thức mang sẵn giá trị đúng cho phần mềm không tự tính."""

    def __init__(self, columns: tuple[Column, ...]) -> None:
        self._sums = {number: 0 for number, one in enumerate(columns) if one.total}
        self._read = lru_cache(maxsize=4096)(_thousandths)

    def add(self, batch: list[tuple[str, ...]]) -> None:
        for number in self._sums:
            self._sums[number] += sum(self._read(row[number]) for row in batch)

    def told(self, text: str) -> str:
        for number, total in self._sums.items():
            pattern = rf'(<c r="{xl_col_to_name(number)}\d+"[^>]*><f>SUBTOTAL[^<]*</f><v>)[^<]*'
            text = re.sub(pattern, rf"\g<1>{total / 1000!r}", text)
        return text


def _thousandths(cell: str) -> int:
    """Giá trị của một ô số, phần nghìn: cộng số nguyên thì không dồn sai số."""
    return 0 if not cell else round(float(cell[cell.index("<v>") + 3 : -len("</v></c>")]) * 1000)


def sheets_of(rows: int, max_rows: int = MAX_ROWS) -> list[Sheet]:
    """Các trang của tệp chừng ấy hàng: nhật ký trước, mã băm sau."""
    return [*_sheets(LOG, MAIN, rows, max_rows), *_sheets(HASHES, HASHED, rows, max_rows)]


def _sheets(name: str, columns: tuple[Column, ...], rows: int, max_rows: int) -> list[Sheet]:
    count = max(1, -(-rows // max_rows))
    return [
        Sheet(name if not at else f"{name} {at + 1}", columns, at * max_rows, min(max_rows, rows - at * max_rows))
        for at in range(count)
    ]


def framed(reader: LogReader[str], sheets: list[Sheet]) -> io.BytesIO:
    """Khung: mọi trang với hàng đầu đề, một hàng giữ chỗ, hàng cộng, bộ lọc và cách in."""
    frame = io.BytesIO()
    book = xlsxwriter.Workbook(frame, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    at = reader.stand.at or datetime(2000, 1, 1, tzinfo=UTC)
    book.set_properties({"title": title_of(reader), "created": at.astimezone(UTC).replace(tzinfo=None, microsecond=0)})
    _front(book, reader, [one for one in sheets if one.columns is MAIN])
    for sheet in sheets:
        _data_sheet(book, sheet, reader)
    book.close()
    frame.seek(0)
    return frame


def _front(book: Any, reader: LogReader[str], logs: list[Sheet]) -> None:
    sheet = book.add_worksheet(FRONT)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 90)
    bold = book.add_format({**_FONT, "bold": True, "font_size": 14})
    plain, number = (book.add_format({**_FONT, "text_wrap": True, **more}) for more in ({}, {"num_format": "#,##0.###"}))
    sheet.merge_range(0, 0, 0, 1, title_of(reader), bold)
    stand = reader.stand
    figures = {"Tổng số dòng": stand.rows, PLANNED: stand.planned_ms / 1000, HEARD: stand.heard_ms / 1000}
    for line, (label, value) in enumerate(figures.items(), start=2):
        sheet.write_string(line, 0, label, plain)
        column = next((at for at, one in enumerate(MAIN) if one.heading == label), 0)
        cells = [f"'{one.name}'!{xl_col_to_name(column)}2:{xl_col_to_name(column)}{one.rows + 1}" for one in logs if one.rows]
        function = "COUNTA" if label == "Tổng số dòng" else "SUM"
        formula = "+".join(f"{function}({cell})" for cell in cells) or "0"
        sheet.write_formula(line, 1, f"={formula}", number, value)
    for line, text in enumerate(stand_words(reader), start=3 + len(figures)):
        sheet.merge_range(line, 0, line, 1, text, plain)
        sheet.set_row(line, 15.5 * max(1, -(-len(text) // 110)))
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _data_sheet(book: Any, one: Sheet, reader: LogReader[str]) -> None:
    sheet = book.add_worksheet(one.name)
    heading = book.add_format({**_FONT, "bold": True, "text_wrap": True, "align": "center", "border": 1, "bg_color": "#E8EEF2"})
    last = one.rows + 1
    for number, column in enumerate(one.columns):
        wrap = {"text_wrap": True} if number < PRINTED and column.kind is Kind.TEXT else {}
        form = book.add_format({**_FONT, "border": 1, **wrap, "num_format": _FORMATS.get(column.kind, "General")})
        sheet.set_column(number, number, column.width)
        sheet.write_string(0, number, column.heading, heading)
        if one.rows:
            sheet.write_blank(1, number, None, form)
        if column.total and one.columns is MAIN and one.rows:
            letter = xl_col_to_name(number)
            total = book.add_format({**_FONT, "bold": True, "border": 1, "num_format": _FORMATS.get(column.kind, "#,##0")})
            sheet.write_formula(2, number, f"=SUBTOTAL(109,{letter}2:{letter}{last})", total, 0)
    if one.columns is MAIN and one.rows:
        sheet.write_string(2, 0, TOTAL, book.add_format({**_FONT, "bold": True, "border": 1}))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(1, one.rows), len(one.columns) - 1)
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L" + f"Tính đến dòng số {reader.stand.seq}" + "&CTrang &P/&N")
    if one.columns is MAIN:
        sheet.print_area(0, 0, max(1, last), PRINTED - 1)


def _printable(text: str) -> str:
    """Chữ vừa một ô: bỏ ký tự XML không chứa được, không để chữ trông như mã thoát của Excel, dài quá thì nói là còn nữa."""
    clean = _ESCAPED.sub("_x005F_", _UNPRINTABLE.sub("", text))
    return escape(cell_text(clean, _CUT))
