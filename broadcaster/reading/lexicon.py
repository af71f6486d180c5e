"""Từ điển đọc ba tầng: có sẵn, cấp trên, đài. Tầng gần đài thắng, mặt chữ dài thắng, ngữ cảnh chọn nghĩa.

Một mục có mặt chữ, lời đọc, ngữ cảnh và luật chữ hoa. Ngữ cảnh ``_ x``: ngay sau mặt chữ là x; ``x _``: ngay trước là x;
``x``: có x trong câu; ``@x``: có x trong bài. Thay cho x: ``<số>``, ``<mã>`` (số hiệu), ``<ngày>``, ``<giờ>``, ``<hết>``,
``<Tên>`` (chữ viết hoa chữ đầu), ``<La Mã>``. Ngữ cảnh ngay cạnh thắng ngữ cảnh trong câu; không mục nào hợp thì lấy mục không
ngữ cảnh đầu tiên, và hỏi nếu mục ấy mang ngữ cảnh ``?`` (chỉ là đoán).
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
_WIDE = 1500
_BREAK = Pattern(r"[.!?;\n]")


@dataclass(frozen=True, slots=True)
class Entry:
    """Một nghĩa của một mặt chữ."""

    surface: str
    reading: str
    contexts: tuple[str, ...] = ()
    any_case: bool = False
    guess: bool = False
    """Nghĩa hay gặp nhất, nhưng không chữ nào quanh đó quyết định: phải hỏi."""

    def strength(self, around: _Around) -> int:
        """Ngữ cảnh hợp mạnh tới đâu: 3 ngay cạnh, 2 trong câu, 1 trong bài, 0 không hợp."""
        return max((_strength_of(context) for context in self.contexts if around.fits(context)), default=0)


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
        own = "\n".join(f"{entry.surface}\t{entry.reading}\t{entry.contexts}\t{entry.any_case}" for entry in self.own.all)
        return hashlib.sha256(f"{_built_in_digest()}\n{own}".encode()).hexdigest()[:12]

    def at(self, source: str, start: int, head: str, *, longest: int = 99) -> Found | None:
        """Mặt chữ dài nhất bắt đầu đúng ở ``start``; ``head`` là chữ đứng đó."""
        for index in (self.own, built_in()):
            if (end := index.match(source, start, head, longest)) is not None:
                ranked, sure = _ranked(index.meanings(source[start:end]), source, start, end)
                return Found(start, end, tuple(ranked), own=index is self.own, sure=sure)
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


def _ranked(entries: list[Entry], source: str, start: int, end: int) -> tuple[list[Entry], bool]:
    """Các nghĩa, nghĩa được chọn trước; và nghĩa ấy có chắc không."""
    if len(entries) == 1:
        return entries, not entries[0].guess
    around = _Around(source, start, end)
    strength = {entry: entry.strength(around) for entry in entries if entry.contexts}
    best = max(strength.values(), default=0)
    plain = [entry for entry in entries if not entry.contexts]
    fitting = sorted((entry for entry, strong in strength.items() if strong), key=lambda entry: -strength[entry])
    chosen = [*fitting, *plain] or entries
    sure = best > 0 or not chosen[0].guess
    return [*chosen, *(entry for entry in entries if entry not in chosen)], sure


class _Around:
    """Chữ quanh một mặt chữ, tính một lần cho mọi ngữ cảnh của nó."""

    def __init__(self, source: str, start: int, end: int) -> None:
        self._source, self._start, self._end = source, start, end
        self.raw_before = source[max(0, start - _REACH) : start].rpartition("\n")[2].rstrip(' ("“')
        self.raw_after = source[end : end + _REACH].partition("\n")[0].lstrip(' )"”')
        self.before, self.after = self.raw_before.lower(), self.raw_after.lower()

    @cached_property
    def sentence(self) -> str:
        """Câu chứa mặt chữ."""
        source, start, end = self._source, self._start, self._end
        first = max((match.end() for match in _BREAK.finditer(source, max(0, start - 200), start)), default=max(0, start - 200))
        last = _BREAK.search(source, end, min(len(source), end + 200))
        return f" {source[first : last.start() if last else end + 200].lower()} "

    @cached_property
    def document(self) -> str:
        """Vùng rộng quanh mặt chữ, thay cho cả bài để thời gian không tăng theo bình phương."""
        return f" {self._source[max(0, self._start - _WIDE) : self._end + _WIDE].lower()} "

    def fits(self, context: str) -> bool:
        """Một ngữ cảnh có đúng ở đây không."""
        if context.startswith("_"):
            wanted = context[1:].strip()
            if (kind := _KINDS_AFTER.get(wanted)) is not None:
                return kind.match(self.raw_after) is not None
            return self.after.startswith(wanted) and not (
                wanted[-1].isalnum() and self.after[len(wanted) : len(wanted) + 1].isalnum()
            )
        if context.endswith("_"):
            wanted = context[:-1].strip()
            if (kind := _KINDS_BEFORE.get(wanted)) is not None:
                return kind.search(self.raw_before) is not None
            return self.before.endswith(wanted) and not self.before[-len(wanted) - 1 : -len(wanted)].isalnum()
        if context.startswith("@"):
            return _has(self.document, context[1:])
        return _has(self.sentence, context)


def _strength_of(context: str) -> int:
    return 1 if context.startswith("@") else 3 if context.startswith("_") or context.endswith("_") else 2


_KINDS_AFTER = {
    "<số>": Pattern(r"(?:[Ss]ố )?:? ?\d"),
    "<mã>": Pattern(r"(?:[Ss]ố )?:? ?\d{1,5}(?![\d%]|[.,]\d)(?! ?(?:km|m|ha|tỷ|triệu|nghìn|đồng|kg|tấn|m2|hộ|người|%)(?!\w))"),
    "<tên>": Pattern(r"[A-ZĐÀ-Ỹ][a-zà-ỹđ]+(?: [A-ZĐÀ-Ỹ]|\W|$)"),
    "<la mã>": Pattern(r"(?:thứ )?[IVX]{1,6}(?!\w)"),
    ".<tên>": Pattern(r"\. ?[A-ZĐÀ-Ỹ][a-zà-ỹđ]+ [A-ZĐÀ-Ỹ]"),
    "<ngày>": Pattern(r"\(?\d{1,2} ?[/.-] ?\d{1,2}"),
    "<hết>": Pattern(r"[.;:,)]|$"),
}
_KINDS_BEFORE = {"<số>": Pattern(r"\d$"), "<giờ>": Pattern(r"\d ?[hg]\d{0,2}$")}


def _has(text: str, wanted: str) -> bool:
    at = text.find(wanted)
    return at >= 0 and not text[at - 1].isalnum() and not text[at + len(wanted)].isalnum()


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
    return hashlib.sha256("\n".join(map(repr, built_in().all)).encode()).hexdigest()


EMPTY = Lexicon()
