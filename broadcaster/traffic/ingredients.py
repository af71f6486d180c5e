"""Lời mẫu của một buổi gồm những phần nào, ai đã duyệt đúng phần ấy, và phần nào đã đọc sẵn khi duyệt.

Lời xướng, lời chào phát mà không qua duyệt từng buổi: nên mỗi phần của nó phải có một người đã duyệt đúng chữ ấy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from broadcaster.accounts import wordings
from broadcaster.accounts.enums import WordingKind
from broadcaster.newsroom.approving_entries import approved_entries
from broadcaster.newsroom.enums import LexiconCase
from broadcaster.newsroom.tables import LexiconRow
from broadcaster.studio.tables import Template
from broadcaster.studio.templates import blanks_of
from broadcaster.traffic.snapshots import Line, approval_of
from broadcaster.traffic.tables import Programme

CONTENTS = "noi_dung"
_MARK = "\ue000"
"""Chỗ của nội dung trong lời đã điền, để phần đã đọc sẵn không bị đọc thêm lần nữa."""
_KINDS = {"dai": WordingKind.STATION, "don_vi": WordingKind.UNIT, "khung_gio": WordingKind.SLOT}

Piece = str | tuple[str, ...]
"""Chữ viết còn phải đọc, hoặc các câu đã được duyệt ở dạng nói."""


@dataclass(frozen=True)
class Title:
    """Một bản tin được giới thiệu trong lời chào: tiêu đề viết, tiêu đề nói đã duyệt (cũ thì trống), và ai duyệt."""

    written: str
    spoken: tuple[str, ...]
    approval: dict[str, Any]


def names(session: Session, station_id: int, wanted: Mapping[str, str]) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Tên loa sẽ đọc cho từng chỗ trống trong ``wanted`` (chỗ → tên đang đặt), và ai đã duyệt từng tên."""
    said: dict[str, str] = {}
    approvals: list[dict[str, Any]] = []
    for blank, words in wanted.items():
        row = wordings.spoken(session, station_id, _KINDS[blank], words)
        if row is not None:
            said[blank] = row.words
            who = _who(row.approved_by_id, row.approved_by, row.approved_title, row.approved_at)
            approvals.append({"what": row.kind.value, "words": row.words, **who})
    return said, approvals


def titles(session: Session, lines: Sequence[Line]) -> list[Title]:
    """Tin bài sẽ phát, theo thứ tự, kèm cách đọc tiêu đề đã duyệt."""
    return [_title(session, line) for line in lines if line.item.revision and line.fits]


def pieces_of(text: str, introduced: Sequence[Title]) -> tuple[Piece, ...]:
    """``text`` đã điền với ``_MARK`` ở chỗ nội dung → các phần theo thứ tự nghe."""
    return tuple(_pieces(text, introduced))


def contents_mark(introduced: Sequence[Title], otherwise: str) -> str:
    """Điều điền vào chỗ nội dung khi làm tiếng."""
    return _MARK if introduced else otherwise


def ingredients_of(
    session: Session, programme: Programme, template: Template, pieces: Sequence[Piece], introduced: Sequence[Title]
) -> list[dict[str, Any]]:
    """Mọi phần trừ tên gọi: mẫu, tin bài được giới thiệu, mục từ điển có trong phần còn phải đọc."""
    who = _who(template.approved_by_id, template.approved_by, template.approved_title, template.approved_at)
    found = [{"what": "template", "id": template.id, "version": template.version, "words": template.text, **who}]
    if CONTENTS in blanks_of(template.text):
        found += [{"what": "script", "words": one.written, "spoken": list(one.spoken), **one.approval} for one in introduced]
    written = " ".join(piece for piece in pieces if isinstance(piece, str))
    for row in approved_entries(session, programme.station_id, programme.day):
        if _stands_in(row, written):
            who = _who(row.approved_by_id, row.approved_by, row.approved_title, row.approved_at)
            found.append({"what": "lexicon", "id": row.id, "words": row.surface, "spoken": [row.reading], **who})
    return found


def _title(session: Session, line: Line) -> Title:
    revision = line.item.revision
    assert revision is not None
    approval = approval_of(session, revision.id)
    if approval is None:
        return Title(revision.title, (), {"id": revision.id, "reading_sha256": None, **_who(None, None, "", None)})
    reading = next((one for one in revision.readings if one.id == approval.reading_id), None)
    who = _who(approval.user_id, approval.name, approval.job_title, approval.at)
    spoken = tuple(reading.title or ()) if reading else ()
    return Title(revision.title, spoken, {"id": revision.id, "reading_sha256": approval.reading_sha256, **who})


def _pieces(text: str, introduced: Sequence[Title]) -> Iterator[Piece]:
    before, mark, after = text.partition(_MARK)
    if _readable(before):
        yield before
    for one in introduced if mark else ():
        yield one.spoken or f"{one.written.strip(' .;')}."
    if _readable(after):
        yield from _pieces(after, introduced)


def _readable(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _stands_in(row: LexiconRow, text: str) -> bool:
    return row.surface.casefold() in text.casefold() if row.case_rule is LexiconCase.ANY else row.surface in text


def _who(user_id: int | None, name: str | None, job_title: str, at: Any) -> dict[str, Any]:
    return {"by_id": user_id, "by": name, "job_title": job_title, "at": at.isoformat() if at else None}
