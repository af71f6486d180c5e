"""F3. Phụ lục CCHC: theo từng nội dung kế hoạch, đúng mốc chốt số liệu của kỳ, cùng đoạn văn sẵn để đưa vào báo cáo."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Actor
from broadcaster.airlog.queries import Period
from broadcaster.newsroom.plan_year import plan_span
from broadcaster.newsroom.publishing import published
from broadcaster.newsroom.tables import Plan, PlanTopic
from broadcaster.reports.document import Bar, Block, Chart, Column, Document, Heading, Kind, Paragraph, Table, Value
from broadcaster.reports.figures import Counted, Figures, ReachCount, figures_of, left_out, spoken_reached
from broadcaster.reports.letter import letter
from broadcaster.reports.periods import NamedPeriod
from broadcaster.reports.reform_scope import reform_scope
from broadcaster.traffic.topic_counts import Marked, marked_between

_COLUMNS = (
    Column("Mã", Kind.CODE, 0.7),
    Column("Nội dung kế hoạch", Kind.TEXT, 3.6),
    Column("Chỉ tiêu năm", Kind.COUNT, 0.9, total=True),
    Column("Tin", Kind.COUNT, 0.6),
    Column("Bài", Kind.COUNT, 0.6),
    Column("Lượt phát", Kind.COUNT, 0.9),
    Column("Phút", Kind.MINUTES, 0.9),
    Column("Lần đầu", Kind.DAY, 1.3),
    Column("Lần cuối", Kind.DAY, 1.3),
    Column("Đạt", Kind.PERCENT, 0.9),
    Column("Minh chứng (mã bản tin)", Kind.TEXT, 1.6),
)
_SO_FAR, _AFTER = Column("Từ đầu năm", Kind.COUNT, 0.9), 6
"""Cột lượt cộng dồn của kỳ không bắt đầu từ đầu năm kế hoạch (quý III), và chỗ của nó trong bảng."""


@dataclass(frozen=True)
class TopicResult:
    """Kết quả một nội dung trong kỳ; ``evidence``: mã các bản tin đã phát.

    ``so_far``: lượt phát đủ từ đầu năm kế hoạch tới hết kỳ. Chỉ tiêu là của cả năm, nên tỷ lệ và hoàn thành tính theo nó.
    """

    code: str
    title: str
    target: int | None
    figures: Figures
    so_far: int
    evidence: tuple[int, ...]
    retired_on: date | None = None
    """Đã thôi từ ngày nào, nếu trước khi hết kỳ."""

    @property
    def share(self) -> float | None:
        """Lượt phát đủ từ đầu năm trên chỉ tiêu năm; chưa giao chỉ tiêu thì ``None``."""
        return self.so_far / self.target if self.target else None

    @property
    def done(self) -> bool:
        """Nội dung đã hoàn thành: đủ chỉ tiêu, hoặc đã phát khi chưa giao chỉ tiêu."""
        return self.so_far >= (self.target or 1)


@dataclass(frozen=True)
class ReformResult:
    """Kết quả tuyên truyền CCHC của một kỳ."""

    plan: Plan | None
    total: Figures
    column_programmes: int
    topics: tuple[TopicResult, ...]
    left_out: str = ""
    """Những lượt cụm loa không kể vì cụm đang báo hỏng, bằng lời."""

    @property
    def finished(self) -> int:
        """Số nội dung đã hoàn thành."""
        return sum(topic.done for topic in self.live)

    @property
    def live(self) -> list[TopicResult]:
        """Nội dung chưa thôi: chỉ chúng được tính vào “hoàn thành a/b nội dung”."""
        return [topic for topic in self.topics if topic.retired_on is None]


def reform_result(session: Session, actor: Actor, period: NamedPeriod) -> ReformResult:
    """Con số CCHC của kỳ theo kế hoạch của năm chứa ngày cuối kỳ. Lỗi: ``NotAllowed``."""
    since_opening = Period(_opening(period), period.span.last)
    every, reach = spoken_reached(session, actor, since_opening)
    scope = reform_scope(session, actor)
    so_far = [row for row in every if scope.counts(row)]
    mine = _of(period, so_far)
    plans = _plans(session, actor, period)
    topics = [(topic, plan) for plan in plans for topic in _topics(session, plan, period)]
    marked = marked_between(session, actor.station_id, since_opening.first, since_opening.last)
    counted = _by_topic([topic for topic, _ in topics], so_far, marked)
    return ReformResult(
        plan=plans[-1] if plans else None,
        total=figures_of(mine, reach),
        column_programmes=len({row.programme_id for row in mine if row.whole and scope.in_column(row)}),
        topics=tuple(
            _topic(topic, counted[topic.id], reach, period, number=plan.number if len(plans) > 1 else "")
            for topic, plan in topics
        ),
        left_out=left_out(mine, reach),
    )


def _of(period: NamedPeriod, so_far: list[Counted]) -> list[Counted]:
    """Các lượt của riêng kỳ, trong những lượt tính từ đầu năm; kỳ mở đầu năm thì là tất cả."""
    first = period.span.first
    return so_far if first == _opening(period) else [row for row in so_far if row.local_day >= first]


def _opening(period: NamedPeriod) -> date:
    """Ngày đầu của năm kế hoạch chứa kỳ này."""
    return plan_span(period.span.last.year)[0]


def _plans(session: Session, actor: Actor, period: NamedPeriod) -> list[Plan]:
    """Mọi kế hoạch của năm, ban hành trước trước: phường sáp nhập giữa năm có hai, trang Kế hoạch cũng kể cả hai.

    Kế hoạch ban hành sau kỳ không phải việc của kỳ ấy, trừ khi cả năm chỉ có nó.
    """
    query = select(Plan).where(Plan.station_id == actor.station_id, Plan.year == period.span.last.year)
    found = list(session.scalars(query.order_by(Plan.issued_on, Plan.id)))
    return [plan for plan in found if plan.issued_on <= period.span.last] or found


def _topics(session: Session, plan: Plan, period: NamedPeriod) -> list[PlanTopic]:
    """Nội dung của kế hoạch; đã thôi từ trước kỳ thì không còn là việc của kỳ này."""
    query = select(PlanTopic).where(
        PlanTopic.plan_id == plan.id, or_(PlanTopic.retired_on.is_(None), PlanTopic.retired_on >= period.span.first)
    )
    return list(session.scalars(query.order_by(PlanTopic.position, PlanTopic.id)))


def _topic(
    topic: PlanTopic, so_far: list[Counted], reach: Mapping[int, ReachCount], period: NamedPeriod, *, number: str
) -> TopicResult:
    rows, whole = _of(period, so_far), [row for row in so_far if row.whole]
    return TopicResult(
        code=topic.code,
        title=f"{topic.title} ({number})" if number else topic.title,
        target=topic.target,
        figures=figures_of(rows, reach),
        so_far=len(whole),
        evidence=tuple(sorted({row.script_id for row in _of(period, whole) if row.script_id is not None})),
        retired_on=topic.retired_on if topic.retired_on and topic.retired_on <= period.span.last else None,
    )


def _by_topic(topics: Sequence[PlanTopic], rows: Iterable[Counted], marked: Marked) -> dict[int, list[Counted]]:
    """Mã nội dung → các lượt được tính cho nó, như trang Kế hoạch đếm.

    Bản sửa không còn trong cơ sở (nhật ký đài gộp về) thì chỉ còn mã trong nhật ký để tin.
    """
    found: dict[int, list[Counted]] = {topic.id: [] for topic in topics}
    by_code: dict[str, list[int]] = {}
    for topic in topics:
        by_code.setdefault(topic.code, []).append(topic.id)
    for row in rows:
        known = marked.get(row.revision_id or 0)
        mine = {one for code in row.topics for one in by_code.get(code, ())} if known is None else known
        for topic_id in mine & found.keys():
            found[topic_id].append(row)
    return found


def reform_form(session: Session, actor: Actor, period: NamedPeriod, *, day: date, now: datetime) -> Document:
    """Báo cáo kết quả tuyên truyền CCHC của ``period``, lập ngày ``day``. Lỗi: ``NotAllowed``."""
    names = letter(session, actor, day)
    found = reform_result(session, actor, period)
    blocks: tuple[Block, ...] = (
        Heading("I. KẾT QUẢ CHUNG"),
        Paragraph(ready_paragraph(found, period, day)),
        *([Paragraph(found.left_out)] if found.left_out else []),
        *_elsewhere(session, actor, period),
        Heading("II. KẾT QUẢ THEO TỪNG NỘI DUNG CỦA KẾ HOẠCH"),
        _table(found, period),
        *_chart(found),
    )
    return Document(
        "BÁO CÁO",
        f"Kết quả tuyên truyền cải cách hành chính {period.name}",
        blocks,
        letterhead=names.letterhead("BC-UBND"),
        signatures=(names.authority(),),
        recipients=names.recipients,
        landscape=True,
        footnotes=(_span(period, day), *names.footnotes(now)),
    )


def _elsewhere(session: Session, actor: Actor, period: NamedPeriod) -> tuple[Block, ...]:
    """Hình thức tuyên truyền khác (kế hoạch, mục II.2): tin bài đã đăng ngoài loa."""
    found = published(session, actor, period.span.first, period.span.last)
    if not found:
        return ()
    told = ", ".join(f"{channel.label}: {count} tin, bài" for channel, count in found.items())
    return (Paragraph(f"Hình thức tuyên truyền khác: {told}."),)


def ready_paragraph(found: ReformResult, period: NamedPeriod, day: date | None = None) -> str:
    """Đoạn văn sẵn để đưa vào báo cáo CCHC của phường, lập ngày ``day`` (để trống: sau kỳ); không có con số nào thì nói thẳng."""
    if not found.total.airings:
        return f"Trong {period.name}, Đài Truyền thanh phường chưa phát lượt tuyên truyền cải cách hành chính nào./."
    passed = min(day or period.span.last, period.span.last)
    weeks = max(1.0, ((passed - period.span.first).days + 1) / 7)
    total = found.total
    text = (
        f"Trong {period.name}, Đài Truyền thanh phường đã biên tập, phát {total.news} tin, {total.features} bài tuyên truyền "
        f"cải cách hành chính với {total.airings} lượt phát, tổng thời lượng {round(total.minutes)} phút trên "
        f"{total.clusters} cụm loa tại {total.zones} tổ dân phố; duy trì chuyên mục “Cải cách hành chính” "
        f"{_decimal(found.column_programmes / weeks)} buổi/tuần."
    )
    if found.plan is None or not found.live:
        return text + "/."
    share = found.finished / len(found.live)
    return (
        f"{text} Kết quả thực hiện Kế hoạch tuyên truyền CCHC năm {found.plan.year}: hoàn thành "
        f"{found.finished}/{len(found.live)} nội dung, đạt {_decimal(share * 100)}%./."
    )


def _decimal(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0").replace(".", ",")


def _table(found: ReformResult, period: NamedPeriod) -> Table:
    """Mỗi nội dung một dòng; kỳ không bắt đầu từ đầu năm thì thêm cột cộng dồn."""
    columns, lines = list(_COLUMNS), [_line(topic) for topic in found.topics]
    if period.span.first != _opening(period):
        columns.insert(_AFTER, _SO_FAR)
        for line, topic in zip(lines, found.topics, strict=True):
            line.insert(_AFTER, topic.so_far)
    return Table(tuple(columns), lines, empty="Năm này đài chưa có kế hoạch tuyên truyền CCHC.")


def _line(topic: TopicResult) -> list[Value]:
    found = topic.figures
    return [
        topic.code,
        topic.title + (f" (thôi từ {topic.retired_on:%d/%m/%Y})" if topic.retired_on else ""),
        None if topic.retired_on else topic.target,
        found.news,
        found.features,
        found.airings,
        found.minutes,
        found.first,
        found.last,
        None if topic.retired_on else topic.share,
        ", ".join(map(str, topic.evidence)) or None,
    ]


def _chart(found: ReformResult) -> tuple[Block, ...]:
    if not found.topics:
        return ()
    bars = tuple(Bar(topic.code, topic.so_far, None if topic.retired_on else topic.target) for topic in found.topics)
    return (Chart("Lượt phát so với chỉ tiêu năm", bars),)


def _span(period: NamedPeriod, day: date) -> str:
    note = "Một bản tin thuộc nhiều nội dung được kể ở từng nội dung, nên các cột không cộng lại."
    if period.span.first != _opening(period):
        whole = f"Cột “Đạt”, biểu đồ và số nội dung hoàn thành tính từ đầu năm kế hoạch ({_opening(period):%d/%m/%Y})."
        note = f"{whole} {note}"
    first, last = period.span.first, period.span.last
    if day <= last:
        told = f"đến lúc lập (ngày {day:%d/%m/%Y}); kỳ này chốt hết ngày {last:%d/%m/%Y}."
        return f"Số liệu tạm từ ngày {first:%d/%m/%Y} {told} {note}"
    return f"Số liệu từ ngày {first:%d/%m/%Y} đến hết ngày {last:%d/%m/%Y}. {note}"
