"""Ngôi nhà phát sóng của phép thử: phòng thu, lịch và phòng phát thật, lái bằng tay; đồng hồ và loa là bản mô phỏng giao kèm."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, select

from broadcaster.airlog.tables import Airing
from broadcaster.clock import ManualClock
from broadcaster.errors import DatabaseAway
from broadcaster.newsroom.deciding import approve
from broadcaster.newsroom.drafting import Draft, create
from broadcaster.newsroom.enums import Genre
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.playout.booth import Booth
from broadcaster.playout.clock_gate import is_shut
from broadcaster.playout.director import Director
from broadcaster.playout.entering.forwarder import Forwarder
from broadcaster.playout.entering.rundown_writer import RundownWriter
from broadcaster.playout.heard import HeardRing
from broadcaster.playout.journal import Journal
from broadcaster.playout.recovery import Recovery
from broadcaster.playout.rundown import Shelf
from broadcaster.playout.station_log import StationLog
from broadcaster.reading import read
from broadcaster.sound.events import PumpEvent
from broadcaster.sound.library import Library
from broadcaster.sound.outputs.simulated import ManualPump, RecordingSink
from broadcaster.sound.pump import BLOCK_FRAMES
from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio import templates
from broadcaster.studio.desk import StudioDesk
from broadcaster.studio.render_queue import send_for_approval
from broadcaster.studio.sounds import install_idents, install_voices
from broadcaster.studio.worker import Worker
from broadcaster.traffic.format_presets import REHEARSAL
from broadcaster.traffic.formats import default_format
from broadcaster.traffic.keeper import Memory, upkeep
from broadcaster.traffic.slots import SlotForm, create_slot
from broadcaster.traffic.tables import Programme
from tests.support.databases import open_database
from tests.support.scene import Scene, lay_scene
from tests.support.stock import stocked_library

AT = "08:10:00"
MORNING = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
_DATABASE = "broadcaster.db"


class House:
    """Một đài nhỏ chạy trọn: studio, lịch và phòng phát, lái bằng tay."""

    def __init__(self, scene: Scene, folder: Path, *, furnished: bool = False) -> None:
        """``furnished``: kho và đài trong ``folder``, ``scene`` là bản chép của một đài đã bày."""
        self.scene, self.folder, self.started = scene, folder, False
        if not furnished:
            _furnish(scene, folder)
        self.library, self.ring = Library(folder / "kho"), folder / "da-nghe"
        place = {"station_id": scene.station_id, "player_id": scene.player_id}
        shelf = Shelf(folder / "rundown")
        self.writer = RundownWriter(scene.database, scene.clock, **place, shelf=shelf)
        self.forwarder = Forwarder(scene.database, scene.clock, **place, journal=folder / "so", ring=self.ring)
        self.sinks = {output_id: RecordingSink(f"loa {output_id}") for output_id in scene.output_ids}
        self.desk = StudioDesk(lambda text: read(text).sentences)
        self.memory = Memory()
        self.rung, self.writing_at = True, scene.clock.now()
        self.away_until = scene.clock.now() - timedelta(days=30)
        event.listen(scene.database.engine, "commit", self._ring)
        with scene.database.reading() as session:
            self.format_id = default_format(session, scene.station_id, REHEARSAL).id
        self.start()

    def start(self) -> None:
        """Tiến trình phát mới: đọc lại sổ trực và bản phát, bộ bơm mới, cùng loa; rồi phục hồi."""
        if self.started:
            self.journal.close()
        self.started = True
        scene, self.rung = self.scene, True
        self.keep_up()
        self.shelf = Shelf(self.folder / "rundown")
        self.shelf.refresh()
        assert self.shelf.network is not None
        self.journal = Journal(self.folder / "so", scene.player_id, scene.clock, after=self.shelf.network.entered)
        self.log = StationLog(self.journal)
        ring = HeardRing(self.ring)
        self.pump = ManualPump(scene.clock, self._hear, ring.note, block_frames=BLOCK_FRAMES)
        booth = Booth(scene.clock, self.pump, self.library, self.log, self.shelf, ring)
        self.director = Director(booth)
        for output_id, sink in self.sinks.items():
            self.pump.add_channel(output_id, [sink])
        Recovery(booth, self.director, self.ring).run()

    def crash(self, seconds: float) -> None:
        """Tiến trình phát bị giết ngang, ``seconds`` giây sau mới sống lại."""
        self.scene.clock.advance(seconds)
        self.start()

    def keep_up(self) -> None:
        """Phòng lịch phát làm phần của nó: đưa sổ vào nhật ký, viết bản phát. Cơ sở dữ liệu vắng thì thôi.

        Chính việc đưa sổ vào cũng reo chuông; bản phát viết lại vì tiếng chuông ấy thì mười giây một lần là đủ.
        """
        now, by_others, self.rung = self.scene.clock.now(), self.rung, False
        try:
            self.forwarder.step()
            if by_others or now >= self.writing_at:
                self.writing_at = now + timedelta(seconds=10)
                self.writer.step()
            self.rung = False
        except DatabaseAway:
            self.away_until = now + timedelta(minutes=1)

    def _ring(self, _connection: object) -> None:
        """Chuông: vừa có ai ghi vào cơ sở dữ liệu."""
        self.rung = True

    def _hear(self, event: PumpEvent) -> None:
        self.director.on_event(event)

    def slot(self, *, zone_ids: tuple[int, ...] = (), rehearsal: bool = False, at: str = AT) -> None:
        form = SlotForm(
            name=f"Buổi {at} {zone_ids}",
            starts_at=time.fromisoformat(at),
            length_ms=180_000,
            weekdays="1",
            format_id=self.format_id,
            rehearsal=rehearsal,
            zone_ids=zone_ids,
        )
        with self.scene.database.writing() as session:
            create_slot(session, self.scene.operator, form, now=self.scene.clock.now())

    def script(self, title: str, *, zone_ids: tuple[int, ...] = ()) -> int:
        """Bản tin đã duyệt."""
        scene, now = self.scene, self.scene.clock.now()
        body = f"{title}. Mời bà con theo dõi nội dung sau đây của phường."
        draft = Draft(title=title, body=body, genre=Genre.NEWS, column_id=scene.column_id, zone_ids=zone_ids)
        with scene.database.writing() as session:
            revision = create(session, scene.writer, draft, now=now)
            snapshot = send_for_approval(session, scene.writer, revision.id, version=1, read=read_text(revision.body), now=now)
            approve(
                session,
                scene.leader,
                revision.id,
                revision_sha256=revision.frozen_sha256 or "",
                reading_sha256=snapshot.sha256,
                now=now,
            )
            return revision.script_id

    def one_script(self) -> None:
        """Một bản tin, một buổi lúc 08:10, đã chuẩn bị."""
        self.script("Tin một")
        self.slot()
        self.settle()

    def settle(self) -> None:
        """Lịch và phòng thu làm hết việc."""
        maker = Worker(self.scene.database, self.scene.clock, {ToneVoice.name: ToneVoice()}, self.library, name="thợ")
        place = (self.scene.database, self.scene.clock, self.scene.station_id)
        while upkeep(*place, studio=self.desk, memory=self.memory, gate=is_shut).changed or maker.step():
            while maker.step():
                pass
        self.keep_up()

    def wait(self, seconds: float) -> None:
        """Thời gian trôi khi không có gì phát."""
        self.keep_up()
        self.director.step()
        self.pump.run_until(self.scene.clock.now() + timedelta(seconds=seconds))

    def go(self, seconds: float, *, step: float = 0.5) -> None:
        """Thời gian trôi: bộ bơm bơm, đạo diễn nhìn khi tới lúc nó hẹn, chậm nhất mỗi ``step`` giây khi đang giữ buổi.

        Bên cơ sở dữ liệu nhìn lại hai giây một lần: buổi đang phát không cần gì ở đó, nên không có gì mới thì chỉ làm khi tới
        lượt viết bản phát.
        """
        end, entering_at, known = self.scene.clock.now() + timedelta(seconds=seconds), self.scene.clock.now(), -1
        while (now := self.scene.clock.now()) < end:
            if now >= max(entering_at, self.away_until):
                if self.director.idle() or self.rung or self.journal.last != known or now >= self.writing_at:
                    self.keep_up()
                    known = self.journal.last
                entering_at = now + timedelta(seconds=2)
            wanted = self.director.step()
            self.pump.run_until(min(end, now + timedelta(seconds=wanted if self.director.idle() else min(step, wanted))))
        self.director.step()
        if self.scene.clock.now() >= self.away_until:
            self.keep_up()

    def airings(self) -> list[Airing]:
        with self.scene.database.reading() as session:
            found = list(session.scalars(select(Airing).order_by(Airing.planned_at, Airing.id)))
            for airing in found:
                assert airing.deliveries is not None
            return found

    def programme(self) -> Programme:
        with self.scene.database.reading() as session:
            return session.scalars(select(Programme).order_by(Programme.id)).first() or pytest.fail("không có buổi")


def _furnish(scene: Scene, folder: Path) -> None:
    """Kho có nhạc hiệu, giọng, mẫu lời và khuôn ngắn."""
    _, stored = stocked_library(folder / "kho")
    with scene.database.writing() as session:
        install_idents(session, scene.station_id, stored)
        install_voices(session, scene.station_id, {ToneVoice.name: ToneVoice.label})
        templates.install_defaults(session, scene.station_id, approved_by="hệ thống", now=scene.clock.now())
        default_format(session, scene.station_id, REHEARSAL)


@dataclass(frozen=True)
class Ready:
    """Đài có một bản tin, một buổi lúc 08:10, lịch và phòng thu đã làm hết việc: dựng một lần, mỗi phép thử một bản chép."""

    folder: Path
    scene: Scene

    @classmethod
    def lay(cls, folder: Path, template: Path) -> Ready:
        """Dựng trong ``folder``; ``template`` là tệp SQLite rỗng đã nâng cấp."""
        shutil.copy(template, folder / _DATABASE)
        with closing(open_database(f"sqlite:///{folder / _DATABASE}")) as database:
            house = House(lay_scene(database, ManualClock(MORNING)), folder)
            house.one_script()
            house.journal.close()
        return cls(folder, house.scene)

    @contextmanager
    def copied(self, folder: Path) -> Iterator[House]:
        """Một bản chép trong ``folder``, tiến trình phát mới bật lúc 08:00."""
        shutil.copytree(self.folder, folder)
        with closing(open_database(f"sqlite:///{folder / _DATABASE}")) as database:
            scene = replace(self.scene, database=database, clock=ManualClock(MORNING))
            yield House(scene, folder, furnished=True)
