"""Nhật ký gộp theo buổi: mỗi buổi mấy cụm loa đã nhận đủ, mấy cụm đã có người xác nhận, mấy cụm đang báo hỏng.

Cụm loa có hỏng hóc chưa sửa không bao giờ được kể là đã gửi mà không nói: nó đứng riêng một số.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.actor import Action, Actor
from broadcaster.airlog.delivered import Deliveries, Delivery
from broadcaster.airlog.enums import Mode, Result
from broadcaster.airlog.reaches import Reaches
from broadcaster.airlog.searching import Matched
from broadcaster.airlog.tables import Airing


@dataclass(frozen=True)
class FaultSpan:
    """Cụm loa hỏng từ ``since`` tới ``until`` (``None``: chưa sửa)."""

    cluster_id: int
    since: datetime
    until: datetime | None
    what: str

    def covers(self, at: datetime) -> bool:
        """Lúc ấy cụm loa đang hỏng."""
        return self.since <= at and (self.until is None or at < self.until)


Faults = Mapping[int, Collection[FaultSpan]]
"""Mã cụm loa → các lần hỏng."""


class FaultDays:
    """Cụm loa nào đang hỏng lúc nào, hỏi cho từng lượt của cả kỳ; ngày không có hỏng hóc nào thì trả lời ngay."""

    _NONE: frozenset[int] = frozenset()

    def __init__(self, faults: Faults) -> None:
        """Của mọi cụm loa một đài."""
        self._spans = [one for found in faults.values() for one in found]
        self._days: dict[date, list[FaultSpan]] = {}

    def at(self, day: date, at: datetime) -> frozenset[int]:
        """Mã các cụm đang báo hỏng lúc ``at`` (không múi giờ là UTC) của buổi ngày ``day``."""
        near = self._days.get(day)
        if near is None:
            near = self._days[day] = [one for one in self._spans if _touches(one, day)]
        if not near:
            return self._NONE
        moment = at if at.tzinfo else at.replace(tzinfo=UTC)
        return frozenset(one.cluster_id for one in near if one.covers(moment))


def _touches(span: FaultSpan, day: date) -> bool:
    margin = timedelta(days=2)
    return span.since.date() <= day + margin and (span.until is None or span.until.date() >= day - margin)


def fault_at(faults: Faults, cluster_id: int, at: datetime | None) -> FaultSpan | None:
    """Lần hỏng của cụm loa lúc ``at``."""
    return None if at is None else next((one for one in faults.get(cluster_id, ()) if one.covers(at)), None)


@dataclass(frozen=True)
class Shown:
    """Một mục trong nhật ký cùng các cụm loa của nó; ``matched``: khớp bộ lọc."""

    airing: Airing
    places: Deliveries
    matched: bool

    @property
    def groups(self) -> list[tuple[str, str]]:
        """Nhãn trạng thái → mã các cụm, để hiện gọn; cụm đang báo hỏng đứng riêng."""
        found: dict[str, list[str]] = {}
        for one in self.places:
            label = f"{one.state.label}, đang báo hỏng" if one.faulty else one.state.label
            label = f"Cũng nghe thấy, {label[0].lower()}{label[1:]}" if one.overheard else label
            found.setdefault(label, []).append(one.cluster_code)
        return [(label, ", ".join(codes)) for label, codes in found.items()]


@dataclass(frozen=True)
class ClusterLine:
    """Một cụm loa trong cả buổi: ``aired`` mục đã vang nhắm tới nó, ``sent`` mục nó nhận, ``confirmed`` mục có người nghe."""

    cluster_id: int
    code: str
    name: str
    aired: int
    sent: int
    confirmed: int
    fault: FaultSpan | None

    @property
    def whole(self) -> bool:
        """Nhận đủ mọi mục, và không có hỏng hóc nào (hoặc có người đã nghe tại loa)."""
        return self.aired > 0 and self.sent == self.aired


@dataclass(frozen=True)
class ProgrammeLog:
    """Một buổi trong nhật ký, đủ mọi mục theo thứ tự phát."""

    key: tuple[int, date]
    items: tuple[Shown, ...]
    clusters: tuple[ClusterLine, ...]

    @property
    def first(self) -> Airing:
        """Mục đầu tiên."""
        return self.items[0].airing

    @property
    def matched(self) -> int:
        """Số mục khớp bộ lọc."""
        return sum(one.matched for one in self.items)

    @property
    def rehearsal(self) -> bool:
        """Buổi diễn tập."""
        return self.first.mode is Mode.REHEARSAL

    @property
    def heard_ms(self) -> int:
        """Tổng thời gian đã nghe."""
        return sum(one.airing.heard_ms for one in self.items)

    @property
    def short(self) -> int:
        """Số mục đã có kết quả mà không đủ."""
        return sum(one.airing.result not in (None, Result.FULL) for one in self.items)

    @property
    def sent(self) -> int:
        """Số cụm loa nhận đủ."""
        return sum(one.whole for one in self.clusters)

    @property
    def confirmed(self) -> int:
        """Số cụm loa có người đã nghe mọi mục."""
        return sum(one.aired > 0 and one.confirmed == one.aired for one in self.clusters)

    @property
    def faulty(self) -> tuple[ClusterLine, ...]:
        """Các cụm đang báo hỏng lúc phát."""
        return tuple(one for one in self.clusters if one.fault is not None)


def programmes_of(session: Session, actor: Actor, found: Collection[Airing | Matched], faults: Faults) -> list[ProgrammeLog]:
    """Các buổi chứa những lượt ấy, mới trước, mỗi buổi đủ mọi mục theo thứ tự phát. Lỗi: ``NotAllowed``."""
    actor.require(Action.LOG_READ)
    keys = {(one.programme_id, one.local_day) for one in found}
    matched = {one.id for one in found}
    query = select(Airing).where(Airing.station_id == actor.station_id, Airing.programme_id.in_({key[0] for key in keys}))
    airings, reaches = sorted(session.scalars(query), key=order_of), Reaches(session)
    reaches.learn(airing.reach_id for airing in airings)
    groups: dict[tuple[int, date], list[Shown]] = {}
    for airing in airings:
        key = airing.programme_id, airing.local_day
        if key in keys:
            faulty = faulty_at(faults, airing.started_at or airing.planned_at)
            groups.setdefault(key, []).append(Shown(airing, reaches.of(airing.reach_id, faulty), airing.id in matched))
    logs = [ProgrammeLog(key, tuple(items), tuple(_clusters(items, faults))) for key, items in groups.items()]
    return sorted(logs, key=lambda one: (one.first.planned_at, one.first.id), reverse=True)


def order_of(airing: Airing) -> tuple[datetime, int, int]:
    """Thứ tự phát; xếp ở Python vì lẽ nói ở ``tables.unindexed``."""
    return airing.planned_at, airing.position, airing.id


def aired(airing: Airing) -> bool:
    """Mục này đã vang, dù đủ hay thiếu."""
    return airing.heard_ms > 0 or airing.result is Result.FULL


def faulty_at(faults: Faults, at: datetime) -> frozenset[int]:
    """Mã các cụm loa đang báo hỏng lúc ``at``."""
    return frozenset(key for key, spans in faults.items() if any(one.covers(at) for one in spans))


def _clusters(items: Iterable[Shown], faults: Faults) -> list[ClusterLine]:
    """Các mục tới y hệt nhau giữ chung một ``places``: xét mỗi nơi tới một lần, không phải mỗi mục một lần."""
    alike: dict[int, tuple[Deliveries, list[Airing]]] = {}
    for item in items:
        if aired(item.airing):
            alike.setdefault(id(item.places), (item.places, []))[1].append(item.airing)
    lines: dict[int, list[tuple[Delivery, list[Airing]]]] = {}
    for places, airings in alike.values():
        for place in (one for one in places if not one.overheard):
            lines.setdefault(place.cluster_id, []).append((place, airings))
    return sorted((_line(key, told, faults) for key, told in lines.items()), key=lambda one: one.code)


def _line(cluster_id: int, told: list[tuple[Delivery, list[Airing]]], faults: Faults) -> ClusterLine:
    last = told[-1][0]
    broken = (airing.started_at or airing.planned_at for place, airings in told if place.faulty for airing in airings)
    found = (fault_at(faults, cluster_id, at) for at in broken)
    return ClusterLine(
        cluster_id=cluster_id,
        code=last.cluster_code,
        name=last.cluster_name,
        aired=sum(len(airings) for _, airings in told),
        sent=sum(len(airings) for place, airings in told if place.sent),
        confirmed=sum(len(airings) for place, airings in told if place.confirmed),
        fault=next((one for one in found if one is not None), None),
    )
