"""Một cách ghi chữ ra CSV cho mọi tệp xuất: bảng tính hiện đúng chữ đã gõ và không bao giờ chạy nó.

Excel và LibreOffice coi ô bắt đầu bằng ``= + - @`` là công thức. Chỉ ô nào bảng tính sẽ tính hay chạy mới thêm dấu nháy
đơn ở đầu: “- Thông báo” là gạch đầu dòng của người viết, phải giữ nguyên.
"""

from __future__ import annotations

import re

_GUARD = "'"
_RUN = re.compile(r"[=@\t\r]|[+-](?!\s+\w)(?!\d[\d.,]*$)|[+-].*[|!\[\"]|[+-]\s*[A-Za-z_][\w.]*\(", re.DOTALL)
"""Đầu một công thức; dấu cộng trừ được yên khi sau nó là một con số trọn, hay dấu cách rồi chữ mà không gọi hàm, gọi tệp."""


def csv_text(text: str) -> str:
    """Chữ để ghi vào một ô CSV."""
    return f"{_GUARD}{text}" if _RUN.match(text.lstrip("' \n\xa0\ufeff")) else text


def typed_text(cell: str) -> str:
    """Chữ gốc của một ô do ``csv_text`` ghi."""
    return cell[1:] if cell.startswith(_GUARD) and csv_text(cell[1:]) != cell[1:] else cell
