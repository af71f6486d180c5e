"""F2. Tổng hợp tháng: theo nguồn, thể loại, chuyên mục, TDP; dự kiến và thực hiện; sự cố."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.airlog.enums import DeliveryState, Result
from broadcaster.airlog.queries import SilentProgramme, silent_programmes
from broadcaster.newsroom.enums import Genre, Origin
from broadcaster.reports.document import Block, Column, Document, Heading, Kind, Paragraph, Table, Value
from broadcaster.reports.figures import Aired, Figures, ReachCount, aired, figures_of, grouped, left_out, reaches, spoken
from broadcaster.reports.letter import Letter, letter
from broadcaster.reports.periods import NamedPeriod

_FIGURES = (
    Column("Tin, bài khác nhau", Kind.COUNT, 1),
    Column("Lượt đã xếp", Kind.COUNT, 1, total=True),
    Column("Lượt phát đủ", Kind.COUNT, 1, total=True),
    Column("Phát thiếu", Kind.COUNT, 1, total=True),
    Column("Không phát", Kind.COUNT, 1, total=True),
    Column("Phút", Kind.MINUTES, 1, total=True),
    Column("Tỷ lệ", Kind.PERCENT, 1),
)
_INCIDENTS = (
    Column("Ngày, giờ", Kind.MOMENT, 1.6),
    Column("Buổi", Kind.TEXT, 1.4),
    Column("Mục", Kind.TEXT, 3.2),
    Column("Kết quả", Kind.TEXT, 1.2),
    Column("Lý do", Kind.TEXT, 1.8),
)

_EACH_ZONE = "Một lượt tới nhiều TDP được kể ở từng TDP có ít nhất một cụm loa nhận được."


def monthly_form(session: Session, actor: Actor, period: NamedPeriod, *, day: date, now: datetime) -> Document:
    """Tổng hợp ``period``, lập ngày ``day``. Lỗi: ``NotAllowed``."""
    names = letter(session, actor, day)
    every, reach = aired(session, actor, period.span), reaches(session, actor, period.span)
    rows, silent = spoken(every), silent_programmes(session, actor, period.span)
    by_genre = _by(rows, reach, "Thể loại", lambda row: Genre(row.genre).label if row.genre else "Khác")
    by_origin = _by(rows, reach, "Nguồn", lambda row: Origin(row.origin).label if row.origin else "Khác")
    blocks: tuple[Block, ...] = (
        Heading("I. TÌNH HÌNH CHUNG"),
        _overall(figures_of(rows, reach), period, len(silent)),
        *([Paragraph(words)] if (words := left_out(rows, reach)) else []),
        Heading("II. SỐ LIỆU"),
        by_genre,
        by_origin,
        _by(rows, reach, "Chuyên mục", lambda row: row.column_name or "Không thuộc chuyên mục"),
        _by_zone(rows, reach),
        Heading("III. SỰ CỐ, MỤC KHÔNG PHÁT ĐỦ"),
        _incidents(every, silent, names),
    )
    return Document(
        "BÁO CÁO",
        f"Hoạt động của Đài Truyền thanh {period.name}",
        blocks,
        letterhead=names.letterhead("BC-UBND"),
        signatures=(names.authority(),),
        recipients=names.recipients,
        footnotes=names.footnotes(now),
    )


def _overall(found: Figures, period: NamedPeriod, silent: int) -> Paragraph:
    also = f"; {silent} buổi không phát" if silent else ""
    if not found.planned:
        return Paragraph(f"Trong {period.name}, đài không xếp và không phát tin bài nào{also}.")
    return Paragraph(
        f"Trong {period.name}, đài đã phát {found.programmes} buổi với {found.airings} lượt tin bài "
        f"({found.news} tin, {found.features} bài khác nhau), đạt {found.airings}/{found.planned} lượt đã xếp, "
        f"tổng thời lượng {round(found.minutes)} phút, tới {found.clusters} cụm loa tại {found.zones} tổ dân phố; "
        f"{found.reach_words.removesuffix('.')}{also}."
    )


def _by(rows: list[Aired], reach: Mapping[int, ReachCount], heading: str, key: Callable[[Aired], str]) -> Table:
    groups = sorted(grouped(rows, key).items())
    lines = [[name, *_values(figures_of(items, reach))] for name, items in groups]
    return Table((Column(heading, Kind.TEXT, 2.4), *_FIGURES), lines, caption=f"Theo {heading[0].lower()}{heading[1:]}")


def _values(found: Figures) -> list[Value]:
    counts = (found.scripts, found.planned, found.airings, found.partial, found.missed)
    return [*counts, found.minutes, found.done_share]


def _by_zone(rows: list[Aired], reach: Mapping[int, ReachCount]) -> Table:
    """Một lượt tới nhiều TDP thì có mặt ở từng TDP, nên cột này không cộng; TDP không cụm nào nhận được thì không có lượt."""
    zones: dict[str, list[Aired]] = {}
    for row in rows:
        for zone in sorted(set(reach.get(row.id, ReachCount()).zones.values())):
            zones.setdefault(zone, []).append(row)
    lines: list[list[Value]] = []
    for zone, items in sorted(zones.items()):
        here = {row.id: _only(reach[row.id], zone) for row in items}
        found, every = figures_of([row for row in items if here[row.id].live], here), figures_of(items, here)
        lines.append([zone, found.airings, found.minutes, found.clusters, found.sent, found.confirmed, every.faulty])
    columns = (
        Column("TDP", Kind.TEXT, 2),
        Column("Lượt đã tới", Kind.COUNT),
        Column("Phút", Kind.MINUTES),
        Column("Cụm loa", Kind.COUNT),
        Column("Lượt cụm loa đã gửi", Kind.COUNT, total=True),
        Column("Lượt cụm loa đã xác nhận", Kind.COUNT, total=True),
        Column("Gửi khi cụm báo hỏng (không kể)", Kind.COUNT, total=True),
    )
    return Table(columns, lines, caption="Theo tổ dân phố", note=_EACH_ZONE)


def _only(reach: ReachCount, zone: str) -> ReachCount:
    states: dict[str, DeliveryState] = {code: state for code, state in reach.states.items() if reach.zones[code] == zone}
    return replace(reach, states=states, zones=dict.fromkeys(states, zone), overheard=(), faulty=reach.faulty & states.keys())


def _incidents(rows: list[Aired], silent: list[SilentProgramme], names: Letter) -> Table:
    lines: list[list[Value]] = [
        [
            names.local(row.started_at or row.planned_at),
            row.slot_name,
            row.title,
            row.result.label if row.result else "Chưa kết thúc",
            row.reason.label if row.reason else None,
        ]
        for row in rows
        if row.result is not Result.FULL
    ]
    lines += [[names.local(one.planned_at), one.slot, one.words, Result.NONE.label, None] for one in silent]
    lines.sort(key=lambda line: str(line[0]))
    return Table(_INCIDENTS, lines, empty="Không có sự cố: mọi mục đã xếp đều phát đủ.")
