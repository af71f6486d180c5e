"""Nhật ký thành CSV: UTF-8 có BOM, dấu phẩy, mọi chữ trong ngoặc kép, không con số nào mang dấu thập phân.

Bảng tính hiểu tệp theo vùng của máy: dấu thập phân, dấu ngăn, dạng ngày mỗi nơi một khác. Nên số ở đây luôn là số nguyên
(giây, và mili giây đúng), giờ luôn là năm-tháng-ngày giờ:phút:giây, chữ trông như số, như ngày hay như công thức được giữ là chữ
(``csv_text``), và chữ nằm trong ngoặc kép để máy ngăn cột bằng dấu phẩy hay chấm phẩy đều không cắt nhầm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from broadcaster.csv_text import csv_text
from broadcaster.reports.document import Kind
from broadcaster.reports.log_columns import COLUMNS
from broadcaster.reports.log_lines import LogReader, Progress
from broadcaster.reports.log_words import stand_words, title_of
from broadcaster.sound.files import whole_file

TOTAL = "Tổng cộng"
ROUNDED = "Giây trong tệp này là số tròn; con số đúng nằm ở hai cột mili giây."


class _Csv:
    """Ô của CSV: chữ trong ngoặc kép, số nguyên để trần, ngày và giờ là chữ ISO; rỗng là rỗng."""

    def writer(self, kind: Kind, column: int) -> Callable[[Any], str]:
        """Cách viết ô của một cột."""
        return _WRITERS.get(kind, _whole)


def _text(value: str | None) -> str:
    return _quoted(csv_text(value)) if value else ""


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def _moment(value: datetime | None) -> str:
    return value.isoformat(" ") if value else ""


def _whole(value: float | None) -> str:
    return "" if value is None else str(int(value + 0.5))


_WRITERS: dict[Kind, Callable[[Any], str]] = {Kind.TEXT: _text, Kind.DAY: _day, Kind.MOMENT: _moment}


def write_csv(reader: LogReader[str], path: Path, progress: Progress = lambda _: None) -> None:
    """Ghi trọn hoặc không có gì. Cùng dòng cuối và bộ lọc thì cùng từng byte."""
    done, totals = 0, dict.fromkeys((at for at, one in enumerate(COLUMNS) if one.total or one.csv_only), 0)
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8-sig", newline="") as file:
        file.write(_line(_quoted(one.heading) for one in COLUMNS))
        for batch in reader.rows(COLUMNS, _Csv()):
            file.writelines(map(_line, batch))
            for at in totals:
                totals[at] += sum(map(int, filter(None, map(itemgetter(at), batch))))
            done += len(batch)
            progress(done)
        file.write(_line([_quoted(TOTAL), *(str(totals[at]) if at in totals else "" for at in range(1, len(COLUMNS)))]))
        file.write(_line([]))
        file.writelines(_line([_text(line)]) for line in (title_of(reader), *stand_words(reader), ROUNDED))


def _line(cells: Iterable[str]) -> str:
    return ",".join(cells) + "\r\n"
