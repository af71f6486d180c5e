"""Chỗ chữ hỏng trong một bản tin: mất chữ thành dấu hỏi, mất dấu, gõ sót dấu, bảng mã cũ lẫn trong dòng, lời báo lỗi của Word.

Chỉ tìm và hỏi, kèm đúng chỗ và gợi ý khi có; chữ nào chắc chắn thì đã được sửa trước đó (``lookalikes``, ``legacy``, ``typed``).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence

from broadcaster.newsroom.importing.codings import Coding, convert
from broadcaster.newsroom.importing.legacy import detect
from broadcaster.newsroom.importing.syllables import is_syllable, is_unmarked_syllable
from broadcaster.newsroom.importing.typed import letter_by_letter, retype
from broadcaster.reading import Question

_LINE = re.compile(r"[^\n]+")
_WEB = re.compile(r"(?:https?://|www\.)\S+|(?<!\S)[^\s@]{1,64}@\S+")
_TOKEN = re.compile(r"\S+")
_EDGE = " \t.,;:!()[]{}\"'“”‘’…-–"
_VOWEL = re.compile(r"[aeiouyăâêôơư]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_OFFICE_ERROR = re.compile(
    r"(?:Error!|Lỗi!) ?(?:(?:Reference|Bookmark|Hyperlink|No text|Unknown|Not a valid|No sequence|Main Document)[^.\n]{0,80}"
    r"|(?:Không tìm thấy|Không có|Chưa xác định|Thẻ đánh dấu|Tham chiếu|Siêu kết nối)[^.\n]{0,80})\.?"
    r"|#(?:REF!|VALUE!|NAME\?|DIV/0!|N/A|NUM!|NULL!)"
)
_UNMARKED_WORDS = 6
_UNMARKED_SHARE = 0.9
_SHOWN = 60


def questions(source: str) -> list[Question]:
    """Mọi chỗ hỏng trong ``source``, theo thứ tự, không chồng nhau; cùng một chữ hỏng chỉ hỏi ở chỗ đầu tiên.

    Câu nào cũng phải trả lời trước khi gửi duyệt.
    """
    found = [*_office_errors(source), *_by_line(source)]
    kept: dict[tuple[str, str], Question] = {}
    end = 0
    for question in sorted(found, key=lambda one: (one.start, -one.end)):
        if question.start >= end:
            kept.setdefault((question.code, source[question.start : question.end].lower()), question)
            end = question.end
    return list(kept.values())


def lost_letters(text: str) -> int:
    """Số chữ đã mất con chữ (U+FFFD hay dấu hỏi thế chỗ)."""
    return sum(1 for match in _TOKEN.finditer(_WEB.sub(" ", text)) if _is_broken(match[0]))


def _office_errors(source: str) -> Iterator[Question]:
    for match in _OFFICE_ERROR.finditer(source):
        message = f"“{match[0]}” là lời báo lỗi của Word, Excel, không phải nội dung. Hãy thay bằng điều lẽ ra ở đó, hoặc xoá."
        yield _ask("office_error", match.start(), match.end(), message)


def _by_line(source: str) -> Iterator[Question]:
    for line in _LINE.finditer(source):
        start, text = line.start(), line[0]
        if (whole := _whole_line(text)) is not None:
            code, message, better = whole
            yield _ask(code, start, line.end(), message, better)
        else:
            yield from _words(text, start)


def _whole_line(text: str) -> tuple[str, str, str] | None:
    """Cả dòng ở kiểu gõ cũ, hoặc cả dòng mất dấu: (mã, câu hỏi, gợi ý)."""
    typed = retype(text)
    if typed is not None:
        return "typed_code", f"Dòng này đang ở dạng {typed.typing}, chưa thành chữ có dấu. Hãy đổi hoặc gõ lại.", typed.line
    words = [word.lower() for word in _WORD.findall(_WEB.sub(" ", text))]
    if len(words) < _UNMARKED_WORDS or not text.isascii():
        return None
    readable = sum(map(is_unmarked_syllable, words))
    needs_marks = sum(is_unmarked_syllable(word) and not is_syllable(word) for word in words)
    if readable < _UNMARKED_SHARE * len(words) or (needs_marks < 1 and len(words) < 2 * _UNMARKED_WORDS):
        return None
    return "unmarked", f"“{_short(text)}” không có dấu tiếng Việt: giọng sẽ đọc sai cả dòng. Hãy gõ lại có dấu.", ""


def _words(text: str, offset: int) -> Iterator[Question]:
    web = [match.span() for match in _WEB.finditer(text)]
    run: list[re.Match[str]] = []
    for match in _TOKEN.finditer(text):
        if any(first <= match.start() < last for first, last in web):
            continue
        if _is_broken(match[0]):
            run.append(match)
            continue
        yield from _broken_run(run, text, offset)
        run = []
        bare = match[0].strip(_EDGE)
        if (better := letter_by_letter(bare)) is not None:
            at = offset + match.start() + match[0].index(bare)
            yield _ask("typed_code", at, at + len(bare), f"“{bare}” trông như chữ gõ chưa thành dấu của “{better}”.", better)
    yield from _broken_run(run, text, offset)
    yield from _old_coding(text, offset)


def _broken_run(run: list[re.Match[str]], text: str, offset: int) -> Iterator[Question]:
    """Những chữ hỏng liền nhau thành một câu hỏi: cả đoạn hỏng không thành hai mươi câu."""
    if run:
        start, end = run[0].start(), run[-1].end()
        message = f"“{_short(text[start:end])}” bị mất chữ (thành ? hoặc �) khi chép hay lưu tệp. Hãy xem bản gốc và gõ lại."
        yield _ask("broken_letters", offset + start, offset + end, message)


def _is_broken(token: str) -> bool:
    """Có U+FFFD, hay có dấu hỏi ở chỗ của một con chữ: giữa chữ, hoặc sau phần đầu chữ chưa có nguyên âm (“hồ s?”)."""
    if "\ufffd" in token:
        return True
    if "?" not in token:
        return False
    core = token.strip(_EDGE)
    inner = core.rstrip("?")
    if "?" in inner:
        return _is_inside(inner)
    return (
        bool(inner)
        and inner != core
        and inner.isalpha()
        and inner.islower()
        and not _VOWEL.search(unicodedata.normalize("NFD", inner))
    )


def _is_inside(inner: str) -> bool:
    """Dấu hỏi kẹp giữa con chữ; “vì sao?Hãy” chỉ thiếu dấu cách, “(?)” và “1?2” không phải chữ."""
    left, _, right = inner.partition("?")
    letters = left[-1:].isalpha() or right.lstrip("?")[:1].isalpha()
    is_joined = right[:1].isupper() and is_syllable(left.lower().rsplit(" ", 1)[-1])
    return letters and not is_joined


def _old_coding(text: str, offset: int) -> Iterator[Question]:
    """Chữ TCVN3, VNI lẫn trong dòng Unicode: từng cụm chữ không đọc được mà đổi mã thì thành âm tiết đúng."""
    if text.isascii() or detect([text]) is not None:
        return
    for start, end in _unreadable_runs(text):
        before = text[start:end]
        for coding in (Coding.TCVN3, Coding.VNI, Coding.BROKEN):
            after = _converted(before, coding)
            if after is not None:
                message = f"“{_short(before)}” trông như chữ {coding}; có lẽ là “{_short(after)}”. Hãy đổi hoặc gõ lại."
                yield _ask("old_coding", offset + start, offset + end, message, after)
                break


def _unreadable_runs(text: str) -> Iterator[tuple[int, int]]:
    """Cụm chữ ngoài ASCII liền nhau, không chữ nào có ký tự chỉ Unicode mới có, ít nhất một chữ không đọc được."""
    run: list[re.Match[str]] = []
    for match in _TOKEN.finditer(text + " \u1ea1"):
        word = match[0].strip(_EDGE)
        if word[:1].isalpha() and not word.isascii() and all(char < "\u0100" or "\u2000" <= char <= "\u2122" for char in word):
            run.append(match)
            continue
        if any(_is_unreadable(one[0].strip(_EDGE)) for one in run):
            yield run[0].start(), run[-1].start() + len(run[-1][0].rstrip(_EDGE))
        run = []


def _is_unreadable(word: str) -> bool:
    return len(word) > 1 and word[:1].isalpha() and not is_syllable(word.lower())


def _converted(before: str, coding: Coding) -> str | None:
    """``before`` đổi mã thành toàn âm tiết đúng; không thì ``None`` (tên nước ngoài, chữ lạ)."""
    after = convert(before, coding)
    words = [word.strip(_EDGE).lower() for word in after.split()]
    return after if after != before and all(map(is_syllable, filter(None, words))) else None


def _ask(code: str, start: int, end: int, message: str, better: str = "") -> Question:
    return Question(code, start, end, message, dangerous=True, suggestions=(better,) if better else ())


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1].rstrip() + "…"


def merged(own: Iterable[Question], found: Sequence[Question]) -> list[Question]:
    """Câu hỏi của bộ đọc và của chỗ hỏng (``questions``): chỗ đã biết là hỏng thì không hỏi thêm điều gì khác."""
    starts = [one.start for one in found]

    def is_broken(question: Question) -> bool:
        before = bisect_left(starts, question.end) - 1
        return before >= 0 and found[before].end > question.start

    return sorted([*(one for one in own if not is_broken(one)), *found], key=lambda one: (one.start, one.end))
