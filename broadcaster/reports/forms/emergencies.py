"""F7. Bản tin khẩn cấp: mức, ai ra lệnh, những lần vang và lệnh không vang, TDP, cụm loa đã nhận và đã xác nhận."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.airlog.enums import DeliveryState, Event, Mode
from broadcaster.airlog.tables import Airing, LogEntry, unindexed
from broadcaster.playout.enums import UrgentLevel
from broadcaster.reports.document import Column, Document, Kind, Paragraph, Table, Value
from broadcaster.reports.figures import Aired, ReachCount, aired, reaches
from broadcaster.reports.letter import Letter, letter
from broadcaster.reports.periods import NamedPeriod

_COLUMNS = (
    Column("Bắt đầu", Kind.MOMENT, 1.7),
    Column("Mức", Kind.TEXT, 1.2),
    Column("Nội dung", Kind.TEXT, 3),
    Column("Người ra lệnh", Kind.TEXT, 2),
    Column("TDP", Kind.TEXT, 1.2),
    Column("Đã nghe (giây)", Kind.SECONDS, 0.9, total=True),
    Column("Cụm loa đã gửi", Kind.COUNT, 0.9, total=True),
    Column("Đã xác nhận", Kind.COUNT, 0.9, total=True),
    Column("Kết quả", Kind.TEXT, 1.3),
)
_UNHEARD = "Không vang"


def emergency_form(session: Session, actor: Actor, period: NamedPeriod, *, day: date, now: datetime) -> Document:
    """Mọi lần vang khẩn cấp, và lệnh không vang, của ``period``, lập ngày ``day``. Lỗi: ``NotAllowed``."""
    names = letter(session, actor, day)
    rows = [row for row in aired(session, actor, period.span) if row.mode is Mode.URGENT]
    reach = reaches(session, actor, period.span)
    orders = _orders(session, actor, [row.id for row in rows])
    lines = [_sounded(row, orders.get(row.id, {}), reach.get(row.id, ReachCount()), names) for row in rows]
    silent = _unheard(session, actor, period, names)
    every = sorted([*lines, *silent], key=lambda line: str(line[0]))
    return Document(
        "BẢN TIN KHẨN CẤP",
        period.name[0].upper() + period.name[1:],
        (_summary(len(lines), len(silent), names), Table(_COLUMNS, every, empty="Không có bản tin khẩn cấp nào.")),
        unit=names.station,
        signatures=names.station_signatures(),
        landscape=True,
        footnotes=names.footnotes(now),
    )


def _heard_by(reach: ReachCount) -> str | None:
    zones = ", ".join(sorted(set(reach.zones.values())))
    beside = f"cũng nghe: {', '.join(reach.overheard)}" if reach.overheard else ""
    broken = f"đang báo hỏng: {', '.join(sorted(reach.faulty))}" if reach.faulty else ""
    return "; ".join(filter(None, (zones, broken, beside))) or None


def _sounded(row: Aired, order: Mapping[str, Any], here: ReachCount, names: Letter) -> list[Value]:
    return [
        names.local(row.started_at or row.planned_at),
        _level(order),
        row.title,
        _who(order),
        _heard_by(here),
        row.heard_ms / 1000,
        here.count(DeliveryState.SENT),
        here.count(DeliveryState.CONFIRMED),
        row.result.label if row.result else "Chưa kết thúc",
    ]


def _unheard(session: Session, actor: Actor, period: NamedPeriod, names: Letter) -> list[list[Value]]:
    """Lệnh ra trong kỳ mà chưa lần nào vang: mọi đường đang im lặng, hay người dừng trước khi có tiếng."""
    begin = datetime.combine(period.span.first, time(), names.zone)
    end = datetime.combine(period.span.last + timedelta(days=1), time(), names.zone)
    sounded = select(Airing.id).where(Airing.run_id == LogEntry.run_id, unindexed(Airing.station_id) == actor.station_id)
    query = select(LogEntry.happened_at, LogEntry.body).where(
        LogEntry.station_id == actor.station_id,
        LogEntry.happened_at >= begin,
        LogEntry.happened_at < end,
        LogEntry.event == Event.URGENT_ORDERED,
        ~sounded.exists(),
    )
    found = [(at, _order(json.loads(body))) for at, body in session.execute(query)]
    return [
        [
            names.local(at),
            _level(order),
            order.get("title"),
            _who(order),
            ", ".join(order.get("zones", ())) or None,
            0.0,
            0,
            0,
            _UNHEARD,
        ]
        for at, order in found
    ]


def _summary(sounded: int, silent: int, names: Letter) -> Paragraph:
    also = f", {silent} lệnh không vang" if silent else ""
    return Paragraph(f"{names.station}: {sounded} lần vang khẩn cấp trong kỳ{also}.")


def _orders(session: Session, actor: Actor, airing_ids: list[int]) -> dict[int, dict[str, Any]]:
    """``Airing.id`` → lệnh như đã ghi vào nhật ký lúc ra lệnh; lệnh và lần vang cùng một ``run_id``."""
    query = (
        select(Airing.id, LogEntry.body)
        .join(LogEntry, (LogEntry.run_id == Airing.run_id) & (LogEntry.station_id == Airing.station_id))
        .where(
            unindexed(Airing.station_id) == actor.station_id, Airing.id.in_(airing_ids), LogEntry.event == Event.URGENT_ORDERED
        )
    )
    rows = session.execute(query) if airing_ids else ()
    return {airing_id: _order(json.loads(body)) for airing_id, body in rows}


def _order(body: Mapping[str, Any]) -> dict[str, Any]:
    inner = body.get("order")
    return dict(inner if isinstance(inner, Mapping) else body)


def _level(order: Mapping[str, Any]) -> str | None:
    return UrgentLevel(order["level"]).label if order.get("level") else None


def _who(order: Mapping[str, Any]) -> str | None:
    return ", ".join(filter(None, (order.get("by"), order.get("job_title")))) or None
