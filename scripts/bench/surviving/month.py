"""Một tháng mô phỏng với nghìn lần giết: đạo diễn, bộ bơm, sổ trực, vòng đã nghe, bản phát và nhật ký thật; đồng hồ đặt tay.

Mỗi lần giết là một tiến trình mới đọc lại sổ sau quãng tiếp quản; tai nghe đứng ở đầu ra, đối lại với điều nhật ký kể.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select

from broadcaster.airlog.enums import Event, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.clock import ManualClock
from broadcaster.database import Database
from broadcaster.database.schema import upgrade
from broadcaster.sound.frames import Samples, frame_at
from broadcaster.sound.outputs.simulated import RecordingSink
from broadcaster.traffic.enums import ItemState
from broadcaster.traffic.keeper import upkeep
from broadcaster.traffic.slots import SlotForm, create_slot
from broadcaster.traffic.tables import Item, Programme
from tests.support.radio_house import House
from tests.support.scene import lay_scene

_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_STARTS = tuple(clock_time(hour, 30) for hour in (6, 17))
_LENGTH = timedelta(minutes=5)
_SCRIPTS_A_DAY = 3
_LOUD = 300
_EDGE = 5
"""Khung đầu và cuối một mục được phép lệch chừng này so với giờ ghi."""


class _Ear(RecordingSink):
    """Chỉ nhớ số của những khung có tiếng."""

    def __init__(self, name: str) -> None:
        super().__init__(name, keep=False)
        self.loud: list[int] = []

    def take(self, number: int, frame: Samples) -> None:
        if int(np.abs(frame).max()) > _LOUD:
            self.loud.append(number)
        super().take(number, frame)


def month(folder: Path, *, days: int, kills: int, a_day: int = len(_STARTS)) -> dict[str, Any]:
    """``days`` ngày, mỗi ngày ``a_day`` buổi năm phút; ``kills`` lần giết chia đều cho các buổi, vào lúc bất kỳ."""
    began, chance = time.monotonic(), random.Random(1000)  # noqa: S311  mô phỏng
    clock = ManualClock(datetime(2026, 3, 1, 5, tzinfo=_ZONE))
    with closing(Database(f"sqlite:///{folder / 'thang.sqlite'}")) as database:
        upgrade(database)
        house = House(lay_scene(database, clock), folder)
        house.sinks = {key: _Ear(sink.name) for key, sink in house.sinks.items()}  # type: ignore[misc]
        house.start()
        _slots(house, a_day)
        first = clock.now()
        share, over = divmod(kills, days * a_day)
        for number, at in enumerate(_programmes(clock.now().astimezone(_ZONE), days, a_day)):
            _air(house, at, share + (number < over), chance)
        simulated = (clock.now() - first).total_seconds()
        return {**_judge(house, kills), "month_speed": round(simulated / (time.monotonic() - began))}


def _programmes(now: datetime, days: int, a_day: int) -> Iterator[datetime]:
    for day in range(days):
        for start in _STARTS[:a_day]:
            yield datetime.combine(now.date() + timedelta(days=day), start, _ZONE)


def _slots(house: House, a_day: int) -> None:
    with house.scene.database.writing() as session:
        for start in _STARTS[:a_day]:
            length_ms = _LENGTH // timedelta(milliseconds=1)
            name, weekdays = f"Buổi {start:%H:%M}", "1234567"
            form = SlotForm(name=name, starts_at=start, length_ms=length_ms, weekdays=weekdays, format_id=house.format_id)
            create_slot(session, house.scene.operator, form, now=house.scene.clock.now())


def _air(house: House, at: datetime, kills: int, chance: random.Random) -> None:
    clock = house.scene.clock
    _to(house, at - timedelta(minutes=25))
    if at.time() == _STARTS[0]:
        for number in range(_SCRIPTS_A_DAY):
            house.script(f"Tin cải cách hành chính ngày {at:%d tháng %m} số {number + 1}")
    house.settle()
    _to(house, at - timedelta(minutes=9))
    upkeep(house.scene.database, clock, house.scene.station_id, studio=house.desk, memory=house.memory)
    _to(house, at - timedelta(seconds=20))
    for moment in sorted(chance.uniform(0, _LENGTH.total_seconds()) for _ in range(kills)):
        house.go(max(0.02, (at - clock.now()).total_seconds() + moment))
        house.crash(_takeover(chance))
    house.go((at + _LENGTH - clock.now()).total_seconds() + 5)


def _takeover(chance: random.Random) -> float:
    """Giây từ lúc chết tới lúc tiến trình đứng chờ đã đọc xong sổ; một phần hai mươi là máy đang bận tới hạn."""
    return chance.uniform(1.0, 3.5) if chance.random() < 0.05 else chance.uniform(0.2, 1.0)


def _to(house: House, at: datetime) -> None:
    house.pump.run_until(at)
    house.keep_up()
    house.director.step()


def _judge(house: House, kills: int) -> dict[str, Any]:
    scene = house.scene
    with scene.database.reading() as session:
        ids = session.scalars(select(Programme.id).where(Programme.ends_at <= scene.clock.now())).all()
        items = session.scalars(select(Item).where(Item.programme_id.in_(ids), Item.state != ItemState.DROPPED)).all()
        reform = {item.id for item in items if item.revision is not None}
        airings = session.scalars(select(Airing).where(Airing.programme_id.in_(ids))).all()
        entries = session.scalars(select(LogEntry).where(LogEntry.item_id.is_not(None))).all()
    armed = Counter((one.run_id, one.item_id) for one in entries if one.event is Event.ITEM_ARMED)
    ended = Counter((one.run_id, one.item_id) for one in entries if one.event is Event.ITEM_ENDED)
    full = Counter(airing.item_id for airing in airings if airing.result is Result.FULL)
    told = {airing.item_id for airing in airings if airing.result is Result.FULL or (airing.result and airing.reason)}
    ear = next(iter(house.sinks.values()))
    return {
        "month_kills": kills,
        "month_programmes": len(ids),
        "month_items": len(items),
        "month_reform_items": len(reform),
        "month_reform_whole_percent": round(100 * len(reform & set(full)) / max(1, len(reform)), 2),
        "month_items_untold": len({item.id for item in items} - told),
        "doubles": sum(count > 1 for count in armed.values()) + sum(count > 1 for count in full.values()),
        "unlogged": _unlogged(ear.loud, airings),
        "without_end": sum((armed - ended).values()),
        "chain_faults": len(verify(scene.database, scene.station_id).faults),
    }


def _unlogged(loud: list[int], airings: list[Airing] | Any) -> int:
    """Số khung có tiếng mà không mục nào trong nhật ký nhận."""
    spans = sorted((frame_at(one.started_at), frame_at(one.ended_at)) for one in airings if one.started_at and one.ended_at)
    begins, ends = np.array([begin for begin, _ in spans]), np.array([end for _, end in spans])
    frames = np.array(loud)
    place = np.searchsorted(begins, frames + _EDGE, side="right") - 1
    return int(((place < 0) | (frames > ends[np.maximum(place, 0)] + _EDGE)).sum())
