"""Nhận ra chữ ở bảng mã cũ hoặc chữ bị hỏng mã và đổi sang Unicode, từng dòng một, luôn kèm mẫu trước và sau để người xem.

Phải chạy trước mọi việc làm sạch: trong TCVN3 byte của gạch nối mềm là chữ ư, trong UTF-8 bị hỏng nó là nửa sau của chữ í.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from broadcaster.newsroom.importing.codings import LATIN_BYTES, Coding, convert
from broadcaster.newsroom.importing.syllables import has_unreadable, score

MAX_SAMPLES = 6
SAMPLE_CHARS = 160
CANDIDATES = (Coding.BROKEN, Coding.BROKEN_1258, Coding.TCVN3, Coding.VNI, Coding.TCVN3_1258, Coding.VNI_1258)
_ROUNDS = 3  # một tệp ghép từ nhiều nguồn có thể lẫn vài bảng mã
_SPOILT = 4
_LEAST_GAIN = 4  # hai chữ đang hỏng thành hai âm tiết đúng: ít hơn có thể là tình cờ


@dataclass(frozen=True)
class Repaired:
    """Các dòng đã đổi mã, mẫu (trước, sau) và những bảng mã đã gặp."""

    lines: list[str]
    samples: tuple[tuple[str, str], ...] = ()
    codings: tuple[StrEnum, ...] = ()


def repair(lines: Iterable[str]) -> Repaired:
    """Đổi những dòng đang ở bảng mã cũ; văn bản đã là Unicode đúng thì trả về y nguyên."""
    before = list(lines)
    after = before
    codings: list[Coding] = []
    while len(codings) < _ROUNDS and (coding := detect(after)):
        codings.append(coding)
        after = [_convert_line(line, coding) for line in after]
    return Repaired(after, samples(before, after), tuple(codings))


def detect(lines: Iterable[str]) -> Coding | None:
    """Bảng mã làm cho nhiều chữ thành âm tiết đúng nhất, hoặc None khi đổi không được gì chắc chắn."""
    gains = dict.fromkeys(CANDIDATES, 0)
    for line in filter(has_unreadable, lines):  # dòng đã đọc được thì đổi chỉ có hỏng thêm
        for coding, gain in _gains(line).items():
            gains[coding] += max(0, gain)
    best = max(gains, key=lambda coding: gains[coding])
    return best if gains[best] >= _LEAST_GAIN else None


def samples(before: list[str], after: list[str]) -> tuple[tuple[str, str], ...]:
    """Vài cặp dòng đã đổi, cắt ngắn để xem cạnh nhau."""
    changed = dict.fromkeys(
        (old.strip()[:SAMPLE_CHARS], new.strip()[:SAMPLE_CHARS]) for old, new in zip(before, after, strict=True) if old != new
    )
    return tuple(changed)[:MAX_SAMPLES]


def better(original: str, converted: str) -> bool:
    """Đoạn mang phông cũ có nên đổi không: có, trừ khi chữ đang là Unicode đúng rồi."""
    return converted != original and _gain(original, converted) >= 0


def _gains(line: str) -> dict[Coding, int]:
    """Mỗi bảng mã làm dòng này đúng thêm bao nhiêu chữ; dòng ASCII ở bảng mã nào cũng vậy."""
    if line.isascii():
        return {}
    converted = ((coding, convert(line, coding)) for coding in CANDIDATES)
    return {coding: _gain(line, text) for coding, text in converted if text != line}


def _gain(line: str, converted: str) -> int:
    """Số chữ đúng thêm; chữ đang đúng mà đổi thành sai là dấu hiệu mạnh rằng dòng vốn đã là Unicode."""
    gain = score(converted) - score(unicodedata.normalize("NFC", line))
    words, after = line.split(" "), converted.split(" ")
    if len(words) != len(after):
        return gain
    changed = ((old, new) for old, new in zip(words, after, strict=True) if old != new)
    return gain - _SPOILT * sum(score(old) > 0 > score(new) for old, new in changed)


def _convert_line(line: str, coding: Coding) -> str:
    """Đổi khi không bảng mã nào hợp với dòng này hơn: văn bản ghép từ nhiều nguồn lẫn vài bảng mã."""
    gains = _gains(line)
    gain = gains.get(coding, -1)
    if gain < max(gains.values(), default=0) or gain < 0:
        return line
    return convert(line, coding) if gain > 0 or _is_alien(line) else line


def _is_alien(line: str) -> bool:
    """Dòng quá ngắn để đo ("§H") vẫn theo bảng mã của cả văn bản, nếu không có chữ nào chỉ Unicode mới có."""
    return all(char < "\x80" or char in LATIN_BYTES for char in line)
