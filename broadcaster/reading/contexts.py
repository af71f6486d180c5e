"""Chữ quanh một chữ tắt quyết định nghĩa của nó: ngay cạnh thắng trong câu, trong câu thắng trong bài."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from broadcaster.reading.patterns import Pattern
from broadcaster.reading.scan import Anchors, Sentence

_REACH = 48
_WIDE = 1500
_WORD = Pattern(r"\w+")
_FIRST = Pattern(r"\w+|\S")
_AFTER = {
    "<số>": Pattern(r"(?:[Ss]ố )?:? ?\d"),
    "<mã>": Pattern(
        r"(?:[Ss]ố )?:? ?(?!(?:19|20)\d\d(?!\d))\d{1,5}(?![\d%]|[.,]\d)"
        r"(?! ?(?:km|m|ha|tỷ|triệu|nghìn|đồng|kg|tấn|m2|hộ|người|%)(?!\w))"
    ),
    "<tên>": Pattern(r"[A-ZĐÀ-Ỹ][a-zà-ỹđ]+(?: [A-ZĐÀ-Ỹ]|\W|$)"),
    "<máy>": Pattern(r":? ?\(?0\d"),
    "<la mã>": Pattern(r"(?:thứ )?[IVX]{1,6}(?!\w)"),
    ".<tên>": Pattern(r"\. ?[A-ZĐÀ-Ỹ][a-zà-ỹđ]+ [A-ZĐÀ-Ỹ]"),
    "<ngày>": Pattern(r"\(?\d{1,2} ?[/.-] ?\d{1,2}"),
    "<hết>": Pattern(r"[.;:,)]|$"),
}
_BEFORE = {"<số>": Pattern(r"\d$"), "<giờ>": Pattern(r"\d ?[hg]\d{0,2}$")}
BESIDE, IN_SENTENCE, IN_DOCUMENT = 3, 2, 1


class Around:
    """Chữ quanh ``source[start:end]``, cùng dòng."""

    def __init__(self, anchors: Anchors, start: int, end: int) -> None:
        source = anchors.source
        self._source, self._start, self._end = source, start, end
        self.sentence = anchors.sentence(start)
        self.raw_before = source[max(0, start - _REACH) : start].rpartition("\n")[2].rstrip(' ("“')
        self.raw_after = source[end : end + _REACH].partition("\n")[0].lstrip(' )"”')

    def document(self) -> str:
        """Vùng rộng quanh chữ ấy, thay cho cả bài để thời gian không tăng theo bình phương."""
        return f" {self._source[max(0, self._start - _WIDE) : self._end + _WIDE]} ".lower()


class Choice:
    """Bảng tra ngữ cảnh của mọi nghĩa của một mặt chữ; nghĩa gọi bằng số thứ tự."""

    def __init__(self, meanings: Iterable[tuple[str, ...]]) -> None:
        """``meanings``: ngữ cảnh của từng nghĩa, cách ghi như trong ``lexicon``."""
        self._after: dict[str, list[tuple[str, int]]] = {}
        self._before: dict[str, list[tuple[str, int]]] = {}
        self._kinds_after: list[tuple[Pattern, int]] = []
        self._kinds_before: list[tuple[Pattern, int]] = []
        self._words: dict[str, list[int]] = {}
        self._phrases: list[tuple[str, int]] = []
        self._document: list[tuple[str, int]] = []
        for number, contexts in enumerate(meanings):
            for context in contexts:
                self._learn(context, number)

    def _learn(self, context: str, number: int) -> None:
        if context.startswith("_"):
            wanted = context[1:].strip()
            if wanted in _AFTER:
                self._kinds_after.append((_AFTER[wanted], number))
            else:
                self._after.setdefault(_FIRST.findall(wanted)[0], []).append((wanted, number))
        elif context.endswith("_"):
            wanted = context[:-1].strip()
            if wanted in _BEFORE:
                self._kinds_before.append((_BEFORE[wanted], number))
            else:
                self._before.setdefault(_last(wanted), []).append((wanted, number))
        elif context.startswith("@"):
            self._document.append((context[1:], number))
        elif _WORD.fullmatch(context):
            self._words.setdefault(context, []).append(number)
        else:
            self._phrases.append((context, number))

    def fitting(self, around: Around) -> tuple[list[int], int]:
        """Các nghĩa hợp ở mức mạnh nhất, theo thứ tự, và mức ấy (0: không nghĩa nào)."""
        if beside := sorted(set(self._beside(around))):
            return beside, BESIDE
        if found := self._in_sentence(around.sentence):
            return found, IN_SENTENCE
        document = around.document() if self._document else ""
        found = sorted({number for phrase, number in self._document if _has(document, phrase)})
        return found, IN_DOCUMENT if found else 0

    def _in_sentence(self, sentence: Sentence) -> list[int]:
        if self not in sentence.known:
            found = {number for word in self._words.keys() & sentence.words for number in self._words[word]}
            found |= {number for phrase, number in self._phrases if number not in found and _has(sentence.text, phrase)}
            sentence.known[self] = sorted(found)
        return sentence.known[self]

    def _beside(self, around: Around) -> Iterator[int]:
        before, after = around.raw_before.lower(), around.raw_after.lower()
        first = _FIRST.match(after)
        for wanted, number in self._after.get(first[0], ()) if first else ():
            rest = after[len(wanted) : len(wanted) + 1]
            if after.startswith(wanted) and not (wanted[-1].isalnum() and rest.isalnum()):
                yield number
        for wanted, number in self._before.get(_last(before), ()):
            if before.endswith(wanted) and not before[-len(wanted) - 1 : -len(wanted)].isalnum():
                yield number
        yield from (number for kind, number in self._kinds_after if kind.match(around.raw_after))
        yield from (number for kind, number in self._kinds_before if kind.search(around.raw_before))


def _last(text: str) -> str:
    """Chữ hay dấu cuối cùng."""
    if not text or not text[-1].isalnum():
        return text[-1:]
    start = len(text)
    while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    return text[start:]


def _has(text: str, wanted: str) -> bool:
    at = text.find(wanted)
    return at >= 0 and not text[at - 1].isalnum() and not text[at + len(wanted)].isalnum()
