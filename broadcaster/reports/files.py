"""Bảng thành tệp CSV hoặc XLSX; ghi vào tệp tạm trước, nên không bao giờ có nửa tệp."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import TextIO

from broadcaster.csv_text import csv_text
from broadcaster.reports.airlog_table import Cell, Table


def write_csv(table: Table, path: Path) -> None:
    """CSV UTF-8 có BOM (Excel mở đúng chữ Việt), dấu phẩy, giờ dạng ISO; ô giống công thức được vô hiệu hoá."""

    def fill(temporary: Path) -> None:
        with temporary.open("w", encoding="utf-8-sig", newline="") as file:
            _fill_csv(table, file)
            file.flush()
            os.fsync(file.fileno())

    _whole(path, fill)


def write_xlsx(table: Table, path: Path) -> None:
    """XLSX: dòng đầu cố định, có lọc, ngày giờ đúng kiểu; bộ nhớ không tăng theo số dòng."""
    _whole(path, lambda temporary: _fill_xlsx(table, temporary))


WRITERS: dict[str, Callable[[Table, Path], None]] = {"csv": write_csv, "xlsx": write_xlsx}
"""Đuôi tệp → cách ghi."""


def _whole(path: Path, fill: Callable[[Path], None]) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        fill(temporary)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _fill_csv(table: Table, file: TextIO) -> None:
    writer = csv.writer(file)
    writer.writerow(table.headings)
    for row in table.rows:
        writer.writerow([_csv_cell(cell) for cell in row])
    writer.writerow([])
    writer.writerows([[csv_text(line)] for line in (table.title, *table.footer)])


def _csv_cell(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    return csv_text(cell) if isinstance(cell, str) else cell


def _fill_xlsx(table: Table, path: Path) -> None:
    import xlsxwriter  # nặng mười bốn megabyte, chỉ khi cần

    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("Nhật ký")
        heading = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "font_name": "Times New Roman"})
        formats = {
            datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss", "font_name": "Times New Roman"}),
            date: book.add_format({"num_format": "dd/mm/yyyy", "font_name": "Times New Roman"}),
        }
        plain = book.add_format({"font_name": "Times New Roman"})
        sheet.set_column(0, len(table.headings) - 1, 16)
        for number, text in enumerate(table.headings):
            sheet.write_string(0, number, text, heading)
        line = 0
        for line, row in enumerate(table.rows, start=1):
            for number, cell in enumerate(row):
                if isinstance(cell, date):
                    sheet.write_datetime(line, number, cell, formats[type(cell)])
                elif cell is not None:
                    write = sheet.write_string if isinstance(cell, str) else sheet.write
                    write(line, number, cell, plain)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(line, 1), len(table.headings) - 1)
        for offset, text in enumerate((table.title, *table.footer), start=2):
            sheet.write_string(line + offset, 0, text, plain)
