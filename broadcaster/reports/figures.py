"""Con số của mọi báo cáo, theo đúng quy tắc đếm in dưới mỗi bảng; đếm là hàm thuần trên các lượt phát đã đọc ra.

Quy tắc (FIELD: nhật ký phát thanh): tin, bài = bản tin khác nhau đã phát đủ trong kỳ; lượt phát = một mục phát tới hết một lần
trong một buổi; lượt cụm loa = lượt phát × cụm loa, “đã gửi” và “đã xác nhận” đếm riêng; diễn tập không bao giờ đếm.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, DateTime, String, func, select, type_coerce
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.accounts.stations import ZoneNames
from broadcaster.airlog.delivered import Deliveries
from broadcaster.airlog.enums import DeliveryState, Mode, Reason, Result
from broadcaster.airlog.programmes import FaultDays
from broadcaster.airlog.queries import Period
from broadcaster.airlog.reaches import Reaches
from broadcaster.airlog.tables import Airing
from broadcaster.database.types import read_json
from broadcaster.newsroom.enums import Genre
from broadcaster.playout.network_admin import fault_spans

K = TypeVar("K", bound=Hashable)

NO_PROGRAMME = 0
"""``programme_id`` của lần vang khẩn cấp: nó không thuộc buổi nào, và không phải một buổi."""
_MOST_CLUSTERS, _MOST_NAMED = 10, 5
"""Kể tên chừng ấy cụm loa, mỗi cụm chừng ấy tin bài: một trận bão làm hỏng sáu mươi cụm, báo cáo vẫn đọc được."""
_LIVE = (DeliveryState.SENT, DeliveryState.CONFIRMED)
COUNTING_RULES = (
    "Tin, bài: số bản tin khác nhau đã phát đủ ít nhất một lần trong kỳ. Buổi: một chương trình đã phát; lần vang "
    "khẩn cấp không thuộc buổi nào.",
    "Lượt phát: một mục được phát tới hết một lần trong một buổi; mục bị ngắt rồi phát lại là một lượt, bị ngắt hẳn là "
    "phát thiếu.",
    "Lượt cụm loa: lượt phát nhân số cụm loa. “Đã gửi” nghĩa là đường ra đã nhận tiếng; chỉ “đã xác nhận” mới là có người "
    "hoặc thiết bị xác nhận tại loa; hai số đếm riêng, không cộng lẫn. Cụm loa đang báo hỏng không kể là đã gửi, trừ khi có "
    "người xác nhận đã nghe; số ấy nêu riêng.",
    "Thời lượng: tổng thời gian đã nghe. Tỷ lệ: lượt phát đã thực hiện trên lượt đã xếp. Diễn tập không tính; dòng đính chính "
    "thay cho kết quả cũ, dòng cũ vẫn còn trong nhật ký.",
)


class Aired(NamedTuple):
    """Một lượt phát như bảng chiếu của nhật ký đang nói; giờ là UTC. Một năm của phường lớn là trăm nghìn lượt."""

    id: int
    local_day: date
    slot_name: str
    programme_id: int
    position: int
    kind: str
    title: str
    script_id: int | None
    revision_id: int | None
    genre: str | None
    column_name: str | None
    topics: list[str]
    origin: str | None
    priority: str | None
    mode: Mode
    planned_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    planned_ms: int
    heard_ms: int
    result: Result | None
    reason: Reason | None
    is_rerun: bool

    @property
    def whole(self) -> bool:
        """Đã phát tới hết."""
        return self.result is Result.FULL


class Counted(NamedTuple):
    """Một lượt phát, chỉ những cột để đếm: cả năm đọc nhanh gấp ba."""

    id: int
    local_day: date
    programme_id: int
    title: str
    script_id: int | None
    revision_id: int | None
    genre: str | None
    column_name: str | None
    heard_ms: int
    topics: list[str]
    result: Result | None

    @property
    def whole(self) -> bool:
        """Đã phát tới hết."""
        return self.result is Result.FULL


_COLUMNS = [Airing.__table__.c[name] for name in Aired._fields]
_COUNTED = [
    *(Airing.__table__.c[name] for name in Counted._fields[:-2]),
    *(type_coerce(Airing.__table__.c[name], String) for name in Counted._fields[-2:]),
]
"""Hai cột cuối đọc nguyên chữ rồi hiểu mỗi chữ một lần: kiểu của chúng hiểu lại từ đầu ở từng dòng."""
_AT = type_coerce(func.coalesce(Airing.started_at, Airing.planned_at), DateTime)
"""Giờ trần: chỉ để hỏi lúc ấy cụm nào đang báo hỏng."""
_RESULTS = {one.value: one for one in Result}
_MOST_TOPICS, _BATCH = 4096, 1000


@dataclass(frozen=True)
class ReachCount:
    """Lượt phát đã tới những cụm loa nào: mã cụm → trạng thái, mã và tên TDP của từng cụm."""

    states: Mapping[str, DeliveryState] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)
    overheard: tuple[str, ...] = ()
    """Cụm không được nhắm tới mà cũng nghe thấy: nêu tên, không đếm vào cụm đã gửi."""
    faulty: frozenset[str] = frozenset()
    """Cụm đường ra đã nhận tiếng nhưng đang báo hỏng, chưa ai xác nhận đã nghe: đếm riêng, không bao giờ là “đã gửi”."""
    ids: Mapping[str, int] = field(default_factory=dict)
    """Mã cụm → mã dòng của nó: cụm được đặt mã khác vẫn là một cụm."""

    def count(self, state: DeliveryState) -> int:
        """Số cụm loa ở trạng thái này; cụm đang báo hỏng không kể là đã gửi."""
        return self._counts[state]

    @cached_property
    def _counts(self) -> Counter[DeliveryState]:
        return Counter(one for code, one in self.states.items() if code not in self.faulty)

    @cached_property
    def live(self) -> list[str]:
        """Mã các cụm loa đã tới: đã gửi hoặc đã xác nhận."""
        return [code for code, state in self.states.items() if state in _LIVE and code not in self.faulty]


_NOWHERE = ReachCount()
_result, _day, _heard_ms = attrgetter("result"), attrgetter("local_day"), attrgetter("heard_ms")


@dataclass(frozen=True)
class Figures:
    """Con số của một nhóm lượt phát."""

    news: int = 0
    features: int = 0
    scripts: int = 0
    programmes: int = 0
    airings: int = 0
    planned: int = 0
    partial: int = 0
    missed: int = 0
    heard_ms: int = 0
    sent: int = 0
    confirmed: int = 0
    faulty: int = 0
    """Lượt cụm loa mà cụm đang báo hỏng: đường ra đã nhận, nhưng không kể là đã gửi."""
    clusters: int = 0
    zones: int = 0
    first: date | None = None
    last: date | None = None

    @property
    def minutes(self) -> float:
        """Thời lượng đã nghe, phút."""
        return self.heard_ms / 60_000

    @property
    def reach_words(self) -> str:
        """Lượt cụm loa bằng lời: đã gửi, đã xác nhận, và nói rõ khi có cụm đang báo hỏng."""
        broken = f", {self.faulty} gửi tới cụm đang báo hỏng nên không kể" if self.faulty else ""
        return f"lượt cụm loa: {self.sent} đã gửi, {self.confirmed} đã xác nhận{broken}."

    @property
    def done_share(self) -> float | None:
        """Lượt đã phát đủ trên lượt đã xếp; chưa xếp lượt nào thì ``None``."""
        return self.airings / self.planned if self.planned else None


def aired(session: Session, actor: Actor, period: Period) -> list[Aired]:
    """Mọi lượt phát không phải diễn tập của kỳ, theo giờ. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(*_COLUMNS).where(*_within(actor, period))
    ordered = query.order_by(Airing.planned_at, Airing.position, Airing.id).execution_options(yield_per=1000)
    rows = session.connection().execute(ordered)  # thẳng từ bảng: hàng trăm nghìn dòng không qua lớp đối tượng
    return list(map(Aired._make, rows))


def spoken_reached(session: Session, actor: Actor, period: Period) -> tuple[list[Counted], dict[int, ReachCount]]:
    """Mọi lượt của tin bài trong kỳ để đếm, không theo thứ tự nào, và cụm loa của từng lượt; một lần đọc. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(*_COUNTED, _AT, Airing.reach_id).where(*_within(actor, period, only_spoken=True))
    reached, topics_of = _Reached(session, actor), lru_cache(_MOST_TOPICS)(read_json)
    rows, reach = list[Counted](), dict[int, ReachCount]()
    for batch in session.connection().execute(query.execution_options(yield_per=_BATCH)).partitions():
        reached.learn(batch)
        for *told, topics, result, at, reach_id in batch:
            row = Counted._make((*told, topics_of(topics), _RESULTS.get(result)))
            rows.append(row)
            reach[row.id] = reached.of(reach_id, row.local_day, at)
    return rows, reach


def _within(actor: Actor, period: Period, *, only_spoken: bool = False) -> Iterator[ColumnElement[bool]]:
    yield Airing.station_id == actor.station_id
    yield Airing.local_day.between(period.first, period.last)
    yield Airing.mode != Mode.REHEARSAL
    if only_spoken:
        yield Airing.script_id.is_not(None)


def reaches(session: Session, actor: Actor, period: Period) -> dict[int, ReachCount]:
    """``Aired.id`` → cụm loa của lượt ấy, không kể diễn tập. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    query = select(Airing.id, Airing.local_day, _AT, Airing.reach_id).where(*_within(actor, period))
    reached, found = _Reached(session, actor), dict[int, ReachCount]()
    for batch in session.connection().execute(query.execution_options(yield_per=_BATCH)).partitions():
        reached.learn(batch)
        found.update((airing_id, reached.of(reach_id, day, at)) for airing_id, day, at, reach_id in batch)
    return found


class _Reached:
    """Mã nơi tới của một lượt → ``ReachCount``: triệu lượt chỉ tới vài trăm nơi khác nhau."""

    def __init__(self, session: Session, actor: Actor) -> None:
        self._reaches = Reaches(session)
        self._faults, self._zones = FaultDays(fault_spans(session, actor)), ZoneNames(session, actor.station_id)
        self._known: dict[tuple[int, frozenset[int], int], ReachCount] = {}

    def learn(self, batch: Sequence[Any]) -> None:
        """Một mẻ dòng, mã nơi tới ở cột cuối."""
        self._reaches.learn(row[-1] for row in batch)

    def of(self, reach_id: int, day: date, at: datetime) -> ReachCount:
        key = reach_id, self._faults.at(day, at), self._zones.version(day)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _reach(self._reaches.of(*key[:2]), self._zones.of(key[2]))
        return found


def _reach(deliveries: Deliveries, labels: Mapping[str, str]) -> ReachCount:
    targeted = [one for one in deliveries if not one.overheard]
    return ReachCount(
        {one.cluster_code: one.state for one in targeted},
        {one.cluster_code: labels.get(one.zone_code, one.zone_code) for one in targeted},
        overheard=tuple(one.cluster_code for one in deliveries if one.overheard),
        ids={one.cluster_code: one.cluster_id for one in targeted},
        faulty=frozenset(one.cluster_code for one in targeted if one.faulty and one.state is DeliveryState.SENT),
    )


def spoken(rows: Iterable[Aired]) -> list[Aired]:
    """Chỉ tin bài: nhạc hiệu, lời chào, nhạc đệm có dòng trong nhật ký nhưng không phải lượt tuyên truyền."""
    return [row for row in rows if row.script_id is not None]


def figures_of(rows: Sequence[Aired | Counted], reach: Mapping[int, ReachCount]) -> Figures:
    """Đếm một nhóm lượt phát. Nơi tới giống nhau thì đếm một lần rồi nhân: cả năm chỉ có vài trăm nơi."""
    whole = [row for row in rows if row.result is Result.FULL]
    scripts = _genres(whole)
    genres, results = Counter(scripts.values()), Counter(map(_result, rows))
    reached = [reach.get(row.id, _NOWHERE) for row in whole]
    distinct, times = {id(one): one for one in reached}, Counter(map(id, reached))
    days = set(map(_day, whole))

    def summed(count: Callable[[ReachCount], int]) -> int:
        return sum(count(one) * times[key] for key, one in distinct.items())

    return Figures(
        news=genres[Genre.NEWS.value],
        features=genres[Genre.FEATURE.value],
        scripts=len(scripts),
        programmes=len({row.programme_id for row in rows if row.heard_ms and row.programme_id != NO_PROGRAMME}),
        airings=len(whole),
        planned=len(rows),
        partial=results[Result.PARTIAL],
        missed=results[Result.NONE] + results[Result.REPLACED],
        heard_ms=sum(map(_heard_ms, rows)),
        sent=summed(lambda one: one.count(DeliveryState.SENT)),
        confirmed=summed(lambda one: one.count(DeliveryState.CONFIRMED)),
        faulty=summed(lambda one: len(one.faulty)),
        clusters=len({one.ids.get(code, code) for one in distinct.values() for code in one.live}),
        zones=len({one.zones[code] for one in distinct.values() for code in one.live}),
        first=min(days, default=None),
        last=max(days, default=None),
    )


def _genres(rows: Iterable[Aired | Counted]) -> dict[int, str | None]:
    """Bản tin → thể loại; dòng khẩn cấp của một bản tin không kể thể loại thì lượt khác của nó kể."""
    found: dict[int, str | None] = {}
    for row in rows:
        if row.script_id is not None and (row.genre is not None or row.script_id not in found):
            found[row.script_id] = row.genre
    return found


def left_out(rows: Iterable[Aired | Counted], reach: Mapping[int, ReachCount]) -> str:
    """Những lượt cụm loa không kể là đã gửi vì cụm đang báo hỏng: cụm nào, mấy lượt, ngày nào, tin bài nào; không có thì rỗng."""
    missing: dict[str, list[Aired | Counted]] = {}
    doubtful = {key for key, one in reach.items() if one.faulty}
    for row in rows if doubtful else ():
        for code in reach[row.id].faulty if row.id in doubtful and row.whole else ():
            missing.setdefault(code, []).append(row)
    if not missing:
        return ""
    told = [f"{code}: {_told_airings(items)}" for code, items in sorted(missing.items())]
    if others := told[_MOST_CLUSTERS:]:
        told[_MOST_CLUSTERS:] = [f"và {len(others)} cụm khác (xem mẫu Tình trạng cụm loa)"]
    return f"Lượt không kể là đã gửi vì cụm loa đang báo hỏng: {'; '.join(told)}."


def _told_airings(rows: Sequence[Aired | Counted]) -> str:
    first, last = min(row.local_day for row in rows), max(row.local_day for row in rows)
    days = f"ngày {first:%d/%m/%Y}" if first == last else f"từ ngày {first:%d/%m/%Y} đến ngày {last:%d/%m/%Y}"
    titles = sorted(Counter(row.title for row in rows).items(), key=lambda one: (-one[1], one[0]))
    named = ", ".join(f"“{title}”" + (f" {count} lần" if count > 1 else "") for title, count in titles[:_MOST_NAMED])
    more = f" và {len(titles) - _MOST_NAMED} tin bài khác" if len(titles) > _MOST_NAMED else ""
    return f"{len(rows)} lượt {days} ({named}{more})"


def grouped(rows: Iterable[Aired], key: Callable[[Aired], K]) -> dict[K, list[Aired]]:
    """Chia nhóm, giữ thứ tự gặp đầu tiên."""
    groups: dict[K, list[Aired]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def facts(figures: Figures) -> dict[str, Any]:
    """Các con số dưới dạng JSON, để băm và so hai lần lập; báo cáo cũ chưa có số cụm hỏng nên không có cụm nào thì không kể."""
    told = {name: value.isoformat() if isinstance(value, date) else value for name, value in vars(figures).items()}
    return told if figures.faulty else {name: value for name, value in told.items() if name != "faulty"}
