"""Những gì bộ đọc trả về: đoạn chữ, câu hỏi, bản đọc và kiểu đọc của đài; chỉ là giá trị, không có luật."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from broadcaster.reading.normal import Normal

SYLLABLES_PER_MINUTE = 190  # tốc độ đọc phát thanh tiếng Việt thường gặp: 180-200 tiếng một phút


class Kind(StrEnum):
    """Loại của một đoạn chữ; giá trị dùng trong JSON và làm tên lớp trên trang."""

    PLAIN = "plain"
    SILENT = "silent"
    SKIPPED = "skipped"
    MARKER = "marker"
    NUMBER = "number"
    QUANTITY = "quantity"
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    RANGE = "range"
    FRACTION = "fraction"
    ROMAN = "roman"
    DOCUMENT = "document"
    PHONE = "phone"
    CODE = "code"
    WEB = "web"
    ABBREVIATION = "abbreviation"
    WORD = "word"
    SYMBOL = "symbol"


class DocumentStyle(StrEnum):
    """Cách đọc số, ký hiệu văn bản."""

    ISSUER = "issuer"  # "số mười sáu của ủy ban nhân dân"
    SPELLED = "spelled"  # "số mười sáu, kế hoạch, ủy ban nhân dân"


@dataclass(frozen=True, slots=True)
class Style:
    """Lựa chọn của đài: từ vùng miền, cách đọc số văn bản, nghĩa của TU và địa danh của đài để bắt lỗi gõ."""

    thousand: str = "nghìn"
    zero_tens: str = "linh"
    first_days: bool = True  # "mùng" trước ngày 1-10
    documents: DocumentStyle = DocumentStyle.ISSUER
    provincial_party: str = "tỉnh ủy"  # nghĩa của TU
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Một đoạn ``source[start:end]`` và lời đọc của nó; ``confidence`` từ 0 tới 1."""

    start: int
    end: int
    kind: Kind
    spoken: str
    rule: str
    confidence: float = 1.0
    alternatives: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Bản ghi để hiện trên trang và lưu vào bản chụp lời đọc."""
        return {
            "start": self.start,
            "end": self.end,
            "kind": self.kind.value,
            "spoken": self.spoken,
            "rule": self.rule,
            "confidence": self.confidence,
            "alternatives": list(self.alternatives),
        }


@dataclass(frozen=True, slots=True)
class Question:
    """Một chỗ ngờ; ``dangerous`` là phải trả lời trước khi gửi duyệt (số tiền, ngày, số liệu có thể sai)."""

    code: str
    start: int
    end: int
    message: str
    dangerous: bool = False
    suggestions: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Bản ghi để hiện cạnh bản tin."""
        return {
            "code": self.code,
            "start": self.start,
            "end": self.end,
            "message": self.message,
            "dangerous": self.dangerous,
            "suggestions": list(self.suggestions),
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """Bản đọc của một văn bản; các ``spans`` phủ kín ``source`` theo thứ tự, không chồng nhau."""

    source: str
    spans: tuple[Span, ...]
    spoken: str
    questions: tuple[Question, ...] = ()
    engine_version: str = ""
    lexicon_version: str = ""
    sentences: tuple[str, ...] = field(default=())
    given: Normal = field(default_factory=lambda: Normal(""), repr=False)
    """Đường về chữ như người gửi."""

    @property
    def syllables(self) -> int:
        """Số tiếng sẽ được đọc."""
        return len(re.findall(r"\w+", self.spoken))

    @property
    def estimated_ms(self) -> int:
        """Thời lượng ước tính (mili giây) ở tốc độ phát thanh."""
        return round(self.syllables * 60_000 / SYLLABLES_PER_MINUTE)

    def place(self, start: int, end: int) -> dict[str, int]:
        """Đoạn ``source[start:end]`` nằm ở đâu trong chữ như người gửi, đếm theo ký tự và theo UTF-16."""
        first, last = self.given.given(start), self.given.given(end, end=True)
        return {
            "given_start": first,
            "given_end": last,
            "utf16_start": self.given.utf16(first),
            "utf16_end": self.given.utf16(last),
        }

    def as_json(self) -> dict[str, object]:
        """Toàn bộ bản đọc, đúng thứ tự, để lưu và để gửi đi; mỗi đoạn và câu hỏi kèm chỗ của nó trong chữ gốc."""
        return {
            "spoken": self.spoken,
            "sentences": [sentence.strip() for sentence in self.sentences],
            "source": self.source,
            "spans": [{**span.as_json(), **self.place(span.start, span.end)} for span in self.spans],
            "questions": [{**one.as_json(), **self.place(one.start, one.end)} for one in self.questions],
            "syllables": self.syllables,
            "estimated_ms": self.estimated_ms,
            "engine_version": self.engine_version,
            "lexicon_version": self.lexicon_version,
        }
