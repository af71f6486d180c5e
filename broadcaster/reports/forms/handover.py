"""Bản giao ca mỗi tối, một trang: hôm nay đã phát gì, hỏng gì, mai có gì; in ra thì giữ luôn đầu chuỗi nhật ký trên giấy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.audit import open_alerts
from broadcaster.airlog.enums import Mode
from broadcaster.airlog.queries import SilentProgramme, silent_programmes
from broadcaster.reports.document import Block, Column, Document, Heading, Kind, Paragraph, Table, Value
from broadcaster.reports.figures import Aired, Figures, aired, figures_of, grouped, left_out, reaches, spoken
from broadcaster.reports.letter import Letter, letter
from broadcaster.reports.periods import NamedPeriod
from broadcaster.traffic.enums import ItemKind, ItemState, ProgrammeState
from broadcaster.traffic.tables import Item, Programme

_TODAY = (
    Column("Buổi", Kind.TEXT, 2.4),
    Column("Lượt phát đủ", Kind.CODE, 1),
    Column("Mục không phát đủ", Kind.TEXT, 4),
)
_TOMORROW = (Column("Giờ", Kind.CLOCK, 0.9), Column("Buổi", Kind.TEXT, 2), Column("Tin bài đã xếp", Kind.TEXT, 4.5))


def handover_form(session: Session, actor: Actor, period: NamedPeriod, *, day: date, now: datetime) -> Document:
    """Bản giao ca của ngày cuối ``period``, lập ngày ``day``. Lỗi: ``NotAllowed``."""
    names = letter(session, actor, day)
    today = period.span.last
    every, reach = aired(session, actor, period.span), reaches(session, actor, period.span)
    silent = silent_programmes(session, actor, period.span)
    rows, urgent = spoken(every), [row for row in every if row.mode is Mode.URGENT]
    alerts = [alert.message for alert in open_alerts(session, actor.station_id)]
    told = [*rows, *(row for row in urgent if row.script_id is None)]
    lines = [_programme(items) for items in grouped(told, lambda row: row.programme_id).values()]
    lines += [[one.slot, None, one.words] for one in silent]
    blocks: tuple[Block, ...] = (
        Heading("I. HÔM NAY"),
        _summary(figures_of(rows, reach), silent, urgent),
        *([Paragraph(words)] if (words := left_out(rows, reach)) else []),
        Table(_TODAY, lines, empty="Chưa phát gì."),
        Heading("II. VIỆC CÒN MỞ LÚC LẬP"),
        *([Paragraph(f"- {text}") for text in alerts] or [Paragraph("Không có cảnh báo nào.")]),
        Heading("III. NGÀY MAI"),
        Table(_TOMORROW, _tomorrow(session, actor, today + timedelta(days=1), names), empty="Ngày mai không có buổi nào."),
    )
    return Document(
        "BẢN GIAO CA",
        f"Ngày {today:%d/%m/%Y}",
        blocks,
        unit=names.station,
        signatures=names.station_signatures(),
        footnotes=names.footnotes(now, rules=False),
    )


def _summary(found: Figures, silent: Sequence[SilentProgramme], urgent: Sequence[Aired]) -> Paragraph:
    parts = [
        f"{found.programmes} buổi",
        f"{found.airings}/{found.planned} lượt tin bài phát đủ",
        f"{round(found.minutes)} phút",
        *([f"{len(silent)} buổi không phát"] if silent else []),
        *([f"{len(urgent)} lần vang khẩn cấp"] if urgent else []),
    ]
    return Paragraph(f"{', '.join(parts)}; {found.reach_words}")


def _programme(items: list[Aired]) -> list[Value]:
    wrong = [f"{row.title} ({row.reason.label if row.reason else 'chưa kết thúc'})" for row in items if not row.whole]
    return [items[0].slot_name, f"{sum(row.whole for row in items)}/{len(items)}", "; ".join(wrong) or "Không có"]


def _tomorrow(session: Session, actor: Actor, day: date, names: Letter) -> list[list[Value]]:
    """Buổi của ngày mai; tờ in muộn thì ngày ấy đã phát rồi, vẫn đúng những buổi ấy."""
    query = (
        select(Programme)
        .where(
            Programme.station_id == actor.station_id,
            Programme.day == day,
            Programme.state != ProgrammeState.CANCELLED,
            Programme.rehearsal.is_(False),
        )
        .options(selectinload(Programme.slot), selectinload(Programme.items).selectinload(Item.revision))
    )
    return [
        [names.local(one.starts_at), one.slot.name, _titles(one)]
        for one in session.scalars(query.order_by(Programme.starts_at, Programme.id))
    ]


def _titles(programme: Programme) -> str:
    items = [one for one in programme.items if one.kind is ItemKind.SCRIPT and one.state is not ItemState.DROPPED]
    return "; ".join(one.revision.title for one in items if one.revision) or "CHƯA CÓ TIN BÀI"
