"""Một cách ghi chữ ra CSV cho mọi tệp xuất: bảng tính hiện đúng chữ đã gõ, không chạy nó, không đọc nó thành số hay ngày.

Excel và LibreOffice coi ô bắt đầu bằng ``= + - @`` là công thức, ô trông như số hay ngày là số hay ngày theo vùng của máy: ở
Việt Nam “3.1” là chữ mà “3,1” là số, “28/1” thành ngày, “123e45” thành số. Ô như thế được thêm ở đầu một ký tự không bề rộng
(U+200B): mắt không thấy, bảng tính thì thấy đó là chữ. “- Thông báo” là gạch đầu dòng của người viết, giữ nguyên.
"""

from __future__ import annotations

import re

GUARD = "\u200b"
_OLD_GUARD = "'"
"""Bản phần mềm trước dùng dấu nháy đơn; tệp cũ vẫn đọc lại được."""
_RUN = re.compile(r"[=@\t\r]|[+-](?!\s+\w)(?!\d[\d.,]*$)|[+-].*[|!\[\"]|[+-]\s*[A-Za-z_][\w.]*\(", re.DOTALL)
"""Đầu một công thức; dấu cộng trừ được yên khi sau nó là một con số trọn, hay dấu cách rồi chữ mà không gọi hàm, gọi tệp."""
_NUMBER = re.compile(r"(?=.*\d)[\d\s.,:/+()%$€₫eE-]+")
_DATE = re.compile(
    r"(?:\d{1,4}[\s/.,-]*(?=\S)|(?=.*\d))(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|thg|tháng|ngày)[a-z]*[\s/.,-]*\d{0,4}.{0,12}"
    r"|\d{1,2}[\d:]*\s*(?:am|pm|sa|ch)|true|false",
    re.IGNORECASE,
)
"""Chữ mà một bảng tính nào đó, ở vùng nào đó, đọc thành số, giờ, ngày hay đúng sai."""


def csv_text(text: str) -> str:
    """Chữ để ghi vào một ô CSV."""
    return f"{GUARD}{text}" if _mistaken(text) else text


def typed_text(cell: str) -> str:
    """Chữ gốc của một ô do ``csv_text`` ghi, kể cả của bản phần mềm trước."""
    if cell.startswith(GUARD) and _mistaken(cell[1:]):
        return cell[1:]
    return cell[1:] if cell.startswith(_OLD_GUARD) and _RUN.match(_stripped(cell[1:])) else cell


def _mistaken(text: str) -> bool:
    bare = _stripped(text)
    return bool(_RUN.match(bare) or (len(bare) <= 40 and (_NUMBER.fullmatch(bare.strip()) or _DATE.fullmatch(bare.strip()))))


def _stripped(text: str) -> str:
    return text.lstrip("' \n\xa0\ufeff\u200b")
