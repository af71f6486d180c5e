"""Gom các bảng theo chủ đề thành tầng có sẵn: bảng phân biệt và không phân biệt hoa thường."""

from __future__ import annotations

from broadcaster.reading.words import ambiguous, chat, economy, government, loans, people, society, titles

EXACT = (ambiguous.TABLE, ambiguous.SLASHED, government.TABLE, people.TABLE, society.TABLE, economy.TABLE, titles.TABLE)
LOOSE = (loans.TABLE, chat.TABLE, titles.LOOSE)
