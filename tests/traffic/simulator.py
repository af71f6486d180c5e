"""Chạy một năm thử qua một cách xếp: mỗi buổi được chốt trước giờ phát mười phút, bằng đúng những gì lúc ấy đã được duyệt."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from broadcaster.traffic.autofill import Broadcast, Candidate, History, Kept, Limits, Past, Topic
from broadcaster.traffic.lookahead import compose
from tests.traffic.ward import REFORM_COLUMN, Bulletin, Show, Year, local_day, room_ms

LOCK = timedelta(minutes=10)
AHEAD = timedelta(days=7)
LIMITS = Limits(3, timedelta(hours=12))


@dataclass(frozen=True)
class Aired:
    """Một lượt phát: mục nào, ở buổi nào, vì sao (lời của máy), vang ở đâu."""

    show: Show
    bulletin: Bulletin
    why: str
    zones: frozenset[int]


@dataclass(frozen=True)
class Pick:
    """Một cách xếp đặt bản tin này vào đoạn kia."""

    segment_id: int
    script_id: int
    why: str = ""
    zones: frozenset[int] = frozenset()


@dataclass
class Desk:
    """Những gì một cách xếp được biết vào lúc chốt một buổi."""

    year: Year
    now: datetime
    show: Show
    stock: Sequence[Candidate]
    broadcasts: Sequence[Broadcast]
    history: Mapping[int, Sequence[Aired]]
    """Bản tin → mọi lượt đã phát từ đầu năm."""


Way = Callable[[Desk], Sequence[Pick]]


@dataclass
class Log:
    """Kết quả cả năm."""

    year: Year
    aired: list[Aired] = field(default_factory=list)
    by_script: dict[int, list[Aired]] = field(default_factory=lambda: defaultdict(list))
    by_show: dict[int, list[Aired]] = field(default_factory=lambda: defaultdict(list))

    def add(self, one: Aired) -> None:
        self.aired.append(one)
        self.by_script[one.bulletin.id].append(one)
        self.by_show[one.show.id].append(one)


def simulate(year: Year, way: Way) -> Log:
    """Cả năm qua một cách xếp; xác định theo hạt giống."""
    log, stand = Log(year), _Stand(year)
    for show in year.shows:
        now = show.at - LOCK
        stock = stand.stock(now)
        desk = Desk(year, now, show, stock, stand.broadcasts(log, now), log.by_script)
        for pick in way(desk):
            log.add(Aired(show, stand.by_id[pick.script_id], pick.why, pick.zones or show.spec.zones))
    return log


class _Stand:
    """Kho và lịch như lúc chốt; giữ giá trị đã dựng để một năm chạy trong vài chục giây."""

    def __init__(self, year: Year) -> None:
        self.year = year
        self.by_id = {one.id: one for one in year.bulletins}
        self._arriving = sorted(year.bulletins, key=lambda one: one.approved_at)
        self._alive: dict[int, Candidate] = {}

    def stock(self, now: datetime) -> list[Candidate]:
        today = local_day(now)
        while self._arriving and self._arriving[0].approved_at <= now:
            one = self._arriving.pop(0)
            self._alive[one.id] = candidate(one)
        self._alive = {key: one for key, one in self._alive.items() if one.valid_to is None or one.valid_to >= today}
        return list(self._alive.values())

    def broadcasts(self, log: Log, now: datetime) -> list[Broadcast]:
        near = [one for one in self.year.shows if now - AHEAD - timedelta(days=1) < one.at and one.day < local_day(now) + AHEAD]
        return [self._broadcast(one, log.by_show.get(one.id, ()), now) for one in near]

    def _broadcast(self, show: Show, aired: Sequence[Aired], now: datetime) -> Broadcast:
        return Broadcast(
            programme_id=show.id,
            series=show.spec.series,
            day=show.day,
            at=show.at,
            zones=show.spec.zones,
            room_ms=room_ms(show.spec),
            segments=show.spec.frame.segments,
            kept=tuple(_kept(one) for one in aired),
            open=show.at > now,
        )


def candidate(one: Bulletin) -> Candidate:
    """Bản tin như lịch thấy."""
    return Candidate(
        script_id=one.id,
        revision_id=one.id,
        title=f"{one.kind} {one.id}",
        genre=one.genre,
        column_id=REFORM_COLUMN if one.reform else None,
        is_reform=one.reform,
        priority=one.priority,
        topics=one.topics,
        zones=one.zones,
        length_ms=one.length_ms,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        approved_on=local_day(one.approved_at),
    )


PLAN_FIRST, PLAN_LAST = date(2027, 12, 15), date(2028, 12, 14)


def our_way(desk: Desk) -> list[Pick]:
    """Phép xếp của chúng ta, được cho đúng những gì nhật ký biết."""
    composed = compose(desk.broadcasts, desk.stock, _topics(desk), LIMITS, history=_history(desk))
    return [
        Pick(choice.segment_id, choice.candidate.script_id, choice.why, choice.zones)
        for choice in composed.choices.get(desk.show.id, ())
    ]


def _topics(desk: Desk) -> list[Topic]:
    done: Counter[int] = Counter()
    for airings in desk.history.values():
        for one in airings:
            done.update(one.bulletin.topics if one.show.day >= PLAN_FIRST else ())
    return [Topic(key, f"C{key}", target, done[key], PLAN_FIRST, PLAN_LAST) for key, target in desk.year.targets.items()]


def _history(desk: Desk) -> History:
    found: dict[int, dict[int, Past]] = {}
    for one in desk.stock:
        for airing in desk.history.get(one.script_id, ()):
            zones = found.setdefault(one.script_id, {})
            for zone in airing.zones:
                before = zones[zone].count if zone in zones else 0
                zones[zone] = Past(before + 1, airing.show.at, airing.show.day)
    return found


def _kept(one: Aired) -> Kept:
    return Kept(one.bulletin.id, None, one.bulletin.length_ms, one.bulletin.reform, zones=one.zones, ahead=False)
