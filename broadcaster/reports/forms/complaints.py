"""F8. Phản ánh của người dân: phút nào, lúc ấy loa phát gì, đài trả lời thế nào, câu trả lời đã phát chưa."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.airlog.enums import Mode
from broadcaster.airlog.minute import minute_of
from broadcaster.airlog.tables import Airing
from broadcaster.reports.complaints import answers_aired, only_day
from broadcaster.reports.document import Column, Document, Kind, Paragraph, Table, Value
from broadcaster.reports.enums import ComplaintState
from broadcaster.reports.letter import Letter, letter
from broadcaster.reports.periods import NamedPeriod
from broadcaster.reports.tables import Complaint

_COLUMNS = (
    Column("Nhận lúc", Kind.MOMENT, 1.6),
    Column("Người phản ánh", Kind.TEXT, 1.8),
    Column("Về lúc", Kind.MOMENT, 1.6),
    Column("Lúc ấy loa phát", Kind.TEXT, 2),
    Column("Nội dung", Kind.TEXT, 3),
    Column("Trả lời", Kind.TEXT, 3),
    Column("Trả lời lúc", Kind.MOMENT, 1.6),
    Column("Đã phát trả lời", Kind.DAY, 1.3),
)


def complaint_form(session: Session, actor: Actor, period: NamedPeriod, *, day: date, now: datetime) -> Document:
    """Phản ánh nhận trong ``period``, lập ngày ``day``. Lỗi: ``NotAllowed``."""
    names = letter(session, actor, day)
    begin = datetime.combine(period.span.first, time(), names.zone)
    end = datetime.combine(period.span.last + timedelta(days=1), time(), names.zone)
    query = select(Complaint).where(
        Complaint.station_id == actor.station_id, Complaint.received_at >= begin, Complaint.received_at < end
    )
    found = list(session.scalars(query.order_by(Complaint.received_at, Complaint.id)))
    aired = answers_aired(session, actor, found)
    lines = [_line(session, actor, one, names, aired.get(one.id)) for one in found]
    open_count = sum(one.state is ComplaintState.OPEN for one in found)
    return Document(
        "PHẢN ÁNH CỦA NGƯỜI DÂN",
        period.name[0].upper() + period.name[1:],
        (
            Paragraph(f"Nhận {len(found)} phản ánh, còn {open_count} phản ánh chưa trả lời."),
            Table(_COLUMNS, lines, empty="Không có phản ánh nào."),
        ),
        unit=names.station,
        signatures=names.station_signatures(),
        landscape=True,
        footnotes=names.footnotes(now, rules=False),
    )


def _line(session: Session, actor: Actor, one: Complaint, names: Letter, aired: Airing | None) -> list[Value]:
    return [
        _said(names.local(one.received_at)),
        one.resident,
        _said(names.local(one.about_at)),
        _sounding(session, actor, one, names),
        one.text,
        one.answer or None,
        names.local(one.answered_at),
        aired.local_day if aired else None,
    ]


def _said(local: datetime | None) -> Value:
    return local.date() if local and only_day(local) else local


def _sounding(session: Session, actor: Actor, one: Complaint, names: Letter) -> str | None:
    """Mục đang vang ở phút được phản ánh; người dân không nói giờ thì để trống."""
    local = names.local(one.about_at)
    if one.about_at is None or local is None or only_day(local):
        return None
    heard = [airing.title for airing in minute_of(session, actor, one.about_at).airings if airing.mode is not Mode.REHEARSAL]
    return "; ".join(heard) or "Không phát gì"
