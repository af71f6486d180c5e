"""F1. Nhật ký phát thanh của một ngày hoặc một tuần: từng buổi, từng mục, hai chữ ký."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.airlog.enums import DeliveryState
from broadcaster.airlog.lateness import late_note
from broadcaster.airlog.queries import SilentProgramme, silent_programmes
from broadcaster.newsroom.enums import Genre
from broadcaster.reports.document import Block, Column, Document, Heading, Kind, Paragraph, Table, Value
from broadcaster.reports.figures import Aired, ReachCount, aired, figures_of, grouped, reaches, spoken
from broadcaster.reports.letter import Letter, letter
from broadcaster.reports.periods import NamedPeriod
from broadcaster.traffic.enums import ItemKind

WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật")
_COLUMNS = (
    Column("STT", Kind.COUNT, 0.65),
    Column("Bắt đầu", Kind.CLOCK, 1.15),
    Column("Mục phát", Kind.TEXT, 3.8),
    Column("Loại", Kind.TEXT, 1.2),
    Column("Dự kiến (giây)", Kind.SECONDS, 0.9, total=True),
    Column("Đã nghe (giây)", Kind.SECONDS, 0.9, total=True),
    Column("Cụm loa đã gửi", Kind.CODE, 1.8),
    Column("Kết quả", Kind.TEXT, 1.3),
    Column("Lý do", Kind.TEXT, 1.6),
)


def airlog_form(session: Session, actor: Actor, period: NamedPeriod, *, day: date, now: datetime) -> Document:
    """Nhật ký của ``period``, lập ngày ``day``. Lỗi: ``NotAllowed``."""
    names = letter(session, actor, day)
    rows, reach = aired(session, actor, period.span), reaches(session, actor, period.span)
    silent = silent_programmes(session, actor, period.span)
    return Document(
        "NHẬT KÝ PHÁT THANH",
        period.name[0].upper() + period.name[1:],
        (_summary(rows, reach, silent), *_programmes(rows, reach, silent, names)),
        unit=names.station,
        signatures=names.station_signatures(),
        landscape=True,
        footnotes=names.footnotes(now),
    )


def _summary(rows: list[Aired], reach: Mapping[int, ReachCount], silent: Sequence[SilentProgramme]) -> Paragraph:
    if not rows and not silent:
        return Paragraph("Kỳ này không có mục nào được xếp hoặc phát.")
    found, unheard = figures_of(spoken(rows), reach), f", {len(silent)} buổi không phát" if silent else ""
    return Paragraph(
        f"{found.programmes} buổi{unheard}; tin bài: {found.airings}/{found.planned} lượt phát đủ, {found.partial} phát thiếu, "
        f"{found.missed} không phát; {found.reach_words}"
    )


def _programmes(
    rows: list[Aired], reach: Mapping[int, ReachCount], silent: Sequence[SilentProgramme], names: Letter
) -> list[Block]:
    """Từng buổi theo giờ, cả buổi không phát: buổi ấy có mục đã xếp thì các mục vẫn được kể."""
    groups, quiet = (
        grouped(rows, lambda row: (row.local_day, row.programme_id)),
        {(one.day, one.programme_id): one for one in silent},
    )
    heads = {key: (one.planned_at, one.slot) for key, one in quiet.items()}
    heads |= {key: (items[0].planned_at, items[0].slot_name) for key, items in groups.items()}
    blocks: list[Block] = []
    for key, (_, slot) in sorted(heads.items(), key=lambda one: (one[1][0], one[0])):
        blocks.append(Heading(f"{slot}, {WEEKDAYS[key[0].weekday()]} ngày {key[0]:%d/%m/%Y}", 2))
        if key in quiet:
            blocks.append(Paragraph(quiet[key].words))
        if items := groups.get(key):
            lines = [_line(number, row, reach.get(row.id, ReachCount()), names) for number, row in enumerate(items, start=1)]
            blocks.append(Table(_COLUMNS, lines))
    return blocks


def _line(number: int, row: Aired, reach: ReachCount, names: Letter) -> list[Value]:
    genre = Genre(row.genre).label if row.genre else ItemKind(row.kind).label
    sent = reach.count(DeliveryState.SENT) + reach.count(DeliveryState.CONFIRMED)
    return [
        number,
        names.local(row.started_at or row.planned_at),
        row.title,
        genre,
        row.planned_ms / 1000,
        row.heard_ms / 1000,
        f"{sent}/{len(reach.states)}{_codes('đang báo hỏng', reach.faulty)}{_codes('cũng nghe', reach.overheard)}",
        row.result.label if row.result else "Chưa kết thúc",
        "; ".join(filter(None, (row.reason.label if row.reason else "", late_note(row.planned_at, row.started_at)))) or None,
    ]


def _codes(what: str, codes: Collection[str]) -> str:
    return f", {what}: {', '.join(sorted(codes))}" if codes else ""
