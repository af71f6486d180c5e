"""F8. Phản ánh của người dân: phút nào, đài trả lời thế nào, câu trả lời đã phát chưa."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.airlog.enums import Mode, Result
from broadcaster.airlog.tables import Airing, unindexed
from broadcaster.reports.document import Column, Document, Kind, Paragraph, Table
from broadcaster.reports.enums import ComplaintState
from broadcaster.reports.letter import letter
from broadcaster.reports.periods import NamedPeriod
from broadcaster.reports.tables import Complaint

_COLUMNS = (
    Column("Nhận lúc", Kind.MOMENT, 1.6),
    Column("Người phản ánh", Kind.TEXT, 1.8),
    Column("Về lúc", Kind.MOMENT, 1.6),
    Column("Nội dung", Kind.TEXT, 3.4),
    Column("Trả lời", Kind.TEXT, 3.4),
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
    answered = _answered_on(session, actor, [one.answer_script_id for one in found if one.answer_script_id])
    lines = [
        [
            names.local(one.received_at),
            one.resident,
            names.local(one.about_at),
            one.text,
            one.answer or None,
            names.local(one.answered_at),
            answered.get(one.answer_script_id or 0),
        ]
        for one in found
    ]
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


def _answered_on(session: Session, actor: Actor, script_ids: list[int]) -> dict[int, date]:
    """Bản tin trả lời → ngày phát đủ đầu tiên."""
    query = (
        select(Airing.script_id, func.min(Airing.local_day))
        .where(
            unindexed(Airing.station_id) == actor.station_id,
            Airing.script_id.in_(script_ids),
            unindexed(Airing.result) == Result.FULL,
            Airing.mode != Mode.REHEARSAL,
        )
        .group_by(Airing.script_id)
    )
    return {script_id: day for script_id, day in session.execute(query) if script_id is not None}
