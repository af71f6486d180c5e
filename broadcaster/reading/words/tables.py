"""Gom các bảng theo chủ đề thành tầng có sẵn: bảng phân biệt và không phân biệt hoa thường."""

from __future__ import annotations

from broadcaster.reading.words import chat, economy, government, loans, people, society, titles

EXACT = (government.TABLE, people.TABLE, society.TABLE, economy.TABLE, titles.TABLE)
LOOSE = (loans.TABLE, chat.TABLE, titles.LOOSE)
