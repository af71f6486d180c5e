"""Những thứ gặp trong tệp Word mà bản phát không có hoặc cần xem lại, và câu nói với người nhập về từng thứ."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum


class Found(StrEnum):
    """Điều đã gặp; giá trị là câu báo, ``{n}`` là số lần."""

    CHANGES = "Tệp có sửa đổi đang theo dõi (Track Changes): đã lấy phần thêm vào, bỏ phần đã xoá. Hãy đọc lại cho đúng bản cuối."
    COMMENTS = "Đã bỏ ghi chú bên lề (comment) của người góp ý."
    HIDDEN = "Đã bỏ chữ ẩn trong tệp."
    STRUCK = "Có chữ bị gạch ngang vẫn còn trong văn bản. Nếu đó là chữ muốn bỏ, hãy xoá đi."
    NOTES = "Đã bỏ chú thích cuối trang hoặc cuối bài."
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
    INSERTED_FILES = "Tệp có chèn một tệp khác bên trong; phần đó không lấy được. Hãy mở tệp, chép phần đó vào bản tin."


def sentences(found: Counter[Found]) -> list[str]:
    """Câu báo cho từng điều đã gặp, theo thứ tự cố định."""
    return [kind.value.format(n=found[kind]) for kind in Found if found[kind]]
