"""Chọn tin bài cho từng đoạn: thuần, cùng dữ liệu thì cùng kết quả, và mỗi lựa chọn nói được vì sao.

Thứ tự: mức ưu tiên, nội dung kế hoạch còn thiếu, lâu chưa phát. Không bao giờ: hết hiệu lực, thiếu vùng, đã gỡ, hai lần một buổi.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from broadcaster.newsroom.enums import Genre, Priority

WEEK = timedelta(days=7)
_RANK = {Priority.URGENT: 0, Priority.PREFERRED: 1, Priority.NORMAL: 2}


@dataclass(frozen=True)
class Candidate:
    """Một bản tin đã duyệt; ``zones`` là tập TDP thật (không còn nghĩa “rỗng là cả phường”)."""

    script_id: int
    revision_id: int
    title: str
    genre: Genre
    column_id: int | None
    is_reform: bool
    priority: Priority
    topics: tuple[str, ...]
    zones: frozenset[int]
    length_ms: int
    valid_from: date | None = None
    valid_to: date | None = None
    recording_id: int | None = None

    def valid_on(self, day: date) -> bool:
        """Còn hiệu lực vào ngày ấy không."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Airtime:
    """Một lần bản tin đã hoặc sẽ vang ở các TDP này."""

    at: datetime
    zones: frozenset[int]


@dataclass(frozen=True)
class Limits:
    """Giới hạn phát lại của một bản tin tại một TDP."""

    per_week: int
    spacing: timedelta


@dataclass(frozen=True)
class SegmentRule:
    """Đoạn tin bài của khuôn; ``genres`` rỗng là mọi thể loại; ``rerun_of`` là ``series`` của khung giờ được phát lại."""

    segment_id: int
    target_ms: int
    genres: frozenset[Genre] = frozenset()
    column_id: int | None = None
    rerun_of: str | None = None

    def takes(self, one: Candidate) -> bool:
        """Bản tin đúng thể loại và chuyên mục của đoạn không."""
        return (not self.genres or one.genre in self.genres) and (self.column_id is None or one.column_id == self.column_id)


@dataclass(frozen=True)
class Kept:
    """Mục đã có chỗ và không do máy tính lại: người đặt, hoặc buổi đã chốt.

    ``topics`` rỗng khi mục đã phát (nhật ký đã đếm); ``zones`` rỗng là mọi vùng của buổi.
    """

    script_id: int
    segment_id: int | None
    planned_ms: int
    is_reform: bool
    topics: tuple[str, ...] = ()
    zones: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Broadcast:
    """Một buổi; ``room_ms`` là chỗ cho tin bài và nhạc đệm sau nhạc hiệu, lời mẫu; ``open``: máy còn được xếp."""

    programme_id: int
    series: str
    day: date
    at: datetime
    zones: frozenset[int]
    room_ms: int
    segments: tuple[SegmentRule, ...] = ()
    kept: tuple[Kept, ...] = ()
    excluded: frozenset[int] = frozenset()
    rehearsal: bool = False
    open: bool = True


@dataclass(frozen=True)
class Choice:
    """Bản tin được chọn cho một đoạn, và vì sao."""

    segment_id: int
    candidate: Candidate
    why: str


@dataclass(frozen=True)
class Topic:
    """Nội dung kế hoạch: chỉ tiêu năm và số lượt đã phát đủ hoặc đã xếp ngoài các buổi đang tính."""

    code: str
    target: int
    done: int


@dataclass(frozen=True)
class Composition:
    """Buổi → lựa chọn theo thứ tự phát; ``without_reform``: ngày có buổi phát mà không có mục CCHC nào."""

    choices: Mapping[int, tuple[Choice, ...]]
    without_reform: tuple[date, ...]


def compose(
    broadcasts: Sequence[Broadcast], candidates: Iterable[Candidate], topics: Iterable[Topic], limits: Limits
) -> Composition:
    """Xếp mọi buổi còn mở theo thứ tự giờ; buổi trước ảnh hưởng buổi sau qua giới hạn phát lại và kế hoạch."""
    ordered = sorted(broadcasts, key=lambda one: (one.at, one.programme_id))
    table = _Table(tuple(candidates), {topic.code: topic for topic in topics}, limits)
    for broadcast in ordered:
        for kept in broadcast.kept:
            table.count(kept.script_id, kept.topics, broadcast, kept.zones)
    last_open = {one.day: one.programme_id for one in ordered if one.open and not one.rehearsal}
    reformed = {one.day for one in ordered if not one.rehearsal and any(kept.is_reform for kept in one.kept)}
    choices: dict[int, tuple[Choice, ...]] = {}
    for broadcast in ordered:
        found: list[Choice] = table.choose(broadcast) if broadcast.open else []
        reform = any(choice.candidate.is_reform for choice in found) and not broadcast.rehearsal
        if not reform and broadcast.day not in reformed and last_open.get(broadcast.day) == broadcast.programme_id:
            found += (forced := table.force_reform(broadcast, found))
            reform = bool(forced)
        if reform:
            reformed.add(broadcast.day)
        table.aired_together(broadcast, found)
        if broadcast.open:
            choices[broadcast.programme_id] = tuple(found)
    days = {one.day for one in ordered if not one.rehearsal}
    return Composition(choices, tuple(sorted(days - reformed)))


def permitted(times: Iterable[Airtime], at: datetime, zones: frozenset[int], limits: Limits) -> bool:
    """Phát lúc ``at`` có giữ khoảng cách và giới hạn bảy ngày ở mọi TDP không (tính cả các lần đã xếp về sau)."""
    near = [time for time in times if time.zones & zones and abs(time.at - at) < WEEK]
    if any(abs(time.at - at) < limits.spacing for time in near):
        return False
    return all(_within_limit([time.at for time in near if zone in time.zones], at, limits.per_week) for zone in zones)


def missing(topic: Topic, scheduled: int, day: date) -> int:
    """Tới ``day`` nội dung này còn thiếu mấy lượt so với chỉ tiêu năm chia đều; không bao giờ âm."""
    passed = day.timetuple().tm_yday
    due = -(-topic.target * passed // (366 if calendar.isleap(day.year) else 365))
    return max(0, due - topic.done - scheduled)


def _within_limit(times: Sequence[datetime], at: datetime, per_week: int) -> bool:
    every = [*times, at]
    starts = [start for start in every if start <= at < start + WEEK]
    return all(sum(start <= time < start + WEEK for time in every) <= per_week for start in starts)


@dataclass
class _Table:
    """Bàn xếp: những gì đã đếm tới lúc này của một lần ``compose``."""

    candidates: tuple[Candidate, ...]
    topics: Mapping[str, Topic]
    limits: Limits
    airtimes: dict[int, list[Airtime]] = field(default_factory=dict)
    scheduled: dict[str, int] = field(default_factory=dict)
    by_series: dict[str, frozenset[int]] = field(default_factory=dict)

    def count(self, script_id: int, topics: Iterable[str], broadcast: Broadcast, zones: frozenset[int] = frozenset()) -> None:
        """Tính một lần phát; diễn tập không tính."""
        if broadcast.rehearsal:
            return
        self.airtimes.setdefault(script_id, []).append(Airtime(broadcast.at, zones or broadcast.zones))
        for code in topics:
            self.scheduled[code] = self.scheduled.get(code, 0) + 1

    def choose(self, broadcast: Broadcast) -> list[Choice]:
        """Lựa chọn cho mọi đoạn; đoạn hẹp nghĩa (phát lại, chuyên mục) chọn trước, kết quả theo thứ tự đoạn."""
        hand = _Hand(broadcast)
        found: dict[int, list[Choice]] = {}
        for segment in sorted(broadcast.segments, key=lambda one: (one.rerun_of is None, one.column_id is None)):
            for one in self._ranked(broadcast, segment):
                if one.script_id not in hand.taken and hand.fits(segment, one) and self._permitted(one, broadcast):
                    found.setdefault(segment.segment_id, []).append(self._take(hand, segment, one, broadcast))
        return [choice for segment in broadcast.segments for choice in found.get(segment.segment_id, ())]

    def force_reform(self, broadcast: Broadcast, found: Sequence[Choice]) -> list[Choice]:
        """Ngày chưa có mục CCHC: lấy bản tin CCHC tốt nhất dù chạm giới hạn phát lại, miễn là vừa buổi."""
        segment = next((one for one in broadcast.segments if one.column_id is not None), None)
        segment = segment or next(iter(broadcast.segments), None)
        if segment is None:
            return []
        room = broadcast.room_ms - _used(broadcast) - sum(choice.candidate.length_ms for choice in found)
        whole = SegmentRule(segment.segment_id, room)
        for one in self._ranked(broadcast, whole):
            if one.is_reform and one.length_ms <= room:
                self.count(one.script_id, one.topics, broadcast)
                why = "Mỗi ngày phải có ít nhất một mục CCHC; chưa có bản tin CCHC khác nên nới giới hạn phát lại"
                return [Choice(segment.segment_id, one, why)]
        return []

    def aired_together(self, broadcast: Broadcast, found: Sequence[Choice]) -> None:
        """Nhớ buổi gần nhất của khung giờ đã có những bản tin nào, cho đoạn phát lại."""
        scripts = {kept.script_id for kept in broadcast.kept} | {choice.candidate.script_id for choice in found}
        self.by_series[broadcast.series] = frozenset(scripts)

    def _ranked(self, broadcast: Broadcast, segment: SegmentRule) -> list[Candidate]:
        only = None if segment.rerun_of is None else self.by_series.get(segment.rerun_of, frozenset())
        able = [
            one
            for one in self.candidates
            if segment.takes(one)
            and one.valid_on(broadcast.day)
            and one.zones >= broadcast.zones
            and one.script_id not in broadcast.excluded
            and (only is None or one.script_id in only)
        ]
        return sorted(able, key=lambda one: self._key(one, broadcast))

    def _key(self, one: Candidate, broadcast: Broadcast) -> tuple[int, int, datetime, int]:
        last = self._last(one, broadcast)
        return _RANK[one.priority], -self._behind(one, broadcast)[0], last or broadcast.at - 1000 * WEEK, one.script_id

    def _behind(self, one: Candidate, broadcast: Broadcast) -> tuple[int, str]:
        """Nội dung thiếu nhiều nhất của bản tin: (số lượt thiếu, mã)."""
        lacks = [
            (missing(self.topics[code], self.scheduled.get(code, 0), broadcast.day), code)
            for code in one.topics
            if code in self.topics
        ]
        return max(lacks, default=(0, ""), key=lambda pair: pair[0])

    def _last(self, one: Candidate, broadcast: Broadcast) -> datetime | None:
        return max((time.at for time in self.airtimes.get(one.script_id, ()) if time.at < broadcast.at), default=None)

    def _permitted(self, one: Candidate, broadcast: Broadcast) -> bool:
        times = self.airtimes.get(one.script_id, ())
        return broadcast.rehearsal or permitted(times, broadcast.at, broadcast.zones, self.limits)

    def _take(self, hand: _Hand, segment: SegmentRule, one: Candidate, broadcast: Broadcast) -> Choice:
        why = self._why(one, segment, broadcast)
        hand.take(segment, one)
        self.count(one.script_id, one.topics, broadcast)
        return Choice(segment.segment_id, one, why)

    def _why(self, one: Candidate, segment: SegmentRule, broadcast: Broadcast) -> str:
        parts: list[str] = []
        if segment.rerun_of is not None:
            parts.append("phát lại chuyên mục của buổi trước")
        if one.priority is not Priority.NORMAL:
            parts.append(one.priority.label)
        lack, code = self._behind(one, broadcast)
        if lack:
            parts.append(f"nội dung {code} còn thiếu {lack} lượt so với kế hoạch")
        last = self._last(one, broadcast)
        parts.append("lâu chưa phát nhất" if last else "chưa phát lần nào")
        sentence = "; ".join(parts)
        return sentence[0].upper() + sentence[1:]


@dataclass
class _Hand:
    """Chỗ còn lại của một buổi trong lúc chọn."""

    broadcast: Broadcast
    taken: set[int] = field(init=False)
    used: dict[int, int] = field(init=False)
    room: int = field(init=False)
    slack: int = field(init=False)

    def __post_init__(self) -> None:
        kept = self.broadcast.kept
        self.taken = {one.script_id for one in kept}
        self.used = {}
        for one in kept:
            if one.segment_id is not None:
                self.used[one.segment_id] = self.used.get(one.segment_id, 0) + one.planned_ms
        self.room = self.broadcast.room_ms - _used(self.broadcast)
        known = {segment.segment_id: segment.target_ms for segment in self.broadcast.segments}
        loose = sum(one.planned_ms for one in kept if one.segment_id not in known)
        self.slack = self.broadcast.room_ms - sum(known.values()) - loose

    def fits(self, segment: SegmentRule, one: Candidate) -> bool:
        """Vừa đoạn; bản tin đầu tiên của một đoạn được lấn sang chỗ không thuộc đoạn nào (nhạc đệm, thời gian thừa)."""
        if one.length_ms > self.room:
            return False
        used = self.used.get(segment.segment_id, 0)
        return used + one.length_ms <= segment.target_ms + (0 if used else max(0, self.slack))

    def take(self, segment: SegmentRule, one: Candidate) -> None:
        """Trừ chỗ đã dùng."""
        used = self.used.get(segment.segment_id, 0) + one.length_ms
        self.slack -= max(0, used - segment.target_ms)
        self.used[segment.segment_id] = used
        self.room -= one.length_ms
        self.taken.add(one.script_id)


def _used(broadcast: Broadcast) -> int:
    return sum(kept.planned_ms for kept in broadcast.kept)
