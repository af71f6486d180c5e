"""Từ điển đọc của đài: dạy, sửa, thôi dùng, nhập và xuất CSV; sửa là đóng mục cũ, nên lịch sử còn nguyên.

Đổi từ điển không đổi điều đã duyệt: bản đã duyệt vẫn phát đúng cách đọc cũ, bản nào sẽ đọc khác thì được gửi duyệt lại.
Lời xướng, lời chào không qua duyệt từng buổi, nên chỉ dùng mục lãnh đạo đã duyệt (``approving_entries``).
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, insert, select, update
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.clock import read_day
from broadcaster.csv_text import csv_text, typed_text
from broadcaster.errors import Conflict, Invalid
from broadcaster.newsroom.enums import LexiconCase, LexiconLayer, RevisionState
from broadcaster.newsroom.submitting import ReadText
from broadcaster.newsroom.tables import LexiconRow, ReadingSnapshot, Revision, Script
from broadcaster.newsroom.text import clean_title, is_spoken, most_words, spoken_words, too_long
from broadcaster.reading import Entry, Lexicon

MAX_SURFACE, MAX_READING, MAX_CONTEXTS = 60, 300, 12
MAX_ENTRIES = 5_000
"""Một tệp nhập: quá mức này thì giao dịch ghi không còn ngắn."""
_BATCH = 500
CSV_COLUMNS = ("chu_viet", "loi_doc", "ngu_canh", "chu_hoa", "tu_ngay", "den_ngay")


@dataclass(frozen=True)
class EntryForm:
    """Một mục như người dạy gõ; ``contexts``: ``_ x`` là ngay sau, ``x _`` là ngay trước, ``x`` là cùng câu."""

    surface: str
    reading: str
    contexts: tuple[str, ...] = ()
    any_case: bool = False
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Effect:
    """Một bản tin đã duyệt sẽ được đọc khác: câu cũ, câu mới, và cách đọc mới để gửi duyệt lại."""

    script_id: int
    title: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    read: ReadText


def entries(session: Session, actor: Actor) -> list[LexiconRow]:
    """Mục đang dùng, theo mặt chữ, của đài trước của cấp trên. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    return sorted(live(session, actor.station_id), key=lambda row: (row.surface.lower(), row.layer is LexiconLayer.ABOVE, row.id))


def lexicon_of(session: Session, station_id: int, day: date) -> Lexicon:
    """Từ điển dùng cho bản tin vào ngày ấy, mục của đài đứng trước mục của cấp trên; cách đọc được duyệt cùng từng bài."""
    return as_lexicon(row for row in live(session, station_id) if row.end_asked_at is None and valid_on(row, day))


def as_lexicon(rows: Iterable[LexiconRow]) -> Lexicon:
    """Các mục thành từ điển, mục của đài đứng trước mục của cấp trên."""
    found = sorted(rows, key=lambda row: row.layer is LexiconLayer.ABOVE)
    return Lexicon(more=tuple(_entry(row.surface, row.reading, row.context, row.case_rule) for row in found))


def with_entries(lexicon: Lexicon, forms: Sequence[EntryForm]) -> Lexicon:
    """Từ điển như nó sẽ là khi có thêm các mục này (mục sau thay mục trước), để xem trước."""
    new = {_place(form): form for form in forms}
    kept = tuple(entry for entry in lexicon.more if (entry.surface, entry.contexts) not in new)
    added = (_entry(form.surface, form.reading, form.contexts, _case(form)) for form in reversed(new.values()))
    return Lexicon(more=(*added, *kept))


def teach(session: Session, actor: Actor, forms: Sequence[EntryForm], *, now: datetime) -> None:
    """Dạy một hay nhiều mục đã ``checked`` trong một lần đọc, một lần ghi; cùng mặt chữ và ngữ cảnh thì thay mục cũ.

    Lỗi: ``NotAllowed``.
    """
    actor.require(Action.SCRIPT_WRITE)
    new = {_place(form): form for form in forms}
    own = LexiconRow.layer == LexiconLayer.STATION
    query = select(LexiconRow.id, LexiconRow.surface, LexiconRow.context).where(_live_of(actor.station_id), own)
    _end(session, actor, [key for key, surface, context in session.execute(query) if (surface, tuple(context)) in new], now)
    _add(session, actor, new.values(), LexiconLayer.STATION, now)
    one = next(iter(new.values()))
    subject, what = (one.surface, "lexicon_taught") if len(new) == 1 else (f"{len(new)} mục", "lexicon_imported")
    note(session, actor, what, subject, now=now, readings={form.surface: form.reading for form in new.values()})


def replace_above(session: Session, actor: Actor, forms: Sequence[EntryForm], *, now: datetime) -> None:
    """Danh mục đã ``checked`` của cấp trên (tỉnh, xã cấp) thay trọn tầng ấy; mục của đài không đổi. Lỗi: ``NotAllowed``."""
    actor.require(Action.STATION_EDIT)
    above = select(LexiconRow.id).where(_live_of(actor.station_id), LexiconRow.layer == LexiconLayer.ABOVE)
    _end(session, actor, list(session.scalars(above)), now)
    _add(session, actor, forms, LexiconLayer.ABOVE, now)
    note(session, actor, "lexicon_above_replaced", f"{len(forms)} mục", now=now)


def _add(session: Session, actor: Actor, forms: Iterable[EntryForm], layer: LexiconLayer, now: datetime) -> None:
    rows = [
        {
            "station_id": actor.station_id,
            "layer": layer,
            "surface": form.surface,
            "reading": form.reading,
            "context": list(form.contexts),
            "case_rule": _case(form),
            "valid_from": form.valid_from,
            "valid_to": form.valid_to,
            "changed_by": actor.name,
            "changed_by_id": actor.user_id,
            "changed_at": now,
        }
        for form in forms
    ]
    if rows:
        session.execute(insert(LexiconRow), rows)


def _end(session: Session, actor: Actor, ids: Sequence[int], now: datetime) -> None:
    """Thôi dùng trong bản tin; mục đã duyệt còn đứng trong lời xướng tới khi lãnh đạo duyệt việc thôi."""
    for start in range(0, len(ids), _BATCH):
        some = update(LexiconRow).where(LexiconRow.id.in_(ids[start : start + _BATCH]), LexiconRow.ended_at.is_(None))
        some = some.execution_options(synchronize_session=False)
        session.execute(some.where(LexiconRow.approved_at.is_(None)).values(ended_at=now))
        asked = some.where(LexiconRow.approved_at.is_not(None), LexiconRow.end_asked_at.is_(None))
        session.execute(asked.values(end_asked_at=now, end_asked_by=actor.name))


def forget(session: Session, actor: Actor, row_id: int, *, now: datetime) -> LexiconRow:
    """Thôi dùng một mục trong bản tin. Lỗi: ``NotAllowed``, ``NotFound``, ``Conflict`` khi đã thôi."""
    actor.require(Action.SCRIPT_WRITE)
    row = owned(session, LexiconRow, row_id, actor, lock=True)
    if row.ended_at is not None or row.end_asked_at is not None:
        raise Conflict("Mục này đã thôi dùng. Hãy tải lại trang.")
    _end(session, actor, [row.id], now)
    note(session, actor, "lexicon_forgotten", row.surface, now=now, reading=row.reading)
    return row


def checked(form: EntryForm) -> EntryForm:
    """Mục đã làm sạch. Lỗi: ``Invalid`` nói ô nào sai: lời đọc phải là lời, không còn chữ số hay ký hiệu."""
    surface, reading = clean_title(form.surface), clean_title(form.reading)
    contexts = tuple(filter(None, (clean_title(one).lower() for one in form.contexts)))
    problems = {}
    if not surface or len(surface) > MAX_SURFACE or not surface[0].isalnum():
        problems["surface"] = f"Hãy ghi chữ như trong văn bản, bắt đầu bằng chữ hay số, tối đa {MAX_SURFACE} ký tự."
    if not reading or len(reading) > MAX_READING:
        problems["reading"] = f"Hãy ghi lời sẽ đọc, tối đa {MAX_READING} ký tự."
    elif spoken_words(reading) > most_words(surface):
        problems["reading"] = too_long(surface)
    elif not is_spoken(reading):
        problems["reading"] = "Lời đọc chỉ gồm chữ và dấu phẩy: hãy viết số và ký hiệu thành chữ, ví dụ “quốc lộ bốn hát”."
    if len(contexts) > MAX_CONTEXTS:
        problems["contexts"] = f"Nhiều nhất {MAX_CONTEXTS} ngữ cảnh."
    if form.valid_from and form.valid_to and form.valid_to < form.valid_from:
        problems["valid_to"] = "Ngày hết hiệu lực đứng trước ngày bắt đầu. Hãy đổi lại hai ngày."
    if problems:
        raise Invalid(problems=problems)
    return EntryForm(surface, reading, contexts, form.any_case, form.valid_from, form.valid_to)


def approved_texts(session: Session, actor: Actor) -> list[tuple[Revision, ReadingSnapshot]]:
    """Bản sửa mới nhất đang được duyệt của mỗi bản tin, cùng cách đọc đã duyệt. Lỗi: ``NotAllowed``."""
    actor.require(Action.SCRIPT_READ)
    query = select(Revision).join(Script).where(Script.station_id == actor.station_id, Revision.state == RevisionState.APPROVED)
    found = session.scalars(query.order_by(Revision.id))
    return [(one, one.readings[-1]) for one in found if one.readings and one.script.revisions[-1] is one]


def effects(texts: Iterable[tuple[Revision, ReadingSnapshot]], reader: Callable[[Revision], ReadText]) -> list[Effect]:
    """Bản tin nào sẽ đọc khác với ``reader`` mới, kể cả tiêu đề trong lời chào; chậm, gọi ngoài giao dịch ghi."""
    found = []
    for revision, snapshot in texts:
        read = reader(revision)
        was, now = (*(snapshot.title or read.spoken_title), *snapshot.sentences), (*read.spoken_title, *read.sentences)
        if was != now:
            before, after = (tuple(one for one in ours if one not in theirs) for ours, theirs in ((was, now), (now, was)))
            found.append(Effect(revision.script_id, revision.title, before, after, read))
    return found


def as_csv(session: Session, actor: Actor) -> str:
    """Từ điển của đài thành CSV, cùng cột như lúc nhập. Lỗi: ``NotAllowed``."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for row in entries(session, actor):
        case = "any" if row.case_rule is LexiconCase.ANY else ""
        texts = (row.surface, row.reading, "; ".join(row.context), case)
        writer.writerow([*map(csv_text, texts), row.valid_from or "", row.valid_to or ""])
    return text.getvalue()


def from_csv(text: str) -> list[EntryForm]:
    """Các mục trong một tệp CSV. Lỗi: ``Invalid`` nói dòng nào sai; sai một dòng thì không nhận dòng nào."""
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    try:
        if not {"chu_viet", "loi_doc"} <= set(rows.fieldnames or ()):
            raise Invalid(problems={"tep": f"Tệp phải có dòng đầu gồm các cột: {', '.join(CSV_COLUMNS)}."})
        found = [_from_row(rows.line_num, row) for row in itertools.islice(rows, MAX_ENTRIES + 1)]
    except csv.Error as error:
        raise Invalid(problems={"tep": f"Dòng {rows.line_num + 1} không phải CSV đúng. Hãy mở tệp và sửa dòng ấy."}) from error
    if not 0 < len(found) <= MAX_ENTRIES:
        raise Invalid(problems={"tep": f"Tệp phải có từ 1 tới {MAX_ENTRIES} mục. Hãy chia thành nhiều tệp."})
    return found


def _from_row(number: int, row: dict[str, str | None]) -> EntryForm:
    def cell(name: str) -> str:
        return typed_text(row.get(name) or "")

    def day(name: str) -> date | None:
        return read_day(value) if (value := cell(name).strip()) else None

    contexts, any_case = tuple(cell("ngu_canh").split(";")), bool(cell("chu_hoa").strip())
    try:
        return checked(EntryForm(cell("chu_viet"), cell("loi_doc"), contexts, any_case, day("tu_ngay"), day("den_ngay")))
    except (Invalid, ValueError) as error:
        why = error.message if isinstance(error, Invalid) else "ngày phải có dạng 2026-03-01."
        raise Invalid(problems={"tep": f"Dòng {number}: {why}"}) from error


def live(session: Session, station_id: int) -> list[LexiconRow]:
    """Mọi mục chưa thôi hẳn, mới nhất trước."""
    return list(session.scalars(select(LexiconRow).where(_live_of(station_id)).order_by(LexiconRow.id.desc())))


def _live_of(station_id: int) -> ColumnElement[bool]:
    return and_(LexiconRow.station_id == station_id, LexiconRow.ended_at.is_(None))


def _place(form: EntryForm) -> tuple[str, tuple[str, ...]]:
    return form.surface, form.contexts


def _case(form: EntryForm) -> LexiconCase:
    return LexiconCase.ANY if form.any_case else LexiconCase.EXACT


def valid_on(row: LexiconRow, day: date) -> bool:
    """Mục có hiệu lực vào ngày ấy."""
    return (row.valid_from or day) <= day <= (row.valid_to or day)


def _entry(surface: str, reading: str, contexts: Iterable[str], case: LexiconCase) -> Entry:
    return Entry(surface, reading, tuple(contexts), any_case=case is LexiconCase.ANY)
