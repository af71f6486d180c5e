"""Bản giao ca mỗi tối, một trang: hôm nay đã phát gì, hỏng gì, mai có gì; in ra thì giữ luôn đầu chuỗi nhật ký trên giấy."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.audit import open_alerts
from broadcaster.reports.document import Block, Column, Document, Heading, Kind, Paragraph, Table, Value
from broadcaster.reports.figures import Aired, aired, figures_of, grouped, left_out, reaches, spoken
from broadcaster.reports.letter import Letter, letter
from broadcaster.reports.periods import NamedPeriod
from broadcaster.traffic.enums import ItemKind, ProgrammeState
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
    rows, reach = spoken(aired(session, actor, period.span)), reaches(session, actor, period.span)
    found = figures_of(rows, reach)
    alerts = [alert.message for alert in open_alerts(session, actor.station_id)]
    programmes = grouped(rows, lambda row: row.programme_id).values()
    blocks: tuple[Block, ...] = (
        Heading("I. HÔM NAY"),
        Paragraph(
            f"{found.programmes} buổi, {found.airings}/{found.planned} lượt tin bài phát đủ, {round(found.minutes)} phút, "
            f"{found.reach_words}"
        ),
        *([Paragraph(words)] if (words := left_out(rows, reach)) else []),
        Table(_TODAY, [_programme(items) for items in programmes], empty="Chưa phát gì."),
        Heading("II. VIỆC CÒN MỞ"),
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


def _programme(items: list[Aired]) -> list[Value]:
    wrong = [f"{row.title} ({row.reason.label if row.reason else 'chưa kết thúc'})" for row in items if not row.whole]
    return [items[0].slot_name, f"{sum(row.whole for row in items)}/{len(items)}", "; ".join(wrong) or "Không có"]


def _tomorrow(session: Session, actor: Actor, day: date, names: Letter) -> list[list[Value]]:
    live = (ProgrammeState.PLANNED, ProgrammeState.LOCKED, ProgrammeState.AIRING)
    query = (
        select(Programme)
        .where(Programme.station_id == actor.station_id, Programme.day == day, Programme.state.in_(live))
        .options(selectinload(Programme.slot), selectinload(Programme.items).selectinload(Item.revision))
    )
    return [
        [names.local(one.starts_at), one.slot.name, _titles(one)]
        for one in session.scalars(query.order_by(Programme.starts_at, Programme.id))
    ]


def _titles(programme: Programme) -> str:
    titles = [item.revision.title for item in programme.items if item.kind is ItemKind.SCRIPT and item.revision]
    return "; ".join(titles) or "CHƯA CÓ TIN BÀI"
