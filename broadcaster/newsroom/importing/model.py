"""Kết quả của một lần nhập tệp, và các giới hạn giữ cho một tệp lạ không làm chậm hay làm đầy máy của đài."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from broadcaster.newsroom.enums import Genre

MAX_FILE_BYTES = 50 * 1024 * 1024
"""Tệp Word nhiều ảnh nặng 40 MB là chuyện thường."""


class FileKind(StrEnum):
    """Loại tệp, xét theo nội dung chứ không theo tên."""

    DOCX = "docx"
    TEXT = "text"
    MARKDOWN = "markdown"


@dataclass(frozen=True)
class Imported:
    """Văn bản lấy từ một tệp, kèm mọi điều người nhập phải biết trước khi dùng.

    ``notes``: câu tiếng Việt về những gì đã bỏ hoặc đã đổi. ``converted``: vài cặp (trước, sau) khi tệp dùng bảng mã cũ
    hoặc bị hỏng mã; có cặp nào thì người nhập phải xem rồi mới được dùng.
    """

    title: str
    text: str
    notes: tuple[str, ...]
    converted: tuple[tuple[str, str], ...]
    kind: FileKind
    filename: str
    head: str = ""
    """Quốc hiệu, số, kính gửi…: không đọc, nhưng đưa lại được."""
    tail: str = ""
    """Chữ ký, nơi nhận: không đọc, nhưng đưa lại được."""
    genre: Genre | None = None
    """Thể loại theo đầu đề của văn bản (“THÔNG BÁO”, “HỎI - ĐÁP”); không rõ thì ``None``."""


class RawLine(NamedTuple):
    """Một dòng thô; ``fixed`` là dòng không bao giờ nối với dòng kề: mục có số, đầu đề, hàng của bảng."""

    text: str
    fixed: bool = False


@dataclass
class RawText:
    """Bản đang đọc dở: các dòng thô và điều đã gặp, trước khi sửa mã, nối dòng và làm sạch."""

    lines: list[RawLine]
    title: str = ""
    notes: list[str] = field(default_factory=list)
    converted: list[tuple[str, str]] = field(default_factory=list)
