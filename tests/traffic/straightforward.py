"""Ba cách xếp thẳng đuột mà người ta hay làm, để so trên cùng một năm: vào trước ra trước, ngẫu nhiên có trọng số, xoay vòng.

Viết từ mô tả cách làm, không từ mã của ai. Cả ba giữ hiệu lực, TDP, đoạn, và khoảng cách 12 giờ như chúng ta.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from datetime import timedelta

from broadcaster.newsroom.enums import Priority
from broadcaster.traffic.autofill import Broadcast, Candidate, SegmentRule
from tests.traffic.simulator import Desk, Pick, Way

_SPACING = timedelta(hours=12)
_WEIGHT = {Priority.URGENT: 25, Priority.PREFERRED: 10, Priority.NORMAL: 3}


def first_in_first_out() -> Way:
    """Duyệt trước phát trước; hết hàng chờ thì quay lại từ đầu hàng."""
    return _way(lambda desk, found: sorted(found, key=lambda one: (len(desk.history.get(one.script_id, ())), one.script_id)))


def weighted_random(seed: int) -> Way:
    """Kiểu danh sách phát ngẫu nhiên: trọng số theo mức ưu tiên, tránh bài vừa phát."""
    chance = random.Random(seed)
    return _way(lambda _desk, found: sorted(found, key=lambda one: -(chance.random() ** (1 / _WEIGHT[one.priority]))))


def rotation() -> Way:
    """Kiểu xoay vòng với luật ngăn cách: bài lâu chưa phát nhất, chưa từng phát đứng sau bài mới nhất đang xoay."""
    return _way(lambda desk, found: sorted(found, key=lambda one: _last(desk, one)))


def _last(desk: Desk, one: Candidate) -> tuple[float, int]:
    airings = desk.history.get(one.script_id, ())
    return (airings[-1].show.at.timestamp() if airings else 0.0, one.script_id)


def _way(order: Callable[[Desk, list[Candidate]], Iterable[Candidate]]) -> Way:
    def choose(desk: Desk) -> list[Pick]:
        broadcast = next(one for one in desk.broadcasts if one.programme_id == desk.show.id)
        room, taken, picks = broadcast.room_ms, set[int](), list[Pick]()
        for segment in broadcast.segments:
            left = segment.target_ms
            able = [one for one in desk.stock if one.script_id not in taken and _allowed(desk, broadcast, segment, one)]
            for one in order(desk, able):
                if one.length_ms <= min(left, room):
                    picks.append(Pick(segment.segment_id, one.script_id))
                    taken.add(one.script_id)
                    left, room = left - one.length_ms, room - one.length_ms
        return picks

    return choose


def _allowed(desk: Desk, broadcast: Broadcast, segment: SegmentRule, one: Candidate) -> bool:
    if not segment.takes(one) or not one.valid_on(broadcast.day) or not one.zones >= broadcast.zones:
        return False
    airings = desk.history.get(one.script_id, ())
    return not airings or broadcast.at - airings[-1].show.at >= _SPACING
