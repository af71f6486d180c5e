"""Lời in trên mọi tệp nhật ký: của đài nào, lọc gì, mấy dòng, tính tới dòng nào của chuỗi, giờ của múi nào, đếm thế nào."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from broadcaster.reports.log_filter import filter_words
from broadcaster.reports.log_lines import LogReader

COUNTING_RULES = (
    "Lượt phát: một mục được phát tới hết một lần trong một buổi, không kể bao nhiêu cụm loa.",
    "“Đã gửi” nghĩa là đường ra đã nhận tiếng; chỉ “đã xác nhận” mới là có người (có tên) hoặc thiết bị xác nhận tại loa. Cụm "
    "loa đang báo hỏng không được kể là đã gửi, trừ khi có người xác nhận đã nghe.",
    "Diễn tập được ghi lại nhưng không tính vào báo cáo. Đính chính thay cho kết quả cũ, dòng cũ vẫn còn trong chuỗi.",
)


def title_of(reader: LogReader[Any]) -> str:
    """Tên bảng."""
    first, last = reader.wanted.period.first, reader.wanted.period.last
    return f"Nhật ký phát thanh từ {first:%d/%m/%Y} đến {last:%d/%m/%Y} — {reader.stand.station}"


def stand_words(reader: LogReader[Any]) -> tuple[str, ...]:
    """Bộ lọc, số dòng, lúc, dòng cuối, múi giờ, quy tắc đếm. Lúc là giờ ghi của dòng cuối: cùng dòng thì cùng một tệp."""
    stand = reader.stand
    at = reader.local(stand.at)
    silent = f", trong đó {stand.silent} buổi không phát" if stand.silent else ""
    return (
        f"Bộ lọc: {filter_words(reader.wanted)}.",
        f"Số dòng: {stand.rows}{silent}. Đã nghe {_seconds(stand.heard_ms)} trên dự kiến {_seconds(stand.planned_ms)} giây.",
        f"Số liệu tính đến dòng số {stand.seq}" + (f", ghi lúc {at:%H:%M:%S ngày %d/%m/%Y}" if at else "") + ".",
        f"Chuỗi nhật ký tới dòng {stand.seq}, mã băm {stand.digest or 'chưa có'}.",
        f"Múi giờ: {stand.zone} ({_offset(stand.zone, stand.at)}).",
        *COUNTING_RULES,
    )


def _offset(zone: str, at: datetime | None) -> str:
    told = f"{(at or datetime.now(ZoneInfo(zone))).astimezone(ZoneInfo(zone)):%z}"
    return f"UTC{told[:3]}:{told[3:]}"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds // 1000},{milliseconds % 1000:03}"
