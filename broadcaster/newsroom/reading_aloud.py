"""Chữ của bản tin → cách đọc sẽ được đóng băng; việc chậm, luôn làm ngoài giao dịch ghi.

Cách đọc phụ thuộc từ điển và địa danh của đài (``Manner``), nên được lấy trước bằng một phiên đọc ngắn.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.tables import UnitName
from broadcaster.database.types import WrittenJson
from broadcaster.newsroom.approving_entries import approved_lexicon
from broadcaster.newsroom.dictionary import lexicon_of
from broadcaster.newsroom.submitting import ReadText
from broadcaster.reading import DocumentStyle, Entry, Lexicon, Question, Style, read
from broadcaster.sound.voices.text import syllables_of

_UNIT = re.compile(r"(phường|xã|thị trấn|thị xã|thành phố|huyện|quận|tỉnh)\s+(.+)", re.IGNORECASE)


@dataclass(frozen=True)
class Manner:
    """Đài này đọc thế nào: từ điển của đài và địa danh để bắt lỗi gõ."""

    lexicon: Lexicon = field(default_factory=Lexicon)
    style: Style = field(default_factory=Style)

    def choosing(self, choices: Mapping[str, str]) -> Manner:
        """Cách đọc này cùng những lựa chọn riêng của một bản tin."""
        chosen = tuple(Entry(surface, reading) for surface, reading in choices.items())
        return replace(self, lexicon=Lexicon(more=(*chosen, *self.lexicon.more))) if chosen else self


def manner_of(session: Session, station_id: int, day: date, *, approved: bool = False) -> Manner:
    """Cách đọc của đài vào ngày ấy; ``approved``: chỉ mục từ điển lãnh đạo đã duyệt, cho lời không được duyệt từng lần."""
    names = session.scalars(select(UnitName.name).where(UnitName.station_id == station_id)).all()
    places = tuple(f"{match[1].lower()}|{match[2]}" for name in names if (match := _UNIT.fullmatch(name)))
    style = Style(
        thousand=settings.get(session, station_id, settings.READING_THOUSAND),
        zero_tens=settings.get(session, station_id, settings.READING_ZERO),
        first_days=settings.get(session, station_id, settings.READING_FIRST_DAYS),
        documents=DocumentStyle(settings.get(session, station_id, settings.READING_DOCUMENTS)),
        places=places,
    )
    lexicon = approved_lexicon if approved else lexicon_of
    return Manner(lexicon(session, station_id, day), style)


PLAIN = Manner()
"""Chưa biết đài nào: chỉ từ điển có sẵn."""


def read_text(body: str, manner: Manner = PLAIN) -> ReadText:
    """Đọc ``body`` theo cách của đài; ``source`` giữ đúng chữ đã đọc, mỗi câu hỏi có mã riêng để trả lời."""
    from broadcaster.newsroom.importing import damage  # nạp muộn: kéo theo lxml, tiến trình không đọc chữ thì khỏi

    reading = read(body, lexicon=manner.lexicon, style=manner.style)
    asked = damage.merged(reading.questions, damage.questions(reading.source))
    return ReadText(
        source=body,
        sentences=reading.sentences,
        syllables=reading.syllables,
        voiced=syllables_of(reading.sentences),
        engine_version=reading.engine_version,
        lexicon_version=reading.lexicon_version,
        detail=WrittenJson(
            {
                "source": reading.source,
                "spans": [span.as_json() for span in reading.spans],
                "questions": [
                    {"key": _key(reading.source, one), **one.as_json(), **reading.place(one.start, one.end)} for one in asked
                ],
            }
        ),
    )


def read_with_title(title: str, body: str, manner: Manner, reader: Callable[[str, Manner], ReadText] = read_text) -> ReadText:
    """Như ``read_text``, thêm cách đọc tiêu đề mà lời chào sẽ nói."""
    return replace(reader(body, manner), title=title, spoken_title=reader(f"{title.strip(' .;')}.", manner).sentences)


def _key(source: str, question: Question) -> str:
    """Mã của câu hỏi: cùng loại, cùng chữ thì cùng mã, dù chữ quanh đó đã sửa."""
    asked = f"{question.code}|{source[question.start : question.end]}"
    return hashlib.sha256(asked.encode()).hexdigest()[:16]
