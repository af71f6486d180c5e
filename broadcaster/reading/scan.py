"""Một lần quét chung: chỗ bắt đầu của mọi số, chữ, dấu và dòng; mỗi luật chỉ thử ở những chỗ nó có thể bắt đầu."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from broadcaster.reading.patterns import Pattern

_WORD = Pattern(r"\w+")
_RUN = Pattern(r"\d+")
_SIGN = Pattern(r"(?:[<>]=|[<>≤≥±~≈+−–-]) ?(?=\d)")
_BREAK = Pattern(r"[.!?;\n]")
_LONGEST_SENTENCE = 400
_LINE = Pattern(r"(?m)^")
DIGITS, SIGNS, LINES, NEAR = "0", "±", "^", "!"


class Sentence:
    """Một câu (hay một khúc của câu dài): chữ thường có dấu cách hai đầu, các tiếng, và điều đã tra về nó."""

    def __init__(self, text: str) -> None:
        self.text = f" {text.lower()} "
        self.words = frozenset(_WORD.findall(self.text))
        self.known: dict[object, list[int]] = {}


class Anchors:
    """Các chỗ bắt đầu trên một văn bản, theo thứ tự."""

    def __init__(self, source: str) -> None:
        """``source``: văn bản đã chuẩn hoá."""
        self.source = source
        self.words = [(match.start(), match[0]) for match in _WORD.finditer(source)]
        self._by: dict[str, list[int]] = {}
        for start, word in self.words:
            self._by.setdefault(word[0], []).append(start)
        self._follow: dict[str, list[int]] = {}
        ending = source + "\n"
        for match in _RUN.finditer(source):
            self._follow.setdefault(ending[match.end()], []).append(match.start())
        self._cache: dict[str, list[int]] = {}
        self._sentences: dict[int, Sentence] = {}

    @cached_property
    def _breaks(self) -> list[int]:
        """Chỗ bắt đầu của mọi câu; câu dài hơn một khúc thì cắt, để chữ nào cũng tra xong trong thời gian như nhau."""
        found = [0]
        for end in [*(match.end() for match in _BREAK.finditer(self.source)), len(self.source)]:
            found += range(found[-1] + _LONGEST_SENTENCE, end, _LONGEST_SENTENCE)
            found.append(end)
        return found

    def sentence(self, at: int) -> Sentence:
        """Câu chứa vị trí ``at``."""
        index = bisect_right(self._breaks, at)
        if index not in self._sentences:
            last = self._breaks[index] if index < len(self._breaks) else len(self.source)
            self._sentences[index] = Sentence(self.source[self._breaks[index - 1] : last])
        return self._sentences[index]

    def of(self, at: str, follow: str) -> list[int]:
        """Các chỗ cho một luật: ``at`` là ``0`` (số), ``±`` (dấu trước số), ``^`` (đầu dòng)
        ``!…`` (một trong các dấu ấy, và dấu cách trước nó)
        hoặc những chữ cái đầu (kể cả ``0``).

        ``follow``: ký tự được phép đứng ngay sau dãy chữ số đầu tiên; rỗng là ký tự nào cũng được.
        """
        key = f"{at}|{follow}"
        if key not in self._cache:
            self._cache[key] = self._find(at, follow)
        return self._cache[key]

    def _find(self, at: str, follow: str) -> list[int]:
        if at == LINES:
            return [match.start() for match in _LINE.finditer(self.source)]
        if at == SIGNS:
            return [match.start() for match in _SIGN.finditer(self.source)]
        if at[0] == NEAR:
            return [match.start() for match in re.finditer(f" (?=[{re.escape(at[1:])}])|[{re.escape(at[1:])}]", self.source)]
        letters = [start for char in dict.fromkeys(at) if char != DIGITS for start in self._by.get(char, ())]
        if DIGITS not in at:
            return sorted(letters)
        wanted = self._follow if not follow else {char: self._follow[char] for char in follow if char in self._follow}
        return sorted({*letters, *(start for starts in wanted.values() for start in starts)})
