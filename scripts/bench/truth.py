"""Nhật ký có nói đúng điều loa đã phát không: ngày có ngủ, giờ nhảy, cổng đóng, lệnh phút chót, cạc mất, chậm, kẹt.

Đài thật (đạo diễn, bộ bơm, sổ trực, bản phát, nhật ký) trên đồng hồ đặt tay; cạc là bản thế chỗ. Người nghe đứng ngoài: nhận
ra từng khung 20 ms bằng chính mẫu tiếng của bản ghi và giờ của đồng hồ, không hỏi đài điều gì, rồi đối với từng dòng nhật ký.

    scripts/bench/truth.py --json [--quick] [--days 200] [--seed 1]
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import tempfile
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import soundfile
import structlog
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from broadcaster.airlog.enums import Event, Reason, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.clock import ManualClock
from broadcaster.database import Database
from broadcaster.database.schema import upgrade
from broadcaster.playout import clock_gate
from broadcaster.sound.frames import FRAME, FRAME_MS, Samples
from broadcaster.sound.library import Library
from broadcaster.sound.outputs.simulated import RecordingSink
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.slots import SlotForm, create_slot
from broadcaster.traffic.stopping import stop_programme
from broadcaster.traffic.tables import Programme
from tests.support.radio_house import House
from tests.support.scene import lay_scene

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
LENGTH = timedelta(minutes=3)
WHOLE, EVENING, ONE_ZONE = clock_time(8, 10), clock_time(20, 55), clock_time(17, 0)
WEEK = {WHOLE: "135", ONE_ZONE: "26", EVENING: "47"}
"""Mỗi ngày một buổi: cả phường, một TDP, hay sát giờ yên tĩnh."""
KEEP_UP = timedelta(seconds=3)
QUICK_S = 32.0
_QUIET = (clock_time(21, 0), clock_time(5, 0))
_NEAR = timedelta(seconds=4)


class Recorder(RecordingSink):
    """Cạc thế chỗ và máy thu bên ngoài: giờ đồng hồ lúc nhận và dấu của từng khung, khung lặng mang dấu 0."""

    def __init__(self, name: str, clock: ManualClock) -> None:
        super().__init__(name, keep=False)
        self.clock = clock
        self.heard: Heard = []

    def push(self, frame_number: int, frame: Samples) -> bool:
        before = self.count
        taken = super().push(frame_number, frame)
        if self.count > before:
            self.heard.append((self.clock.now(), zlib.crc32(frame.tobytes()) if frame.any() else 0))
        return taken


Heard = list[tuple[datetime, int]]


class Station(House):
    """Đài của phép thử; phòng lịch phát chỉ làm phần của nó mỗi vài giây, như thể máy bận."""

    kept_at: datetime | None = None

    def keep_up(self) -> None:
        now = self.scene.clock.now()
        if self.kept_at is None or abs(now - self.kept_at) >= KEEP_UP:
            self.kept_at = now
            super().keep_up()


@dataclass
class Known:
    """Một bản ghi: dấu khung → chỗ của nó, chỉ những khung không lẫn với khung nào khác trong bản ghi."""

    frames: int
    places: dict[int, int]


class Ears:
    """Nhận ra bản ghi trong điều máy thu nghe được."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[str, Known] = {}

    def known(self, sha256: str) -> Known:
        """Dấu các khung của một bản ghi."""
        if sha256 not in self._known:
            samples = soundfile.read(self._library.path(sha256), dtype="int16")[0]
            blocks = [samples[at : at + FRAME] for at in range(0, len(samples), FRAME)]
            marks = [zlib.crc32(np.pad(one, (0, FRAME - len(one))).tobytes()) if one.any() else 0 for one in blocks]
            count = Counter(marks)
            self._known[sha256] = Known(len(marks), {mark: n for n, mark in enumerate(marks) if mark and count[mark] == 1})
        return self._known[sha256]

    def listen(self, heard: Heard, sha256: str, span: tuple[datetime, datetime]) -> tuple[datetime | None, float]:
        """(giờ của mẫu đầu tiên, đã nghe mấy ms) của bản ghi ấy trong khoảng giờ ``span``."""
        known = self.known(sha256)
        found = [(at, known.places[mark]) for at, mark in heard if span[0] <= at <= span[1] and mark in known.places]
        if not found:
            return None, 0.0
        first = found[0][0] - found[0][1] * timedelta(milliseconds=FRAME_MS)
        places = {place for _, place in found}
        last = max(places)
        possible = sum(place <= last for place in known.places.values())
        final = known.frames if last == max(known.places.values()) else last + 1
        return first, final * len(places) / possible * FRAME_MS  # khung lặng, khung trùng: nghe được theo cùng tỉ lệ


@dataclass
class Tally:
    """Điều đã đo."""

    items: int = 0
    start_ms: list[float] = field(default_factory=list)
    heard_ms: list[float] = field(default_factory=list)
    quiet_seconds: float = 0.0
    foreign_path_seconds: float = 0.0
    without_result: int = 0
    wrong_cause: int = 0
    told: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


Upset = Callable[["Air"], None]


class Air:
    """Một ngày phát: đài, giờ phát và may rủi."""

    def __init__(self, house: House, at: datetime, chance: random.Random, zone_only: bool) -> None:
        self.house, self.at, self.chance, self.zone_only = house, at, chance, zone_only
        self.clock = house.scene.clock

    def into(self) -> float:
        """Đi tới một lúc bất kỳ trong buổi."""
        moment = self.chance.uniform(5, 100)
        self.house.go(max(0.5, (self.at - self.clock.now()).total_seconds() + moment))
        return moment

    def rest(self) -> None:
        """Tới hết buổi."""
        self.house.go(max(5.0, (self.at + LENGTH - self.clock.now()).total_seconds() + 8))

    def programme_id(self) -> int:
        """Buổi của hôm nay."""
        with self.house.scene.database.reading() as session:
            mine = select(Programme.id).where(Programme.starts_at == self.at)
            return session.scalars(mine).one()


def well(air: Air) -> None:
    """Không có gì xảy ra."""
    air.house.go(1)


def sleeps(air: Air) -> None:
    """Máy ngủ giữa buổi."""
    air.into()
    air.clock.advance(air.chance.uniform(2.5, 90))


def sleeps_through(air: Air) -> None:
    """Máy ngủ qua cả buổi."""
    air.clock.advance(LENGTH.total_seconds() + air.chance.uniform(30, 400))


def leaps(air: Air) -> None:
    """Giờ nhảy tới giữa buổi."""
    air.into()
    air.clock.step(air.chance.uniform(2.5, 600))


def set_back(air: Air) -> None:
    """Giờ bị lùi giữa buổi rồi có người xác nhận."""
    air.into()
    air.clock.step(-air.chance.uniform(3, 400))
    air.house.go(20)
    air.house.settle()
    with air.house.scene.database.writing() as session:
        if clock_gate.shut_players(session, air.house.scene.operator):
            clock_gate.confirm_clock(session, air.house.scene.operator, air.house.scene.player_id, now=air.clock.now())


def stopped(air: Air) -> None:
    """Quốc tang nhập vào phút chót, hay giữa buổi: dừng cả buổi."""
    if air.chance.random() < 0.5:
        air.into()
    with air.house.scene.database.writing() as session:
        programme = session.get_one(Programme, air.programme_id())
        stop_programme(session, programme, "Quốc tang", by="Trần Văn Hùng", now=air.clock.now())


def crashes(air: Air) -> None:
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
    """Một loại ngày: việc xảy ra, và những lý do đúng cho mục không được nghe đủ."""

    upset: Upset
    reasons: frozenset[Reason]
    heard_within_ms: int = 250


KINDS = (
    Kind(well, frozenset()),
    Kind(sleeps, frozenset({Reason.POWER}), 1000),
    Kind(sleeps_through, frozenset({Reason.POWER})),
    Kind(leaps, frozenset({Reason.CLOCK, Reason.QUIET})),
    Kind(set_back, frozenset({Reason.CLOCK})),
    Kind(stopped, frozenset({Reason.CANCELLED, Reason.STOPPED})),
    Kind(crashes, frozenset({Reason.POWER}), 1000),
    Kind(card_gone, frozenset({Reason.DEVICE})),
    Kind(card_slow, frozenset({Reason.DEVICE}), 250),
    Kind(card_stuck, frozenset({Reason.DEVICE})),
)


class Month:
    """Cả đợt mô phỏng."""

    def __init__(self, folder: Path, database: Database, seed: int) -> None:
        self.clock = ManualClock(datetime(2026, 3, 2, 7, tzinfo=ZONE))
        self.chance = random.Random(seed)  # noqa: S311  mô phỏng
        self.house = Station(lay_scene(database, self.clock), folder)
        self.house.sinks = {key: Recorder(sink.name, self.clock) for key, sink in self.house.sinks.items()}  # type: ignore[misc]
        self.house.start()
        self.ears, self.tally = Ears(self.house.library), Tally()
        self._slots()

    def _slots(self) -> None:
        length_ms, one_zone = LENGTH // timedelta(milliseconds=1), self.house.scene.zone_ids[:1]
        with self.house.scene.database.writing() as session:
            for at, weekdays in WEEK.items():
                zones = one_zone if at == ONE_ZONE else ()
                form = SlotForm(f"Buổi {at:%H:%M}", at, length_ms, weekdays, self.house.format_id, zone_ids=zones)
                create_slot(session, self.house.scene.operator, form, now=self.clock.now())

    def day(self, number: int, kind: Kind) -> None:
        """Một buổi của một ngày, có chuyện xảy ra; rồi đối chiếu."""
        today = date(2026, 3, 2) + timedelta(days=number)
        start = next(at for at, weekdays in WEEK.items() if str(today.isoweekday()) in weekdays)
        at = datetime.combine(today, start, ZONE)
        self._to(at - timedelta(minutes=30))
        self.house.script(f"Tin cải cách hành chính ngày {at:%d tháng %m}")
        self.house.settle()
        self._to(at - timedelta(minutes=9))
        self.house.settle()
        self._to(at - timedelta(seconds=10))
        for sink in self.house.sinks.values():
            sink.heard.clear()  # type: ignore[attr-defined]
        air = Air(self.house, at, self.chance, start is ONE_ZONE)
        mark = self.clock.now()
        kind.upset(air)
        air.rest()
        for sink in self.house.sinks.values():
            sink.fail(None)
            sink.takes = 1.0
        self._judge(air, kind, min(mark, self.clock.now()) - timedelta(minutes=15))

    def _to(self, at: datetime) -> None:
        """Thời gian rỗi trôi tới lúc ấy; giờ đã nhảy quá thì máy được chỉnh lại đúng, có người xác nhận."""
        left = (at - self.clock.now()).total_seconds()
        if left < 0:
            raise RuntimeError("ngày trước lấn sang ngày sau")
        self.house.wait(left)
        self.house.director.step()
        self.house.keep_up()

    def _judge(self, air: Air, kind: Kind, since: datetime) -> None:
        name, scene = kind.upset.__name__, self.house.scene
        self.tally.kinds[name] += 1
        with scene.database.reading() as session:
            programme = session.scalars(select(Programme).where(Programme.starts_at == air.at)).one()
            items = [item.id for item in programme.items if item.state is not ItemState.DROPPED]
            airings = session.scalars(select(Airing).where(Airing.programme_id == programme.id)).all()
            lines = session.scalars(select(LogEntry).where(LogEntry.event == Event.ITEM_ARMED, LogEntry.happened_at > since))
            armed = {(entry.run_id, entry.item_id): json.loads(entry.body) for entry in lines}
            over = programme.state in (ProgrammeState.CLOSED, ProgrammeState.MISSED, ProgrammeState.CANCELLED)
        told = {airing.item_id for airing in airings if airing.result is not None}
        cancelled = programme.state is ProgrammeState.CANCELLED and not programme.locked_at
        self._miss(name, "buổi chưa có kết quả", not over)
        self.tally.without_result += (not over) + (0 if cancelled else len(set(items) - told))
        heard = {sink.name: sink.heard for sink in self.house.sinks.values()}  # type: ignore[attr-defined]
        for airing in airings:
            self.tally.items += 1
            right = airing.result is Result.FULL or airing.reason in kind.reasons
            self.tally.wrong_cause += not right
            self._miss(name, f"{airing.title}: {airing.result} {airing.reason}", not right)
            body = armed.get((airing.run_id, airing.item_id))
            if body is not None:
                self._compare(airing, body, heard, kind)
        self._paths(air, heard)

    def _compare(self, airing: Airing, body: dict[str, Any], heard: dict[str, Heard], kind: Kind) -> None:
        sha256, kind_of = body["item"]["audio_sha256"], body["item"]["kind"]
        if kind_of == "filler" or not sha256:
            return
        starts = airing.started_at or airing.planned_at
        span = starts - _NEAR, max(airing.ended_at or starts, starts) + _NEAR
        found = [self.ears.listen(one, sha256, span) for one in heard.values()]
        first = min((at for at, _ in found if at is not None), default=None)
        longest = max(ms for _, ms in found)
        name = kind.upset.__name__
        if airing.started_at is not None and first is not None:
            error = abs((airing.started_at - first).total_seconds()) * 1000
            self.tally.start_ms.append(error)
            self._miss(name, f"{airing.title}: bắt đầu lệch {error:.0f} ms", error > 40)
        error = abs(airing.heard_ms - longest)
        self.tally.heard_ms.append(error)
        told = f"{airing.title}: nghe {longest:.0f}, ghi {airing.heard_ms} ({airing.result})"
        self._miss(name, told, error > kind.heard_within_ms)

    def _paths(self, air: Air, heard: dict[str, Heard]) -> None:
        for (output_id, sink), events in zip(self.house.sinks.items(), heard.values(), strict=True):
            loud = [at for at, mark in events if mark]
            quiet = [at for at in loud if _is_quiet(at.astimezone(ZONE).time())]
            self.tally.quiet_seconds += len(quiet) * FRAME_MS / 1000
            self._miss(sink.name, f"{len(quiet)} khung trong giờ yên tĩnh", bool(quiet))
            if air.zone_only and output_id != self.house.scene.output_ids[0]:
                self.tally.foreign_path_seconds += len(loud) * FRAME_MS / 1000

    def _miss(self, name: str, what: str, wrong: bool) -> None:
        if wrong:
            self.tally.told.append(f"{name}: {what}")


def _is_quiet(at: clock_time) -> bool:
    return at >= _QUIET[0] or at < _QUIET[1]


def _p95(values: list[float]) -> float:
    return round(float(np.percentile(values, 95)), 1) if values else 0.0


def simulate(days: int, seed: int, limit_s: float | None) -> dict[str, Any]:
    """``days`` ngày, hay chừng nào ``limit_s`` giây còn cho phép (mỗi loại ngày ít nhất một lần nếu kịp)."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, closing(Database(f"sqlite:///{folder}/dai.sqlite")) as database:
        upgrade(database)
        month = Month(Path(folder), database, seed)
        kinds: list[Kind] = []
        done = 0
        while done < days and (limit_s is None or time.monotonic() - began < limit_s):
            if not kinds:
                kinds = month.chance.sample(KINDS, len(KINDS))
            month.day(done, kinds.pop())
            done += 1
        tally = month.tally
        faults = verify(database, month.house.scene.station_id).faults
    return {
        "days": done,
        "items": tally.items,
        "start_error_ms_p95": _p95(tally.start_ms),
        "heard_error_ms_p95": _p95(tally.heard_ms),
        "quiet_seconds": round(tally.quiet_seconds, 2),
        "foreign_path_seconds": round(tally.foreign_path_seconds, 2),
        "without_result": tally.without_result,
        "wrong_cause": tally.wrong_cause,
        "chain_faults": len(faults),
        "kinds": dict(tally.kinds),
        "told": _grouped(tally.told),
    }


def _grouped(told: list[str]) -> list[str]:
    groups: dict[str, list[str]] = defaultdict(list)
    for one in told:
        groups[one.partition(":")[0]].append(one)
    return [line for lines in groups.values() for line in lines[:8]]


def main() -> None:
    """Chạy và in."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="không quá 45 giây")
    parser.add_argument("--days", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    found = simulate(args.days, args.seed, QUICK_S if args.quick else None)
    if args.json:
        print(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        print("\n".join(f"{name:24} {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
