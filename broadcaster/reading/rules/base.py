"""Khuôn của mọi luật đọc: một mẫu, một loại, một hàm thuần từ chỗ khớp sang lời; ``None`` là không phải loại này."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from broadcaster.reading.lexicon import Lexicon
from broadcaster.reading.model import Kind, Question, Style

YEAR = r"(?:1[5-9]|20|21)\d\d"
DASH = r"[-–—−÷]"
NUM = r"(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|[1-9]\d{0,2}(?: \d{3})+(?![\d.,]\d)(?:,\d+)?|\d+(?:[.,]\d+)?)"
"""Một số viết theo kiểu Việt Nam: chấm hoặc cách ngăn hàng nghìn, phẩy ngăn phần lẻ."""


@dataclass
class Job:
    """Một lần đọc: kiểu đọc, từ điển, và những chỗ ngờ gom dần."""

    style: Style
    lexicon: Lexicon
    doubts: list[Question]

    def ask(self, code: str, match: re.Match[str], message: str, *, dangerous: bool = False) -> None:
        """Ghi một chỗ ngờ đúng chỗ khớp."""
        self.doubts.append(Question(code, *match.span(), message, dangerous=dangerous))


Read = Callable[[re.Match[str], Job], str | None]


@dataclass(frozen=True)
class Rule:
    """Luật đọc; luật đứng trước trong danh sách giành chỗ trước."""

    name: str
    kind: Kind
    text: str
    read: Read
    flags: int = 0
    needs: tuple[str, ...] = ()
    """Văn bản phải có một trong các chữ này thì luật mới đáng chạy; rỗng là luôn chạy."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Biên dịch ở lần đọc đầu tiên, để nạp phòng này không tốn gì."""
        return re.compile(self.text, self.flags)


def rule(name: str, kind: Kind, pattern: str, read: Read, flags: int = 0, *, needs: tuple[str, ...] = ()) -> Rule:
    """Một luật."""
    return Rule(name, kind, pattern, read, flags, needs)


def before(match: re.Match[str], reach: int = 40) -> str:
    """Chữ thường đứng ngay trước chỗ khớp."""
    return match.string[max(0, match.start() - reach) : match.start()].lower()


def after(match: re.Match[str], reach: int = 40) -> str:
    """Chữ thường đứng ngay sau chỗ khớp."""
    return match.string[match.end() : match.end() + reach].lower()
