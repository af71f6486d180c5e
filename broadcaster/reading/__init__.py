"""Viết thành đọc: văn bản hành chính tiếng Việt được đọc lên thế nào. Thuần, không phụ thuộc, dùng riêng được."""

from broadcaster.reading.engine import read, spoken
from broadcaster.reading.lexicon import Entry, Lexicon
from broadcaster.reading.model import DocumentStyle, Kind, Question, Reading, Span, Style
from broadcaster.reading.version import engine_version

__all__ = [
    "DocumentStyle",
    "Entry",
    "Kind",
    "Lexicon",
    "Question",
    "Reading",
    "Span",
    "Style",
    "engine_version",
    "read",
    "spoken",
]
