"""Một năm của một phường, sinh từ một hạt giống: khung giờ, ngày nghỉ, tuần bão, Tết, và mọi bản tin được duyệt vào giờ nào.

Như đời thật của đài phường: nội dung kế hoạch không đều, thông báo ngắn ngày, tin riêng một TDP, bài dài, duyệt sát giờ,
tuần không có tin, một tháng gấp ba, đổi khuôn và khung giờ giữa năm, 29 tháng Hai, giao thừa, ngày 14/12.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from broadcaster.newsroom.enums import Genre, Priority
from broadcaster.traffic.autofill import SegmentRule

LOCAL = timedelta(hours=7)
"""Giờ Việt Nam, không có giờ mùa hè."""
ZONES = frozenset(range(1, 11))
REFORM_COLUMN = 9
FIRST_DAY = date(2027, 12, 20)
"""Năm thử chứa giao thừa, Tết Mậu Thân, 29/02/2028 và ngày cuối của năm kế hoạch 14/12/2028."""
TET = {date(2028, 1, 25) + n * timedelta(days=1) for n in range(4)}
WEEKLY = {
    "cchc": 5.7,
    "tin": 7.5,
    "bài": 1.75,
    "thông báo": 4.0,
    "hỏi đáp": 1.5,
    "trả lời": 0.8,
    "tdp": 1.4,
}
"""Trung bình mỗi tuần, như đã đo ở một phường."""
WARM_UP = 3
"""Số tuần đã duyệt trước ngày đầu: đài đang chạy thì kho không bao giờ trống."""
TARGETS = {1: 480, 2: 72, 3: 240, 4: 60, 5: 150, 6: 40, 7: 90, 8: 200, 9: 80}
_TOPIC_WEIGHTS = (30, 4, 14, 3, 8, 2, 5, 12, 4)


@dataclass(frozen=True)
class Bulletin:
    """Một bản tin và lúc nó được duyệt; ``valid_to`` rỗng là không có hạn."""

    id: int
    kind: str
    genre: Genre
    reform: bool
    topics: tuple[int, ...]
    priority: Priority
    zones: frozenset[int]
    length_ms: int
    approved_at: datetime
    valid_from: date | None = None
    valid_to: date | None = None

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Frame:
    """Khuôn của năm thử: phần cố định, nhạc đệm dài nhất, các đoạn tin bài."""

    fixed_ms: int
    music_ms: int
    segments: tuple[SegmentRule, ...]


def frame(scale: int, first_id: int) -> Frame:
    """Khuôn mười lăm phút, nhân ``scale`` phần tin bài và nhạc; mọi thể loại đều có chỗ."""
    parts: tuple[tuple[int, set[Genre], int | None], ...] = (
        (200, {Genre.NEWS, Genre.FEATURE}, None),
        (270, set(), REFORM_COLUMN),
        (120, {Genre.QA, Genre.COMPLAINT_ANSWER}, None),
        (120, {Genre.NOTICE}, None),
    )
    segments = tuple(
        SegmentRule(first_id + number, seconds * 1000 * scale, genres=frozenset(genres), column_id=column)
        for number, (seconds, genres, column) in enumerate(parts)
    )
    return Frame(70_000, 120_000 * scale, segments)


QUARTER = frame(1, 100)
HALF = frame(2, 200)


@dataclass(frozen=True)
class SlotSpec:
    """Một khung giờ của năm thử."""

    series: str
    at: time
    weekdays: str
    first: date
    last: date
    frame: Frame = QUARTER
    minutes: int = 15
    zones: frozenset[int] = ZONES


@dataclass(frozen=True)
class Show:
    """Một buổi phát."""

    id: int
    spec: SlotSpec
    day: date
    at: datetime


@dataclass(frozen=True)
class Year:
    """Mọi thứ của năm thử."""

    first: date
    last: date
    slots: tuple[SlotSpec, ...]
    shows: tuple[Show, ...]
    bulletins: tuple[Bulletin, ...]
    targets: dict[int, int] = field(default_factory=lambda: dict(TARGETS))


def room_ms(spec: SlotSpec) -> int:
    """Chỗ cho tin bài và nhạc đệm của một buổi."""
    return spec.minutes * 60_000 - spec.frame.fixed_ms


def instant(day: date, at: time) -> datetime:
    """Giờ địa phương → UTC."""
    return datetime.combine(day, at, tzinfo=UTC) - LOCAL


def local_day(at: datetime) -> date:
    return (at + LOCAL).date()


def year(seed: int, weeks: int = 52, *, load: float = 1.0) -> Year:
    """Năm thử của hạt giống này; ``load`` nhân lượng tin."""
    last = FIRST_DAY + timedelta(weeks=weeks, days=-1)
    slots = _slots()
    return Year(FIRST_DAY, last, slots, tuple(_shows(slots, last)), tuple(_bulletins(random.Random(seed), weeks, load)))


def _slots() -> tuple[SlotSpec, ...]:
    end, change, storm = date(2099, 1, 1), FIRST_DAY + timedelta(weeks=26), FIRST_DAY + timedelta(weeks=37)
    week = timedelta(days=6)
    extra = [SlotSpec(f"bao-{hour}", time(hour, 0), "1234567", storm, storm + week) for hour in (8, 10, 13, 15, 19)]
    return (
        SlotSpec("sang", time(6, 0), "123456", FIRST_DAY, end),
        SlotSpec("chieu", time(17, 0), "12345", FIRST_DAY, change - timedelta(days=1)),
        SlotSpec("chieu", time(17, 15), "12345", change, end, frame=HALF, minutes=30),
        SlotSpec("trua", time(11, 15), "246", FIRST_DAY, end),
        SlotSpec("xom", time(18, 30), "14", FIRST_DAY, end, zones=frozenset({1, 2, 3})),
        *extra,
    )


def _shows(slots: tuple[SlotSpec, ...], last: date) -> Iterator[Show]:
    found = [
        (instant(day, spec.at), day, spec)
        for day in _days(FIRST_DAY, last)
        if day not in TET
        for spec in slots
        if spec.first <= day <= spec.last and str(day.isoweekday()) in spec.weekdays
    ]
    for number, (at, day, spec) in enumerate(sorted(found, key=lambda one: (one[0], one[2].series)), start=1):
        yield Show(number, spec, day, at)


def _bulletins(chance: random.Random, weeks: int, load: float) -> Iterator[Bulletin]:
    number = 0
    for week in range(-WARM_UP, weeks):
        monday = FIRST_DAY + timedelta(weeks=week)
        for kind, mean in WEEKLY.items():
            for _ in range(_count(chance, mean * load * _swell(week))):
                number += 1
                yield _bulletin(chance, number, kind, monday)
        if week == 37:
            for day in range(7):
                number += 1
                yield _storm(chance, number, monday + timedelta(days=day))


def _swell(week: int) -> float:
    if week == 20:
        return 0.0
    return 3.0 if 30 <= week < 34 else 1.0


def _count(chance: random.Random, mean: float) -> int:
    whole = int(mean)
    return max(0, whole + (chance.random() < mean - whole) + (chance.choice((-1, 0, 0, 1)) if mean >= 1 else 0))


def _bulletin(chance: random.Random, number: int, kind: str, monday: date) -> Bulletin:
    genre, seconds = _shape(chance, kind)
    approved_at = _approved_at(chance, monday)
    reform = kind == "cchc"
    urgent = kind in ("tin", "thông báo") and chance.random() < 0.05
    first, last = _validity(chance, kind, local_day(approved_at))
    return Bulletin(
        id=number,
        kind=kind,
        genre=genre,
        reform=reform,
        topics=tuple(sorted(set(chance.choices(range(1, 10), _TOPIC_WEIGHTS, k=chance.choice((1, 1, 2)))))) if reform else (),
        priority=Priority.PREFERRED if urgent else Priority.NORMAL,
        zones=frozenset({chance.randint(1, 10)}) if kind == "tdp" else ZONES,
        length_ms=chance.randint(*seconds) * 1000 + chance.randint(0, 999),
        approved_at=approved_at,
        valid_from=first,
        valid_to=last,
    )


def _shape(chance: random.Random, kind: str) -> tuple[Genre, tuple[int, int]]:
    return {
        "cchc": (chance.choice((Genre.NEWS, Genre.NEWS, Genre.FEATURE)), (60, 180)),
        "tin": (Genre.NEWS, (40, 110)),
        "bài": (Genre.FEATURE, (120, 200)),
        "thông báo": (Genre.NOTICE, (30, 75)),
        "hỏi đáp": (Genre.QA, (60, 110)),
        "trả lời": (Genre.COMPLAINT_ANSWER, (50, 110)),
        "tdp": (Genre.NOTICE, (25, 60)),
    }[kind]


def _validity(chance: random.Random, kind: str, day: date) -> tuple[date | None, date | None]:
    if kind == "thông báo":
        return None, day + timedelta(days=chance.choice((1, 1, 2, 3, 4, 7, 10)))
    if kind == "tdp":
        return None, day + timedelta(days=chance.randint(3, 8))
    if kind == "tin" and chance.random() < 0.5:
        first = day + timedelta(days=chance.randint(1, 5)) if chance.random() < 0.2 else None
        return first, (first or day) + timedelta(days=chance.randint(4, 14))
    if kind == "cchc" and chance.random() < 0.3:
        return None, day + timedelta(days=30)
    return None, None


def _approved_at(chance: random.Random, monday: date) -> datetime:
    """Giờ làm việc; một phần mười sát giờ phát hoặc buổi tối."""
    day = monday + timedelta(days=chance.randint(0, 4))
    if chance.random() < 0.1:
        return instant(day, chance.choice((time(5, 52), time(16, 55), time(17, 3), time(20, 30))))
    return instant(day, time(chance.randint(8, 16), chance.randint(0, 59)))


def _storm(chance: random.Random, number: int, day: date) -> Bulletin:
    at = instant(day, time(7, 30))
    return Bulletin(
        number, "bão", Genre.NOTICE, False, (), Priority.PREFERRED, ZONES, chance.randint(40, 70) * 1000, at, None, day
    )


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
