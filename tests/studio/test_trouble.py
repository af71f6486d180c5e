"""Phòng thu lúc trục trặc: bản đọc thiếu, cơ sở dữ liệu vắng, đầy đĩa, hai người cùng đụng một bản ghi."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import OperationalError

from broadcaster.accounts.audit import open_alerts
from broadcaster.clock import ManualClock
from broadcaster.database import Database
from broadcaster.errors import Conflict, DatabaseAway, Invalid
from broadcaster.sound.library import Library
from broadcaster.sound.voices.port import Progress, Speech
from broadcaster.sound.voices.tone import ToneVoice
from broadcaster.studio import templates
from broadcaster.studio.enums import RecordingState, TemplateCode
from broadcaster.studio.render import Job, claim_next
from broadcaster.studio.render_queue import make_again
from broadcaster.studio.worker import STRANGE, Worker
from tests.studio.test_studio import SENTENCES, Stumbling, row_of, want, worker
from tests.support.scene import Scene, lay_scene
from tests.support.waiting import eventually


class Forgetful(ToneVoice):
    """Giọng bỏ sót câu cuối mà tưởng là xong."""

    name = "tone:sot"

    def speak(
        self, sentences: Sequence[str], *, on_progress: Progress | None = None, cancelled: threading.Event | None = None
    ) -> Speech:
        return super().speak(sentences[:1], on_progress=on_progress, cancelled=cancelled)


class Slow(ToneVoice):
    """Mỗi câu mất một giây; sau mỗi câu ghi lại tiến độ mà người ở đài thấy."""

    name = "tone:cham"

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.seen: list[int] = []
        self.scene: Scene | None = None
        self.recording_id = 0

    def speak(
        self, sentences: Sequence[str], *, on_progress: Progress | None = None, cancelled: threading.Event | None = None
    ) -> Speech:
        def told(done: int, total: int) -> None:
            self.clock.advance(1)
            assert on_progress is not None
            on_progress(done, total)
            if self.scene is not None:
                scene = self.scene
                eventually(lambda: row_of(scene, self.recording_id).progress_done == done, what="tiến độ đã ghi")
                self.seen.append(done)

        return super().speak(sentences, on_progress=told, cancelled=cancelled)


class AwayWhileSpeaking(Slow):
    """Cơ sở dữ liệu vắng từ lúc bắt đầu đọc; trở lại khi thợ đã nộp hụt một lần."""

    name = "tone:vang"

    def __init__(self, clock: ComingBack, database: Database) -> None:
        super().__init__(clock)
        self.back = clock
        self.database = database

    def speak(
        self, sentences: Sequence[str], *, on_progress: Progress | None = None, cancelled: threading.Event | None = None
    ) -> Speech:
        self.back.lose(self.database)
        return super().speak(sentences, on_progress=on_progress, cancelled=cancelled)


class ComingBack(ManualClock):
    """Đồng hồ mà lần chờ đầu tiên đưa cơ sở dữ liệu trở lại, lần chờ sau đó bảo dừng."""

    def __init__(self, start: datetime) -> None:
        super().__init__(start)
        self.stop: Callable[[], None] = lambda: None
        self._held: list[Database] = []

    def lose(self, database: Database) -> None:
        event.listen(database.engine, "begin", _refuse)
        self._held.append(database)

    def wait(self, event_: threading.Event, seconds: float) -> bool:
        if self._held:
            event.remove(self._held.pop().engine, "begin", _refuse)
        else:
            self.stop()
        return super().wait(event_, seconds)


def _refuse(_connection: Connection) -> None:
    raise OperationalError("BEGIN", None, Exception("mất kết nối"))


@contextmanager
def away(database: Database) -> Iterator[None]:
    event.listen(database.engine, "begin", _refuse)
    try:
        yield
    finally:
        event.remove(database.engine, "begin", _refuse)


def test_a_bulletin_with_a_missing_sentence_goes_to_the_next_voice(scene: Scene, tmp_path: Path) -> None:
    recording_id = want(scene, Forgetful(), ToneVoice(), sentences=SENTENCES * 3)
    worker(scene, tmp_path, Forgetful(), ToneVoice()).step()
    made = row_of(scene, recording_id)
    assert (made.state, made.voice) == (RecordingState.MADE, "tone:dien-tap")
    assert made.failures[0]["voice"] == "tone:sot"
    assert "không khớp với lời" in made.failures[0]["reason"]


def test_progress_is_seen_while_speaking(scene: Scene, tmp_path: Path) -> None:
    voice = Slow(scene.clock)
    voice.scene, voice.recording_id = scene, want(scene, voice)
    assert worker(scene, tmp_path, voice).step()
    assert voice.seen == [1, 2]


class Yielding(Slow):
    """Nhớ độ nhường CPU của luồng đọc."""

    name = "tone:nhuong"

    def speak(
        self, sentences: Sequence[str], *, on_progress: Progress | None = None, cancelled: threading.Event | None = None
    ) -> Speech:
        self.nice = niceness()
        return super().speak(sentences, on_progress=on_progress, cancelled=cancelled)


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="nơi khác không hỏi được độ nhường của một luồng")
def test_who_reads_yields_and_who_holds_the_write_lock_never_does(scene: Scene, tmp_path: Path) -> None:
    voice, writers = Yielding(scene.clock), list[int]()
    want(scene, voice)
    scene.database.on_hold = lambda _hold: writers.append(niceness())
    assert worker(scene, tmp_path, voice).step()
    assert voice.nice > niceness()
    assert len(writers) >= 3, "nhận việc, tiến độ, nộp"
    assert set(writers) == {niceness()}


def test_a_short_absence_of_the_database_does_not_throw_the_speech_away(scene: Scene, tmp_path: Path) -> None:
    clock = ComingBack(scene.clock.now())
    voice = AwayWhileSpeaking(clock, scene.database)
    recording_id = want(scene, voice)
    assert Worker(scene.database, clock, {voice.name: voice}, Library(tmp_path), name="thợ 1").step()
    made = row_of(scene, recording_id)
    assert (made.state, made.tries) == (RecordingState.MADE, 1)


def test_a_worker_outlives_the_absence_of_the_database(scene: Scene, tmp_path: Path) -> None:
    clock = ComingBack(scene.clock.now())
    recording_id = want(scene, ToneVoice())
    maker = Worker(scene.database, clock, {"tone:dien-tap": ToneVoice()}, Library(tmp_path), name="thợ 1")
    with away(scene.database), pytest.raises(DatabaseAway):
        maker.step()
    clock.lose(scene.database)
    clock.stop = maker.loop.stop
    maker.loop.run()
    assert row_of(scene, recording_id).state is RecordingState.MADE


class Poison(ToneVoice):
    """Bài nào có chữ “độc” thì thư viện bên dưới ném lỗi không ai ngờ."""

    name = "tone:doc"

    def speak(
        self, sentences: Sequence[str], *, on_progress: Progress | None = None, cancelled: threading.Event | None = None
    ) -> Speech:
        if any("độc" in sentence for sentence in sentences):
            raise ZeroDivisionError
        return super().speak(sentences, on_progress=on_progress, cancelled=cancelled)


def test_a_poison_text_fails_alone_with_an_alert_and_the_others_are_made(scene: Scene, tmp_path: Path) -> None:
    clock, voice = ComingBack(scene.clock.now()), Poison()
    poison, other = want(scene, voice, sentences=["Bài độc."]), want(scene, voice, sentences=["Bài lành."])
    maker = Worker(scene.database, clock, {voice.name: voice}, Library(tmp_path), name="thợ 1")
    clock.stop = maker.loop.stop
    maker.loop.run()
    assert [row_of(scene, one).state for one in (poison, other)] == [RecordingState.FAILED, RecordingState.MADE]
    with scene.database.reading() as session:
        [alert] = open_alerts(session, scene.station_id)
    assert STRANGE in alert.message


def test_a_full_disk_is_told_and_tried_again(scene: Scene, tmp_path: Path) -> None:
    recording_id = want(scene, ToneVoice())
    blocked = tmp_path / "kho"
    blocked.write_text("một tệp nằm đúng chỗ thư mục kho")
    assert worker(scene, blocked, ToneVoice()).step()
    assert row_of(scene, recording_id).state is RecordingState.FAILED
    with scene.database.reading() as session:
        assert "ổ đĩa" in open_alerts(session, scene.station_id)[0].message
    blocked.unlink()
    scene.clock.advance(16)
    assert worker(scene, blocked, ToneVoice()).step()
    assert row_of(scene, recording_id).state is RecordingState.MADE


@pytest.mark.postgres
def test_asking_again_does_not_snatch_a_recording_from_the_worker_who_just_took_it(
    postgres: Database, clock: ManualClock, tmp_path: Path
) -> None:
    """Chỉ PostgreSQL cho hai người ghi cùng lúc: người thợ nhận việc giữa lúc ta xem trạng thái và lúc ta đổi nó."""
    scene = lay_scene(postgres, clock)
    recording_id = want(scene, Stumbling())
    worker(scene, tmp_path, Stumbling()).step()
    clock.advance(16)
    taken: list[Job | None] = []

    def take(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT recordings") and not taken:
            taken.append(None)
            with postgres.writing() as session:
                taken[0] = claim_next(session, "thợ 2", now=clock.now())

    event.listen(postgres.engine, "after_cursor_execute", take)
    want(scene, Stumbling())
    assert taken[0] is not None
    row = row_of(scene, recording_id)
    assert (row.state, row.claimed_by) == (RecordingState.MAKING, "thợ 2")


def test_only_a_stuck_recording_is_made_again(scene: Scene, tmp_path: Path) -> None:
    recording_id = want(scene, Stumbling())
    with scene.database.writing() as session, pytest.raises(Conflict):
        make_again(session, scene.writer, recording_id, now=scene.clock.now())
    worker(scene, tmp_path, Stumbling()).step()
    with scene.database.writing() as session:
        again = make_again(session, scene.writer, recording_id, now=scene.clock.now())
        assert (again.state, again.tries) == (RecordingState.WANTED, 0)


@pytest.mark.parametrize("text", ["Chào {Tên}", "Chào {dai", "Chào }", "Chào {}", "Chào {dai!r}", "Chào {{dai}}", " "])
def test_a_template_with_a_strange_blank_is_not_saved(scene: Scene, text: str) -> None:
    with scene.database.writing() as session, pytest.raises(Invalid):
        templates.save(session, scene.leader, TemplateCode.CLOSING, text, now=scene.clock.now())


def test_the_first_template_of_a_station_can_be_written(scene: Scene) -> None:
    with scene.database.writing() as session:
        saved = templates.save(session, scene.leader, TemplateCode.CLOSING, "Chào {dai}.", now=scene.clock.now())
        assert saved.version == 1
