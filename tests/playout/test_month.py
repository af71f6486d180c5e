"""Một tháng buổi phát với điện chập chờn: mất điện trước, giữa, suốt buổi, bật máy trễ. Mục nào cũng có kết quả và lý do."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select

from broadcaster.airlog.enums import Event, Reason, Result
from broadcaster.airlog.queries import bodies_of
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.slots import SlotForm, create_slot
from broadcaster.traffic.tables import Item, Programme
from tests.support.radio_house import House
from tests.support.scene import Scene

DAYS = 20
LENGTH = timedelta(minutes=3)
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
Day = Callable[[House, datetime, random.Random], None]


def all_is_well(house: House, at: datetime, _chance: random.Random) -> None:
    """Máy bật từ trước, buổi phát trọn."""
    _on(house, at - timedelta(seconds=20))
    house.go(200)


def no_power_at_all(house: House, at: datetime, chance: random.Random) -> None:
    """Mất điện suốt buổi; máy chạy lại sau đó."""
    _on(house, at + LENGTH + timedelta(seconds=chance.uniform(1, 3600)))
    house.go(5)


def switched_on_late(house: House, at: datetime, chance: random.Random) -> None:
    """Bật máy khi buổi đã bắt đầu."""
    _on(house, at + timedelta(seconds=chance.uniform(1, 150)))
    house.go(200)


def cut_and_back(house: House, at: datetime, chance: random.Random) -> None:
    """Mất điện giữa buổi, có lại khi còn giờ."""
    _on(house, at - timedelta(seconds=20))
    house.go(20 + chance.uniform(0, 90))
    _on(house, house.scene.clock.now() + timedelta(seconds=chance.uniform(1, 40)))
    house.go(200)


def cut_for_good(house: House, at: datetime, chance: random.Random) -> None:
    """Mất điện giữa buổi, có lại khi đã hết giờ."""
    _on(house, at - timedelta(seconds=20))
    house.go(20 + chance.uniform(0, 90))
    _on(house, at + LENGTH + timedelta(seconds=chance.uniform(1, 600)))
    house.go(5)


KINDS: tuple[Day, ...] = (all_is_well, no_power_at_all, switched_on_late, cut_and_back, cut_for_good)


def test_a_month_of_bad_power_leaves_no_item_without_a_result_and_a_reason(scene: Scene, tmp_path: Path) -> None:
    house, chance = House(scene, tmp_path), random.Random(20260302)
    for number in range(4):
        house.script(f"Tin số {number}")
    _slot(house)
    first = house.scene.clock.now().astimezone(_VIETNAM).date() + timedelta(days=1)
    kinds = [KINDS[number % len(KINDS)] for number in range(DAYS)]
    chance.shuffle(kinds)
    for number, kind in enumerate(kinds):
        at = datetime.combine(first + timedelta(days=number), time(8, 10), _VIETNAM)
        _on(house, at - timedelta(minutes=25))
        house.settle()
        kind(house, at, chance)
    _judge(house, kinds, first)


def _judge(house: House, kinds: list[Day], first: date) -> None:
    scene = house.scene
    assert verify(scene.database, scene.station_id).faults == ()
    with scene.database.reading() as session:
        past = select(Programme).where(Programme.ends_at <= scene.clock.now(), Programme.day >= first)
        programmes = session.scalars(past).all()
        assert len(programmes) == DAYS
        states = Counter(programme.state for programme in programmes)
        assert set(states) == {ProgrammeState.CLOSED, ProgrammeState.MISSED}
        assert states[ProgrammeState.MISSED] >= kinds.count(no_power_at_all)
        ids = [programme.id for programme in programmes]
        items = session.scalars(select(Item).where(Item.programme_id.in_(ids), Item.state != ItemState.DROPPED)).all()
        airings = {airing.item_id: airing for airing in session.scalars(select(Airing).where(Airing.programme_id.in_(ids)))}
        bodies = bodies_of(session, scene.clerk, list(airings.values()))
        for item in items:
            airing = airings[item.id]
            assert airing.result is not None, f"mục {item.id} không có kết quả"
            if airing.result is not Result.FULL:
                assert airing.reason in (Reason.POWER, Reason.LATE), (item.id, airing.reason)
                assert item.reason.endswith(".") or bodies[airing.id], "lý do là một câu người đọc hiểu được"
                assert len(item.reason) > 20, (item.id, item.reason)
        entries = session.scalars(select(LogEntry).where(LogEntry.item_id.is_not(None))).all()
    armed = Counter(entry.item_id for entry in entries if entry.event is Event.ITEM_ARMED)
    ended = Counter(entry.item_id for entry in entries if entry.event is Event.ITEM_ENDED)
    assert armed == ended
    assert max(armed.values()) == 1
    results = Counter(airing.result for airing in airings.values())
    assert min(results[one] for one in (Result.FULL, Result.PARTIAL, Result.NONE)) > 0


def _on(house: House, at: datetime) -> None:
    """Máy bật lúc ``at``: tiến trình mới, phục hồi trước khi làm gì khác."""
    house.scene.clock.advance((at - house.scene.clock.now()).total_seconds())
    house.start()
    house.director.step()


def _slot(house: House) -> None:
    form = SlotForm(
        name="Buổi sáng",
        starts_at=time(8, 10),
        length_ms=LENGTH // timedelta(milliseconds=1),
        weekdays="1234567",
        format_id=house.format_id,
    )
    with house.scene.database.writing() as session:
        create_slot(session, house.scene.operator, form, now=house.scene.clock.now())
