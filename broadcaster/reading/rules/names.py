"""Tên người viết tắt và cách xưng hô: Ng. V. Bình phải hỏi, không bao giờ đoán im; a. Tuấn, c. Lan là anh, chị; Q. TRƯỞNG là quyền trưởng."""

from __future__ import annotations

import re

from broadcaster.reading.model import Kind
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.rules.base import Job, before, rule

_FAMILIES = {
    "Ng": "Nguyễn", "Tr": "Trần", "Ph": "Phạm", "L": "Lê", "H": "Hoàng", "Đ": "Đỗ", "B": "Bùi", "V": "Vũ", "Th": "Thái", "D": "Dương", "N": "Nguyễn",
    "T": "Trần", "P": "Phạm", "Tg": "Trương", "Ngh": "Nghiêm", "Q": "Quách", "M": "Mai", "K": "Kiều", "C": "Cao", "X": "Xuân", "G": "Giang", "S": "Sơn",
}  # fmt: skip
_MIDDLES = {
    "V": "Văn", "T": "Thị", "Th": "Thị", "Đ": "Đức", "H": "Hữu", "X": "Xuân", "Q": "Quang", "M": "Minh", "N": "Ngọc", "K": "Kim", "Tr": "Trung", "D": "Duy",
    "Ng": "Ngọc", "Ph": "Phương", "B": "Bá", "C": "Công", "L": "Lan", "P": "Phúc", "G": "Gia", "S": "Sỹ",
}  # fmt: skip
_CALLS = {"a": "anh", "c": "chị", "ô": "ông", "b": "bà", "e": "em"}
_TITLE = Pattern(
    r"(?:ông|bà|anh|chị|em|cháu|cụ|cô|thầy|bác|chú|đồng chí|đ/c|bs|ths|ts|bác sĩ|họ tên:?|họ và tên:?|chủ hộ:?|vợ chồng|[acôb]\.|và|với|gặp|lh|liên hệ) \(?$"
)
_FAMILY = Pattern(
    r"(?<!\w)(?:Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Mai|Tạ|Trương|Đào|Lưu) $"
)
_LIST = Pattern(r"(?:^|[:;.] |\t)[-–+*•]? ?$")


def _initials(match: re.Match[str], job: Job) -> str | None:
    """Bà Tr. T. Hoa: đọc theo họ hay gặp và chặn lại hỏi, vì họ có thể khác."""
    parts = re.findall(r"[^\W\d_]+", match[0])
    raw = match.string[max(0, match.start() - 8) : match.start()]
    if _FAMILY.search(raw):
        return _ask(match, job, [_MIDDLES.get(part, "") for part in parts])
    if not (_TITLE.search(before(match)) or (len(parts) > 1 and parts[0] in ("Ng", "Tr", "Ph"))):
        return None
    if any(part not in _MIDDLES for part in parts[1:]) or parts[0] not in _FAMILIES:
        return None
    return _ask(match, job, [_FAMILIES[parts[0]], *(_MIDDLES[part] for part in parts[1:])])


def _ask(match: re.Match[str], job: Job, parts: list[str]) -> str | None:
    if not all(parts):
        return None
    words = " ".join(parts)
    message = f"Tên viết tắt “{match[0].strip()}” đang đọc là “{words}”. Hãy viết đủ họ tên."
    end = match.start() + len(match[0].rstrip())
    job.ask_at("name_initials", match.start(), end, message, dangerous=True, suggestions=(words,))
    return words


def _call(match: re.Match[str], _job: Job) -> str | None:
    """a. Tuấn giữa câu là anh Tuấn; đầu mục là điểm a."""
    earlier = before(match)
    if _LIST.search(earlier) or not earlier.strip() or (match["l"].isupper() and not _TITLE.search(earlier)):
        return None
    return _CALLS[match["l"].lower()]


RULES = (
    rule(
        "initials",
        Kind.WORD,
        r"(?<![\w.])(?:[A-ZĐ][a-z]{0,2}\. ?){1,3}(?=[A-ZĐÀ-Ỹ][a-zà-ỹ])",
        _initials,
        at="NTPLHĐBVDQMKCXGS",
    ),
    rule("call", Kind.WORD, r"(?<![\w./])(?P<l>[acôbeACÔB])\. ?(?=[A-ZĐÀ-Ỹ][a-zà-ỹ])", _call, at="acôbeACÔB"),
    rule(
        "acting",
        Kind.ABBREVIATION,
        r"(?<!\w)Q\. ?(?=(?:PHÓ )?(?:CHỦ TỊCH|TRƯỞNG|GIÁM ĐỐC|BÍ THƯ|HIỆU TRƯỞNG|CỤC TRƯỞNG|CHÁNH|CHỈ HUY|[Cc]hủ tịch|[Tt]rưởng|[Gg]iám đốc|[Bb]í thư|[Hh]iệu trưởng|[Cc]hánh))",
        lambda _match, _job: "quyền",
        at="Q",
    ),
)
