"""Cách xếp bằng bộ giải quy hoạch nguyên, và cận trên: phép xếp của chúng ta còn thua lời giải tối ưu bao nhiêu.

Chỉ bài đo dùng, và chỉ khi máy có ``highspy``: lúc chốt mỗi buổi, giải cả tầm lịch với đúng những luật của phép xếp.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from broadcaster.traffic.autofill import WEEK, Broadcast, Candidate
from tests.traffic.simulator import LIMITS, LOCK, Desk, Pick, Way
from tests.traffic.ward import Bulletin, Show, Year, room_ms

_FIRST, _DUE, _REFORM = 1_000.0, 10_000.0, 5_000.0
"""Điểm của một lần phát đầu, của lần phát đầu mà tầm lịch là cơ hội cuối, và của một ngày có CCHC; lấp một phút được một điểm."""
_REPEATS = 40
"""Mỗi buổi xét bấy nhiêu bản tin phát lại tới lượt nhất, để bài toán còn giải được trong vài giây."""


@dataclass
class _Model:
    """Một bài toán nguyên đang dựng."""

    solver: Any

    def binary(self, gain: float) -> int:
        """Thêm một biến 0/1 có điểm ``gain``; trả về số cột."""
        column = int(self.solver.getNumCol())
        self.solver.addCol(gain, 0.0, 1.0, 0, [], [])
        self.solver.changeColIntegrality(column, self._integer)
        return column

    def most(self, limit: float, terms: Iterable[tuple[int, float]]) -> None:
        """Tổng không quá ``limit``."""
        found = list(terms)
        self.solver.addRow(-self.solver.getInfinity(), limit, len(found), [one for one, _ in found], [one for _, one in found])

    @property
    def _integer(self) -> Any:
        import highspy

        return highspy.HighsVarType.kInteger


def exact(seconds: float) -> Way:
    """Cách xếp: mỗi lần chốt là một bài toán nguyên trên mọi buổi của tầm lịch, giải nhiều nhất ``seconds`` giây."""

    def choose(desk: Desk) -> list[Pick]:
        open_ones = [one for one in desk.broadcasts if one.open]
        model, columns = _Model(_solver(seconds)), {}
        for broadcast in open_ones:
            for one in _offered(desk, broadcast):
                columns[one.script_id, broadcast.programme_id] = model.binary(one.length_ms / 60_000)
        _rules(model, desk, open_ones, columns)
        model.solver.run()
        values = model.solver.getSolution().col_value
        lengths = {one.script_id: one for one in desk.stock}
        taken = [script for (script, show), column in columns.items() if show == desk.show.id and values[column] > 0.5]
        segments = next(one for one in open_ones if one.programme_id == desk.show.id).segments
        return [Pick(next(part for part in segments if part.takes(lengths[one])).segment_id, one) for one in taken]

    return choose


def most_airable(year: Year, seconds: float) -> float:
    """Nhiều nhất bao nhiêu bản tin có thể được phát ít nhất một lần, biết trước cả năm: cận trên của mọi cách xếp."""
    model = _Model(_solver(seconds))
    by_show: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for one in year.bulletins:
        own = []
        for show in _chances(year, one):
            column = model.binary(1.0)
            own.append((column, 1.0))
            by_show[show.id].append((column, float(one.length_ms)))
        if own:
            model.most(1.0, own)
    for show in year.shows:
        model.most(float(room_ms(show.spec)), by_show.get(show.id, ()))
    model.solver.setOptionValue("solve_relaxation", True)
    model.solver.run()
    return float(model.solver.getInfo().objective_function_value)


def _solver(seconds: float) -> Any:
    import highspy

    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("mip_rel_gap", 0.005)
    solver.changeObjectiveSense(highspy.ObjSense.kMaximize)
    return solver


def _offered(desk: Desk, broadcast: Broadcast) -> Iterator[Candidate]:
    """Bản tin đặt được vào buổi: chưa phát lần nào, rồi những bản lâu chưa phát nhất."""
    able = [
        one
        for one in desk.stock
        if one.valid_on(broadcast.day)
        and one.zones & broadcast.zones
        and one.length_ms <= broadcast.room_ms
        and any(part.takes(one) for part in broadcast.segments)
        and (len(desk.history.get(one.script_id, ())) < LIMITS.total)
    ]
    fresh = [one for one in able if not desk.history.get(one.script_id)]
    again = [one for one in able if desk.history.get(one.script_id) and one.zones >= broadcast.zones]
    again.sort(key=lambda one: desk.history[one.script_id][-1].show.at)
    yield from fresh
    yield from again[:_REPEATS]


def _rules(model: _Model, desk: Desk, shows: list[Broadcast], columns: dict[tuple[int, int], int]) -> None:
    by_id = {one.script_id: one for one in desk.stock}
    at = {one.programme_id: one for one in shows}
    by_script: dict[int, list[tuple[Broadcast, int]]] = defaultdict(list)
    for (script, show), column in columns.items():
        by_script[script].append((at[show], column))
    for show in shows:
        inside = [
            (column, float(by_id[script].length_ms)) for (script, key), column in columns.items() if key == show.programme_id
        ]
        model.most(float(show.room_ms), inside)
    for script, many in by_script.items():
        past = [one.show.at for one in desk.history.get(script, ())]
        _spaced(model, many, past)
        model.most(float(LIMITS.total - len(past)), [(column, 1.0) for _, column in many])
        if not past:
            due = by_id[script].valid_to
            gain = _DUE if due is not None and due <= shows[-1].day else _FIRST
            first = model.binary(gain)
            model.most(0.0, [(first, 1.0), *((column, -1.0) for _, column in many)])
    for day in {one.day for one in shows}:
        had = model.binary(_REFORM)
        reform = [column for (script, key), column in columns.items() if by_id[script].is_reform and at[key].day == day]
        model.most(0.0, [(had, 1.0), *((column, -1.0) for column in reform)])


def _spaced(model: _Model, many: list[tuple[Broadcast, int]], past: list[Any]) -> None:
    """Khoảng cách mười hai giờ và ba lần trong bảy ngày bất kỳ, kể cả những lần đã phát."""
    for show, column in many:
        if any(show.at - one < LIMITS.spacing for one in past):
            model.most(0.0, [(column, 1.0)])
        near = [(other, 1.0) for one, other in many if one is not show and timedelta(0) <= one.at - show.at < LIMITS.spacing]
        for pair in near:
            model.most(1.0, [(column, 1.0), pair])
        before = sum(show.at - one < WEEK for one in past)
        within = [(other, 1.0) for one, other in many if timedelta(0) <= show.at - one.at < WEEK]
        model.most(float(max(0, LIMITS.per_week - before)), within)


def _chances(year: Year, one: Bulletin) -> Iterator[Show]:
    for show in year.shows:
        able = show.at - LOCK >= one.approved_at and one.valid_on(show.day) and bool(one.zones & show.spec.zones)
        takes = any(
            (not part.genres or one.genre in part.genres) and (part.column_id is None or one.reform)
            for part in show.spec.frame.segments
        )
        if able and takes and one.length_ms <= room_ms(show.spec):
            yield show
