"""Sổ trực vào nhật ký: đúng một lần, đúng thứ tự; bản ghi độc để riêng nguyên vẹn và không chặn ai; hai máy cùng một buổi."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from sqlalchemy import event, select

from broadcaster.accounts.audit import open_alerts
from broadcaster.accounts.enums import AlertLevel
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.clock import ManualClock
from broadcaster.database.engine import Hold
from broadcaster.playout.entering.forwarder import LIFE_EVERY, Forwarder
from broadcaster.playout.heard import HeardRing
from broadcaster.playout.journal import Journal
from broadcaster.playout.records import of_item, of_station
from broadcaster.playout.tables import Player
from tests.conftest import database  # noqa: F401  SQL và cuộc đua: chạy trên cả hai
from tests.support.scene import Scene


def forwarder(scene: Scene, folder: Path) -> Forwarder:
    place = {"station_id": scene.station_id, "player_id": scene.player_id}
    return Forwarder(scene.database, scene.clock, **place, journal=folder, ring=folder / "khong")


def events(scene: Scene) -> list[Event]:
    with scene.database.reading() as session:
        return list(session.scalars(select(LogEntry.event).order_by(LogEntry.seq)))


def test_a_poison_record_is_set_aside_whole_and_blocks_nothing(scene: Scene, tmp_path: Path) -> None:
    now, told = scene.clock.now(), {"outputs": [scene.output_ids[0]], "by": "Lan", "job_title": ""}
    poison = of_item("armed", "lượt không có", 99, now, {"item": {"title": "?"}})
    journal = Journal(tmp_path, scene.player_id, scene.clock)
    journal.append([of_station("silenced", now, **told), poison, of_station("lifted", now, **told)])
    journal.close()
    forwarder(scene, tmp_path).step()
    assert events(scene) == [Event.SILENCED, Event.SILENCE_LIFTED]
    (aside,) = tmp_path.glob("de-rieng-*.json")
    assert json.loads(aside.read_text("utf-8"))["body"]["body"] == poison["body"]
    with scene.database.reading() as session:
        (alert,) = open_alerts(session, scene.station_id)
    assert (alert.level, aside.name in alert.message) == (AlertLevel.CRITICAL, True)


class Sluggish(ManualClock):
    """Mỗi lần hỏi giờ là đã qua một phần năm giây."""

    def monotonic(self) -> float:
        self.advance(0.2)
        return super().monotonic()


def test_a_slow_machine_holds_the_lock_for_one_record_at_a_time(scene: Scene, tmp_path: Path) -> None:
    now, told = scene.clock.now(), {"outputs": [scene.output_ids[0]], "by": "Lan", "job_title": ""}
    journal, holds = Journal(tmp_path, scene.player_id, scene.clock), list[Hold]()
    journal.append([of_station(what, now, **told) for what in ("silenced", "lifted") * 2])
    journal.close()
    scene.database.on_hold = holds.append
    place = {"station_id": scene.station_id, "player_id": scene.player_id, "journal": tmp_path, "ring": tmp_path / "khong"}
    assert Forwarder(scene.database, Sluggish(now), **place).step() == 4
    assert events(scene) == [Event.SILENCED, Event.SILENCE_LIFTED] * 2
    assert len(holds) >= 4, "mỗi bản ghi một giao dịch"


def test_what_is_entered_is_what_the_database_says_not_what_anyone_remembers(scene: Scene, tmp_path: Path) -> None:
    now, told = scene.clock.now(), {"outputs": [scene.output_ids[0]], "by": "Lan", "job_title": ""}
    journal = Journal(tmp_path, scene.player_id, scene.clock)
    first, second = forwarder(scene, tmp_path), forwarder(scene, tmp_path)
    assert (first.step(), second.step()) == (0, 0)
    journal.append([of_station("silenced", now, **told)])
    assert (first.step(), second.step()) == (1, 1), "người thứ hai còn nhớ điều cũ"
    journal.append([of_station("lifted", now, **told)])
    journal.close()
    second.step()
    first.step()
    assert events(scene) == [Event.SILENCED, Event.SILENCE_LIFTED]
    with scene.database.reading() as session:
        assert session.scalars(select(Player.spooled_to).where(Player.id == scene.player_id)).one() > 0


def test_a_sign_of_life_does_not_wake_every_room_each_few_seconds(scene: Scene, tmp_path: Path) -> None:
    """Mỗi lần ghi là một tiếng chuông: máy rỗi một phút chỉ được reo vài lần."""
    ring, writes = HeardRing(tmp_path / "khong"), []
    mine = forwarder(scene, tmp_path)
    event.listen(scene.database.engine, "commit", writes.append)
    for _ in range(60):
        scene.clock.advance(1)
        ring.alive(scene.clock.now())
        mine.step()
    ring.close()
    with scene.database.reading() as session:
        seen = session.scalars(select(Player.seen_at).where(Player.id == scene.player_id)).one()
    assert seen is not None
    assert timedelta(0) <= scene.clock.now() - seen < LIFE_EVERY
    assert len(writes) <= 60 / LIFE_EVERY.total_seconds() + 1
