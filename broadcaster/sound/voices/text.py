"""Câu chữ trước khi vào máy đọc: làm sạch, đếm âm tiết, cắt đoạn ngắn ở chỗ nghỉ tự nhiên.

Máy đọc không hiểu chữ tổ hợp rời (NFD) và có máy hiểu thẻ SSML: ở đây mọi chữ về NFC, ký tự điều khiển bị bỏ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from broadcaster.errors import VoiceFailed

PARAGRAPH_PAUSE_MS = 800
SENTENCE_PAUSE_MS = 450
CLAUSE_PAUSE_MS = 200
WORD_PAUSE_MS = 30

_CLAUSE_END = re.compile(r"(?<=[,;:])\s+|\s+(?=[–—-]\s)")


@dataclass(frozen=True)
class Line:
    """Một câu sẵn sàng đọc; ``text`` rỗng nghĩa là câu chỉ có dấu, không có gì để phát ra tiếng."""

    text: str
    pause_ms: int


@dataclass(frozen=True)
class Chunk:
    """Một đoạn của câu và khoảng nghỉ sau nó."""

    text: str
    pause_ms: int


def lines(sentences: Sequence[str]) -> tuple[Line, ...]:
    """Làm sạch từng câu, giữ nguyên số câu; cả bản tin không có gì đọc được thì báo ``VoiceFailed``."""
    cleaned = tuple(Line(_clean(raw), _pause_after(raw)) for raw in sentences)
    if not any(line.text for line in cleaned):
        raise VoiceFailed("Bản tin không có chữ nào để đọc. Hãy nhập nội dung rồi tạo lại bản thu.")
    return cleaned


def syllables(text: str) -> int:
    """Số âm tiết viết: mỗi từ cách nhau bởi dấu trống, có ít nhất một chữ hoặc số."""
    return sum(1 for word in text.split() if any(map(str.isalnum, word)))


def pack(line: Line, limit: int) -> tuple[Chunk, ...]:
    """Cắt một câu thành các đoạn không quá ``limit`` ký tự: ở chỗ ngắt ý trước, rồi giữa hai từ, cùng lắm mới giữa từ.

    Mẩu chỉ có dấu bị bỏ: máy đọc không phát ra gì từ nó mà còn báo lỗi. Câu phải có ít nhất một chữ.
    """
    chunks: list[Chunk] = []
    for clause_group in _greedy(_CLAUSE_END.split(line.text), limit):
        pieces = [piece for piece in _word_pieces(clause_group, limit) if syllables(piece)]
        chunks += [Chunk(piece, WORD_PAUSE_MS) for piece in pieces[:-1]]
        chunks += [Chunk(piece, CLAUSE_PAUSE_MS) for piece in pieces[-1:]]
    return (*chunks[:-1], Chunk(chunks[-1].text, line.pause_ms))


def _clean(raw: str) -> str:
    text = unicodedata.normalize("NFC", raw)
    text = "".join(" " if char.isspace() else char for char in text if char.isspace() or char.isprintable())
    text = " ".join(text.split())
    return text if syllables(text) else ""


def _pause_after(raw: str) -> int:
    return PARAGRAPH_PAUSE_MS if raw.endswith("\n") else SENTENCE_PAUSE_MS


def _greedy(parts: Sequence[str], limit: int) -> list[str]:
    """Gom các phần liền nhau khi còn vừa; phần không có chữ nào dính vào phần trước để không thành đoạn câm."""
    groups: list[str] = []
    for part in parts:
        joined = f"{groups[-1]} {part}" if groups else part
        if groups and (len(joined) <= limit or not syllables(part) or not syllables(groups[-1])):
            groups[-1] = joined
        else:
            groups.append(part)
    return groups


def _word_pieces(text: str, limit: int) -> list[str]:
    """Chia đều theo từ, để không rớt lại một mẩu một từ."""
    count = -(-len(text) // limit)
    pieces: list[str] = []
    rest = text
    while len(rest) > limit:
        wanted = min(limit, max(len(rest) // max(count - len(pieces), 1), limit // 2))
        piece, rest = _take(rest, wanted, limit)
        pieces.append(piece)
    return [*pieces, rest]


def _take(text: str, wanted: int, limit: int) -> tuple[str, str]:
    cut = text.find(" ", wanted, limit + 1)
    if cut < 0:
        cut = text.rfind(" ", 1, limit + 1)
    if cut < 0:
        return text[:limit], text[limit:]
    return text[:cut], text[cut + 1 :]
