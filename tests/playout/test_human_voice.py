"""Giọng người lên sóng: đúng tiếng ấy ra loa, nhật ký nêu tên; tệp mất ngay trước giờ phát thì giọng máy đỡ."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from broadcaster.accounts.audit import open_alerts
from broadcaster.airlog.enums import Event, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.newsroom.drafting import revision_of
from broadcaster.newsroom.queries import script
from broadcaster.newsroom.reading_aloud import read_text
from broadcaster.sound.frames import frame_at
from broadcaster.studio import human_voice
from broadcaster.studio.approving import approve
from tests.conftest import BOTH
from tests.support.hearing import likeness
from tests.support.radio_house import House
from tests.support.scene import Scene
from tests.support.voice import person, wav

READER = "Phát thanh viên Mai"


@pytest.fixture
def house(scene: Scene, tmp_path: Path) -> House:
    return House(scene, tmp_path)


def with_a_persons_voice(house: House, folder: Path) -> tuple[int, str]:
    """Bản tin đã duyệt với giọng người (và giọng máy đã làm xong); trả về mã bản tin và mã tệp."""
    script_id = house.script("Tin có người đọc")
    house.settle()
    scene, now = house.scene, house.scene.clock.now()
    with scene.database.writing() as session:
        read = read_text(script(session, scene.writer, script_id).revisions[-1].body)
        fresh = human_voice.open_for_voice(session, scene.writer, script_id, read=read, answers=(), now=now).id
    with scene.database.reading() as session:
        spoken = human_voice.spoken_of(session, scene.writer, fresh)
    file = folder / "mai.wav"
    file.write_bytes(wav(person(spoken.sentences)))
    sound = human_voice.take_in(spoken, [file], house.library, reader=READER, recorded_on="2026-03-02")
    with scene.database.writing() as session:
        human_voice.attach(session, scene.writer, spoken, sound, now=now)
        wanted = revision_of(session, scene.leader, fresh)
        hashes = {"revision_sha256": wanted.frozen_sha256 or "", "reading_sha256": wanted.readings[-1].sha256}
        approve(session, scene.leader, fresh, **hashes, recording_sha256=sound.stored.sha256, now=now)
    return script_id, sound.stored.sha256


def aired(house: House, script_id: int) -> Airing:
    house.wait(590)
    house.go(10 + 130)
    return next(airing for airing in house.airings() if airing.script_id == script_id)


def voice_of(house: House, airing: Airing) -> dict[str, str]:
    query = select(LogEntry.body).where(LogEntry.event == Event.ITEM_ARMED, LogEntry.item_id == airing.item_id)
    with house.scene.database.reading() as session:
        found: dict[str, str] = json.loads(session.scalars(query).one())["item"]["voice"]
        return found


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_the_persons_voice_sounds_and_the_log_names_the_reader(house: House, tmp_path: Path) -> None:
    script_id, sha256 = with_a_persons_voice(house, tmp_path)
    house.slot()
    house.settle()
    airing = aired(house, script_id)
    assert airing.result is Result.FULL
    assert airing.started_at is not None
    heard = house.sinks[house.scene.output_ids[0]].samples(frame_at(airing.started_at), airing.heard_ms // 20 + 1)
    assert likeness(house.library.samples(sha256), heard) == (pytest.approx(1, abs=0.01), 0)
    voice = voice_of(house, airing)
    assert (voice["source"], voice["reader"], voice["engine"]) == ("human", READER, None)


def test_a_file_lost_at_the_last_moment_is_replaced_by_the_made_voice(house: House, tmp_path: Path) -> None:
    script_id, sha256 = with_a_persons_voice(house, tmp_path)
    house.slot()
    house.settle()
    house.library.path(sha256).write_bytes(b"rac")
    airing = aired(house, script_id)
    assert airing.result is Result.FULL
    assert voice_of(house, airing)["source"] == "synthetic"
    with house.scene.database.reading() as session:
        assert any(READER in alert.message for alert in open_alerts(session, house.scene.station_id))
    assert verify(house.scene.database, house.scene.station_id).sound


def test_with_no_voice_left_the_item_says_so(house: House, tmp_path: Path) -> None:
    script_id, sha256 = with_a_persons_voice(house, tmp_path)
    house.slot()
    house.settle()
    for path in house.library.root.rglob("*.flac"):
        if path.stem == sha256 or b"AI_GENERATED" in path.read_bytes()[:4096]:
            path.unlink()
    airing = aired(house, script_id)
    assert (airing.result, airing.heard_ms) == (Result.NONE, 0)
