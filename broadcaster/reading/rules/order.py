"""Luật đọc theo loại; thứ tự ở đây là ưu tiên: luật trước giành chỗ trước."""

from __future__ import annotations

from broadcaster.reading.rules import (
    codes,
    counts,
    dates,
    documents,
    fractions,
    lists,
    measures,
    money,
    names,
    pairs,
    per,
    phones,
    roman,
    times,
    web,
    weekdays,
)
from broadcaster.reading.rules.base import Rule

NAMES: tuple[Rule, ...] = names.RULES
"""Xét trước cả từ điển: “T. Hoa” sau “bà” là tên người, không phải tỉnh Hoa."""

RULES: tuple[Rule, ...] = (
    *web.RULES,
    *lists.RULES,
    *documents.RULES,
    *weekdays.RULES,
    *dates.SPANS,
    *pairs.LISTS,
    *dates.RULES,
    *times.RULES,
    *phones.RULES,
    *pairs.RULES,
    *codes.RULES,
    *roman.RULES,
    *money.RULES,
    *measures.RULES,
    *per.RULES,
    *fractions.RULES,
    *counts.RULES,
)
