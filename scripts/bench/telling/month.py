"""Một đợt ngày phát: đài thật trên đồng hồ đặt tay, mỗi ngày một chuyện; nhật ký rồi được đối với người nghe đứng ngoài."""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from broadcaster.airlog.enums import Event, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.clock import ManualClock
from broadcaster.database import Database
from broadcaster.database.schema import upgrade
from broadcaster.sound.frames import FRAME_MS
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.slots import SlotForm, create_slot
from broadcaster.traffic.tables import Programme
from scripts.bench.telling.ears import Ears, Recorder, Told
from scripts.bench.telling.upsets import LENGTH, Air, Kind
from tests.support.radio_house import House
from tests.support.scene import lay_scene

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST = date(2026, 3, 2)
ONE_ZONE, EVENING = clock_time(17, 0), clock_time(20, 55)
STARTS = (clock_time(8, 10), ONE_ZONE, EVENING)
"""Mỗi ngày một buổi: cả phường, một TDP, hay sát giờ yên tĩnh."""
START_WITHIN_MS = 40
_OVER = (ProgrammeState.CLOSED, ProgrammeState.MISSED, ProgrammeState.CANCELLED)
_KEEP_UP, _AT_REST = timedelta(seconds=3), timedelta(seconds=15)
_QUIET = (clock_time(21, 0), clock_time(5, 0))
_NEAR = timedelta(seconds=4)
_PATIENCE = 150
"""Số lần hai giây đợi buổi vang nốt: quá thế là buổi đứng lại, và bị kể là không có kết quả."""
_MEMORY = Path("/dev/shm")  # noqa: S108  nơi thử, không chờ đĩa: phép thử này đo sự thật, không đo đĩa


class Station(House):
    """Đài của phép thử; phòng lịch phát chỉ làm phần của nó mỗi vài giây, như thể máy bận."""

    kept_at: datetime | None = None

    def keep_up(self) -> None:
        now, pause = self.scene.clock.now(), _KEEP_UP if self.rung else _AT_REST
        if self.kept_at is None or abs(now - self.kept_at) >= pause:
            self.kept_at = now
            super().keep_up()


@dataclass
class Tally:
    """Điều đã đo."""

    days: int = 0
    items: int = 0
    start_ms: list[float] = field(default_factory=list)
    heard_ms: list[float] = field(default_factory=list)
    quiet_seconds: float = 0.0
    foreign_path_seconds: float = 0.0
    without_result: int = 0
    wrong_cause: int = 0
    wrong_path: int = 0
    chain_faults: int = 0
    upsets: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Cộng số đo của đợt khác."""
        for name, value in vars(other).items():
            if isinstance(value, Counter):
                self.upsets.update(value)
            else:
                setattr(self, name, getattr(self, name) + value)


class Month:
    """Cả đợt mô phỏng."""

    def __init__(self, folder: Path, database: Database, seed: int) -> None:
        self.clock = ManualClock(datetime.combine(FIRST, clock_time(7), ZONE))
        self.chance = random.Random(seed)  # noqa: S311  mô phỏng
        self.house = Station(lay_scene(database, self.clock), folder)
        self.recorders = {key: Recorder(sink.name, self.clock) for key, sink in self.house.sinks.items()}
        self.house.sinks = dict(self.recorders)
        self.house.start()
        self.ears, self.tally = Ears(self.house.library), Tally()

    def day(self, kind: Kind) -> None:
        """Một buổi của một ngày, có chuyện xảy ra; rồi đối chiếu."""
        start = self.chance.choice(STARTS)
        at = datetime.combine(FIRST + timedelta(days=self.tally.days), start, ZONE)
        self._to(at - timedelta(minutes=30))
        form, slot_id = self._slot(at)
        self.house.script(f"Tin cải cách hành chính ngày {at:%d tháng %m}")
        self.house.settle()
        self._to(at - timedelta(minutes=9))
        self.house.settle()
        self._to(at - timedelta(seconds=10))
        for recorder in self.recorders.values():
            recorder.begin()
        air, mark = Air(self.house, form, slot_id, at, self.chance), self.clock.now()
        kind.upset(air)
        air.rest()
        self._settle()
        self.tally.days += 1
        self.tally.upsets[kind.name] += kind.proof(air)
        _Judge(self, air, kind).judge(min(mark, self.clock.now()) - timedelta(minutes=15))

    def _settle(self) -> None:
        """Buổi vang nốt (giờ nhảy tới thì mục đang vang còn dài hơn giờ), rồi mọi dòng vào nhật ký."""
        for _ in range(_PATIENCE):
            if self.house.director.idle():
                break
            self.house.go(2)
        for _ in range(3):
            self.house.kept_at = None
            self.house.go(2)

    def _slot(self, at: datetime) -> tuple[SlotForm, int]:
        scene, day = self.house.scene, at.date()
        zones = scene.zone_ids[:1] if at.time() == ONE_ZONE else ()
        length_ms = LENGTH // timedelta(milliseconds=1)
        form = SlotForm(
            f"Buổi {at:%d/%m}", at.time(), length_ms, "1234567", self.house.format_id, zones, valid_from=day, valid_to=day
        )
        with scene.database.writing() as session:
            return form, create_slot(session, scene.operator, form, now=self.clock.now()).id

    def _to(self, at: datetime) -> None:
        """Thời gian rỗi trôi tới lúc ấy."""
        left = (at - self.clock.now()).total_seconds()
        if left < 0:
            raise RuntimeError("ngày trước lấn sang ngày sau")
        self.house.wait(left)
        self.house.director.step()
        self.house.keep_up()


class _Judge:
    """Đối nhật ký của một ngày với băng của người nghe."""

    def __init__(self, month: Month, air: Air, kind: Kind) -> None:
        self.month, self.air, self.kind, self.tally = month, air, kind, month.tally
        self.heard = {key: recorder.heard for key, recorder in month.recorders.items()}

    def judge(self, since: datetime) -> None:
        """Mọi mục, mọi đường ra; ``since``: không dòng nào của buổi cũ hơn lúc ấy."""
        scene = self.air.house.scene
        with scene.database.reading() as session:
            programme = session.scalars(select(Programme).where(Programme.starts_at == self.air.at)).one()
            items = {item.id for item in programme.items if item.state is not ItemState.DROPPED}
            airings = session.scalars(select(Airing).where(Airing.programme_id == programme.id)).all()
            paths = [{one.cluster_id: one.state.value for one in airing.deliveries} for airing in airings]
            lines = session.scalars(select(LogEntry).where(LogEntry.event == Event.ITEM_ARMED, LogEntry.happened_at > since))
            armed = {(entry.run_id, entry.item_id): json.loads(entry.body) for entry in lines}
        told = Counter(airing.item_id for airing in airings if airing.result is not None)
        sounds = Counter(body["item"]["audio_sha256"] for body in armed.values())
        called_off = programme.state is ProgrammeState.CANCELLED and not programme.locked_at
        over = programme.state in _OVER
        self._miss("buổi chưa có kết quả", not over)
        without = set() if called_off else items - set(told)
        self._miss(f"mục không có kết quả: {without}", bool(without))
        self.tally.without_result += (not over) + len(without)
        for airing, states in zip(airings, paths, strict=True):
            self._cause(airing)
            body = armed.get((airing.run_id, airing.item_id))
            if body is not None:
                self._compare(airing, body, states, again=sounds[body["item"]["audio_sha256"]] > 1)
        self._silence()

    def _cause(self, airing: Airing) -> None:
        self.tally.items += 1
        right = airing.result is Result.FULL or airing.reason in self.kind.reasons
        self.tally.wrong_cause += not right
        self._miss(f"{airing.title}: {airing.result} {airing.reason}", not right)

    def _compare(self, airing: Airing, body: dict[str, Any], states: dict[int | None, str], *, again: bool) -> None:
        """``again``: mục vang hai lần trong buổi, nên chỉ nghe quanh giờ của lần này; còn lại nghe cả băng."""
        sha256 = body["item"]["audio_sha256"]
        if body["item"]["kind"] == "filler" or not sha256:
            return
        starts = airing.started_at or airing.planned_at
        span = (starts - _NEAR, max(airing.ended_at or starts, starts) + _NEAR) if again else None
        found = {key: self.month.ears.listen(heard, sha256, span) for key, heard in self.heard.items()}
        first = min((one.first for one in found.values() if one.first is not None), default=None)
        if airing.started_at is not None and first is not None:
            error = abs((airing.started_at - first).total_seconds()) * 1000
            self.tally.start_ms.append(error)
            self._miss(f"{airing.title}: bắt đầu lệch {error:.0f} ms", error > START_WITHIN_MS)
        longest = max(found.values(), key=lambda one: one.least_ms)
        error = longest.error_ms(airing.heard_ms)
        self.tally.heard_ms.append(error)
        told = f"{airing.title}: nghe {longest.least_ms}-{longest.most_ms}, ghi {airing.heard_ms} ({airing.result})"
        self._miss(told, error > self.kind.heard_within_ms)
        self._sent(airing, states, found)

    def _sent(self, airing: Airing, states: dict[int | None, str], heard: dict[int, Told]) -> None:
        """Cụm loa “đã gửi” thì đường ra của nó phải có tiếng ấy; “không tới” thì không được nghe trọn."""
        scene = self.air.house.scene
        for cluster_id, output_id in zip(scene.cluster_ids, scene.output_ids, strict=True):
            state, ms = states.get(cluster_id), heard[output_id].least_ms
            wrong = (state == "sent" and not ms) or (state == "failed" and ms >= airing.planned_ms)
            self.tally.wrong_path += wrong
            self._miss(f"{airing.title}: {state} mà đường ra nghe {ms}/{airing.planned_ms} ms", wrong)

    def _silence(self) -> None:
        only = self.air.house.scene.output_ids[0] if self.air.form.zone_ids else None
        for output_id, events in self.heard.items():
            loud = [at for at, mark in events if mark]
            quiet = [at for at in loud if _is_quiet(at.astimezone(ZONE).time())]
            self.tally.quiet_seconds += len(quiet) * FRAME_MS / 1000
            self._miss(f"đường {output_id}: {len(quiet)} khung trong giờ yên tĩnh", bool(quiet))
            foreign = len(loud) if only not in (None, output_id) else 0
            self.tally.foreign_path_seconds += foreign * FRAME_MS / 1000
            self._miss(f"đường {output_id}: {foreign} khung không được gọi", bool(foreign))

    def _miss(self, what: str, wrong: bool) -> None:
        if wrong:
            self.tally.told.append(f"{self.kind.name}: {what} [{self.air.at:%d/%m %H:%M}]")


@contextmanager
def month_of(seed: int) -> Iterator[Month]:
    """Một đài mới, dọn khi xong; số lỗi của chuỗi được đếm lúc ra."""
    place = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=place) as folder, closing(Database(f"sqlite:///{folder}/dai.sqlite")) as database:
        upgrade(database)
        month = Month(Path(folder), database, seed)
        yield month
        month.tally.chain_faults = len(verify(database, month.house.scene.station_id).faults)


def _is_quiet(at: clock_time) -> bool:
    return at >= _QUIET[0] or at < _QUIET[1]
