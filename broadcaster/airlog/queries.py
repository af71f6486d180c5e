"""Đọc nhật ký cho trang web, dòng lệnh và tệp xuất: lượt phát theo kỳ, dòng gốc của một mục."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.door import owned
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import PLANNED_EVENTS, SILENT_EVENTS, Airing, ChainHead, LogEntry
from broadcaster.errors import Invalid

_PLANNED_AHEAD = timedelta(days=70)
"""Buổi được lập, và bị huỷ, trước ngày phát nhiều nhất chừng này (cài đặt ``plan_days`` tối đa 60 ngày)."""


@dataclass(frozen=True)
class Period:
    """Kỳ theo ngày địa phương, tính cả hai đầu."""

    first: date
    last: date

    def __post_init__(self) -> None:
        """Từ chối kỳ ngược ngay khi tạo."""
        if self.last < self.first:
            raise Invalid(problems={"den": "Ngày kết thúc đứng trước ngày bắt đầu. Hãy đổi lại hai ngày."})


@dataclass(frozen=True)
class SilentProgramme:
    """Cả một buổi không phát: ``note`` là lý do người đã gõ hoặc máy ghi, ``by`` trống là máy."""

    seq: int
    digest: str
    programme_id: int
    day: date
    unit: str
    slot: str
    planned_at: datetime
    planned_ms: int
    cancelled: bool
    note: str
    by: str

    @property
    def words(self) -> str:
        """“Cả buổi bị huỷ: mất điện (Trần Văn Hùng)”."""
        what = "Cả buổi bị huỷ" if self.cancelled else "Cả buổi bị bỏ lỡ"
        return f"{what}: {self.note or 'không rõ lý do'}" + (f" ({self.by})" if self.by else "")


def silent_programmes(session: Session, actor: Actor, period: Period, *, until_seq: int | None = None) -> list[SilentProgramme]:
    """Buổi của kỳ mà dòng cuối cùng là huỷ hay bỏ lỡ, theo giờ phát; buổi được lập lại thì không còn ở đây. Diễn tập không kể.

    ``until_seq``: chỉ kể tới dòng ấy. Lỗi: ``NotAllowed``.
    """
    actor.require(Action.LOG_READ)
    since = datetime.combine(period.first, time(), UTC) - _PLANNED_AHEAD
    until = datetime.combine(period.last + timedelta(days=2), time(), UTC) + _PLANNED_AHEAD
    latest = dict(_programme_lines(session, actor, SILENT_EVENTS, (since, until), until_seq))
    if not latest:
        return []
    first = min(entry.happened_at for entry, _ in latest.values())
    last = max(_starts(body) for _, body in latest.values())
    for programme_id, (entry, _) in _programme_lines(session, actor, PLANNED_EVENTS, (first, last), until_seq):
        if programme_id in latest and latest[programme_id][0].seq < entry.seq:
            del latest[programme_id]
    found = [_silent(entry, body) for entry, body in latest.values() if not body["programme"]["rehearsal"]]
    return sorted((one for one in found if period.first <= one.day <= period.last), key=lambda one: (one.planned_at, one.seq))


def _programme_lines(
    session: Session, actor: Actor, events: str, between: tuple[datetime, datetime], until_seq: int | None
) -> Iterator[tuple[int, tuple[LogEntry, dict[str, Any]]]]:
    """Mã buổi → dòng, cũ trước; ``events`` viết y như điều kiện của chỉ mục."""
    query = select(LogEntry).where(
        LogEntry.station_id == actor.station_id, LogEntry.happened_at.between(*between), text(f"event IN ({events})")
    )
    if until_seq is not None:
        query = query.where(LogEntry.seq <= until_seq)
    for entry in sorted(session.scalars(query), key=lambda one: one.seq):
        body = json.loads(entry.body)
        yield body["programme"]["id"], (entry, body)


def _starts(body: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(body["programme"]["planned_at"])


def _silent(entry: LogEntry, body: dict[str, Any]) -> SilentProgramme:
    programme, cancelled = body["programme"], entry.event is Event.PROGRAMME_CANCELLED
    return SilentProgramme(
        seq=entry.seq,
        digest=entry.digest,
        programme_id=programme["id"],
        day=date.fromisoformat(programme["day"]),
        unit=programme["unit"],
        slot=programme["slot"],
        planned_at=datetime.fromisoformat(programme["planned_at"]),
        planned_ms=programme["planned_ms"],
        cancelled=cancelled,
        note=body["reason"] if cancelled else body["note"],
        by=body.get("by", ""),
    )


def airing_of(session: Session, actor: Actor, airing_id: int) -> Airing:
    """Một lượt phát. Lỗi: ``NotAllowed``, ``NotFound``."""
    actor.require(Action.LOG_READ)
    return owned(session, Airing, airing_id, actor)


def entries_of(session: Session, actor: Actor, airing: Airing) -> list[LogEntry]:
    """Các dòng gốc của một lượt phát, theo thứ tự. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    found = session.scalars(select(LogEntry).where(LogEntry.station_id == actor.station_id, LogEntry.item_id == airing.item_id))
    # Xếp ở đây: ORDER BY seq mời cơ sở dữ liệu đọc cả nhật ký theo thứ tự ấy thay vì vài dòng của mục này.
    return sorted(found, key=lambda entry: entry.seq)


def bodies_of(session: Session, actor: Actor, found: list[Airing]) -> dict[int, dict[str, Any]]:
    """``Airing.id`` → ảnh chụp (``ArmedBody`` hoặc ``SkippedBody``) đã mở lượt ấy."""
    opened = {airing.first_seq: airing.id for airing in found}
    query = select(LogEntry).where(LogEntry.station_id == actor.station_id, LogEntry.seq.in_(opened))
    return {
        opened[entry.seq]: json.loads(entry.body) | {"seq": entry.seq, "digest": entry.digest} for entry in session.scalars(query)
    }


def head(session: Session, actor: Actor) -> tuple[int, str]:
    """Số dòng cuối và băm của nó: in ở cuối mọi tệp xuất. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    found = session.get(ChainHead, actor.station_id)
    return (found.seq, found.digest) if found else (0, "")


def sealed_captures(session: Session, actor: Actor, since: datetime, until: datetime | None = None) -> dict[str, str]:
    """Tệp thu → mã băm, theo các dòng khoá bản thu từ ``since`` tới ``until`` (trống: tới nay). Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(LogEntry.body).where(
        LogEntry.station_id == actor.station_id, LogEntry.event == Event.CAPTURES_SEALED, LogEntry.happened_at >= since
    )
    if until is not None:
        query = query.where(LogEntry.happened_at <= until)
    bodies = session.scalars(query.order_by(LogEntry.seq))
    return {name: sha256 for body in bodies for name, sha256 in json.loads(body)["files"].items()}
