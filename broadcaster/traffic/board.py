"""Bàn xếp: chỗ còn lại của từng buổi, mỗi bản tin đã và sẽ vang ở đâu; ``lookahead`` đặt và nhấc mục trên bàn này."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from broadcaster.newsroom.enums import Genre
from broadcaster.traffic.autofill import (
    DAY,
    WEEK,
    Airtime,
    Broadcast,
    Candidate,
    History,
    Limits,
    Paths,
    SegmentRule,
    Topic,
    permitted,
    spaced,
)

NARROW_TOTAL = 2
"""Tin riêng một TDP trong buổi của cả phường được máy xếp nhiều nhất mấy lần: lúc ấy các TDP khác chỉ nghe nhạc."""
_NARROW_PART = 5
"""Một buổi dành nhiều nhất một phần năm cho tin riêng của vài TDP."""


@dataclass(frozen=True, eq=False)
class Pick:
    """Một bản tin được đặt vào một đoạn; ``forced``: vì mỗi ngày phải có CCHC; ``relaxed``: đã phải nới giới hạn nào."""

    candidate: Candidate
    segment: SegmentRule
    zones: frozenset[int]
    forced: bool = False
    relaxed: str = ""


@dataclass(eq=False)
class Place:
    """Một buổi đang được xếp, và chỗ còn lại của nó (mili giây)."""

    broadcast: Broadcast
    picks: list[Pick] = field(default_factory=list)
    taken: set[int] = field(init=False)
    used: dict[int, int] = field(init=False)
    room: int = field(init=False)
    narrow: int = field(init=False)
    rooms: list[int] = field(init=False)
    by_width: list[SegmentRule] = field(init=False)
    """Các đoạn, đoạn hẹp nghĩa (chuyên mục) trước; không kể đoạn phát lại."""

    def __post_init__(self) -> None:
        """Tính chỗ mà các mục được giữ đã dùng."""
        one = self.broadcast
        self.taken = {kept.script_id for kept in one.kept}
        self.used = defaultdict(int)
        for kept in one.kept:
            if kept.segment_id is not None:
                self.used[kept.segment_id] += kept.planned_ms
        self.room = one.room_ms - sum(kept.planned_ms for kept in one.kept)
        self.narrow = one.room_ms // _NARROW_PART
        self.by_width = sorted((part for part in one.segments if part.rerun_of is None), key=lambda part: part.column_id is None)
        self._taking: dict[tuple[Genre, int | None], list[SegmentRule]] = {}
        self.rooms = list(one.blocks) or [one.room_ms]
        known = {segment.segment_id: segment for segment in one.segments}
        for kept in one.kept:
            if kept.segment_id in known:
                self.rooms[known[kept.segment_id].block] -= kept.planned_ms
        self._loose = sum(kept.planned_ms for kept in one.kept if kept.segment_id not in known)

    def room_for(self, segment: SegmentRule) -> int:
        """Bản tin tiếp theo của đoạn được dài tới đâu; bản tin đầu được lấn chỗ không thuộc đoạn nào (nhạc, thời gian thừa)."""
        used = self.used[segment.segment_id]
        return min(self.room_in(segment), segment.target_ms - used + (0 if used else self._slack()))

    def reserved(self) -> int:
        """Chỗ còn giữ cho các chuyên mục và phần phát lại của khuôn."""
        kept = [one for one in self.broadcast.segments if one.column_id is not None or one.rerun_of is not None]
        return sum(max(0, one.target_ms - self.used[one.segment_id]) for one in kept)

    def room_in(self, segment: SegmentRule) -> int:
        """Chỗ của cả buổi mà đoạn này được lấn tới."""
        block = self.rooms[segment.block]
        return self.room if self.room < block else block

    def room_to(self, one: Candidate) -> int:
        """Chỗ mà bản tin này được dùng; khuôn không nhận nó thì 0."""
        segment = self.taking(one)
        return self.room_in(segment) if segment else 0

    def taking(self, one: Candidate) -> SegmentRule | None:
        """Đoạn hợp nhất với bản tin, trước hết trong những đoạn còn chỗ."""
        key = one.genre, one.column_id
        if key not in self._taking:
            self._taking[key] = [segment for segment in self.by_width if segment.takes(one)]
        found = self._taking[key]
        for segment in found:
            if self.room_in(segment) >= one.length_ms:
                return segment
        return found[0] if found else None

    def add(self, pick: Pick) -> None:
        """Trừ chỗ."""
        self.picks.append(pick)
        self._spend(pick, 1)
        self.taken.add(pick.candidate.script_id)

    def remove(self, pick: Pick) -> None:
        """Trả chỗ."""
        self.picks.remove(pick)
        self._spend(pick, -1)
        self.taken.discard(pick.candidate.script_id)

    def in_order(self) -> list[Pick]:
        """Theo thứ tự đoạn, trong đoạn theo thứ tự đã đặt."""
        order = {segment.segment_id: number for number, segment in enumerate(self.broadcast.segments)}
        return sorted(self.picks, key=lambda pick: order[pick.segment.segment_id])

    def _spend(self, pick: Pick, sign: int) -> None:
        length = sign * pick.candidate.length_ms
        self.used[pick.segment.segment_id] += length
        self.room -= length
        self.rooms[pick.segment.block] -= length
        if pick.zones != self.broadcast.zones:
            self.narrow -= length

    def _slack(self) -> int:
        one = self.broadcast
        over = sum(max(segment.target_ms, self.used[segment.segment_id]) for segment in one.segments)
        return max(0, one.room_ms - over - self._loose)


class Board:
    """Mọi buổi còn mở và mọi lần vang; ``paths``: TDP → mọi TDP cùng nghe (``None``: mỗi TDP một đường ra)."""

    def __init__(
        self,
        broadcasts: Sequence[Broadcast],
        candidates: Iterable[Candidate],
        topics: Iterable[Topic],
        *,
        limits: Limits,
        history: History,
        paths: Paths | None,
    ) -> None:
        """Đếm các mục được giữ; sắp mọi thứ để cùng dữ liệu thì cùng kết quả."""
        self.broadcasts = sorted(broadcasts, key=lambda one: (one.at, one.programme_id))
        self.candidates = sorted(candidates, key=lambda one: one.script_id)
        self.topics = {topic.id: topic for topic in topics}
        self.limits, self.history, self.paths = limits, history, paths
        self.places = [Place(one) for one in self.broadcasts if one.open]
        self.airtimes: dict[int, list[Airtime]] = defaultdict(list)
        self._topic_times: dict[int, list[datetime]] = defaultdict(list)
        """Nội dung → mọi lần sẽ phát, theo giờ."""
        self._last_past = {key: max(past.last_at for past in zones.values()) for key, zones in history.items() if zones}
        self._intervals: dict[int, timedelta] = {}
        self._pasts: dict[tuple[int, frozenset[int]], int] = {}
        self._reaches: dict[tuple[frozenset[int], frozenset[int]], frozenset[int]] = {}
        for one in self.broadcasts:
            for kept in one.kept if not one.rehearsal else ():
                self._sound(kept.script_id, kept.topics, one, kept.zones or one.zones, ahead=kept.ahead)

    def reach(self, one: Candidate, place: Place) -> frozenset[int]:
        """TDP mà bản tin vang tới trong buổi này; rỗng là không phát được ở đây."""
        key = one.zones, place.broadcast.zones
        if key not in self._reaches:
            self._reaches[key] = self._reach(*key)
        return self._reaches[key]

    def heard(self, one: Candidate, zones: frozenset[int]) -> int:
        """Mấy lần đã phát đủ và sẽ phát, ở TDP nghe nhiều nhất trong ``zones``."""
        past, times = self._past(one, zones), self.airtimes.get(one.script_id)
        return past + sum(time.ahead and bool(time.zones & zones) for time in times) if times else past

    def heard_before(self, one: Candidate, zones: frozenset[int], at: datetime) -> tuple[int, date | None]:
        """Như ``heard`` nhưng chỉ những lần trước ``at``; kèm ngày của lần gần nhất."""
        ahead = [time for time in self.airtimes[one.script_id] if time.ahead and time.zones & zones and time.at < at]
        past = [past for zone, past in self.history.get(one.script_id, {}).items() if zone in zones]
        days = [found.last_day for found in past] + [time.day for time in ahead if time.day]
        return self._past(one, zones) + len(ahead), max(days, default=None)

    def last_at(self, one: Candidate, before: datetime) -> datetime | None:
        """Lần vang gần nhất trước ``before``, ở đâu cũng tính."""
        last = self._last_past.get(one.script_id)
        for time in self.airtimes[one.script_id]:
            if time.at < before and (last is None or time.at > last):
                last = time.at
        return last

    def allows(self, one: Candidate, place: Place) -> bool:
        """Mọi điều cấm, trừ chuyện còn chỗ hay không."""
        return self.open_to(one, place) and (place.broadcast.rehearsal or (self.left(one, place) > 0 and self.spaced(one, place)))

    def open_to(self, one: Candidate, place: Place) -> bool:
        """Còn hiệu lực, đúng vùng, chưa bị gỡ, chưa có trong buổi."""
        broadcast = place.broadcast
        if one.script_id in place.taken or one.script_id in broadcast.excluded or not one.valid_on(broadcast.day):
            return False
        zones = self.reach(one, place)
        return zones == broadcast.zones or (bool(zones) and one.length_ms <= place.narrow and not broadcast.rehearsal)

    def left(self, one: Candidate, place: Place) -> int:
        """Còn được phát mấy lần nữa."""
        zones = self.reach(one, place)
        narrow = zones != place.broadcast.zones
        return (min(self.limits.total, NARROW_TOTAL) if narrow else self.limits.total) - self.heard(one, zones)

    def spent(self, one: Candidate) -> bool:
        """Không buổi nào đang xếp còn được phát lại bản tin này: hết số lần hoặc quá cũ."""
        return self.stale(one, self.places[0].broadcast.day) or self._past(one, one.zones) >= self.limits.total

    def spaced(self, one: Candidate, place: Place) -> bool:
        """Giữ khoảng cách và giới hạn bảy ngày."""
        times = self.airtimes.get(one.script_id)
        return not times or permitted(times, place.broadcast.at, self.hearing(one, place), self.limits)

    def apart(self, one: Candidate, place: Place) -> bool:
        """Chỉ giữ khoảng cách."""
        return spaced(self.airtimes[one.script_id], place.broadcast.at, self.hearing(one, place), self.limits)

    def hearing(self, one: Candidate, place: Place) -> frozenset[int]:
        """TDP thật sự nghe: cả những TDP chung đường ra với TDP được nhắm tới."""
        zones = self.reach(one, place)
        if self.paths is None or zones == place.broadcast.zones:
            return zones
        return zones.union(*(self.paths[zone] for zone in zones))

    def put(self, place: Place, pick: Pick) -> None:
        """Đặt một mục."""
        place.add(pick)
        if not place.broadcast.rehearsal:
            zones = self.hearing(pick.candidate, place)
            self._sound(pick.candidate.script_id, pick.candidate.topics, place.broadcast, zones, ahead=True)

    def lift(self, place: Place, pick: Pick) -> None:
        """Nhấc một mục đã đặt."""
        place.remove(pick)
        at = place.broadcast.at
        times = self.airtimes[pick.candidate.script_id]
        times.remove(next(time for time in times if time.at == at and time.ahead))
        for topic in pick.candidate.topics:
            self._topic_times[topic].remove(at)

    def behind(self, one: Candidate, place: Place) -> tuple[float, str]:
        """Nội dung chậm kế hoạch nhất của bản tin tới buổi này: (phần trăm, mã)."""
        at, day = place.broadcast.at, place.broadcast.day
        found = [
            (topic.behind(bisect_left(self._topic_times[topic.id], at), day), topic.code)
            for topic in (self.topics.get(topic_id) for topic_id in one.topics)
            if topic is not None
        ]
        return max(found, default=(0.0, ""))

    def together(self, series: str, before: datetime) -> frozenset[int]:
        """Bản tin của buổi gần nhất trước ``before`` thuộc khung giờ ``series``."""
        places = {place.broadcast.programme_id: place for place in self.places}
        for one in reversed(self.broadcasts):
            if one.series == series and one.at < before and not one.rehearsal:
                place = places.get(one.programme_id)
                picked = {pick.candidate.script_id for pick in place.picks} if place else set()
                return frozenset(picked | {kept.script_id for kept in one.kept})
        return frozenset()

    def interval(self, one: Candidate) -> timedelta:
        """Khoảng cách mong muốn giữa hai lần phát: trải đều số lần được phép suốt thời gian hiệu lực."""
        if one.script_id not in self._intervals:
            first = max(filter(None, (one.approved_on, one.valid_from)), default=None)
            span = max(DAY, one.valid_to - first + DAY) if first and one.valid_to else self.limits.stale_after
            times = min(self.limits.total, -(-self.limits.per_week * span // WEEK))
            self._intervals[one.script_id] = max(self.limits.spacing, span / times)
        return self._intervals[one.script_id]

    def stale(self, one: Candidate, day: date) -> bool:
        """Bản tin không hạn đã quá cũ để phát lại."""
        return one.valid_to is None and one.approved_on is not None and day > one.approved_on + self.limits.stale_after

    def _past(self, one: Candidate, zones: frozenset[int]) -> int:
        past = self.history.get(one.script_id)
        if not past:
            return 0
        key = one.script_id, zones
        if key not in self._pasts:
            self._pasts[key] = max((found.count for zone, found in past.items() if zone in zones), default=0)
        return self._pasts[key]

    def _reach(self, script: frozenset[int], programme: frozenset[int]) -> frozenset[int]:
        common = script & programme
        if common == programme or self.paths is None:
            return common
        return frozenset(zone for zone in common if zone in self.paths and (self.limits.shared or self.paths[zone] <= script))

    def _sound(self, script_id: int, topics: Iterable[int], one: Broadcast, zones: frozenset[int], *, ahead: bool) -> None:
        self.airtimes[script_id].append(Airtime(one.at, zones, one.day, ahead))
        for topic in topics:
            insort(self._topic_times[topic], one.at)
