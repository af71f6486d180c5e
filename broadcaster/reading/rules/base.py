"""Khuôn của mọi luật đọc: một mẫu, một loại, một hàm thuần từ chỗ khớp sang lời; ``None`` là không phải loại này."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from broadcaster.reading.claims import Said
from broadcaster.reading.lexicon import Lexicon
from broadcaster.reading.model import Kind, Question, Style
from broadcaster.reading.patterns import opened

YEAR = r"(?:1[5-9]|20|21)\d\d"
DASH = r"(?:[-–—−÷~→⇒➔➜➝]|[-=]+>|>>)"
"""Dấu nối hai đầu một khoảng; dấu ngã và mũi tên cũng là “đến”."""
JOINTS = " -–—−÷~→⇒➔➜➝=>"
"""Ký tự có thể mở đầu một dấu nối, sau một số."""
NUM = r"(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|[1-9]\d{0,2}(?: \d{3})+(?![\d.,]\d)(?:,\d+)?|\d+(?:[.,]\d+)?)"
"""Một số viết theo kiểu Việt Nam: chấm hoặc cách ngăn hàng nghìn, phẩy ngăn phần lẻ."""


@dataclass
class Job:
    """Một lần đọc: kiểu đọc, từ điển, và những chỗ ngờ gom dần."""

    style: Style
    lexicon: Lexicon
    doubts: list[Question]
    day_cells: set[int] = field(default_factory=set)
    """Chỗ bắt đầu của các ô nằm dưới tên cột “ngày”."""

    def ask(
        self,
        code: str,
        match: re.Match[str],
        message: str,
        *,
        dangerous: bool = False,
        suggestions: tuple[str, ...] = (),
    ) -> None:
        """Ghi một chỗ ngờ đúng chỗ khớp."""
        self.ask_at(code, *match.span(), message, dangerous=dangerous, suggestions=suggestions)

    def ask_at(
        self, code: str, start: int, end: int, message: str, *, dangerous: bool = False, suggestions: tuple[str, ...] = ()
    ) -> None:
        """Ghi một chỗ ngờ ở ``[start:end]``."""
        self.doubts.append(Question(code, start, end, message, dangerous=dangerous, suggestions=suggestions))

    def choose(self, match: re.Match[str], words: str, *others: str) -> Said:
        """Nhiều nghĩa mà quanh đó không có chữ nào quyết định: đọc nghĩa hay gặp hơn và hỏi."""
        text = match[0].strip()
        message = f"“{text}” có thể đọc là “{words.strip()}” hoặc “{'”, “'.join(others)}”. Hãy chọn hoặc viết rõ hơn."
        self.ask("ambiguous", match, message, suggestions=others)
        return Said(words, others)


Read = Callable[[re.Match[str], Job], "str | Said | None"]


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
    at: str = ""
    """Luật bắt đầu ở đâu (xem ``scan.Anchors.of``); rỗng là tìm khắp văn bản."""
    follow: str = ""
    """Ký tự được đứng ngay sau dãy chữ số đầu; rỗng là ký tự nào cũng được."""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Biên dịch ở lần đọc đầu tiên, để nạp phòng này không tốn gì."""
        return re.compile(opened(self.text), self.flags)


def rule(
    name: str,
    kind: Kind,
    pattern: str,
    read: Read,
    flags: int = 0,
    *,
    needs: tuple[str, ...] = (),
    at: str = "",
    follow: str = "",
) -> Rule:
    """Một luật."""
    return Rule(name, kind, pattern, read, flags, needs, at, follow)


def before(match: re.Match[str], reach: int = 40) -> str:
    """Chữ thường đứng ngay trước chỗ khớp, cùng dòng."""
    return match.string[max(0, match.start() - reach) : match.start()].lower().rpartition("\n")[2]


def after(match: re.Match[str], reach: int = 40) -> str:
    """Chữ thường đứng ngay sau chỗ khớp, cùng dòng."""
    return match.string[match.end() : match.end() + reach].lower().partition("\n")[0]
