"""Điện mất lúc nào cũng được: phòng phát (có một phòng đứng chờ) và phòng lịch bị giết năm mươi lần, người nghe làm chứng;
rồi trang web và phòng thu bị giết khi đang bận. Không tiếng nào vang hai lần, không biểu mẫu nào mất."""

from __future__ import annotations

import random
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select

from broadcaster.accounts import settings
from broadcaster.airlog.enums import Event, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.clock import ManualClock, SystemClock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.database.schema import upgrade
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import Revision
from broadcaster.service.assembly import open_database
from broadcaster.service.folders import instance_secret, open_library, rundown_folder
from broadcaster.service.guarding import command
from broadcaster.service.place import Place
from broadcaster.service.setup import prepare_data
from broadcaster.studio.enums import RecordingState
from broadcaster.studio.tables import Recording
from broadcaster.traffic.enums import ItemKind, ItemState, PlacedBy, ProgrammeState
from broadcaster.traffic.slots import create_slot
from broadcaster.traffic.tables import Format, Item, Programme
from tests.end_to_end.browser import Person, first
from tests.end_to_end.house import answers, configured
from tests.support.receiver import Heard, Receiver, tone
from tests.support.scene import Scene, lay_scene
from tests.support.waiting import eventually
from tests.traffic import build

KILLS, HOUSE_KILLS = 50, 20
BREATH, BREATH_S = 10, 5.0
"""Mỗi mười lần giết có một quãng thở, để máy chậm mấy cũng có tiếng mà nghe."""
PROGRAMMES, ITEMS, ITEM_MS = 5, 5, 2_000
PART_MS = 300
"""Sai số của người nghe ở mỗi phần (vòng đã nghe và cửa sổ đo)."""
PROGRAMME = timedelta(seconds=13)
_ENDED = (ProgrammeState.CLOSED, ProgrammeState.MISSED)


@dataclass
class Processes:
    """Các tiến trình của một ngôi nhà, chạy riêng từng cái để giết được từng cái."""

    config: Config
    running: list[tuple[str, subprocess.Popen[bytes]]]

    def start(self, name: str) -> None:
        argv = [part for part in command(Place.of(self.config), self.config.file, name).argv if part != "--supervised"]
        with (self.config.file.parent / f"{name}.log").open("ab") as log:
            self.running.append((name, subprocess.Popen(argv, stdout=log, stderr=log)))

    def kill(self, which: int) -> None:
        """SIGKILL, rồi tiến trình mới đứng vào cuối hàng."""
        name, victim = self.running.pop(which)
        victim.kill()
        victim.wait()
        self.start(name)


@contextmanager
def processes(config: Config, *names: str) -> Iterator[Processes]:
    """Chạy các tiến trình ``names``; xong thì giết hết."""
    house = Processes(config, [])
    for name in names:
        house.start(name)
    try:
        yield house
    finally:
        for _, process in house.running:
            process.kill()
            process.wait()


@pytest.mark.timeout(1200)
def test_fifty_kills_air_nothing_twice_and_leave_no_sound_unlogged(tmp_path: Path) -> None:
    config = configured(tmp_path)
    with _opened(config) as database:
        scene = lay_scene(database, ManualClock(SystemClock().now()))
        chance, pause = random.Random(), threading.Event()
        with (
            processes(config, "playout", "playout", "traffic") as running,
            Receiver(config.playout.port, instance_secret(config), scene.output_ids[0]) as receiver,
        ):
            eventually(lambda: any(rundown_folder(config).glob("network-*.json")), seconds=120, what="máy phát biết mạng loa")
            notes = _programmes(scene, config)
            eventually(lambda: receiver.connections or _claimed(database), seconds=60, what="buổi đầu được giữ")
            for number in range(1, KILLS + 1):
                pause.wait(chance.uniform(0.1, 1.5) if number % BREATH else BREATH_S)
                running.kill(chance.choices(range(3), (7, 2, 1))[0])
            eventually(lambda: _all_ended(database), seconds=90, what="mọi buổi được khép")
            eventually(lambda: not _half_files(tmp_path), seconds=120, what="không còn nửa tệp nào khi đài đã yên")
        heard = receiver.notes(len(notes))
        _judge_by_ear(database, heard, notes)
        _judge_the_log(database, scene)


def _half_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.suffix in (".part", ".tmp") or ".part." in path.name]


@pytest.mark.timeout(1200)
def test_web_and_studio_are_killed_under_load_and_no_form_is_lost(tmp_path: Path) -> None:
    config = configured(tmp_path)
    password = first(r"dùng một lần: (\S+)", "\n".join(prepare_data(config, SystemClock())))
    chance, stop = random.Random(), threading.Event()
    with processes(config, "web", "studio") as running:
        address = f"http://127.0.0.1:{config.web.port}"
        eventually(lambda: answers(config), seconds=60, what="trang web trả lời")
        admin = Person(address, "quantri", password)
        one_time = admin.add_person("lan", "Nguyễn Thị Lan", ["contributor"])
        lan = Person(address, "lan", one_time)
        writers = [Writer(address, lan.client.cookies, number, stop) for number in range(3)]
        for writer in writers:
            writer.start()
        for _ in range(HOUSE_KILLS):
            stop.wait(chance.uniform(0.3, 2.5))
            running.kill(chance.randrange(2))
        eventually(lambda: all(len(writer.sent) >= 2 for writer in writers), seconds=60, what="người viết nào cũng gửi được")
        stop.set()
        for writer in writers:
            writer.join(30)
        lan.client.close()
        admin.client.close()
        with _opened(config) as database:
            eventually(lambda: _all_made(database), seconds=90, what="mọi bản nghe thử được làm xong")
            _judge_the_forms(database, config, writers)


class Writer(threading.Thread):
    """Một người gửi biểu mẫu liên tục; ``sent``: tiêu đề được trả lời là đã nhận, ``unsure``: mất kết nối giữa chừng."""

    def __init__(self, address: str, cookies: httpx.Cookies, number: int, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.sent: list[str] = []
        self.unsure: list[str] = []
        self._client = httpx.Client(base_url=address, headers={"Origin": address}, cookies=dict(cookies), timeout=30)
        self._number, self._stop_writing = number, stop

    def run(self) -> None:
        """Gửi tới khi được bảo thôi."""
        with self._client as client:
            while not self._stop_writing.wait(0.15):
                title = f"Tin {self._number} số {len(self.sent) + len(self.unsure)}"
                form = {
                    "tieu_de": title,
                    "noi_dung": f"{title}. Mời bà con theo dõi.",
                    "the_loai": "news",
                    "khong_han": "1",
                    "viec": "gui",
                }
                try:
                    answer = client.post("/ban-tin/moi", data=form)
                except httpx.TransportError:
                    self.unsure.append(title)
                else:
                    assert answer.status_code == 303, answer.text
                    self.sent.append(title)


def _judge_the_forms(database: Database, config: Config, writers: list[Writer]) -> None:
    """Điều đã trả lời “đã gửi” thì có đó, đúng một lần, có tiếng nguyên vẹn; điều chưa chắc thì có trọn hoặc không có gì."""
    with database.reading() as session:
        revisions = session.scalars(select(Revision)).all()
        titles = Counter(one.title for one in revisions)
        sent = {title for writer in writers for title in writer.sent}
        unsure = {title for writer in writers for title in writer.unsure}
        assert set(titles) - unsure == sent
        assert set(titles.values()) == {1}
        assert all(one.state is RevisionState.SUBMITTED and one.readings for one in revisions), "gửi là gửi trọn"
        made = session.scalars(select(Recording)).all()
        assert len(made) >= len(revisions)
    library = open_library(config)
    assert all(library.verify(one.sha256 or "") for one in made), "không có nửa tệp nào trong kho"


def _all_made(database: Database) -> bool:
    with database.reading() as session:
        return set(session.scalars(select(Recording.state))) == {RecordingState.MADE}


def _judge_by_ear(database: Database, heard: list[Heard], notes: list[int]) -> None:
    """Không tiếng nào vang mà không có dòng; mục không đứt thì vang đúng một lần.

    Mục đứt quá hai giây đọc lại từ đầu câu, mà một nốt là một câu: mỗi lần tiếp được nghe lại nhiều nhất trọn nốt.
    """
    assert len(heard) >= KILLS // BREATH - 2, f"người nghe phải nghe được: {heard}"
    too_long = [one for one in heard if one.lasts_s > ITEM_MS / 1000 + 0.15]
    assert not too_long, f"một lần nối không vang một mục hai lần: {too_long}"
    with database.reading() as session:
        logged: Counter[int] = Counter()
        for airing in session.scalars(select(Airing)):
            logged[airing.revision_id or 0] += airing.heard_ms
    sounded: Counter[int] = Counter()
    for one in heard:
        assert notes[one.note] in logged, "có tiếng mà không có dòng nhật ký"
        sounded[one.note] += round(one.lasts_s * 1000)
    parts = Counter(one.note for one in heard)
    for note, heard_ms in sounded.items():
        again_ms = (parts[note] - 1) * ITEM_MS + parts[note] * PART_MS
        assert heard_ms <= logged[notes[note]] + again_ms, f"nốt {note} vang lại: {heard_ms} ms"


def _judge_the_log(database: Database, scene: Scene) -> None:
    assert verify(database, scene.station_id).faults == ()
    with database.reading() as session:
        entries = session.scalars(select(LogEntry).where(LogEntry.run_id.is_not(None), LogEntry.item_id.is_not(None))).all()
        armed = Counter((one.run_id, one.item_id) for one in entries if one.event is Event.ITEM_ARMED)
        ended = Counter((one.run_id, one.item_id) for one in entries if one.event is Event.ITEM_ENDED)
        assert armed == ended
        assert set(armed.values()) == {1}
        assert max(Counter(item for _, item in armed).values()) == 1, "không mục nào được chuẩn bị lại"
        airings = session.scalars(select(Airing)).all()
        assert {one.item_id for one in airings} == set(session.scalars(select(Item.id)))
        assert all(one.result is Result.FULL or (one.result and one.reason) for one in airings)
        left = {ItemState.AIRED, ItemState.CUT, ItemState.FAILED, ItemState.SKIPPED}
        assert set(session.scalars(select(Item.state))) <= left
        full = sum(one.result is Result.FULL for one in airings)
        assert full, "bị giết mỗi giây một lần mà vẫn có mục phát trọn"


@contextmanager
def _opened(config: Config) -> Iterator[Database]:
    database = open_database(config)
    upgrade(database)
    yield database
    database.close()


def _programmes(scene: Scene, config: Config) -> list[int]:
    """Các buổi nối tiếp nhau, mỗi mục một nốt riêng; trả về nốt → mã bản sửa."""
    library, zone = open_library(config), ZoneInfo("Asia/Ho_Chi_Minh")
    first = SystemClock().now().replace(microsecond=0) + timedelta(seconds=12)
    notes: list[int] = []
    scene.clock.advance((SystemClock().now() - scene.clock.now()).total_seconds())
    with scene.database.writing() as session:
        for name in ("quiet_from", "quiet_to"):
            settings.put(session, scene.station_id, name, "00:00", changed_by="thử", now=first)
        format_row = Format(station_id=scene.station_id, name="Buổi ngắn")
        session.add(format_row)
        session.flush()
        for number in range(PROGRAMMES):
            starts = first + number * PROGRAMME
            local = starts.astimezone(zone)
            form = build.form(
                format_row.id, name=f"Buổi {number}", starts_at=local.time(), length_ms=PROGRAMME // timedelta(milliseconds=1)
            )
            slot = create_slot(session, scene.operator, form, now=scene.clock.now())
            slot.weekdays, slot.valid_from, slot.valid_to = str(local.isoweekday()), local.date(), local.date()
            programme = Programme(
                station_id=scene.station_id,
                slot_id=slot.id,
                day=local.date(),
                starts_at=starts,
                ends_at=starts + PROGRAMME,
                state=ProgrammeState.PLANNED,
            )
            session.add(programme)
            session.flush()
            for place in range(ITEMS):
                text = build.script(session, scene, f"Nốt {len(notes)}", length_ms=ITEM_MS)
                recording = session.get_one(Recording, text.recording_id)
                recording.sha256 = library.put(tone(len(notes), ITEM_MS), tags={}).sha256
                item = Item(
                    programme_id=programme.id,
                    rank=float(place),
                    kind=ItemKind.SCRIPT,
                    revision_id=text.revision_id,
                    recording_id=text.recording_id,
                    planned_ms=ITEM_MS,
                    placed_by=PlacedBy.PERSON,
                    placed_name="người thử",
                )
                session.add(item)
                notes.append(text.revision_id)
    return notes


def _claimed(database: Database) -> bool:
    with database.reading() as session:
        return session.scalar(select(LogEntry.id).where(LogEntry.event == Event.ITEM_STARTED).limit(1)) is not None


def _all_ended(database: Database) -> bool:
    with database.reading() as session:
        return set(session.scalars(select(Programme.state))) <= set(_ENDED)
