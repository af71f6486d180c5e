"""Tiến độ kế hoạch CCHC của một năm: đã phát, đã xếp, còn thiếu theo nội dung và kỳ; mỗi tuần cần mấy lượt; điểm dự kiến."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.stations import today_at
from broadcaster.airlog.queries import Period
from broadcaster.errors import Invalid
from broadcaster.expression import evaluate
from broadcaster.newsroom.plan_year import plan_span
from broadcaster.newsroom.tables import Plan, PlanTopic
from broadcaster.traffic.topic_counts import TopicDay, heard_days, scheduled_days, topic_stock

PACE = timedelta(weeks=8)
"""Nhịp gần đây lấy từ chừng này."""
PRESETS = (
    ("1 * hoan_thanh / noi_dung", "Theo tỷ lệ nội dung hoàn thành (tối đa 1 điểm)"),
    (
        "1 if hoan_thanh / noi_dung >= 1 else 0.5 if hoan_thanh / noi_dung >= 0.8 else 0",
        "Theo bậc: đủ 100% được 1, từ 80% được 0.5",
    ),
    ("1 * luot / chi_tieu", "Theo tỷ lệ lượt phát so với chỉ tiêu (tối đa 1 điểm)"),
)
"""Công thức thường gặp; mỗi tỉnh chấm một cách, nên đài chọn rồi sửa."""


@dataclass(frozen=True)
class Cell:
    """Một nội dung trong một kỳ; ``target`` và ``missing`` rỗng khi chưa giao chỉ tiêu hoặc đã thôi."""

    period: Period
    done: int
    scheduled: int
    target: int | None

    @property
    def missing(self) -> int | None:
        """Còn thiếu sau khi trừ lượt đã phát và đã xếp."""
        return None if self.target is None else max(0, self.target - self.done - self.scheduled)

    @property
    def top(self) -> int:
        """Số lượt ứng với cả bề dài thanh."""
        return max(1, self.target or 0, self.done + self.scheduled)


@dataclass(frozen=True)
class TopicCoverage:
    """Một nội dung trong năm kế hoạch: cả năm và bốn quý CCHC."""

    topic_id: int
    plan: str
    code: str
    title: str
    target: int | None
    retired_on: date | None
    year: Cell
    quarters: tuple[Cell, ...]
    recent: int
    """Lượt đã phát trong ``PACE`` vừa qua."""
    stock: int
    """Bản tin đã duyệt còn phát được; 0 thì máy không có gì để xếp."""

    @property
    def done(self) -> int:
        """Lượt phát đủ cả năm."""
        return self.year.done

    @property
    def scheduled(self) -> int:
        """Lượt đã xếp chưa phát."""
        return self.year.scheduled

    @property
    def missing(self) -> int | None:
        """Còn thiếu so với chỉ tiêu năm."""
        return self.year.missing

    def needed_a_week(self, today: date) -> float | None:
        """Từ hôm nay tới hết năm kế hoạch mỗi tuần cần thêm mấy lượt; đã đủ là 0, không có chỉ tiêu là ``None``."""
        if self.missing is None:
            return None
        return self.missing / max(1.0, weeks_left(self.year.period, today))

    def behind(self, today: date) -> int:
        """Tới hôm nay chậm mấy lượt so với chia đều cả năm, kể cả lượt đã xếp; không chậm là 0."""
        if self.target is None:
            return 0
        return max(0, share_until(self.target, self.year.period, today) - self.done - self.scheduled)

    def projected(self, today: date) -> int:
        """Tới hết năm nếu giữ nhịp gần đây: không ít hơn lượt đã phát và đã xếp."""
        ran = min(PACE, max(timedelta(0), today - self.year.period.first) + timedelta(days=1)) / timedelta(weeks=1)
        ahead = weeks_left(self.year.period, today + timedelta(days=1))  # hôm nay đã nằm trong lượt đã phát
        return max(self.done + self.scheduled, self.done + math.floor(self.recent / ran * ahead))


@dataclass(frozen=True)
class Points:
    """Điểm tính bằng công thức của đài: chỉ với lượt đã phát, kể cả lượt đã xếp, và tới hết năm theo nhịp gần đây.

    ``None``: công thức dùng được lúc đặt mà với con số năm nay thì không tính ra; trang vẫn mở để người sửa nó.
    """

    formula: str
    now: float | None
    scheduled: float | None
    projected: float | None


@dataclass(frozen=True)
class YearCoverage:
    """Trang *Kế hoạch* của một năm."""

    year: int
    today: date
    plans: tuple[Plan, ...]
    topics: tuple[TopicCoverage, ...]
    points: Points

    @property
    def span(self) -> Period:
        """Năm kế hoạch."""
        return Period(*plan_span(self.year))

    @property
    def live(self) -> list[TopicCoverage]:
        """Nội dung còn dùng."""
        return [one for one in self.topics if one.retired_on is None]

    @property
    def late(self) -> list[TopicCoverage]:
        """Nội dung đang chậm, chậm nhất trước: máy xếp chúng trước."""
        return sorted((one for one in self.live if one.behind(self.today)), key=lambda one: -one.behind(self.today))

    def total(self, number: int | None = None) -> Cell:
        """Cộng mọi nội dung: quý thứ ``number`` (0-3) hoặc cả năm; lượt vượt chỉ tiêu không bù cho nội dung khác."""
        cells = [one.year if number is None else one.quarters[number] for one in self.live if one.target is not None]
        period = self.span if number is None else quarters(self.year)[number]
        return Cell(
            period,
            sum(min(one.done, one.target or 0) for one in cells),
            sum(min(one.scheduled, max(0, (one.target or 0) - one.done)) for one in cells),
            sum(one.target or 0 for one in cells) if cells else None,
        )


def quarters(year: int) -> tuple[Period, ...]:
    """Bốn quý của năm CCHC, nối liền nhau: 15/12-14/3, 15/3-14/6, 15/6-14/9, 15/9-14/12."""
    starts = (date(year - 1, 12, 15), date(year, 3, 15), date(year, 6, 15), date(year, 9, 15), date(year, 12, 15))
    return tuple(Period(first, after - timedelta(days=1)) for first, after in pairwise(starts))


def share_until(target: int, year: Period, day: date) -> int:
    """Chỉ tiêu chia đều theo ngày, tới hết ``day``; hết năm thì đúng bằng ``target``."""
    whole = (year.last - year.first).days + 1
    gone = min(whole, max(0, (day - year.first).days + 1))
    return (2 * target * gone + whole) // (2 * whole)


def weeks_left(year: Period, today: date) -> float:
    """Số tuần còn lại của năm kế hoạch, kể cả hôm nay."""
    return max(0.0, ((year.last - max(today, year.first)).days + 1) / 7)


def year_coverage(session: Session, actor: Actor, year: int, now: datetime) -> YearCoverage:
    """Tiến độ mọi nội dung của các kế hoạch năm ``year``; diễn tập không bao giờ được tính. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    today = today_at(session, actor, now)
    heard = _by_topic(heard_days(session, actor.station_id, year))
    ahead = _by_topic(scheduled_days(session, actor.station_id, year, now))
    stock = topic_stock(session, actor.station_id, today)
    plans = tuple(session.scalars(select(Plan).where(Plan.station_id == actor.station_id, Plan.year == year).order_by(Plan.id)))
    topics = [
        _coverage(topic, plan, heard.get(topic.id, []), ahead.get(topic.id, []), stock=stock[topic.id], today=today)
        for plan in plans
        for topic in _topics(session, plan)
    ]
    formula = settings.get(session, actor.station_id, settings.POINT_FORMULA)
    live = [one for one in topics if one.retired_on is None]
    points = Points(
        formula,
        now=_points(formula, live, [one.done for one in live]),
        scheduled=_points(formula, live, [one.done + one.scheduled for one in live]),
        projected=_points(formula, live, [one.projected(today) for one in live]),
    )
    return YearCoverage(year, today, plans, tuple(topics), points)


def plan_years(session: Session, actor: Actor) -> list[int]:
    """Những năm đài có kế hoạch, mới nhất trước. Lỗi: ``NotAllowed``."""
    actor.require(Action.PROGRAMME_READ)
    return sorted(set(session.scalars(select(Plan.year).where(Plan.station_id == actor.station_id))), reverse=True)


def _topics(session: Session, plan: Plan) -> list[PlanTopic]:
    query = select(PlanTopic).where(PlanTopic.plan_id == plan.id)
    return list(session.scalars(query.order_by(PlanTopic.position, PlanTopic.code)))


def _coverage(
    topic: PlanTopic, plan: Plan, heard: Sequence[TopicDay], ahead: Sequence[TopicDay], *, stock: int, today: date
) -> TopicCoverage:
    year = Period(*plan_span(plan.year))
    target = topic.target if topic.retired_on is None else None

    def cell(period: Period) -> Cell:
        share = None
        if target is not None:
            share = share_until(target, year, period.last) - share_until(target, year, period.first - timedelta(days=1))
        return Cell(period, _sum(heard, period), _sum(ahead, period), share)

    recent = Period(max(year.first, today - PACE + timedelta(days=1)), max(year.first, today))
    return TopicCoverage(
        topic_id=topic.id,
        plan=plan.number,
        code=topic.code,
        title=topic.title,
        target=topic.target,
        retired_on=topic.retired_on,
        year=cell(year),
        quarters=tuple(cell(one) for one in quarters(plan.year)),
        recent=_sum(heard, recent),
        stock=stock,
    )


def _points(formula: str, topics: Sequence[TopicCoverage], counts: Sequence[int]) -> float | None:
    pairs = list(zip(topics, counts, strict=True))
    told = {
        "hoan_thanh": sum(count >= (topic.target or 1) for topic, count in pairs),
        "noi_dung": len(pairs),
        "luot": sum(min(count, topic.target) for topic, count in pairs if topic.target is not None),
        "chi_tieu": sum(topic.target or 0 for topic in topics),
    }
    try:
        return evaluate(formula, told)
    except Invalid:
        return None


def _by_topic(days: Iterable[TopicDay]) -> Mapping[int, list[TopicDay]]:
    found: dict[int, list[TopicDay]] = {}
    for one in days:
        found.setdefault(one.topic_id, []).append(one)
    return found


def _sum(days: Iterable[TopicDay], period: Period) -> int:
    return sum(one.airings for one in days if period.first <= one.day <= period.last)
