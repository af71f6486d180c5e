"""Đo một năm thử từ chính những gì đã phát, không hỏi lại phép xếp: ai không được phát, ai bị lặp, lời kể có thật không."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import combinations

from broadcaster.traffic.autofill import SegmentRule
from tests.traffic.simulator import LOCK, PLAN_FIRST, PLAN_LAST, Aired, Log
from tests.traffic.ward import Bulletin, Show, local_day, room_ms

SPACING = timedelta(hours=12)
FEW = 10
"""Chỉ tiêu (hay điều kho cho phép) dưới chừng này lượt thì một lượt đã là mười phần trăm: không đo."""
MIN_MUSIC_MS = 5_000


@dataclass(frozen=True)
class Figures:
    """Các con số của một năm."""

    never_aired_share: float
    max_airings: int
    deadline_missed: int
    cchc_days_share: float
    topic_gap_percent_max: float
    fill_share: float
    bulletin_share: float
    spacing_breaches: int
    false_reasons: int
    bulletins: int
    programmes: int

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


def measure(log: Log, *, cap: int = 10) -> Figures:
    """Mọi con số của ``log``; ``cap``: số lượt nhiều nhất một bản tin được góp vào chỉ tiêu khi tính “kho có đủ không”."""
    missed = list(could_have_aired(log))
    able = [one for one in log.year.bulletins if any(True for _ in _chances(log, one))]
    return Figures(
        never_aired_share=len(missed) / max(1, len(able)),
        max_airings=max((len(airings) for airings in log.by_script.values()), default=0),
        deadline_missed=sum(one.valid_to is not None for one in missed),
        cchc_days_share=_reform_days(log),
        topic_gap_percent_max=max(topic_gaps(log, cap).values(), default=0.0),
        fill_share=_fill(log, music=True),
        bulletin_share=_fill(log, music=False),
        spacing_breaches=sum(1 for _ in breaches(log)),
        false_reasons=sum(1 for _ in false_reasons(log)),
        bulletins=len(able),
        programmes=len(log.year.shows),
    )


def could_have_aired(log: Log) -> Iterator[Bulletin]:
    """Bản tin chưa từng phát mà có một buổi nhận được nó nếu bớt mục phát lại: kiểm độc lập với phép xếp."""
    for one in log.year.bulletins:
        if (
            not log.by_script.get(one.id)
            and not _still_time(log, one)
            and any(_free(log, show) >= one.length_ms for show in _chances(log, one))
        ):
            yield one


def _still_time(log: Log, one: Bulletin) -> bool:
    """Duyệt vào tuần cuối và còn hiệu lực sau ngày cuối: chưa phát chưa phải là bị quên."""
    last = log.year.last
    return local_day(one.approved_at) > last - timedelta(days=7) and (one.valid_to is None or one.valid_to > last)


def breaches(log: Log) -> Iterator[tuple[Aired, Aired]]:
    """Hai lượt của một bản tin gần nhau hơn 12 giờ ở cùng một TDP."""
    for airings in log.by_script.values():
        for one, other in combinations(airings, 2):
            if one.zones & other.zones and abs(one.show.at - other.show.at) < SPACING:
                yield one, other


def false_reasons(log: Log) -> Iterator[tuple[Aired, int]]:
    """Lời “chưa phát lần nào” hay “đã phát n lần” mà sổ phát nói khác."""
    for airings in log.by_script.values():
        for one in airings:
            before = sum(other.show.at < one.show.at and bool(other.zones & one.zones) for other in airings)
            if "hưa phát lần nào" in one.why and before:
                yield one, before
            told = re.search(r"phát (\d+) lần", one.why)
            if told and int(told.group(1)) != before:
                yield one, before


def topic_gaps(log: Log, cap: int) -> dict[int, float]:
    """Nội dung → phần trăm còn thiếu so với chỉ tiêu, hoặc so với điều kho cho phép nếu kho ít hơn."""
    whole = (log.year.last - log.year.first).days >= 360
    share = 1.0 if whole else (log.year.last - PLAN_FIRST).days / 366
    done: Counter[int] = Counter()
    stock: Counter[int] = Counter()
    for one in log.aired:
        done.update(one.bulletin.topics if PLAN_FIRST <= one.show.day <= PLAN_LAST else ())
    for bulletin in log.year.bulletins:
        stock.update({topic: min(cap, _most(log, bulletin)) for topic in bulletin.topics})
    goals = {topic: min(target * share, stock[topic]) for topic, target in log.year.targets.items()}
    return {topic: max(0.0, (goal - done[topic]) / goal * 100) for topic, goal in goals.items() if goal >= FEW}


def never_by_kind(log: Log) -> dict[str, tuple[int, int]]:
    """Loại → (chưa từng phát, tổng)."""
    every = Counter(one.kind for one in log.year.bulletins)
    never = Counter(one.kind for one in log.year.bulletins if not log.by_script.get(one.id))
    return {kind: (never[kind], count) for kind, count in every.items()}


def _most(log: Log, one: Bulletin) -> int:
    """Nhiều nhất mấy lượt nếu chỉ có giới hạn ba lần một tuần."""
    last = min(log.year.last, one.valid_to or log.year.last)
    return max(0, (last - one.approved_at.date()).days // 7 * 3 + 1)


def _chances(log: Log, one: Bulletin) -> Iterator[Show]:
    """Buổi chốt sau khi bản tin được duyệt, còn hiệu lực, chung TDP, có đoạn nhận nó."""
    for show in log.year.shows:
        if show.at - LOCK < one.approved_at or not one.valid_on(show.day) or not one.zones & show.spec.zones:
            continue
        if one.length_ms <= room_ms(show.spec) and any(_takes(rule, one) for rule in show.spec.frame.segments):
            yield show


def _takes(rule: SegmentRule, one: Bulletin) -> bool:
    return (not rule.genres or one.genre in rule.genres) and (rule.column_id is None or one.reform)


def _free(log: Log, show: Show) -> int:
    """Chỗ của buổi không do lần phát đầu của bản tin nào giữ."""
    firsts = [one for one in log.by_show.get(show.id, ()) if log.by_script[one.bulletin.id][0] is one]
    return room_ms(show.spec) - sum(one.bulletin.length_ms for one in firsts)


def _reform_days(log: Log) -> float:
    days = {show.day for show in log.year.shows}
    able = {
        show.day
        for show in log.year.shows
        if any(one.reform and one.approved_at <= show.at - LOCK and one.valid_on(show.day) for one in log.year.bulletins)
    }
    had = {one.show.day for one in log.aired if one.bulletin.reform}
    return len(had & able) / max(1, len(days & able))


def _fill(log: Log, *, music: bool) -> float:
    heard = total = 0
    for show in log.year.shows:
        room, length = room_ms(show.spec), show.spec.minutes * 60_000
        said = sum(one.bulletin.length_ms for one in log.by_show.get(show.id, ()))
        filler = min(show.spec.frame.music_ms, room - said) if music else 0
        heard += length - room + said + (filler if filler >= MIN_MUSIC_MS else 0)
        total += length
    return heard / max(1, total)
