"""Điều xảy ra trong một ngày phát, lý do đúng của mục không được nghe đủ, và bằng chứng là nó đã xảy ra thật."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from broadcaster.airlog.enums import Event, Reason
from broadcaster.airlog.tables import LogEntry
from broadcaster.playout import clock_gate
from broadcaster.traffic.enums import DayExceptionKind
from broadcaster.traffic.exceptions import DayForm, add_day_exception
from broadcaster.traffic.slots import SlotForm, edit_slot
from tests.support.radio_house import House

LENGTH = timedelta(minutes=3)
MOURNING = "Quốc tang"


class Air:
    """Một ngày phát: đài, giờ phát, khung giờ của ngày ấy và may rủi."""

    def __init__(self, house: House, form: SlotForm, slot_id: int, at: datetime, chance: random.Random) -> None:
        self.house, self.form, self.slot_id, self.at, self.chance = house, form, slot_id, at, chance
        self.clock = house.scene.clock
        self._seq = self._newest()

    def into(self) -> None:
        """Đi tới một lúc bất kỳ trong buổi."""
        moment = self.chance.uniform(5, 100)
        self.house.go(max(0.5, (self.at - self.clock.now()).total_seconds() + moment))

    def rest(self) -> None:
        """Tới hết buổi."""
        self.house.go(max(5.0, (self.at + LENGTH - self.clock.now()).total_seconds() + 8))

    def told(self, *events: Event) -> bool:
        """Nhật ký có dòng của mọi loại ấy từ đầu ngày."""
        query = select(LogEntry.event).where(LogEntry.station_id == self.house.scene.station_id, LogEntry.seq > self._seq)
        with self.house.scene.database.reading() as session:
            return set(events) <= set(session.scalars(query))

    def refused(self) -> bool:
        """Có cạc đã từ chối tiếng của buổi."""
        return any(sink.refused for sink in self.house.sinks.values())  # type: ignore[attr-defined]

    def dropped(self) -> bool:
        """Có cạc đã bỏ khung mà không báo lỗi."""
        return any(sink.health().dropped_frames for sink in self.house.sinks.values())

    def confirm_clock(self) -> None:
        """Người có tên xác nhận giờ máy bây giờ là đúng."""
        scene = self.house.scene
        self.house.go(20)
        self.house.settle()
        with scene.database.writing() as session:
            if not clock_gate.shut_players(session, scene.operator):
                return  # cổng không đóng: ngày ấy không có bằng chứng
            clock_gate.confirm_clock(session, scene.operator, scene.player_id, now=self.clock.now())

    def _newest(self) -> int:
        query = select(LogEntry.seq).where(LogEntry.station_id == self.house.scene.station_id).order_by(LogEntry.seq.desc())
        with self.house.scene.database.reading() as session:
            return session.scalar(query.limit(1)) or 0


def well(air: Air) -> None:
    """Không có gì xảy ra."""
    air.house.go(1)


def sleep(air: Air) -> None:
    """Máy ngủ giữa buổi."""
    air.into()
    air.clock.advance(air.chance.uniform(2.5, 90))


def sleep_through(air: Air) -> None:
    """Máy ngủ qua cả buổi."""
    air.clock.advance(LENGTH.total_seconds() + air.chance.uniform(30, 400))


def leap(air: Air) -> None:
    """Giờ nhảy tới giữa buổi."""
    air.into()
    air.clock.step(air.chance.uniform(2.5, 600))


def leap_months(air: Air) -> None:
    """Giờ nhảy tới mấy tháng, rồi có người chỉnh lại đúng và xác nhận."""
    air.into()
    wrong = air.chance.uniform(20, 200) * 86_400
    air.clock.step(wrong)
    air.house.go(air.chance.uniform(5, 60))
    air.clock.step(-wrong)
    air.confirm_clock()


def set_back(air: Air) -> None:
    """Giờ bị lùi giữa buổi rồi có người xác nhận."""
    air.into()
    air.clock.step(-air.chance.uniform(100, 400))
    air.confirm_clock()


def gate(air: Air) -> None:
    """Giờ bị lùi ít, không ai hay: cổng đóng tới khi giờ đuổi kịp."""
    air.into()
    air.clock.step(-air.chance.uniform(3, 60))


def day_off(air: Air) -> None:
    """Ngày nghỉ nhập vào phút chót, buổi đã chốt: *dừng cả buổi này*."""
    _off(air)


def late_stop(air: Air) -> None:
    """Như trên, khi buổi đang phát."""
    air.into()
    _off(air)


def _off(air: Air) -> None:
    form = DayForm(air.at.date(), DayExceptionKind.OFF, MOURNING, stop_today=True)
    with air.house.scene.database.writing() as session:
        add_day_exception(session, air.house.scene.operator, form, now=air.clock.now())


def moved_slot(air: Air) -> None:
    """Khung giờ dời hai phút vào phút chót: buổi ở giờ cũ dừng, buổi ở giờ mới phát."""
    at = air.at + timedelta(minutes=2)
    form = replace(air.form, starts_at=at.time(), stop_today=True)
    with air.house.scene.database.writing() as session:
        edit_slot(session, air.house.scene.operator, air.slot_id, form, now=air.clock.now())
    air.house.settle()
    air.at = at


def crash(air: Air) -> None:
    """Tiến trình phát bị giết."""
    air.into()
    air.house.crash(air.chance.uniform(0.3, 50))


def card_gone(air: Air) -> None:
    """Cạc bị rút giữa buổi rồi cắm lại."""
    air.into()
    sink = air.house.sinks[air.house.scene.output_ids[0]]
    sink.fail("mất cạc", since=air.clock.now())
    air.house.go(air.chance.uniform(5, 40))
    sink.fail(None, since=air.clock.now())


def card_slow(air: Air) -> None:
    """Cạc chỉ lấy kịp một phần."""
    for sink in air.house.sinks.values():
        sink.takes = air.chance.uniform(0.2, 0.9)


def card_stuck(air: Air) -> None:
    """Cạc kẹt suốt buổi."""
    air.house.sinks[air.house.scene.output_ids[0]].fail("thiết bị không nhận tiếng quá một giây", since=air.clock.now())


@dataclass(frozen=True)
class Kind:
    """Một loại ngày: việc xảy ra, bằng chứng, và những lý do đúng cho mục không được nghe đủ."""

    upset: Callable[[Air], None]
    proof: Callable[[Air], bool]
    reasons: frozenset[Reason] = frozenset()
    heard_within_ms: int = 250

    @property
    def name(self) -> str:
        """Khoá trong bảng số."""
        return self.upset.__name__


KINDS = (
    Kind(well, lambda air: air.told(Event.PROGRAMME_CLOSED)),
    Kind(sleep, lambda air: air.told(Event.MACHINE_AWAY, Event.AIR_GAP), frozenset({Reason.POWER}), 1000),
    Kind(sleep_through, lambda air: air.told(Event.MACHINE_AWAY, Event.PROGRAMME_MISSED), frozenset({Reason.POWER})),
    Kind(leap, lambda air: air.told(Event.CLOCK_JUMPED), frozenset({Reason.CLOCK, Reason.QUIET})),
    Kind(
        leap_months,
        lambda air: air.told(Event.CLOCK_JUMPED, Event.CLOCK_STEPPED, Event.CLOCK_CORRECTED),
        frozenset({Reason.CLOCK, Reason.QUIET}),
    ),
    Kind(set_back, lambda air: air.told(Event.CLOCK_STEPPED, Event.CLOCK_CORRECTED), frozenset({Reason.CLOCK})),
    Kind(gate, lambda air: air.told(Event.CLOCK_STEPPED), frozenset({Reason.CLOCK})),
    Kind(day_off, lambda air: air.told(Event.PROGRAMME_CANCELLED), frozenset({Reason.CANCELLED})),
    Kind(late_stop, lambda air: air.told(Event.PROGRAMME_CANCELLED), frozenset({Reason.CANCELLED, Reason.STOPPED})),
    Kind(moved_slot, lambda air: air.told(Event.PROGRAMME_CANCELLED), frozenset({Reason.CANCELLED})),
    Kind(crash, lambda air: air.told(Event.PROGRAMME_CLOSED), frozenset({Reason.POWER}), 1000),
    Kind(card_gone, Air.refused, frozenset({Reason.DEVICE})),
    Kind(card_slow, Air.dropped, frozenset({Reason.DEVICE})),
    Kind(card_stuck, Air.refused, frozenset({Reason.DEVICE})),
)
