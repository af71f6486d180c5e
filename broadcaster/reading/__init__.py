"""Viết thành đọc: văn bản hành chính tiếng Việt được đọc lên thế nào. Thuần, không phụ thuộc, dùng riêng được."""

from broadcaster.reading.engine import ENGINE_VERSION, read, spoken
from broadcaster.reading.lexicon import Entry, Lexicon
from broadcaster.reading.model import DocumentStyle, Kind, Question, Reading, Span, Style

__all__ = [
    "ENGINE_VERSION",
    "DocumentStyle",
    "Entry",
    "Kind",
    "Lexicon",
    "Question",
    "Reading",
    "Span",
    "Style",
    "read",
    "spoken",
]
