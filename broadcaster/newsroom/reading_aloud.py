"""Chữ của bản tin → cách đọc sẽ được đóng băng; việc chậm, luôn làm ngoài giao dịch ghi."""

from __future__ import annotations

from broadcaster.newsroom.submitting import ReadText
from broadcaster.reading import Lexicon, read


def read_text(body: str, *, lexicon: Lexicon | None = None) -> ReadText:
    """Đọc ``body`` bằng bộ đọc và từ điển của đài; ``source`` giữ đúng chữ đã đọc."""
    reading = read(body, lexicon=lexicon)
    return ReadText(
        source=body,
        sentences=reading.sentences,
        syllables=reading.syllables,
        engine_version=reading.engine_version,
        lexicon_version=reading.lexicon_version,
        detail={
            "spans": [span.as_json() for span in reading.spans],
            "questions": [question.as_json() for question in reading.questions],
        },
    )
