"""Bản tin nghe như tin khẩn mà gửi như tin thường: nó sẽ đợi tới buổi phát kế tiếp, nên người duyệt phải được hỏi."""

from __future__ import annotations

import re

_SIGNS = (
    "khẩn cấp",
    "khẩn trương sơ tán",
    "sơ tán",
    "di dời ngay",
    "hoả tốc",
    "hỏa tốc",
    "vỡ đê",
    "tràn đê",
    "xả lũ",
    "lũ quét",
    "lũ ống",
    "sạt lở",
    "siêu bão",
    "bão đổ bộ",
    "cháy lớn",
    "đang cháy",
    "rò rỉ khí",
    "bị mất tích",
    "đi lạc",
    "ngay trong đêm",
    "ngay lập tức",
)
_PATTERN = re.compile("|".join(rf"(?<!\w){sign}(?!\w)" for sign in _SIGNS), re.IGNORECASE)
_REHEARSED = re.compile(r"(?<!\w)(?:diễn tập|tập huấn|tuyên truyền|kiến thức|kỹ năng)(?!\w)", re.IGNORECASE)


def urgent_signs(title: str, body: str) -> list[str]:
    """Những chữ khiến bản tin nghe như tin khẩn, mỗi chữ một lần theo thứ tự gặp; bài tập huấn, diễn tập thì không."""
    if _REHEARSED.search(title):
        return []
    return list(dict.fromkeys(match[0].lower() for match in _PATTERN.finditer(f"{title}\n{body}")))
