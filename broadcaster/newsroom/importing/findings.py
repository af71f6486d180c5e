"""Những thứ gặp trong tệp Word mà bản phát không có hoặc cần xem lại, và câu nói với người nhập về từng thứ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

_SHOWN, _LONGEST = 4, 60


class Found(StrEnum):
    """Điều đã gặp; giá trị là câu báo, ``{n}`` là số lần."""

    CHANGES = "Tệp có sửa đổi đang theo dõi (Track Changes): đã lấy phần thêm vào, bỏ phần đã xoá. Hãy đọc lại cho đúng bản cuối."
    COMMENTS = "Đã bỏ ghi chú bên lề (comment) của người góp ý."
    HIDDEN = "Đã bỏ chữ ẩn trong tệp."
    NOTES = "Đã bỏ chú thích cuối trang hoặc cuối bài."
    NOTE_MARKS = "Đã bỏ {n} dấu chú thích gõ tay (số nhỏ phía trên). Nếu là số mũ, hãy viết lại thành lời."
    HEADERS = "Đã bỏ phần đầu trang và chân trang lặp lại ở mỗi trang."
    PAGES = "Đã bỏ số trang."
    CONTENTS = "Đã bỏ mục lục tự động."
    PICTURES = "Đã bỏ {n} ảnh hoặc hình vẽ. Chữ nằm trong ảnh không đọc được."
    CHARTS = "Đã bỏ biểu đồ hoặc sơ đồ (SmartArt); chữ trong đó không lấy được."
    EMBEDDED = "Đã bỏ {n} đối tượng nhúng (bảng Excel, công thức kiểu cũ, tệp đính kèm)."
    BOXES = "Có {n} khung chữ: chữ trong khung được đặt ngay sau đoạn chứa nó. Hãy xem lại thứ tự."
    TABLES = "Có {n} bảng: đã đọc lần lượt từng hàng, từ trái sang phải. Nên viết lại thành câu cho người nghe."
    MERGED = "Trong bảng có ô gộp: chữ của ô gộp chỉ xuất hiện một lần. Hãy xem lại thứ tự."
    FORMULAS = "Có {n} công thức toán. Hãy viết lại thành lời."
    SYMBOLS = "Đã bỏ {n} ký hiệu đặc biệt không có cách đọc."
    PLACEHOLDERS = "Đã bỏ {n} ô mẫu chưa điền."
    CHOICES = "Có {n} ô chọn trong danh sách: đã lấy mục đang chọn. Hãy xem lại."
    TICKS = "Có {n} ô đánh dấu: ☒ là có chọn, ☐ là không chọn. Hãy viết lại thành lời, chỉ giữ điều đã chọn."
    AUTO_DATES = "Có {n} ngày giờ tự động: Word đổi chúng mỗi lần mở tệp. Hãy xem lại có đúng ngày cần báo không."
    INSERTED_FILES = "Tệp có chèn {n} tệp khác bên trong: đã lấy chữ của chúng ở đúng chỗ. Hãy xem lại thứ tự."
    UNREAD_FILES = "Tệp có chèn {n} tệp khác bên trong mà không lấy được chữ. Hãy mở tệp, chép phần đó vào bản tin."


def sentences(found: Counter[Found]) -> list[str]:
    """Câu báo cho từng điều đã gặp, theo thứ tự cố định."""
    return [kind.value.format(n=found[kind]) for kind in Found if found[kind]]


def struck_out(pieces: Sequence[str]) -> list[str]:
    """Câu báo chữ gạch ngang đã bỏ, nêu vài chỗ để người nhập biết có bỏ nhầm không."""
    shown = [f"“{_short(piece)}”" for piece in dict.fromkeys(piece.strip() for piece in pieces) if piece]
    more = "…" if len(shown) > _SHOWN else ""
    return [f"Đã bỏ chữ gạch ngang: {', '.join(shown[:_SHOWN])}{more}. Nếu vẫn cần đọc, hãy gõ lại."] if shown else []


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
