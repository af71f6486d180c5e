"""Xếp cả những buổi sắp tới một lượt, nhìn trước tới hết tầm lịch: thuần, cùng dữ liệu thì cùng kết quả.

Ba lượt, mỗi lượt theo thứ tự giờ phát: lần phát đầu (hạn gần trước; mỗi ngày một mục CCHC), cứu bản tin sắp hết hạn mà chưa có
chỗ (lấn đoạn khác, đổi chỗ với mục còn đợi được), rồi phát lại rải đều. Không bao giờ: hết hiệu lực, ngoài vùng, đã gỡ,
hai lần một buổi. Bộ giải quy hoạch nguyên đã được đo bên cạnh (``scripts/bench/planner.py --exact``): số bản tin được nghe bằng
nhau và bằng cận trên, nó chậm hơn và không giải thích được, nên không dùng.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations, islice

from broadcaster.newsroom.enums import Priority
from broadcaster.traffic.autofill import (
    DAY,
    WEEK,
    Broadcast,
    Candidate,
    Choice,
    Composition,
    History,
    Limits,
    Paths,
    SegmentRule,
    Topic,
)
from broadcaster.traffic.board import Board, Pick, Place
from broadcaster.traffic.wording import why

_RANK = {Priority.URGENT: 0, Priority.PREFERRED: 1, Priority.NORMAL: 2}
PRESSING = 2 * DAY
"""Hạn trong chừng này thì đi trước cả hàng chờ lâu: để mai là mất."""
SHORTLIST_PER_MS = 15_000
"""Mỗi chừng này mili giây của buổi, một bản tin tới lượt nhất được đem so kỹ."""
PAIRS = 30
RESCUES = 200
TOPIC_STEP = 1
"""Nội dung chậm hơn nhau dưới chừng này phần trăm coi như bằng nhau, để phát lại còn rải đều."""
FAR_BEHIND = 10.0
"""Nội dung chậm quá chừng này phần trăm thì bản tin của nó được phát lại dày tới mức giới hạn cho phép."""
FULL_WITHIN = 50
"""Buổi đầy khi chỗ trống không quá một phần năm mươi (2 %)."""
_SAME_HOUR = timedelta(hours=1)
ANY = SegmentRule(0, 0)
"""Đoạn nhận mọi bản tin."""


@dataclass(frozen=True)
class Plan:
    """Bàn đã xếp xong, để hỏi *vì sao không*, và kết quả của nó."""

    board: Board
    composition: Composition


def compose(
    broadcasts: Sequence[Broadcast],
    candidates: Iterable[Candidate],
    topics: Iterable[Topic],
    limits: Limits,
    *,
    history: History | None = None,
    paths: Paths | None = None,
) -> Composition:
    """Kết quả của ``plan``."""
    return plan(broadcasts, candidates, topics, limits, history=history, paths=paths).composition


def plan(
    broadcasts: Sequence[Broadcast],
    candidates: Iterable[Candidate],
    topics: Iterable[Topic],
    limits: Limits,
    *,
    history: History | None = None,
    paths: Paths | None = None,
) -> Plan:
    """Xếp mọi buổi còn mở.

    ``history``: từ trước tới nay mỗi bản tin đã phát thế nào; ``paths``: TDP → mọi TDP cùng nghe khi nhắm tới nó
    (thiếu ``paths``: mỗi TDP có đường ra riêng; thiếu một TDP: TDP ấy không có loa nào).
    """
    board = Board(broadcasts, candidates, topics, limits=limits, history=history or {}, paths=paths)
    reform = _Reform(board)
    firsts = _Firsts(board, reform)
    firsts.place_all()
    firsts.rescue()
    _Repeats(board, firsts.waiting, reform).place_all()
    choices = {place.broadcast.programme_id: tuple(_choices(board, place)) for place in board.places}
    return Plan(board, Composition(choices, reform.missing()))


def _choices(board: Board, place: Place) -> Iterator[Choice]:
    for pick in place.in_order():
        zones = frozenset[int]() if pick.zones == place.broadcast.zones else pick.zones
        also = board.hearing(pick.candidate, place) - pick.zones
        yield Choice(pick.segment.segment_id, pick.candidate, why(board, place, pick), zones, also)


class _Reform:
    """Mỗi ngày có buổi phát thì có ít nhất một mục CCHC."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._days: dict[date, list[Place]] = defaultdict(list)
        for place in board.places:
            if not place.broadcast.rehearsal:
                self._days[place.broadcast.day].append(place)
        self._stock = [one for one in board.candidates if one.is_reform]
        real = [one for one in board.broadcasts if not one.rehearsal]
        self._kept = {one.day for one in real if any(kept.is_reform for kept in one.kept)}
        self._every = {one.day for one in real}

    def missing(self) -> tuple[date, ...]:
        """Ngày có buổi phát mà không có mục CCHC nào."""
        return tuple(day for day in sorted(self._every) if not self._has(day))

    def before_last(self, place: Place) -> None:
        """Buổi cuối của một ngày chưa có mục CCHC mà khuôn không giữ chỗ cho chuyên mục nào: đặt ngay trước khi hết chỗ."""
        if self._owes(place) and not place.reserved():
            self.ensure(place.broadcast.day)

    def spares(self, place: Place, one: Candidate, *, freed_ms: int = 0) -> bool:
        """Cho ``one`` vào đây (sau khi dời đi ``freed_ms``) thì vừa, và ngày vẫn còn chỗ cho mục CCHC."""
        return place.room + freed_ms - one.length_ms >= (place.reserved() if self._owes(place) else 0)

    def _owes(self, place: Place) -> bool:
        day = place.broadcast.day
        return self._days[day][-1] is place and not self._has(day)

    def ensure(self, day: date) -> None:
        """Ngày chưa có mục CCHC: lấy bản tới lượt nhất, ở buổi nào cũng được; không còn bản nào trong giới hạn mới nới."""
        if self._has(day):
            return
        tests: tuple[tuple[str, Callable[[Candidate, Place], bool]], ...] = (
            ("", self._board.allows),
            ("giới hạn phát lại", self._board.apart),
            ("giới hạn phát lại và khoảng cách", lambda _one, _place: True),
        )
        for relaxed, test in tests:
            for place in reversed(self._days[day]):
                one = next((one for one in self._able(place) if test(one, place)), None)
                segment = one and self._segment(one, place)
                if one and segment:
                    self._board.put(place, Pick(one, segment, self._board.reach(one, place), forced=True, relaxed=relaxed))
                    return

    def _able(self, place: Place) -> list[Candidate]:
        able = [one for one in self._stock if self._board.open_to(one, place) and self._fits(one, place)]
        return sorted(able, key=lambda one: self._turn(one, place))

    def _fits(self, one: Candidate, place: Place) -> bool:
        segment = self._segment(one, place)
        return segment is not None and one.length_ms <= place.room_in(segment)

    def _segment(self, one: Candidate, place: Place) -> SegmentRule | None:
        """Mục CCHC của ngày được vào cả đoạn không nhận thể loại của nó."""
        return place.taking(one) or next(iter(place.by_width), None)

    def _turn(self, one: Candidate, place: Place) -> tuple[bool, date, int, datetime, int]:
        at, day = place.broadcast.at, place.broadcast.day
        last = self._board.last_at(one, at)
        behind = -int(self._board.behind(one, place)[0] // TOPIC_STEP)
        deadline = _deadline(one, day, self._board.limits) if last is None else date.max
        return last is not None, deadline, behind, last or at, one.script_id

    def _has(self, day: date) -> bool:
        return day in self._kept or any(pick.candidate.is_reform for place in self._days[day] for pick in place.picks)


class _Firsts:
    """Lần phát đầu của mọi bản tin, ở buổi sớm nhất nhận nó."""

    def __init__(self, board: Board, reform: _Reform) -> None:
        self._board, self._reform = board, reform
        start = board.places[0].broadcast.day if board.places else date.min
        fresh = [one for one in board.candidates if not one.zones <= board.history.get(one.script_id, {}).keys()]
        self.waiting = sorted(fresh, key=lambda one: self._key(one, start))
        self._matching: dict[tuple[object, ...], list[Candidate]] = {}

    def place_all(self) -> None:
        """Từng buổi theo giờ phát, đoạn hẹp nghĩa trước; giữ chỗ cho mục CCHC của ngày trước khi các đoạn khác lấn."""
        for place in self._board.places:
            if place.broadcast.rehearsal:
                continue
            segments = place.by_width
            for segment in [one for one in segments if one.column_id is not None]:
                self._fill(place, segment)
            self._reform.before_last(place)
            for segment in [one for one in segments if one.column_id is None]:
                self._fill(place, segment)
            self._overflow(place)

    def rescue(self) -> None:
        """Bản tin tới hạn trong tầm lịch mà chưa có chỗ: lấn chỗ của đoạn khác, hoặc dời một mục còn đợi được."""
        if not self._board.places:
            return
        horizon = self._board.places[-1].broadcast.day
        silent = (
            one for one in self.waiting if not self._board.airtimes[one.script_id] and one.script_id not in self._board.history
        )
        for one in islice((one for one in silent if self._due(one) <= horizon), RESCUES):
            places = [place for place in self._board.places if not place.broadcast.rehearsal and self._may(one, place)]
            squeezed = any(self._reform.spares(place, one) and self._squeeze(place, one) for place in places)
            if not squeezed and one.valid_to is not None:
                any(self._make_way(place, one) for place in places)

    def _fill(self, place: Place, segment: SegmentRule) -> None:
        room = place.room_for(segment)
        for one in self._takeable(segment):
            if one.length_ms <= room and self._may(one, place):
                self._board.put(place, Pick(one, segment, self._board.reach(one, place)))
                room = place.room_for(segment)

    def _overflow(self, place: Place) -> None:
        """Đoạn không có bản tin mới nào nhường chỗ cho bản tin mới của đoạn khác, trừ chỗ của chuyên mục: mới trước, lặp sau."""
        room = place.room - place.reserved()
        for one in self._takeable(ANY):
            if one.length_ms <= room and self._may(one, place) and self._squeeze(place, one):
                room = place.room - place.reserved()

    def _may(self, one: Candidate, place: Place) -> bool:
        zones = self._board.reach(one, place)
        return bool(zones) and not self._board.heard(one, zones) and self._board.allows(one, place)

    def _squeeze(self, place: Place, one: Candidate) -> bool:
        segment = place.taking(one)
        if segment is None or one.length_ms > place.room_in(segment):
            return False
        self._board.put(place, Pick(one, segment, self._board.reach(one, place)))
        return True

    def _make_way(self, place: Place, one: Candidate) -> bool:
        """Dời một mục sang buổi khác nhận nó để ``one`` có chỗ ở đây: cả hai cùng được phát, hoặc không đổi gì."""
        for pick in list(place.picks):
            other = pick.candidate
            waits = not pick.forced and not other.is_reform and _RANK[other.priority] >= _RANK[one.priority]
            if not waits or not self._reform.spares(place, one, freed_ms=other.length_ms):
                continue
            self._board.lift(place, pick)
            elsewhere = (spot for spot in self._board.places if spot is not place and self._may(other, spot))
            if self._squeeze(place, one):
                if any(self._squeeze(spot, other) for spot in elsewhere):
                    return True
                self._board.lift(place, place.picks[-1])
            self._board.put(place, pick)
        return False

    def _takeable(self, segment: SegmentRule) -> list[Candidate]:
        key = segment.genres, segment.column_id
        if key not in self._matching:
            self._matching[key] = [one for one in self.waiting if segment.takes(one)]
        return self._matching[key]

    def _due(self, one: Candidate) -> date:
        return _deadline(one, self._board.places[0].broadcast.day, self._board.limits)

    def _key(self, one: Candidate, start: date) -> tuple[int, bool, date, int, int]:
        pressing = one.valid_to is not None and one.valid_to <= start + PRESSING
        behind = -int(self._board.behind(one, self._board.places[0])[0] // TOPIC_STEP) if self._board.places else 0
        return _RANK[one.priority], not pressing, _deadline(one, start, self._board.limits), behind, one.script_id


class _Repeats:
    """Phát lại cho đầy buổi: chuyên mục phát lại, rồi bản tin tới lượt, nội dung chậm kế hoạch trước, khác giờ trước."""

    def __init__(self, board: Board, waiting: Sequence[Candidate], reform: _Reform) -> None:
        self._board, self._waiting, self._reform = board, waiting, reform
        self._by_id = {one.script_id: one for one in board.candidates}
        self._paces: dict[int, timedelta] = {}
        end = max((place.broadcast.at for place in board.places), default=None)
        known = ((one, board.last_at(one, end + DAY)) for one in board.candidates) if end else ()
        self._turns = {one.script_id: self._due(one, last) for one, last in known if last and not board.spent(one)}
        self._queue = sorted((due, script_id) for script_id, due in self._turns.items())
        self._far = sorted(
            (self._by_id[key] for key in self._turns if self._behind(self._by_id[key]) >= FAR_BEHIND), key=self._lag
        )

    def place_all(self) -> None:
        """Từng buổi theo giờ phát."""
        for place in self._board.places:
            if not place.broadcast.rehearsal:
                self._reform.ensure(place.broadcast.day)
            for segment in place.broadcast.segments:
                if segment.rerun_of is not None:
                    self._rerun(place, segment, segment.rerun_of)
            options = self._options(place)
            for segment in place.by_width:
                for one in [one for one in options if segment.takes(one)]:
                    if one.script_id not in place.taken and one.length_ms <= place.room_for(segment):
                        self._take(place, one, segment)
            self._fill(place, options)

    def _rerun(self, place: Place, segment: SegmentRule, series: str) -> None:
        for script_id in sorted(self._board.together(series, place.broadcast.at)):
            one = self._by_id.get(script_id)
            fits = one is not None and segment.takes(one) and one.length_ms <= place.room_for(segment)
            if one is not None and fits and self._board.allows(one, place):
                self._take(place, one, segment)

    def _options(self, place: Place) -> list[Candidate]:
        """Bản tin chưa phát lần nào còn sót, rồi những bản tới lượt phát lại nhất, đã so kỹ."""
        every = place.broadcast.rehearsal
        fresh = (one for one in self._waiting if every or not self._board.airtimes[one.script_id])
        queued = (self._by_id[script_id] for _, script_id in self._queue)
        again = (one for one in queued if every or self._repeatable(one, place))
        urgent = () if every else (one for one in self._far if self._repeatable(one, place))
        turn = {one.script_id: one for one in (*self._some(again, place), *self._some(urgent, place))}
        return [*self._some(fresh, place), *sorted(turn.values(), key=lambda one: self._merit(one, place))]

    def _some(self, found: Iterable[Candidate], place: Place) -> Iterator[Candidate]:
        able = (one for one in found if place.taking(one) is not None and self._board.allows(one, place))
        return islice(able, place.broadcast.room_ms // SHORTLIST_PER_MS)

    def _repeatable(self, one: Candidate, place: Place) -> bool:
        """Sau lần phát đầu, và chưa quá cũ để phát lại."""
        return self._board.last_at(one, place.broadcast.at) is not None and not self._board.stale(one, place.broadcast.day)

    def _merit(self, one: Candidate, place: Place) -> tuple[bool, bool, int, bool, datetime, int]:
        at = place.broadcast.at
        last = self._board.last_at(one, at) or at
        behind, limits = self._board.behind(one, place)[0], self._board.limits
        due = self._due(one, last)
        again = self._board.heard(one, place.broadcast.zones)
        favoured = one.priority is not Priority.NORMAL and again < limits.preferred
        return (
            due > at,
            not favoured,
            -int(behind // TOPIC_STEP),
            _same_hour(last, at),
            due,
            one.script_id,
        )

    def _fill(self, place: Place, options: Sequence[Candidate]) -> None:
        """Chỗ còn lại của cả buổi: lần lượt theo thứ tự, hai mục cuối chọn sao cho vừa khít."""
        spare = place.broadcast.room_ms // FULL_WITHIN
        while place.room > spare:
            able = [one for one in options if one.script_id not in place.taken and self._fits(one, place)]
            if not able:
                return
            for one in _closing(able, place.room, spare) or able[:1]:
                segment = place.taking(one)
                if segment is not None and self._fits(one, place):
                    self._take(place, one, segment)

    def _fits(self, one: Candidate, place: Place) -> bool:
        return one.length_ms <= place.room_to(one) and self._board.open_to(one, place)

    def _take(self, place: Place, one: Candidate, segment: SegmentRule) -> None:
        self._board.put(place, Pick(one, segment, self._board.reach(one, place)))
        if place.broadcast.rehearsal:
            return
        before = self._turns.get(one.script_id)
        if before is not None:
            del self._queue[bisect_left(self._queue, (before, one.script_id))]
        self._turns[one.script_id] = self._due(one, place.broadcast.at)
        insort(self._queue, (self._turns[one.script_id], one.script_id))

    def _due(self, one: Candidate, last: datetime) -> datetime:
        """Lúc tới lượt phát lại: rải đều thời gian hiệu lực; nội dung chậm kế hoạch xa thì dày tới mức giới hạn cho phép."""
        if one.script_id not in self._paces:
            far = self._behind(one) >= FAR_BEHIND
            self._paces[one.script_id] = WEEK / self._board.limits.per_week if far else self._board.interval(one)
        return last + self._paces[one.script_id]

    def _behind(self, one: Candidate) -> float:
        """Nội dung của bản tin chậm kế hoạch mấy phần trăm lúc bắt đầu xếp."""
        return self._board.behind(one, self._board.places[0])[0]

    def _lag(self, one: Candidate) -> tuple[float, datetime, int]:
        return -self._behind(one), self._turns[one.script_id], one.script_id


def _closing(able: Sequence[Candidate], room: int, spare: int) -> Sequence[Candidate]:
    """Một hay hai bản tin đứng đầu nhất mà lấp khít ``room`` (hở không quá ``spare``); không có thì rỗng."""
    head = able[:PAIRS]
    for one in head:
        if room - spare <= one.length_ms <= room:
            return (one,)
    for pair in combinations(head, 2):
        if room - spare <= pair[0].length_ms + pair[1].length_ms <= room:
            return pair
    return ()


def _deadline(one: Candidate, start: date, limits: Limits) -> date:
    """Ngày cuối phải phát lần đầu: ngày hết hiệu lực, hoặc hạn chờ của bản tin không hạn."""
    return one.valid_to or (one.approved_on or start) + limits.first_within


def _same_hour(one: datetime, other: datetime) -> bool:
    gap = abs((one - other) % DAY)
    return min(gap, DAY - gap) < _SAME_HOUR
