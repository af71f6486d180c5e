"""Phản ánh của người dân: ghi lại, gắn với phút đã phát, trả lời, và bản tin trả lời đã phát chưa."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.audit import note
from broadcaster.accounts.door import owned
from broadcaster.accounts.stations import station_of
from broadcaster.airlog.enums import Mode, Result
from broadcaster.airlog.programmes import order_of
from broadcaster.airlog.tables import Airing, unindexed
from broadcaster.database.row_version import unchanged
from broadcaster.errors import Invalid
from broadcaster.newsroom.tables import Script
from broadcaster.newsroom.text import clean_text, clean_title
from broadcaster.reports.enums import ComplaintState
from broadcaster.reports.tables import Complaint

MAX_NAME, MAX_TEXT = 100, 4000
PAGE = 30


@dataclass(frozen=True)
class Told:
    """Một phản ánh, và lượt phát đủ đầu tiên của bản tin trả lời từ khi nhận nó (``None``: chưa phát)."""

    complaint: Complaint
    aired: Airing | None


def receive(
    session: Session, actor: Actor, *, resident: str, text: str, about_at: datetime | None, received_at: datetime, now: datetime
) -> Complaint:
    """Ghi một phản ánh. Lỗi: ``NotAllowed``, ``Invalid`` theo từng ô."""
    actor.require(Action.REPORT_MAKE)
    name, words = clean_title(resident), clean_text(text)
    problems = {}
    if not name or len(name) > MAX_NAME:
        problems["nguoi"] = (
            f"Hãy ghi tên người phản ánh (nhiều nhất {MAX_NAME} chữ cái), hoặc “Người dân TDP …” khi họ không xưng tên."
        )
    if not words or len(words) > MAX_TEXT:
        problems["noi_dung"] = f"Hãy ghi lời phản ánh, nhiều nhất {MAX_TEXT} chữ cái."
    if about_at is not None and about_at > now:
        problems["luc"] = "Phút được phản ánh còn ở phía trước. Hãy xem lại ngày và giờ."
    elif about_at is not None and _later_day(session, actor, about_at, received_at):
        problems["ngay"] = "Ngày được phản ánh đứng sau ngày nhận. Hãy xem lại hai ngày."
    if received_at > now:
        problems["nhan_luc"] = "Lúc nhận còn ở phía trước. Hãy xem lại ngày và giờ."
    if problems:
        raise Invalid(problems=problems)
    row = Complaint(
        station_id=actor.station_id,
        resident=name,
        about_at=about_at,
        text=words,
        state=ComplaintState.OPEN,
        received_at=received_at,
        received_by=actor.name,
    )
    session.add(row)
    session.flush()
    note(session, actor, "complaint_received", f"complaint:{row.id}", now=now, resident=name)
    return row


def answer(
    session: Session, actor: Actor, complaint_id: int, *, text: str, script_id: int | None, seen: str, now: datetime
) -> Complaint:
    """Trả lời bằng lời, bằng một bản tin sẽ phát, hay cả hai; trả lời lại thì thay lời cũ.

    Lỗi: ``NotAllowed``, ``NotFound``, ``Invalid``, ``Conflict`` khi người khác vừa sửa.
    """
    actor.require(Action.REPORT_MAKE)
    row = owned(session, Complaint, complaint_id, actor, lock=True)
    unchanged(row, seen)
    words = clean_text(text)
    if not words or len(words) > MAX_TEXT:
        raise Invalid(problems={"tra_loi": f"Hãy ghi lời trả lời, nhiều nhất {MAX_TEXT} chữ cái."})
    script = owned(session, Script, script_id, actor) if script_id is not None else None
    old = row.answer
    row.answer, row.answer_script_id = words, script.id if script else None
    row.state, row.answered_at, row.answered_by = ComplaintState.ANSWERED, now, actor.name
    note(session, actor, "complaint_answered", f"complaint:{row.id}", now=now, script=row.answer_script_id, old=old, new=words)
    return row


def only_day(local: datetime) -> bool:
    """Người dân chỉ nói ngày: giờ địa phương ghi là nửa đêm đúng."""
    return local.time() == time()


def complaint_of(session: Session, actor: Actor, complaint_id: int) -> Told:
    """Một phản ánh. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.LOG_READ)
    return _told(session, actor, [owned(session, Complaint, complaint_id, actor)])[0]


def complaints(session: Session, actor: Actor, *, page: int = 1) -> tuple[list[Told], int]:
    """Một trang phản ánh, chưa trả lời đứng trước rồi mới nhất trước; và tổng số. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(Complaint).where(Complaint.station_id == actor.station_id)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    ordered = query.order_by(Complaint.state != ComplaintState.OPEN, Complaint.received_at.desc(), Complaint.id.desc())
    rows = list(session.scalars(ordered.limit(PAGE).offset((page - 1) * PAGE)))
    return _told(session, actor, rows), total


def complaints_about(session: Session, actor: Actor, since: datetime, until: datetime) -> list[Complaint]:
    """Phản ánh về khoảng ``[since, until)``. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(Complaint).where(
        Complaint.station_id == actor.station_id, Complaint.about_at >= since, Complaint.about_at < until
    )
    return list(session.scalars(query.order_by(Complaint.id)))


def answers_aired(session: Session, actor: Actor, rows: Sequence[Complaint]) -> dict[int, Airing]:
    """Mã phản ánh → lượt phát đủ đầu tiên của bản tin trả lời kể từ khi nhận phản ánh; lượt trước đó chưa trả lời ai.

    Lỗi: ``NotAllowed``.
    """
    actor.require(Action.LOG_READ)
    scripts = {row.answer_script_id for row in rows if row.answer_script_id is not None}
    query = select(Airing).where(
        unindexed(Airing.station_id) == actor.station_id,
        Airing.script_id.in_(scripts),
        unindexed(Airing.result) == Result.FULL,
        Airing.mode != Mode.REHEARSAL,
    )
    found: dict[int, list[Airing]] = {}
    for one in sorted(session.scalars(query), key=order_of) if scripts else ():
        found.setdefault(one.script_id or 0, []).append(one)
    firsts = {
        row.id: next((one for one in found.get(row.answer_script_id or 0, ()) if one.planned_at >= row.received_at), None)
        for row in rows
    }
    return {key: one for key, one in firsts.items() if one is not None}


def _told(session: Session, actor: Actor, rows: list[Complaint]) -> list[Told]:
    aired = answers_aired(session, actor, rows)
    return [Told(row, aired.get(row.id)) for row in rows]


def _later_day(session: Session, actor: Actor, about_at: datetime, received_at: datetime) -> bool:
    zone = ZoneInfo(station_of(session, actor).timezone)
    return about_at.astimezone(zone).date() > received_at.astimezone(zone).date()
