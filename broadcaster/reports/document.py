"""Văn bản hành chính dưới dạng dữ liệu: mỗi mẫu báo cáo dựng một ``Document``, rồi DOCX, PDF và XLSX cùng vẽ từ đó.

Thể thức theo Nghị định 30/2020/NĐ-CP, Phụ lục I: quốc hiệu, tiêu ngữ, tên cơ quan, số và ký hiệu, địa danh, chữ ký, nơi nhận.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime
from typing import Any

from broadcaster.enums import Word

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
TOTAL = "Cộng"
MAX_CELL = 32_767
"""Một ô XLSX chứa nhiều nhất chừng ấy đơn vị chữ: giới hạn của chính định dạng."""
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Kind(Word):
    """Kiểu giá trị của một cột: quyết cách viết, canh lề và kiểu ô bảng tính."""

    TEXT = "text", "chữ"
    CODE = "code", "mã"
    COUNT = "count", "số đếm"
    MINUTES = "minutes", "phút"
    SECONDS = "seconds", "giây"
    PERCENT = "percent", "phần trăm"
    MONEY = "money", "đồng"
    DAY = "day", "ngày"
    CLOCK = "clock", "giờ"
    MOMENT = "moment", "ngày giờ"


NUMERIC = frozenset({Kind.COUNT, Kind.MINUTES, Kind.SECONDS, Kind.PERCENT, Kind.MONEY})

Value = str | int | float | date | datetime | None
"""Giá trị một ô: ``MINUTES``, ``SECONDS`` là số phút, số giây; ``PERCENT`` là tỷ lệ (0,5 là 50 %); giờ không mang múi giờ."""


@dataclass(frozen=True)
class Column:
    """Một cột; ``width``: phần chia bề rộng trang; ``total``: hàng cuối cộng cột này."""

    heading: str
    kind: Kind = Kind.TEXT
    width: float = 1.0
    total: bool = False


@dataclass(frozen=True)
class Table:
    """Một bảng; hàng đầu lặp lại ở mỗi trang; ``note`` in nghiêng ngay dưới bảng."""

    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Value]]
    caption: str = ""
    note: str = ""
    empty: str = "Không có."
    """In thay cho hàng khi bảng rỗng."""

    def totals(self) -> list[Value] | None:
        """Hàng cộng, hoặc ``None`` khi không cột nào cộng hay bảng rỗng."""
        if not self.rows or not any(column.total for column in self.columns):
            return None
        return [self._sum(number) if column.total else None for number, column in enumerate(self.columns)]

    def _sum(self, number: int) -> float:
        return sum(value for row in self.rows if isinstance(value := row[number], int | float))


def label_span(table: Table) -> int:
    """Chữ “Cộng” trải mấy cột: mọi cột đứng trước cột cộng đầu tiên (ít nhất một)."""
    return max(1, next((number for number, column in enumerate(table.columns) if column.total), len(table.columns)))


@dataclass(frozen=True)
class Paragraph:
    """Một đoạn thân văn bản: canh đều, lùi đầu dòng."""

    text: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True)
class Heading:
    """Đề mục trong thân, chữ đậm; ``level`` 1 là mục La Mã, 2 là mục số."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Bar:
    """Một thanh của biểu đồ: đã làm ``done`` trên ``target`` (chưa giao chỉ tiêu thì ``None``)."""

    label: str
    done: int
    target: int | None


@dataclass(frozen=True)
class Chart:
    """Biểu đồ thanh ngang, luôn đứng cạnh bảng có cùng con số."""

    title: str
    bars: tuple[Bar, ...]
    unit: str = "lượt"


@dataclass(frozen=True)
class PageBreak:
    """Sang trang."""


Block = Paragraph | Heading | Table | Chart | PageBreak


@dataclass(frozen=True)
class Letterhead:
    """Phần đầu văn bản. ``parent`` rỗng khi không có cơ quan chủ quản; ``number`` rỗng để văn thư ghi tay."""

    issuer: str
    place: str
    day: date
    symbol: str
    parent: str = ""
    number: str = ""


@dataclass(frozen=True)
class Signature:
    """Một chữ ký: các dòng thẩm quyền (TM., KT.), chức vụ ở dòng cuối, rồi họ tên."""

    lines: tuple[str, ...]
    name: str = ""
    hint: str = ""
    """Ví dụ “(Ký, ghi rõ họ tên)”; nhật ký không đóng dấu thì in dòng này."""


@dataclass(frozen=True)
class Document:
    """Một văn bản hoặc phụ lục trọn vẹn. ``letterhead`` rỗng: phụ lục, nhật ký nội bộ chỉ có tên đơn vị ở góc."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    letterhead: Letterhead | None = None
    unit: str = ""
    signatures: tuple[Signature, ...] = ()
    recipients: tuple[str, ...] = ()
    landscape: bool = False
    footnotes: tuple[str, ...] = field(default=())
    """Cách đếm, bộ lọc, số dòng nhật ký: in nhỏ ở cuối, trước chữ ký."""
    mark: str = ""
    """Mốc nhật ký lúc lập, ``SỐ:BĂM``: in thành mã vuông cạnh lời ghi chú của nó."""

    def tables(self) -> list[Table]:
        """Mọi bảng theo thứ tự."""
        return [block for block in self.blocks if isinstance(block, Table)]


def place_and_day(head: Letterhead) -> str:
    """“Phùng Chí Kiên, ngày 03 tháng 02 năm 2026”: ngày hai chữ số, tháng 1 và 2 hai chữ số (Phụ lục I, mục II.4)."""
    month = f"{head.day.month:02d}" if head.day.month <= 2 else str(head.day.month)
    return f"{head.place}, ngày {head.day.day:02d} tháng {month} năm {head.day.year}"


def number_line(head: Letterhead) -> str:
    """“Số:      /BC-UBND”: chỗ trống cho văn thư khi chưa có số."""
    return f"Số: {head.number}/{head.symbol}" if head.number else f"Số:        /{head.symbol}"


def shown(value: Value, kind: Kind) -> str:
    """Giá trị như người Việt viết: 1.234; 12,5; 03/02/2026; 06:00:15; rỗng là chuỗi rỗng."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%H:%M:%S}" if kind is Kind.CLOCK else f"{value:%d/%m/%Y %H:%M:%S}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, str):
        return value
    if kind is Kind.PERCENT:
        return f"{_number(round(value * 100, 1))}%"
    return _number(round(value, 1) if kind in (Kind.MINUTES, Kind.SECONDS) else value)


def _number(value: float) -> str:
    whole, _, part = f"{value:,.1f}".partition(".")
    written = whole.replace(",", ".")
    return written if part == "0" else f"{written},{part}"


def without_controls(text: str) -> str:
    """Chữ bỏ ký tự điều khiển mà XML không chứa được; xuống dòng và tab giữ nguyên."""
    return _UNPRINTABLE.sub("", text)


def cell_text(text: str, more: str) -> str:
    """Chữ vừa một ô XLSX (Excel đếm UTF-16); dài hơn thì cắt và nối ``more``, không cắt im lặng."""
    if len(text) * 2 <= MAX_CELL:
        return text
    units = text.encode("utf-16-le")
    kept = units[: 2 * (MAX_CELL - len(more))].decode("utf-16-le", "ignore")
    return kept + more if len(units) > 2 * MAX_CELL else text


def printable(document: Document) -> Document:
    """Cùng văn bản, bỏ ký tự điều khiển mà XML không chứa được (xuống dòng và tab giữ nguyên); chữ khác nguyên như gõ."""
    cleaned: Document = _printable(document)
    return cleaned


def _printable(value: Any) -> Any:
    if isinstance(value, str) and not isinstance(value, Word):
        return without_controls(value)
    if isinstance(value, list | tuple):
        return type(value)(_printable(one) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{one.name: _printable(getattr(value, one.name)) for one in fields(value)})
    return value
