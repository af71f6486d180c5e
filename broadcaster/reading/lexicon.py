"""Từ điển đọc ba tầng: có sẵn, cấp trên, đài. Tầng gần đài thắng, mặt chữ dài thắng, ngữ cảnh chọn nghĩa.

Một mục có mặt chữ, lời đọc, ngữ cảnh và luật chữ hoa. Ngữ cảnh ``_ x``: ngay sau mặt chữ là x; ``x _``: ngay trước là x;
``x``: có x trong câu. Mục có ngữ cảnh được xét trước; không mục nào hợp thì lấy mục không ngữ cảnh đầu tiên.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from broadcaster.reading.patterns import Pattern
from broadcaster.reading.words.tables import EXACT, LOOSE

SLIPS = {"CHCC": "CCHC", "TTCH": "TTHC", "UNBD": "UBND", "HDDN": "HĐND", "UBDN": "UBND"}
"""Chữ hay gõ nhầm → chữ đúng: vẫn đọc đúng nghĩa nhưng phải hỏi lại."""

_HEAD = Pattern(r"\w+")
_REACH = 48
_BREAK = Pattern(r"[.!?;\n]")


@dataclass(frozen=True, slots=True)
class Entry:
    """Một nghĩa của một mặt chữ."""

    surface: str
    reading: str
    contexts: tuple[str, ...] = ()
    any_case: bool = False

    def fits(self, before: str, after: str, sentence: str) -> bool:
        """Chữ quanh đó (chữ thường) có hợp một trong các ngữ cảnh không."""
        return any(_fits(context, before, after, sentence) for context in self.contexts)


@dataclass(frozen=True, slots=True)
class Found:
    """Một mặt chữ tìm thấy và các nghĩa của nó, nghĩa được chọn trước."""

    start: int
    end: int
    entries: tuple[Entry, ...]
    own: bool = False
    """Là mục của đài."""


@dataclass(frozen=True)
class Lexicon:
    """Mục của đài (và cấp trên) chồng lên mục có sẵn; ``version`` đổi khi bất kỳ mục nào đổi."""

    entries: Mapping[str, str] = field(default_factory=dict)
    """Mặt chữ → lời đọc, đúng chữ hoa chữ thường, mọi ngữ cảnh."""
    more: tuple[Entry, ...] = ()
    """Mục đủ điều kiện, xét trước ``entries``."""

    @cached_property
    def own(self) -> _Index:
        """Mục của đài."""
        return _Index([*self.more, *(Entry(surface, reading) for surface, reading in self.entries.items())])

    @cached_property
    def version(self) -> str:
        """Mười hai ký tự đầu của SHA-256 mọi mục."""
        own = "\n".join(f"{entry.surface}\t{entry.reading}\t{entry.contexts}\t{entry.any_case}" for entry in self.own.all)
        return hashlib.sha256(f"{_built_in_digest()}\n{own}".encode()).hexdigest()[:12]

    def at(self, source: str, start: int, head: str) -> Found | None:
        """Mặt chữ dài nhất bắt đầu đúng ở ``start``; ``head`` là chữ đứng đó."""
        for index in (self.own, built_in()):
            if (end := index.match(source, start, head)) is not None:
                ranked = tuple(_ranked(index.meanings(source[start:end]), source, start, end))
                return Found(start, end, ranked, own=index is self.own)
        return None

    def meaning(self, surface: str) -> str | None:
        """Nghĩa thường của một mặt chữ, không xét ngữ cảnh."""
        entries = self.own.meanings(surface) or built_in().meanings(surface)
        return next((entry.reading for entry in sorted(entries, key=lambda entry: bool(entry.contexts))), None)


class _Index:
    """Tra theo chữ đầu: mỗi chữ của văn bản chỉ tốn một lần tìm."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.all = tuple(entries)
        self._exact: dict[str, list[Entry]] = {}
        self._loose: dict[str, list[Entry]] = {}
        self._heads: dict[str, list[str]] = {}
        for entry in self.all:
            table, surface = (self._loose, entry.surface.lower()) if entry.any_case else (self._exact, entry.surface)
            table.setdefault(surface, []).append(entry)
        for surface in {*self._exact, *self._loose}:
            match = _HEAD.search(surface)
            if match is not None and match.start() == 0:
                self._heads.setdefault(match[0], []).append(surface)
        for surfaces in self._heads.values():
            surfaces.sort(key=len, reverse=True)

    @cached_property
    def with_digits(self) -> frozenset[str]:
        """Chữ đầu của những mặt chữ có chữ số."""
        return frozenset(head for head, surfaces in self._heads.items() if any(map(_has_digit, surfaces)))

    def starts(self, head: str) -> bool:
        """Có mặt chữ nào bắt đầu bằng chữ này không."""
        return head in self._heads or head.lower() in self._heads

    def match(self, source: str, start: int, head: str) -> int | None:
        """Chỗ kết thúc của mặt chữ dài nhất ở ``start``."""
        for surface in self._heads.get(head, ()):
            if source.startswith(surface, start) and surface in self._exact and _whole(source, start + len(surface), surface):
                return start + len(surface)
        lower = head.lower()
        for surface in self._heads.get(lower, ()):
            end = start + len(surface)
            if surface in self._loose and source[start:end].lower() == surface and _whole(source, end, surface):
                return end
        return None

    def meanings(self, surface: str) -> list[Entry]:
        """Mọi nghĩa của đúng mặt chữ này, theo thứ tự trong từ điển."""
        return self._exact.get(surface) or self._loose.get(surface.lower(), [])


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _whole(source: str, end: int, surface: str) -> bool:
    """Không cắt giữa từ; mặt chữ kết bằng dấu chấm thì chữ sau dính liền cũng được ("TP.Hưng Yên")."""
    if end >= len(source) or surface[-1] == ".":
        return True
    return not (source[end].isalnum() or source[end] == "_")


def _ranked(entries: list[Entry], source: str, start: int, end: int) -> list[Entry]:
    if len(entries) == 1:
        return entries
    before = source[max(0, start - _REACH) : start].lower().rstrip(' ("“')
    after = source[end : end + _REACH].lower().lstrip(' )"”')
    sentence = _sentence_around(source, start, end)
    plain = [entry for entry in entries if not entry.contexts]
    fitting = [entry for entry in entries if entry.contexts and entry.fits(before, after, sentence)]
    chosen = [*fitting, *plain]
    return [*chosen, *(entry for entry in entries if entry not in chosen)]


def _sentence_around(source: str, start: int, end: int) -> str:
    first = max((match.end() for match in _BREAK.finditer(source, max(0, start - 200), start)), default=max(0, start - 200))
    last = _BREAK.search(source, end, min(len(source), end + 200))
    return f" {source[first : last.start() if last else end + 200].lower()} "


def _fits(context: str, before: str, after: str, sentence: str) -> bool:
    if context.startswith("_"):
        wanted = context[1:].strip()
        return after.startswith(wanted) and not after[len(wanted) : len(wanted) + 1].isalnum()
    if context.endswith("_"):
        wanted = context[:-1].strip()
        return before.endswith(wanted) and not before[-len(wanted) - 1 : -len(wanted)].isalnum()
    at = sentence.find(context)
    return at >= 0 and not sentence[at - 1].isalnum() and not sentence[at + len(context)].isalnum()


def parse_table(table: str, *, any_case: bool = False) -> Iterator[Entry]:
    """Mỗi dòng ``mặt chữ ~ mặt chữ khác = lời đọc | ngữ cảnh; ngữ cảnh``."""
    for line in filter(None, map(str.strip, table.splitlines())):
        surfaces, _, rest = line.partition(" = ")
        reading, _, contexts = rest.partition(" | ")
        wanted = tuple(filter(None, (context.strip().lower() for context in contexts.split(";"))))
        for surface in surfaces.split(" ~ "):
            yield Entry(surface.strip(), reading.strip(), wanted, any_case)


@cache
def built_in() -> _Index:
    """Tầng có sẵn."""
    exact = [entry for table in EXACT for entry in parse_table(table)]
    loose = [entry for table in LOOSE for entry in parse_table(table, any_case=True)]
    return _Index([*exact, *loose])


@cache
def _built_in_digest() -> str:
    return hashlib.sha256("\n".join(map(repr, built_in().all)).encode()).hexdigest()


EMPTY = Lexicon()
