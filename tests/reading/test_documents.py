"""Năm nghìn bài viết theo văn phạm của ta: không mất chữ nào, không còn ký hiệu, đoạn không chồng, không chặn oan, ít hỏi."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from broadcaster.reading import Reading, read
from tests.reading.grammar import Written, documents
from tests.reading.test_invariants import is_vietnamese

COUNT = 5_000
MOST_QUESTIONS_PER_1000 = 0.6
_WORD = re.compile(r"[^\W\d_]+")


@cache
def pages() -> list[tuple[Written, Reading]]:
    """Mọi bài và cách đọc của nó."""
    return [(page, read(page.text)) for page in documents(COUNT)]


def flat(text: str) -> str:
    """Chỉ các tiếng, chữ thường."""
    return f" {' '.join(_WORD.findall(text.lower()))} "


def lost(page: Written, reading: Reading) -> list[str]:
    """Mảnh chữ không còn trong lời, tìm lần lượt từ trái sang phải."""
    said, at, missing = flat(reading.spoken), 0, []
    for kept in page.kept:
        found = said.find(flat(kept), at)
        if found < 0:
            missing.append(kept)
        else:
            at = found + len(flat(kept)) - 1
    return missing


def test_no_word_is_lost_and_the_order_is_kept() -> None:
    assert [(page.text, missing) for page, reading in pages() if (missing := lost(page, reading))] == []


def test_no_sign_and_no_figure_leaves() -> None:
    assert [page.text for page, reading in pages() if not is_vietnamese(reading.spoken)] == []


def test_spans_meet_and_never_overlap() -> None:
    for page, reading in pages():
        assert all(first.end == second.start for first, second in pairwise(reading.spans)), page.text
        assert reading.spans[-1].end == len(reading.source)


def test_right_documents_are_never_blocked_and_seldom_asked_about() -> None:
    questions = [(one, reading) for _, reading in pages() for one in reading.questions if one.code != "table"]
    syllables = sum(reading.syllables for _, reading in pages())
    assert [reading.source[one.start : one.end] for one, reading in questions if one.dangerous] == []
    assert 1000 * len(questions) / syllables <= MOST_QUESTIONS_PER_1000
