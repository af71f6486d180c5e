"""Câu chữ trước khi vào máy đọc: làm sạch, đếm âm tiết, cắt đoạn ngắn ở chỗ nghỉ tự nhiên.

Máy đọc không hiểu chữ tổ hợp rời (NFD) và có máy hiểu thẻ SSML: ở đây mọi chữ về NFC, ký tự điều khiển bị bỏ.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from broadcaster.errors import VoiceFailed

PARAGRAPH_PAUSE_MS = 800
SENTENCE_PAUSE_MS = 450
CLAUSE_PAUSE_MS = 200
WORD_PAUSE_MS = 30

_SPACE = re.compile(" ")
_NUMBERS = frozenset(
    "không một hai ba bốn tư năm lăm nhăm sáu bảy bẩy tám chín mười mươi mốt trăm nghìn ngàn vạn triệu tỷ tỉ linh lẻ phẩy rưỡi "
    "âm ngày mùng tháng quý giờ phút giây số điều khoản điểm phần".split()
)
"""Từ của một giá trị: con số, và chữ luôn dính với con số."""
_OPENERS = frozenset(
    "và hoặc hay nhưng mà để của cho với tại trong trên dưới từ đến tới theo do bởi bằng về vì nếu khi thì là được bị phải cần "
    "sẽ đã đang có gồm nhằm giữa cùng".split()
)
_CLAUSE_END = re.compile(r"(?<=[,;:])\s+|\s+(?=[–—-]\s)")


@dataclass(frozen=True)
class VoiceLine:
    """Một câu sẵn sàng đọc; ``text`` rỗng nghĩa là câu chỉ có dấu, không có gì để phát ra tiếng."""

    text: str
    pause_ms: int


@dataclass(frozen=True)
class Chunk:
    """Một đoạn của câu và khoảng nghỉ sau nó."""

    text: str
    pause_ms: int


def lines(sentences: Sequence[str]) -> tuple[VoiceLine, ...]:
    """Làm sạch từng câu, giữ nguyên số câu; cả bản tin không có gì đọc được thì báo ``VoiceFailed``."""
    cleaned = tuple(VoiceLine(_clean(raw), _pause_after(raw)) for raw in sentences)
    if not any(line.text for line in cleaned):
        raise VoiceFailed("Bản tin không có chữ nào để đọc. Hãy nhập nội dung rồi tạo lại bản thu.")
    return cleaned


def syllables_of(sentences: Iterable[str]) -> int:
    """Số âm tiết của cả bài."""
    return sum(map(syllables, sentences))


def syllables(text: str) -> int:
    """Số âm tiết viết: mỗi từ cách nhau bởi dấu trống, có ít nhất một chữ hoặc số."""
    return sum(1 for word in text.split() if any(map(str.isalnum, word)))


def pack(line: VoiceLine, limit: int) -> tuple[Chunk, ...]:
    """Cắt một câu thành các đoạn không quá ``limit`` ký tự: ở chỗ ngắt ý trước, rồi trước một từ nối, rồi giữa hai từ.

    Không bao giờ cắt trong một giá trị hay một tên (“ba mươi | phút”, “Phùng | Chí Kiên”) khi còn chỗ khác; cùng lắm mới giữa từ.

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
    """Chỗ cắt hay nhất gần ``wanted``: trước một từ nối, rồi bất cứ đâu ngoài giá trị và tên; mẩu ngắn còn hơn cắt giá trị."""
    breaks = [match.start() for match in _SPACE.finditer(text, 1, limit + 1)]
    for allowed, least in ((_is_breath, wanted // 2), (_is_loose, wanted // 2), (_is_loose, 0)):
        near = [at for at in breaks if at >= least and allowed(text, at)]
        if near:
            cut = min(near, key=lambda at: (abs(at - wanted), at))
            return text[:cut], text[cut + 1 :]
    if not breaks:
        return text[:limit], text[limit:]
    cut = next((at for at in breaks if at >= wanted), breaks[-1])
    return text[:cut], text[cut + 1 :]


def _is_breath(text: str, at: int) -> bool:
    """Từ sau chỗ cắt mở một ý mới."""
    return _is_loose(text, at) and text[at + 1 :].split(" ", 1)[0].lower() in _OPENERS


def _is_loose(text: str, at: int) -> bool:
    """Hai bên chỗ cắt không cùng thuộc một con số, một ngày giờ, một tên riêng."""
    before, after = text[:at].rsplit(" ", 1)[-1].strip(",;:"), text[at + 1 :].split(" ", 1)[0].strip(",;:")
    if before.lower() in _NUMBERS or after.lower() in _NUMBERS:
        return False
    is_name = before[:1].isupper() and after[:1].isupper()
    return not is_name and not (len(before) == 1 and len(after) == 1)
