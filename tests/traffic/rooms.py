"""Một năm thử chạy qua những phòng thật: cơ sở dữ liệu, lên lịch, xếp, chốt, nhật ký; chỉ tiếng là không vang."""

from __future__ import annotations

import time as clockwork
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, event, select
from sqlalchemy.orm import Session

from broadcaster.accounts import settings
from broadcaster.accounts.tables import Zone
from broadcaster.airlog.enums import Event, Mode
from broadcaster.airlog.writing import append
from broadcaster.clock import ManualClock
from broadcaster.database import Database
from broadcaster.database.base import Base
from broadcaster.newsroom.tables import (
    Decision,
    Plan,
    PlanTopic,
    ReadingSnapshot,
    Revision,
    Script,
    revision_topics,
    revision_zones,
)
from broadcaster.studio.enums import SoundKind
from broadcaster.studio.tables import Recording, Sound, Take
from broadcaster.traffic.enums import DayExceptionKind, ItemState, ProgrammeState, SegmentKind
from broadcaster.traffic.keeper import Memory, upkeep
from broadcaster.traffic.snapshots import line_body, programme_body, programme_lineup
from broadcaster.traffic.tables import DayException, Format, Programme, Segment, Slot
from tests.support.scene import Scene, lay_scene
from tests.traffic import build
from tests.traffic.simulator import LOCK, Aired, Log
from tests.traffic.studio import PlainStudio
from tests.traffic.ward import TET, WARM_UP, Bulletin, Frame, Show, SlotSpec, Year

_APART = 1_000_000


def _table(row: type[Base]) -> Table:
    assert isinstance(row.__table__, Table)
    return row.__table__


_SHIFTED: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (_table(Script), ("id",)),
    (_table(Revision), ("id", "script_id")),
    (_table(ReadingSnapshot), ("id", "revision_id")),
    (_table(Decision), ("id", "revision_id", "reading_id")),
    (_table(Recording), ("id",)),
    (_table(Take), ("id", "revision_id", "reading_id", "recording_id")),
    (revision_zones, ("revision_id",)),
    (revision_topics, ("revision_id",)),
)
"""Bảng của một bản tin đã duyệt, theo thứ tự phụ thuộc, và cột mang mã phải dời khi chép."""


def _copied(column: Column[Any], shifted: tuple[str, ...], number: int) -> ColumnElement[Any]:
    if column.name in shifted:
        return column + number * _APART
    return column.concat(f"-{number}") if column.name == "key" else column


@dataclass
class Cost:
    """Mỗi lần trông nom tốn bao nhiêu mili giây và truy vấn."""

    ms: list[float] = field(default_factory=list)
    cpu_ms: list[float] = field(default_factory=list)
    """Giờ máy của riêng tiến trình này: máy bận việc khác thì con số này vẫn nói được."""
    queries: list[int] = field(default_factory=list)


def simulate_rooms(database: Database, year: Year) -> tuple[Log, Cost]:
    """Cả năm qua các phòng thật; mỗi lần chốt là một lần trông nom."""
    stage = Stage(database, year)
    log, cost = Log(year), Cost()
    arriving = sorted(year.bulletins, key=lambda one: one.approved_at)
    for at, shows in groupby(year.shows, key=lambda one: one.at):
        while arriving and arriving[0].approved_at <= at - LOCK:
            stage.approve(arriving.pop(0))
        stage.go_to(at - LOCK)
        with counted(database, cost):
            stage.upkeep()
        for show in shows:
            for one in stage.air(show):
                log.add(one)
    return log, cost


@contextmanager
def counted(database: Database, cost: Cost) -> Iterator[None]:
    """Đo một lần trông nom."""
    count = 0

    def heard(*_args: object) -> None:
        nonlocal count
        count += 1

    event.listen(database.engine, "before_cursor_execute", heard)
    started, worked = clockwork.perf_counter(), clockwork.process_time()
    try:
        yield
    finally:
        cost.ms.append((clockwork.perf_counter() - started) * 1000)
        cost.cpu_ms.append((clockwork.process_time() - worked) * 1000)
        cost.queries.append(count)
        event.remove(database.engine, "before_cursor_execute", heard)


class Stage:
    """Một đài của năm thử trong cơ sở dữ liệu thật."""

    def __init__(self, database: Database, year: Year) -> None:
        self.year = year
        before = datetime(year.first.year, year.first.month, year.first.day, tzinfo=UTC) - timedelta(weeks=WARM_UP, days=1)
        self.scene: Scene = lay_scene(database, ManualClock(before))
        self.memory, self.studio = Memory(), PlainStudio(self.scene)
        self.by_script: dict[int, Bulletin] = {}
        with database.writing() as session:
            self._zones(session)
            self._topics(session)
            self._slots(session)
            for key, value in ((settings.PREPARE_BEFORE_MIN, 1), (settings.LOCK_BEFORE_MIN, 10)):
                settings.put(session, self.scene.station_id, key.name, value, changed_by="thử", now=self.scene.clock.now())

    def go_to(self, at: datetime) -> None:
        self.scene.clock.advance(max(0.0, (at - self.scene.clock.now()).total_seconds()))

    def approve(self, one: Bulletin) -> None:
        """Lãnh đạo duyệt đúng lúc ấy, phòng thu đã làm xong tiếng."""
        self.go_to(one.approved_at)
        self.approve_now(one)

    def approve_now(self, one: Bulletin) -> None:
        """Duyệt ngay bây giờ."""
        self.stock_up([one])

    def stock_up(self, many: Sequence[Bulletin]) -> None:
        """Duyệt cả loạt trong một giao dịch."""
        with self.scene.database.writing() as session:
            for one in many:
                self._script(session, one)

    def multiply(self, times: int) -> None:
        """Cả kho thành ``times`` lần, chép bằng SQL: dựng năm nghìn bản tin từng dòng mất nửa phút."""
        with self.scene.database.writing() as session:
            for number in range(1, times):
                for table, shifted in _SHIFTED:
                    values = {column.name: _copied(column, shifted, number) for column in table.columns}
                    base = select(*values.values()).where(table.c[shifted[0]] < _APART)
                    session.execute(table.insert().from_select(list(values), base))

    def _script(self, session: Session, one: Bulletin) -> None:
        made = build.script(
            session,
            self.scene,
            f"{one.kind} {len(self.by_script) + 1}",
            genre=one.genre,
            reform=one.reform,
            priority=one.priority,
            topics=tuple(self.topic_ids[topic] for topic in one.topics),
            zones=tuple(self.zone_ids[zone] for zone in one.zones) if len(one.zones) < len(self.zone_ids) else (),
            length_ms=one.length_ms,
            valid_from=one.valid_from,
            valid_to=one.valid_to,
        )
        self.by_script[made.script_id] = one

    def upkeep(self) -> None:
        upkeep(self.scene.database, self.scene.clock, self.scene.station_id, studio=self.studio, memory=self.memory)

    def air(self, show: Show) -> list[Aired]:
        """Buổi đã chốt vang trọn: mỗi tin bài có dòng chuẩn bị và dòng kết thúc."""
        self.go_to(show.at)
        with self.scene.database.writing() as session:
            query = select(Programme).where(Programme.starts_at == show.at, Programme.slot_id == self.slot_ids[show.spec])
            programme = session.scalars(query).one()
            if programme.state is not ProgrammeState.LOCKED:
                return []  # buổi rỗng không được chốt
            found = list(self._sound(session, programme, show))
            programme.state = ProgrammeState.CLOSED
        return found

    def _sound(self, session: Session, programme: Programme, show: Show) -> Iterator[Aired]:
        numbers = {zone_id: number for number, zone_id in self.zone_ids.items()}
        for line in [line for line in programme_lineup(programme) if line.fits]:
            item = line.item
            item.state = ItemState.AIRED
            if item.revision is None:
                continue
            at, ends = line.planned_at, line.planned_at + timedelta(milliseconds=line.planned_ms)
            body = {
                "programme": programme_body(session, programme),
                "item": line_body(session, line),
                "mode": Mode.AUTOMATIC.value,
                "operator": "tự động",
                "sounds_at": at.isoformat(),
                "deliveries": [],
            }
            ended = {
                "started_at": at.isoformat(),
                "ended_at": ends.isoformat(),
                "planned_ms": line.planned_ms,
                "heard_ms": line.planned_ms,
                "tolerance_ms": 0,
                "result": "full",
                "reason": None,
                "note": "",
                "deliveries": [],
            }
            for kind, content, when in ((Event.ITEM_ARMED, body, at), (Event.ITEM_ENDED, ended, ends)):
                append(
                    session, programme.station_id, kind, content, happened_at=when, now=ends, run_id=programme.id, item_id=item.id
                )
            zones = frozenset(numbers[zone.id] for zone in item.zones) or show.spec.zones
            yield Aired(show, self.by_script[item.revision.script_id], item.why, zones)

    def _zones(self, session: Session) -> None:
        ids = list(self.scene.zone_ids)
        for number in range(len(ids) + 1, 11):
            zone = Zone(
                station_id=self.scene.station_id,
                code=f"TDP{number}",
                name=f"Tổ dân phố số {number}",
                position=number,
                valid_from=date(2020, 1, 1),
            )
            session.add(zone)
            session.flush()
            ids.append(zone.id)
        self.zone_ids = dict(enumerate(ids, start=1))

    def _topics(self, session: Session) -> None:
        self.topic_ids: dict[int, int] = {}
        plan = Plan(station_id=self.scene.station_id, number="1/KH-UBND", issued_on=self.year.first, year=2028, title="CCHC 2028")
        session.add(plan)
        session.flush()
        for key, target in self.year.targets.items():
            topic = PlanTopic(
                station_id=self.scene.station_id,
                plan_id=plan.id,
                code=f"C{key}",
                title=f"Nội dung {key}",
                target=target,
                position=key,
            )
            session.add(topic)
            session.flush()
            self.topic_ids[key] = topic.id

    def _slots(self, session: Session) -> None:
        formats: dict[Frame, int] = {}
        self.slot_ids: dict[SlotSpec, int] = {}
        for number, spec in enumerate(self.year.slots):
            if spec.frame not in formats:
                formats[spec.frame] = self._format(session, spec.frame, f"Khuôn {len(formats) + 1}")
            slot = Slot(
                station_id=self.scene.station_id,
                series=spec.series,
                name=f"{spec.series} {number}",
                starts_at=spec.at,
                weekdays=spec.weekdays,
                length_ms=spec.minutes * 60_000,
                format_id=formats[spec.frame],
                valid_from=spec.first,
                valid_to=spec.last,
                zones=[session.get_one(Zone, self.zone_ids[zone]) for zone in sorted(spec.zones)] if len(spec.zones) < 10 else [],
            )
            session.add(slot)
            session.flush()
            self.slot_ids[spec] = slot.id
        for day in TET:
            session.add(
                DayException(
                    station_id=self.scene.station_id,
                    day=day,
                    kind=DayExceptionKind.OFF,
                    reason="Tết",
                    created_by="thử",
                    created_at=self.scene.clock.now(),
                )
            )

    def _format(self, session: Session, frame: Frame, name: str) -> int:
        opening = self._sound_of(session, "khung", frame.fixed_ms)
        sound = self._sound_of(session, "nhac", frame.music_ms)
        made = Format(station_id=self.scene.station_id, name=name)
        made.segments = [
            Segment(position=0, name="Nhạc hiệu", kind=SegmentKind.SOUND, target_ms=frame.fixed_ms, sound_id=opening)
        ]
        for position, rule in enumerate(frame.segments, start=1):
            made.segments.append(
                Segment(
                    position=position,
                    name=f"Đoạn {position}",
                    kind=SegmentKind.SCRIPTS,
                    target_ms=rule.target_ms,
                    genres=rule.genres,
                    column_id=self.scene.column_id if rule.column_id else None,
                )
            )
        made.segments.append(Segment(position=9, name="Nhạc", kind=SegmentKind.FILLER, target_ms=frame.music_ms, sound_id=sound))
        session.add(made)
        session.flush()
        return made.id

    def _sound_of(self, session: Session, code: str, length_ms: int) -> int:
        code = f"{code}-{length_ms}"
        known = session.scalar(select(Sound.id).where(Sound.station_id == self.scene.station_id, Sound.code == code))
        if known is not None:
            return known
        sound = Sound(
            station_id=self.scene.station_id,
            code=code,
            name=code,
            kind=SoundKind.IDENT,
            sha256=build.sha(code),
            duration_ms=length_ms,
            rights="thử",
        )
        session.add(sound)
        session.flush()
        return sound.id
