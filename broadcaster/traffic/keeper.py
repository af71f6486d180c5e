"""Giữ lịch đúng như nó phải là: lên lịch, xếp, chuẩn bị, chốt, loại mục mất duyệt; gọi lúc nào, mấy lần cũng được.

Chạy sau mỗi tiếng chuông (tới năm lần một giây): nhìn trước bằng một phiên đọc, không có việc thì không mở giao dịch ghi.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.traffic import overlaps
from broadcaster.traffic.alerting import AlertGap, alert_gap, settle_alerts
from broadcaster.traffic.autofill import Paths
from broadcaster.traffic.calendar import zone_of
from broadcaster.traffic.emptiness import THIN, empty_alerts, miss_empty, thin, to_miss
from broadcaster.traffic.enums import ProgrammeState
from broadcaster.traffic.expiring import expire, expired, expiring, skip_without_approval, without_approval
from broadcaster.traffic.filling import Change, apply_changes, filling_gap, reword
from broadcaster.traffic.loading import PlanBook
from broadcaster.traffic.locking import lock, to_lock
from broadcaster.traffic.plan_mark import Mark, mark_of
from broadcaster.traffic.planning import create, plan_days, planning_gap, unplanned_past
from broadcaster.traffic.poison import FAMILY, Poison
from broadcaster.traffic.preparing import (
    Studio,
    attach,
    attach_texts,
    missing_alerts,
    recordings_ready,
    texts_wanted,
)
from broadcaster.traffic.tables import Programme
from broadcaster.traffic.timetable import DAY, local_day

LONGEST_LEAD = timedelta(seconds=60)
"""Đường ra được mở sớm nhiều nhất chừng này (ràng buộc ``outputs.lead``); thức sớm hơn thế thì không đường nào trễ."""
CLAIM_BEFORE = timedelta(seconds=5)
NIGHTLY_AT = time(2, 30)
_BATCH = 1
"""Số buổi mới mỗi giao dịch: sáu mục và một dòng nhật ký giữ khoá ghi chừng mười mili giây."""
_TOGETHER = 4
"""Số buổi đổi thứ tự trong một giao dịch: giữ khoá ghi chừng mười lăm mili giây."""
_ALERTS = ("prepare:", "reform:", "empty:", THIN, "expiry:", overlaps.FAMILY, FAMILY)
_LOOK_AGAIN = timedelta(hours=6)
"""Không gì đổi thì vẫn đọc và xếp lại từ đầu mỗi chừng này: dấu có sót điều gì thì lịch cũng tự đúng lại."""
_LOOK_AGAIN_BROKEN = timedelta(minutes=1)
"""Như trên, khi có dòng hỏng phải thử lại."""


Network = Callable[[Session, int], Paths]
"""Phiên đọc, đài → ai cùng nghe; phòng phát sóng biết điều này."""


Gate = Callable[[Session, int, datetime], bool]
"""Phiên đọc, đài, giờ máy → cổng đồng hồ có đang đóng không."""


class _Seen(NamedTuple):
    """Mọi điều mà lên lịch và xếp phụ thuộc vào, như lúc nhìn."""

    mark: Mark
    paths: Paths | None
    beat: float
    """Nhịp ``_LOOK_AGAIN`` thứ mấy: sang nhịp mới thì luôn tính lại từ đầu."""


@dataclass(frozen=True)
class Upkeep:
    """Kết quả một lần trông nom."""

    changed: bool


@dataclass
class Memory:
    """Dấu của những gì đã nhìn lần trước; chưa đổi thì khỏi tính lại. Mất nó chỉ tốn một lần tính."""

    seen: dict[int, _Seen] = field(default_factory=dict)
    without_reform: dict[int, tuple[date, ...]] = field(default_factory=dict)
    standing: dict[int, dict[str, str]] = field(default_factory=dict)
    """Cảnh báo chỉ đổi khi lịch đổi: buổi mỏng, hai buổi đè nhau."""
    poison: dict[int, Poison] = field(default_factory=dict)
    book: PlanBook = field(default_factory=PlanBook)


@dataclass(frozen=True)
class Alarm:
    """Một lần cần thức: ``kind`` là prepare, lock, wake, nightly hoặc backup."""

    kind: str
    at: datetime
    programme_id: int | None

    @property
    def key(self) -> str:
        """Khoá của báo thức: đặt lại cùng khoá là dời chứ không thêm."""
        return self.kind if self.programme_id is None else f"{self.kind}:{self.programme_id}"


@dataclass
class _Round:
    """Những gì mọi bước của một lần trông nom cùng cần."""

    database: Database
    studio: Studio
    station_id: int
    now: datetime
    memory: Memory
    network: Network | None
    seen: _Seen | None = None
    """Điều thấy lúc bắt đầu: điều đổi sau đó, kể cả do chính lần này, thì lần sau thấy khác."""

    @property
    def before(self) -> _Seen | None:
        """Điều đã thấy ở lần xếp trước."""
        return self.memory.seen.get(self.station_id)

    @property
    def anew(self) -> bool:
        """Lần đầu, hoặc sang nhịp mới: tính lại mọi thứ dù không gì đổi."""
        return self.before is None or self.seen is None or self.before.beat != self.seen.beat

    def moved(self, *parts: str) -> bool:
        """Một trong những phần ấy của dấu đã khác lần trước; sang ngày, đổi đường ra hay tính lại từ đầu thì luôn là khác."""
        before, seen = self.before, self.seen
        if before is None or seen is None or self.anew or before.paths != seen.paths:
            return True
        return any(getattr(before.mark, part) != getattr(seen.mark, part) for part in ("today", *parts))

    @property
    def poison(self) -> Poison:
        """Sổ dòng hỏng của đài này."""
        return self.memory.poison.setdefault(self.station_id, Poison())


def upkeep(
    database: Database,
    clock: Clock,
    station_id: int,
    *,
    studio: Studio,
    memory: Memory | None = None,
    network: Network | None = None,
    gate: Gate | None = None,
) -> Upkeep:
    """Đóng mọi khoảng cách của lịch một đài.

    ``memory``: giữ giữa các lần gọi để lần không có việc gì chỉ tốn vài truy vấn; ``network``: TDP nào chung đường ra với ai.
    ``gate``: giờ máy có đang không tin được không; lịch dựa vào giờ, nên khi ấy không làm gì cả.
    """
    turn = _Round(database, studio, station_id, clock.now(), memory or Memory(), network)
    if gate is not None:
        with database.reading() as session:
            if gate(session, station_id, turn.now):
                return Upkeep(changed=False)
    at_rest = False
    with turn.poison.alone("look", "", "Chưa xem được lịch còn việc gì"), database.reading() as session:
        turn.seen = _look(session, turn)
        at_rest = _at_rest(session, turn)
    if at_rest:
        return Upkeep(changed=False)
    changed = False
    for what, step in _STEPS.items():  # một bước hỏng không cản bước sau: xếp hỏng thì buổi đã xếp vẫn được chốt
        turn.poison.forget(step.__name__)
        with turn.poison.alone(step.__name__, "", what):
            changed = step(turn) or changed
    return Upkeep(changed=changed)


def alarms(session: Session, station_id: int, now: datetime) -> list[Alarm]:
    """Mọi lần cần thức sau ``now`` của một đài, theo thứ tự; việc đã tới giờ thì ``upkeep`` làm ngay."""
    prepare = timedelta(minutes=settings.get(session, station_id, settings.PREPARE_BEFORE_MIN))
    lock_before = timedelta(minutes=settings.get(session, station_id, settings.LOCK_BEFORE_MIN))
    query = select(Programme.id, Programme.starts_at).where(
        Programme.station_id == station_id,
        Programme.state.in_([ProgrammeState.PLANNED, ProgrammeState.LOCKED]),
        Programme.starts_at > now,
    )
    before = (("prepare", prepare), ("lock", lock_before), ("wake", LONGEST_LEAD + CLAIM_BEFORE))
    found = [Alarm(kind, row.starts_at - lead, row.id) for row in session.execute(query) for kind, lead in before]
    found.append(Alarm("nightly", _next_night(session, station_id, now), None))
    return sorted((one for one in found if one.at > now), key=lambda one: (one.at, one.key))


def _at_rest(session: Session, turn: _Round) -> bool:
    """Không bước nào có việc: gần như mọi lần gọi dừng ở đây."""
    return not (
        turn.before != turn.seen
        or expired(session, turn.station_id, turn.now)
        or texts_wanted(session, turn.station_id, turn.studio, turn.now, poison=turn.poison)
        or recordings_ready(session, turn.station_id, turn.now)
        or to_lock(session, turn.station_id, turn.now)
        or without_approval(session, turn.station_id, turn.now)
        or _alert_gap(session, turn).needed
    )


def _expire(turn: _Round) -> bool:
    with turn.database.reading() as session:
        gone = expired(session, turn.station_id, turn.now)
    if gone:
        with turn.database.writing() as session:
            expire(session, turn.station_id, gone, turn.now)
    return bool(gone)


def _plan_and_fill(turn: _Round) -> bool:
    if turn.seen is None or turn.before == turn.seen:
        return False
    planned = turn.moved("calendar") and _plan(turn)
    filled = _fill(turn)
    turn.memory.seen[turn.station_id] = turn.seen
    return planned or filled


def _plan(turn: _Round) -> bool:
    with turn.database.reading() as session:
        past = unplanned_past(session, turn.station_id, turn.now)
    for day in past:  # mỗi ngày một giao dịch, cũ trước: dừng giữa chừng thì lần sau nối đúng từ ngày kế tiếp
        with turn.database.writing() as session:
            for one in day:
                create(session, turn.station_id, one, turn.now)
    changed = bool(past)
    with turn.database.reading() as session:
        left = planning_gap(session, turn.station_id, turn.now).size
    while left > 0:  # điều mới xuất hiện từ đây thì dấu của lần sau thấy
        with turn.database.writing() as session:
            done = plan_days(session, turn.station_id, turn.now, at_most=_BATCH)
        if not done:
            break
        left, changed = left - done, True
    return changed


def _fill(turn: _Round) -> bool:
    of, now, paths = turn.station_id, turn.now, turn.seen.paths if turn.seen else None
    with turn.database.reading() as session:
        gap = filling_gap(session, of, now, book=turn.memory.book, paths=paths, fresh=turn.anew)
    if any(change.reword for change in gap.changes):
        with turn.database.writing() as session:
            reword(session, gap.changes)
    _reorder(turn, [one for one in gap.changes if one.reorders])
    if gap.changes or turn.moved("calendar", "shows", "order"):
        with turn.database.reading() as session:
            turn.memory.standing[of] = thin(session, of, now) | overlaps.crossings(session, of, now, paths)
    turn.memory.without_reform[of] = gap.without_reform
    return bool(gap.changes)


def _reorder(turn: _Round, changes: Sequence[Change]) -> None:
    """Từng nhóm buổi; nhóm có buổi hỏng thì thử riêng từng buổi, để chỉ buổi ấy không đổi được."""
    turn.poison.forget("change")
    for first in range(0, len(changes), _TOGETHER):
        together = changes[first : first + _TOGETHER]
        if _changed(turn, "changes", together):
            continue
        turn.poison.forget("changes")
        for one in together:
            _changed(turn, "change", [one])


def _changed(turn: _Round, step: str, changes: Sequence[Change]) -> bool:
    """Đổi được cả nhóm không."""
    broken = len(turn.poison.told)
    with (
        turn.poison.alone(step, str(changes[0].programme_id), "Chưa xếp được một buổi"),
        turn.database.writing() as session,
    ):
        apply_changes(session, changes)
    return len(turn.poison.told) == broken


def _prepare(turn: _Round) -> bool:
    with turn.database.reading() as session:
        wanted = texts_wanted(session, turn.station_id, turn.studio, turn.now, poison=turn.poison)
    turn.poison.forget("text")
    for one in wanted:
        with turn.poison.alone("text", str(one.template_id), f"Chưa đọc được lời “{one.title}”"):
            sentences = one.spoken(turn.studio.read)
            with turn.database.writing() as session:
                attach_texts(session, turn.station_id, turn.studio, [(one, sentences)], turn.now)
    return bool(wanted)


def _attach(turn: _Round) -> bool:
    with turn.database.reading() as session:
        ready = recordings_ready(session, turn.station_id, turn.now)
    if ready:
        with turn.database.writing() as session:
            attach(session, ready)
    return bool(ready)


def _lock(turn: _Round) -> bool:
    with turn.database.reading() as session:
        due = to_lock(session, turn.station_id, turn.now)
    turn.poison.forget("lock")
    for programme_id in due:
        with turn.poison.alone("lock", str(programme_id), "Chưa chốt được một buổi"), turn.database.writing() as session:
            lock(session, turn.station_id, programme_id, turn.now)
    return bool(due)


def _miss(turn: _Round) -> bool:
    with turn.database.reading() as session:
        empty = to_miss(session, turn.station_id, turn.now)
    if empty:
        with turn.database.writing() as session:
            miss_empty(session, turn.station_id, empty, turn.now)
    return bool(empty)


def _skip(turn: _Round) -> bool:
    with turn.database.reading() as session:
        gone = without_approval(session, turn.station_id, turn.now)
    if gone:
        with turn.database.writing() as session:
            skip_without_approval(session, gone, turn.now)
    return bool(gone)


def _alert(turn: _Round) -> bool:
    with turn.database.reading() as session:
        gap = _alert_gap(session, turn)
    if gap.needed:
        with turn.database.writing() as session:
            settle_alerts(session, turn.station_id, gap, now=turn.now)
    return gap.needed


def _alert_gap(session: Session, turn: _Round) -> AlertGap:
    today = local_day(turn.now, zone_of(session, turn.station_id))
    wanted = missing_alerts(session, turn.station_id, turn.now) | _reform_alerts(turn, today) | turn.poison.told
    wanted |= turn.memory.standing.get(turn.station_id, {})
    wanted |= empty_alerts(session, turn.station_id, turn.now) | expiring(session, turn.station_id, today, turn.now)
    return alert_gap(session, turn.station_id, _ALERTS, wanted)


def _reform_alerts(turn: _Round, today: date) -> dict[str, str]:
    """Hôm nay hoặc ngày mai có buổi phát mà không có mục CCHC nào: kế hoạch đòi mỗi ngày một mục."""
    return {
        f"reform:{day}": f"Ngày {day:%d/%m} chưa có mục CCHC nào trong các buổi phát. "
        "Hãy soạn và duyệt một bản tin thuộc chuyên mục Cải cách hành chính."
        for day in turn.memory.without_reform.get(turn.station_id, ())
        if day <= today + DAY
    }


_STEPS: dict[str, Callable[[_Round], bool]] = {
    "Chưa cho bản tin hết hạn rời lịch được": _expire,
    "Chưa lập và xếp được lịch những ngày tới": _plan_and_fill,
    "Chưa chuẩn bị được lời của các buổi sắp tới": _prepare,
    "Chưa gắn được bản ghi vào các buổi sắp tới": _attach,
    "Chưa chốt được buổi sắp phát": _lock,
    "Chưa ghi được buổi không có bản tin": _miss,
    "Chưa gỡ được mục đã mất duyệt": _skip,
    "Chưa nêu được cảnh báo của lịch": _alert,
}


def _look(session: Session, turn: _Round) -> _Seen:
    paths = turn.network(session, turn.station_id) if turn.network else None
    every = _LOOK_AGAIN_BROKEN if turn.poison.told else _LOOK_AGAIN
    return _Seen(mark_of(session, turn.station_id, turn.now), paths, turn.now.timestamp() // every.total_seconds())


def _next_night(session: Session, station_id: int, now: datetime) -> datetime:
    zone = zone_of(session, station_id)
    tonight = datetime.combine(local_day(now, zone), NIGHTLY_AT, tzinfo=zone)
    return tonight if tonight > now else tonight + DAY
