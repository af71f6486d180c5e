"""Từ điển đọc ba tầng: có sẵn, cấp trên, đài. Tầng gần đài thắng, mặt chữ dài thắng, ngữ cảnh chọn nghĩa.

Một mục có mặt chữ, lời đọc, ngữ cảnh và luật chữ hoa. Ngữ cảnh ``_ x``: ngay sau mặt chữ là x; ``x _``: ngay trước là x;
``x``: có x trong câu; ``@x``: có x trong bài. Thay cho x: ``<số>``, ``<mã>`` (số hiệu), ``<máy>``, ``<ngày>``, ``<giờ>``,
``<hết>`` (hết vế), ``<Tên>`` (chữ viết hoa chữ đầu), ``<La Mã>``. Ngữ cảnh ngay cạnh thắng ngữ cảnh trong câu; không mục nào hợp
thì lấy mục không ngữ cảnh đầu tiên, và hỏi nếu mục ấy mang ngữ cảnh ``?`` (chỉ là đoán) hay hai nghĩa cùng hợp như nhau.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from broadcaster.reading.contexts import Around, Choice
from broadcaster.reading.patterns import Pattern
from broadcaster.reading.scan import Anchors
from broadcaster.reading.words.tables import EXACT, LOOSE

SLIPS = {"CHCC": "CCHC", "TTCH": "TTHC", "UNBD": "UBND", "HDDN": "HĐND", "UBDN": "UBND"}
"""Chữ hay gõ nhầm → chữ đúng: vẫn đọc đúng nghĩa nhưng phải hỏi lại."""

_HEAD = Pattern(r"\w+")


@dataclass(frozen=True, slots=True)
class Entry:
    """Một nghĩa của một mặt chữ."""

    surface: str
    reading: str
    contexts: tuple[str, ...] = ()
    any_case: bool = False
    guess: bool = False
    """Nghĩa hay gặp nhất, nhưng không chữ nào quanh đó quyết định: phải hỏi."""


@dataclass(frozen=True, slots=True)
class Found:
    """Một mặt chữ tìm thấy và các nghĩa của nó, nghĩa được chọn trước."""

    start: int
    end: int
    entries: tuple[Entry, ...]
    own: bool = False
    """Là mục của đài."""
    sure: bool = True
    """Có chữ quyết định nghĩa; sai là phải hỏi."""


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
        import hashlib

        own = "\n".join(f"{entry.surface}\t{entry.reading}\t{entry.contexts}\t{entry.any_case}" for entry in self.own.all)
        return hashlib.sha256(f"{_built_in_digest()}\n{own}".encode()).hexdigest()[:12]

    def at(self, anchors: Anchors, start: int, head: str, *, longest: int = 99) -> Found | None:
        """Mặt chữ dài nhất bắt đầu đúng ở ``start``; ``head`` là chữ đứng đó."""
        source = anchors.source
        for index in (self.own, built_in()):
            if (end := index.match(source, start, head, longest)) is not None:
                entries, sure = index.ranked(anchors, start, end)
                return Found(start, end, entries, own=index is self.own, sure=sure)
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
        self._choices: dict[str, Choice] = {}
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

    @cached_property
    def openers(self) -> frozenset[str]:
        """Chữ đầu của mọi mặt chữ, đúng như viết; mặt chữ không phân biệt hoa thường thì cả ba lối viết."""
        loose = {head for head in self._heads if any(surface in self._loose for surface in self._heads[head])}
        return frozenset({*self._heads, *map(str.capitalize, loose), *map(str.upper, loose)})

    def starts(self, head: str) -> bool:
        """Có mặt chữ nào bắt đầu bằng chữ này không."""
        return head in self._heads or head.lower() in self._heads

    def match(self, source: str, start: int, head: str, longest: int = 99) -> int | None:
        """Chỗ kết thúc của mặt chữ dài nhất ở ``start``."""
        for surface in self._heads.get(head, ()):
            if (
                len(surface) <= longest
                and source.startswith(surface, start)
                and surface in self._exact
                and _whole(source, start + len(surface), surface)
            ):
                return start + len(surface)
        lower = head.lower()
        for surface in self._heads.get(lower, ()):
            end = start + len(surface)
            if (
                len(surface) <= longest
                and surface in self._loose
                and source[start:end].lower() == surface
                and _whole(source, end, surface)
            ):
                return end
        return None

    def ranked(self, anchors: Anchors, start: int, end: int) -> tuple[tuple[Entry, ...], bool]:
        """Các nghĩa của chữ ở đây, nghĩa được chọn trước; và nghĩa ấy có chắc không: hai nghĩa cùng hợp là không chắc."""
        surface = anchors.source[start:end]
        entries = self.meanings(surface)
        if len(entries) == 1:
            return tuple(entries), not entries[0].guess
        if surface not in self._choices:
            self._choices[surface] = Choice(entry.contexts for entry in entries)
        numbers, strength = self._choices[surface].fitting(Around(anchors, start, end))
        fitting = [entries[number] for number in numbers]
        plain = [entry for entry in entries if not entry.contexts]
        chosen = [*fitting, *plain] or entries
        sure = len({entry.reading for entry in fitting}) == 1 if strength else not chosen[0].guess
        return (*chosen, *(entry for entry in entries if entry not in chosen)), sure

    def meanings(self, surface: str) -> list[Entry]:
        """Mọi nghĩa của đúng mặt chữ này, theo thứ tự trong từ điển."""
        return self._exact.get(surface) or self._loose.get(surface.lower(), [])


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


def _whole(source: str, end: int, surface: str) -> bool:
    """Không cắt giữa từ; mặt chữ hoa kết bằng dấu chấm (KS., TP.) phải đứng trước một tên, không phải cuối câu."""
    if surface[-1] == "." and surface[:-1].isupper():
        return source[end : end + 2].lstrip()[:1].isupper() or source[end : end + 1] == "/"
    if end >= len(source) or surface[-1] == ".":
        return True
    return not (source[end].isalnum() or source[end] == "_")


def parse_table(table: str, *, any_case: bool = False) -> Iterator[Entry]:
    """Mỗi dòng ``mặt chữ ~ mặt chữ khác = lời đọc | ngữ cảnh; ngữ cảnh``."""
    for line in filter(None, map(str.strip, table.splitlines())):
        surfaces, _, rest = line.partition(" = ")
        reading, _, contexts = rest.partition(" | ")
        wanted = tuple(filter(None, (context.strip().lower() for context in contexts.split(";"))))
        guess = wanted == ("?",)
        for surface in surfaces.split(" ~ "):
            yield Entry(surface.strip(), reading.strip(), () if guess else wanted, any_case, guess)


@cache
def built_in() -> _Index:
    """Tầng có sẵn."""
    exact = [entry for table in EXACT for entry in parse_table(table)]
    loose = [entry for table in LOOSE for entry in parse_table(table, any_case=True)]
    return _Index([*exact, *loose])


@cache
def _built_in_digest() -> str:
    import hashlib

    return hashlib.sha256("\n".join(map(repr, built_in().all)).encode()).hexdigest()


EMPTY = Lexicon()
