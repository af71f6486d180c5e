"""Các giá trị mà việc xếp tự động nhận vào và trả ra, và những luật nhỏ nhất trên chúng; phép xếp ở ``lookahead``.

Không giá trị nào ở đây biết tới cơ sở dữ liệu: cùng dữ liệu thì cùng kết quả.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from broadcaster.newsroom.enums import Genre, Priority

WEEK = timedelta(days=7)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Candidate:
    """Một bản tin đã duyệt; ``zones`` là tập TDP thật (không còn nghĩa “rỗng là cả phường”), ``topics`` là mã dòng nội dung."""

    script_id: int
    revision_id: int
    title: str
    genre: Genre
    column_id: int | None
    is_reform: bool
    priority: Priority
    topics: tuple[int, ...]
    zones: frozenset[int]
    length_ms: int
    valid_from: date | None = None
    valid_to: date | None = None
    recording_id: int | None = None
    approved_on: date | None = None

    def valid_on(self, day: date) -> bool:
        """Còn hiệu lực vào ngày ấy không."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Past:
    """Đã phát đủ mấy lần từ trước tới nay ở một TDP, lần gần nhất lúc nào (và ngày địa phương của nó)."""

    count: int
    last_at: datetime
    last_day: date


History = Mapping[int, Mapping[int, Past]]
"""Bản tin → TDP → đã phát thế nào; chưa từng phát thì không có mặt."""


Paths = Mapping[int, frozenset[int]]
"""TDP → mọi TDP cùng nghe khi nhắm tới nó (chung đường ra), kể cả chính nó; TDP không có mặt là không có loa nào."""


@dataclass(frozen=True)
class Airtime:
    """Một lần bản tin đã hoặc sẽ vang ở các TDP này; ``ahead``: chưa vang, nên ``History`` chưa đếm."""

    at: datetime
    zones: frozenset[int]
    day: date | None = None
    ahead: bool = False


@dataclass(frozen=True)
class Limits:
    """Giới hạn phát lại của một bản tin tại một TDP; mọi con số là cài đặt của đài.

    ``total``: cả đời một bản tin; ``preferred``: mấy lần đầu được hưởng mức ưu tiên; ``first_within``: bản tin không hạn
    phải được phát lần đầu trong mấy ngày; ``stale_after``: bản tin không hạn thôi được phát lại sau mấy ngày; ``shared``: máy
    được tự xếp tin riêng một TDP lên đường ra chung, các TDP cùng đường ra cũng nghe.
    """

    per_week: int
    spacing: timedelta
    total: int = 10
    preferred: int = 3
    first_within: timedelta = 7 * DAY
    stale_after: timedelta = 30 * DAY
    shared: bool = True


@dataclass(frozen=True)
class SegmentRule:
    """Đoạn tin bài của khuôn; ``genres`` rỗng là mọi thể loại; ``rerun_of`` là ``series`` của khung giờ được phát lại."""

    segment_id: int
    target_ms: int
    genres: frozenset[Genre] = frozenset()
    column_id: int | None = None
    rerun_of: str | None = None
    block: int = 0
    """Khoảng thứ mấy của buổi, khi khuôn có mục giờ cứng: tin bài của khoảng không được lấn qua mốc."""
    name: str = ""

    def takes(self, one: Candidate) -> bool:
        """Bản tin đúng thể loại và chuyên mục của đoạn không."""
        return (not self.genres or one.genre in self.genres) and (self.column_id is None or one.column_id == self.column_id)


@dataclass(frozen=True)
class Kept:
    """Mục đã có chỗ và không do máy tính lại: người đặt, hoặc buổi đã chốt.

    ``topics`` rỗng và ``ahead`` sai khi mục đã phát (nhật ký đã đếm); ``zones`` rỗng là mọi vùng của buổi.
    """

    script_id: int
    segment_id: int | None
    planned_ms: int
    is_reform: bool
    topics: tuple[int, ...] = ()
    zones: frozenset[int] = frozenset()
    ahead: bool = True


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
    blocks: tuple[int, ...] = ()
    """Chỗ của từng khoảng giữa các mốc giờ cứng; rỗng là cả buổi một khoảng."""
    format_id: int = 0


@dataclass(frozen=True)
class Choice:
    """Bản tin được chọn cho một đoạn, và vì sao; ``zones`` rỗng là mọi vùng của buổi, ``also``: TDP khác cũng nghe."""

    segment_id: int
    candidate: Candidate
    why: str
    zones: frozenset[int] = frozenset()
    also: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Topic:
    """Nội dung kế hoạch trong năm kế hoạch của nó (hai đầu tính cả): chỉ tiêu và số lượt đã phát đủ."""

    id: int
    code: str
    target: int
    done: int
    first: date
    last: date

    def behind(self, scheduled: int, day: date) -> float:
        """Tới ``day`` chậm bao nhiêu phần trăm chỉ tiêu so với chia đều cả năm; âm là đi trước, ngoài năm thì 0."""
        if not self.first <= day <= self.last or not self.target:
            return 0.0
        due = ((day - self.first).days + 1) / ((self.last - self.first).days + 1)
        return (due - (self.done + scheduled) / self.target) * 100


@dataclass(frozen=True)
class Composition:
    """Buổi → lựa chọn theo thứ tự phát; ``without_reform``: ngày có buổi phát mà không có mục CCHC nào."""

    choices: Mapping[int, tuple[Choice, ...]]
    without_reform: tuple[date, ...]


def permitted(times: Iterable[Airtime], at: datetime, zones: frozenset[int], limits: Limits) -> bool:
    """Phát lúc ``at`` có giữ khoảng cách và giới hạn bảy ngày ở mọi TDP không (tính cả các lần đã xếp về sau)."""
    return spaced(times, at, zones, limits) and within_week(times, at, zones, limits)


def spaced(times: Iterable[Airtime], at: datetime, zones: frozenset[int], limits: Limits) -> bool:
    """Mọi lần khác ở chung một TDP đều cách ``at`` đủ xa."""
    return not any(abs(time.at - at) < limits.spacing and time.zones & zones for time in times)


def within_week(times: Iterable[Airtime], at: datetime, zones: frozenset[int], limits: Limits) -> bool:
    """Thêm lần ``at`` thì không TDP nào nghe quá số lần cho phép trong bảy ngày bất kỳ."""
    near = [time for time in times if time.zones & zones and abs(time.at - at) < WEEK]
    if len(near) < limits.per_week:
        return True
    return all(_within_limit([time.at for time in near if zone in time.zones], at, limits.per_week) for zone in zones)


def _within_limit(times: Sequence[datetime], at: datetime, per_week: int) -> bool:
    every = [*times, at]
    starts = [start for start in every if start <= at < start + WEEK]
    return all(sum(start <= time < start + WEEK for time in every) <= per_week for start in starts)
