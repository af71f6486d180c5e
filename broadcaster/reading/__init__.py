"""Viết thành đọc: văn bản hành chính tiếng Việt được đọc lên thế nào. Thuần, không phụ thuộc, dùng riêng được."""

from broadcaster.reading.engine import ENGINE_VERSION, read, spoken
from broadcaster.reading.lexicon import Entry, Lexicon
from broadcaster.reading.model import Kind, Question, Reading, Span, Style

__all__ = ["ENGINE_VERSION", "Entry", "Kind", "Lexicon", "Question", "Reading", "Span", "Style", "read", "spoken"]
