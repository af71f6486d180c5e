"""Luật đọc theo loại; thứ tự ở đây là ưu tiên: luật trước giành chỗ trước."""

from __future__ import annotations

from broadcaster.reading.rules import codes, dates, documents, lists, phones, quantities, roman, times, web, weekdays
from broadcaster.reading.rules.base import Job, Rule

RULES: tuple[Rule, ...] = (
    *web.RULES,
    *lists.RULES,
    *documents.RULES,
    *weekdays.RULES,
    *dates.RULES,
    *times.RULES,
    *phones.RULES,
    *codes.RULES,
    *roman.RULES,
    *quantities.RULES,
)

__all__ = ["RULES", "Job", "Rule"]
