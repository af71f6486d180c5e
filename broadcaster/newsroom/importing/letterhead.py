"""Phần đầu và phần cuối của văn bản hành chính (quốc hiệu, số, kính gửi; chữ ký, nơi nhận): có trên giấy, không đọc lên loa.

Theo thể thức ở Nghị định 30/2020/NĐ-CP; chỉ tách khi chắc, và không bao giờ bỏ hẳn: người soạn đưa lại được bằng một lần bấm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_STRONG = re.compile(
    r"cộng h(?:òa|oà) xã hội chủ nghĩa việt nam|độc lập\s*[-–]\s*tự do\s*[-–]\s*hạnh phúc|đảng cộng sản việt nam"
    r"|số\s*:?\s*[\d.…_ ]*\s*[-/]\s*[A-ZĐ][\w\-/Đ]*"
    r"|[^,.:]{2,60},\s*ngày\s+[\d.…_]+\s+tháng\s+[\d.…_]+\s+năm\s+[\d.…_]+",
    re.IGNORECASE,
)
_TO_OFFICES = re.compile(r"kính gửi\s*:(?!.*(?:bà con|toàn thể|quý vị|các hộ|cô bác)).*", re.IGNORECASE)
_ISSUER = re.compile(
    r"(?:ủy ban|uỷ ban|ubnd|hđnd|hội đồng|mặt trận|ubmttq|đảng ủy|đảng bộ|huyện ủy|thị ủy|thành ủy|ban chấp hành|ban chỉ đạo"
    r"|công an|trạm|trường|hội|đoàn|phường|xã|thị trấn|thị xã|thành phố|quận|huyện|tỉnh|tổ dân phố|tdp)\b.*",
    re.IGNORECASE,
)
_RULE = re.compile(r"[-–—_*=.\s]{2,}")
_ABOUT = re.compile(r"v/v\b.*", re.IGNORECASE)
_ITEM = re.compile(r"[-–+•*]\s*\S.*")
_HEAD_LINES, _TAIL_LINES, _LONGEST = 30, 40, 120
_RECEIVERS = re.compile(r"nơi nhận\s*:?.*", re.IGNORECASE)
_SIGNER = re.compile(
    r"(?:TM|KT|TL|TUQ|T/M|Q)\s*\.\s*\S.*|(?:PHÓ )?(?:CHỦ TỊCH|BÍ THƯ|TRƯỞNG [A-ZĐ ]+|TRẠM TRƯỞNG|GIÁM ĐỐC|HIỆU TRƯỞNG"
    r"|CHỈ HUY TRƯỞNG|TỔ TRƯỞNG|NGƯỜI LẬP|THỦ TRƯỞNG)\b[^.]*"
)
_SIGNED = re.compile(
    r"\(?\s*(?:đã\s*)?ký(?:\s*tên)?(?:,\s*đóng dấu)?\s*\)?|\(?ký,? ghi rõ họ tên\)?|như trên[;.]?|lưu\s*:?.*", re.IGNORECASE
)
_NAME = re.compile(r"(?:[A-ZĐÂÊÔƠƯĂÁÀẢÃẠÉÍÓÚÝ][\wà-ỹ]*\.?\s+){1,5}[A-ZĐÂÊÔƠƯĂÁÀẢÃẠÉÍÓÚÝ][\wà-ỹ]*")


@dataclass(frozen=True)
class Parts:
    """Ba phần của một văn bản; ``head`` và ``tail`` rỗng khi không có."""

    head: str
    body: str
    tail: str


def split(text: str) -> Parts:
    """Tách phần đầu và phần cuối; không chắc, hay tách xong không còn thân, thì để nguyên."""
    lines = text.split("\n")
    first = _head_end(lines)
    last = _tail_start(lines, first)
    greeting = _addressees(lines, first, last)
    body = "\n".join(line for at, line in enumerate(lines[first:last], first) if at not in greeting).strip("\n")
    if not any(char.isalpha() for char in body):
        return Parts("", text, "")
    head = [*lines[:first], *(lines[at] for at in greeting)]
    return Parts("\n".join(head).strip("\n"), body, "\n".join(lines[last:]).strip("\n"))


def _head_end(lines: list[str]) -> int:
    """Số dòng của phần đầu: tới dòng cuối cùng chắc chắn thuộc nó, trước dòng lạ đầu tiên."""
    end = 0
    for index, line in enumerate(lines[:_HEAD_LINES]):
        parts = [part.strip() for part in line.split(";") if part.strip()]
        if any(_STRONG.fullmatch(part) for part in parts):
            end = index + 1
        elif not all(_may_be_head(part) for part in parts):
            break
    return end


def _addressees(lines: list[str], first: int, last: int) -> range:
    """“Kính gửi: …” của giấy tờ (không phải lời chào bà con) và các dòng nêu tên nơi nhận ngay sau."""
    for at in range(first, min(last, first + _HEAD_LINES)):
        if _TO_OFFICES.fullmatch(lines[at].strip()):
            end = at + 1
            while end < last and _ITEM.fullmatch(lines[end].strip()):
                end += 1
            return range(at, end)
    return range(0)


def _may_be_head(part: str) -> bool:
    if _RULE.fullmatch(part) or _ABOUT.fullmatch(part) or _STRONG.fullmatch(part):
        return True
    return len(part) <= _LONGEST and part.isupper() and bool(_ISSUER.fullmatch(part))


def _tail_start(lines: list[str], first: int) -> int:
    """Dòng mở phần cuối: chữ ký hay nơi nhận, mà từ đó tới hết chỉ còn dòng của phần cuối."""
    for index in range(max(first, len(lines) - _TAIL_LINES), len(lines)):
        parts = _parts(lines[index])
        if parts and any(_opens_tail(part) for part in parts) and all(_is_tail(line) for line in lines[index:]):
            return index
    return len(lines)


def _parts(line: str) -> list[str]:
    return [part for raw in re.split(r";\s+|\t", line) if (part := raw.strip())]


def _opens_tail(part: str) -> bool:
    return bool(_RECEIVERS.fullmatch(part) or _SIGNER.fullmatch(part))


def _is_tail(line: str) -> bool:
    return all(
        _opens_tail(part)
        or _RULE.fullmatch(part)
        or _ITEM.fullmatch(part)
        or _SIGNED.fullmatch(part)
        or _NAME.fullmatch(part)
        or (part.isupper() and len(part) <= _LONGEST)
        for part in _parts(line)
    )
