"""Bộ lọc nhật ký ở ba dạng: cho mã, cho địa chỉ và hàng chờ (chữ), và thành câu in lên tệp."""

from __future__ import annotations

from collections.abc import Mapping

from broadcaster.airlog.enums import Mode, Reason, Result
from broadcaster.airlog.queries import Period
from broadcaster.airlog.searching import AiringFilter
from broadcaster.clock import read_day
from broadcaster.enums import Word
from broadcaster.errors import Invalid
from broadcaster.newsroom.enums import Genre

WORDS: dict[str, tuple[str, type[Word]]] = {
    "ket_qua": ("result", Result),
    "ly_do": ("reason", Reason),
    "che_do": ("mode", Mode),
    "the_loai": ("genre", Genre),
}
"""Tham số → trường của bộ lọc và bộ từ của nó."""
TEXTS = {
    "tim": "text",
    "nguoi": "person",
    "tdp": "zone",
    "cum": "cluster",
    "chuyen_muc": "column",
    "noi_dung": "topic",
}
"""Tham số → trường chữ của bộ lọc."""
LABELS = {
    "ket_qua": "kết quả",
    "ly_do": "lý do",
    "che_do": "chế độ",
    "the_loai": "thể loại",
    "tim": "tiêu đề có",
    "nguoi": "người có tên",
    "tdp": "TDP",
    "cum": "cụm loa",
    "chuyen_muc": "chuyên mục",
    "noi_dung": "nội dung kế hoạch",
}
LONGEST = 200
BAD_DAY = "Hãy nhập ngày dạng ngày/tháng/năm, ví dụ 01/03/2026."


def read_filter(told: Mapping[str, str], period: Period) -> AiringFilter:
    """Bộ lọc từ các tham số; từ lạ là lỗi chứ không âm thầm bỏ qua. Lỗi: ``Invalid`` theo từng ô."""
    problems: dict[str, str] = {}
    found: dict[str, object] = {}
    for name, (field, words) in WORDS.items():
        value = told.get(name, "").strip()
        word = next((one for one in words if one.value == value), None)
        if value and word is None:
            problems[name] = "Lựa chọn không hợp lệ. Hãy chọn lại."
        elif word is not None:
            found[field] = word.value if words is Genre else word
    for name, field in TEXTS.items():
        value = " ".join(told.get(name, "").replace("\0", "").split())
        if len(value) > LONGEST:
            problems[name] = f"Chữ cần tìm dài quá {LONGEST} ký tự. Hãy rút gọn."
        found[field] = value
    if problems:
        raise Invalid(problems=problems)
    return AiringFilter(period, **found)  # type: ignore[arg-type]


def params_of(wanted: AiringFilter) -> dict[str, str]:
    """Các tham số của bộ lọc, chỉ những điều có lọc; ``stored_filter`` đọc lại được."""
    found = {"tu": wanted.period.first.isoformat(), "den": wanted.period.last.isoformat()}
    for name, (field, _) in WORDS.items():
        value = getattr(wanted, field)
        if value is not None:
            found[name] = value.value if isinstance(value, Word) else value
    return found | {name: value for name, field in TEXTS.items() if (value := getattr(wanted, field))}


def stored_filter(told: Mapping[str, str]) -> AiringFilter:
    """Bộ lọc từ ``params_of``. Lỗi: ``Invalid``, ``ValueError``."""
    return read_filter(told, Period(read_day(told["tu"]), read_day(told["den"])))


def filter_words(wanted: AiringFilter) -> str:
    """Câu in lên tệp: kỳ và mọi điều kiện."""
    first, last = wanted.period.first, wanted.period.last
    parts = [f"từ {first:%d/%m/%Y} đến hết {last:%d/%m/%Y}"]
    for name, (field, words) in WORDS.items():
        value = getattr(wanted, field)
        if value is not None:
            parts.append(f"{LABELS[name]}: {words(value).label}")
    for name, field in TEXTS.items():
        if value := getattr(wanted, field):
            parts.append(f"{LABELS[name]} “{value}”")
    if len(parts) == 1:
        parts.append("không lọc gì thêm")
    return "; ".join(parts)
