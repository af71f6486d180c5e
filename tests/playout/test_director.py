"""Cả buổi phát với đạo diễn, bộ bơm, cơ sở dữ liệu và tệp thật; chỉ đồng hồ và đầu ra là bản mô phỏng được giao kèm."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from broadcaster.accounts import settings
from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.newsroom.deciding import withdraw
from broadcaster.newsroom.tables import Script
from broadcaster.sound.frames import RATE, frame_at
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.snapshots import programme_lineup
from broadcaster.traffic.tables import Item, Programme
from tests.conftest import BOTH
from tests.support.hearing import likeness
from tests.support.radio_house import House
from tests.support.scene import Scene


@pytest.fixture
def bare(scene: Scene, tmp_path: Path) -> House:
    """Đài mới, chưa có bản tin và khung giờ nào."""
    return House(scene, tmp_path)


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_a_programme_airs_on_time_without_gaps_and_is_fully_logged(house: House) -> None:
    house.go(10 + 120)
    assert house.programme().state is ProgrammeState.CLOSED
    airings = house.airings()
    assert [airing.result for airing in airings] == [Result.FULL] * len(airings)
    assert len(airings) == 6
    assert airings[0].started_at == house.programme().starts_at
    for before, after in pairwise(airings):
        assert before.started_at is not None
        assert after.started_at is not None
        gap = (after.started_at - before.started_at).total_seconds() * 1000 - before.heard_ms
        assert 0 <= gap <= 20, "mục sau bắt đầu đúng khung kế tiếp"
    assert {(one.state, one.volume, one.started_at) for airing in airings for one in airing.deliveries} == {
        (DeliveryState.SENT, 100, None)
    }
    assert airings[0].mode is Mode.AUTOMATIC
    assert verify(house.scene.database, house.scene.station_id).faults == ()
    script = next(airing for airing in airings if airing.script_id)
    assert script.title == "Tin một"
    assert _sounded(house, script) > 500


def test_a_programme_without_a_bulletin_makes_no_sound_and_says_why(bare: House) -> None:
    bare.slot()
    bare.settle()
    bare.wait(590)
    bare.go(15)
    bare.settle()
    bare.go(5)
    assert bare.programme().state is ProgrammeState.MISSED
    assert "không có bản tin nào" in bare.programme().reason
    assert [airing.heard_ms for airing in bare.airings()] == [0] * len(bare.airings())
    with bare.scene.database.reading() as session:
        assert session.scalars(select(LogEntry.id).where(LogEntry.event == Event.ITEM_ARMED)).all() == []


def test_a_programme_full_to_its_last_second_keeps_its_closing_ident(house: House) -> None:
    """Đúng 2:00 của 2:00: mỗi mục làm tròn lên một khung, nhạc hiệu kết vẫn vang."""
    house.settle()
    with house.scene.database.writing() as session:
        programme = session.scalars(select(Programme)).one()
        whole = sum(line.planned_ms for line in programme_lineup(programme))
        programme.ends_at = programme.starts_at + timedelta(milliseconds=whole)
    house.go(10 + 130)
    airings = house.airings()
    assert [airing.result for airing in airings] == [Result.FULL] * 6
    assert airings[-1].title.startswith("Nhạc hiệu kết")


def test_the_first_item_grows_out_of_the_silence(house: House) -> None:
    house.go(10 + 20)
    first = house.airings()[0]
    assert first.started_at is not None
    with house.scene.database.reading() as session:
        sound = session.get_one(Item, first.item_id).sound
        assert sound is not None
        known = house.library.samples(sound.sha256).astype(float)
    heard = next(iter(house.sinks.values())).samples(frame_at(first.started_at), 10).astype(float)
    gains = np.minimum(np.arange(len(heard)) / (RATE * 0.04), 1)
    assert np.abs(heard - known[: len(heard)] * gains).max() <= 1


def test_the_slot_again_airs_nothing_twice(house: House) -> None:
    house.go(10 + 120)
    count = len(house.airings())
    house.go(60)
    house.start()
    house.go(30)
    assert len(house.airings()) == count


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_a_withdrawn_script_does_not_air_and_says_why(house: House) -> None:
    with house.scene.database.writing() as session:
        script_id = session.scalars(select(Script.id)).one()
        withdraw(session, house.scene.leader, script_id, note="Sai số liệu", now=house.scene.clock.now())
    house.go(10 + 120)
    mine = next(airing for airing in house.airings() if airing.script_id == script_id)
    assert (mine.result, mine.reason, mine.heard_ms) == (Result.NONE, Reason.NOT_APPROVED, 0)
    assert verify(house.scene.database, house.scene.station_id).sound


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_two_zones_air_different_programmes_at_once(bare: House) -> None:
    first, second = bare.scene.zone_ids
    bare.script("Tin tổ một", zone_ids=(first,))
    bare.script("Tin tổ hai", zone_ids=(second,))
    bare.slot(zone_ids=(first,))
    bare.slot(zone_ids=(second,))
    bare.settle()
    bare.wait(590)
    bare.go(10 + 130)
    heard = {airing.title: {one.zone_code for one in airing.deliveries} for airing in bare.airings() if airing.script_id}
    assert heard == {"Tin tổ một": {"TDP1"}, "Tin tổ hai": {"TDP2"}}
    assert all(airing.result is Result.FULL for airing in bare.airings())


def test_those_an_item_is_not_for_hear_music_and_the_log_says_so(bare: House) -> None:
    first, _ = bare.scene.zone_ids
    bare.slot()
    bare.settle()
    script_id = bare.script("Tin riêng tổ một", zone_ids=(first,))
    bare.settle()
    bare.wait(590)
    bare.go(10 + 120)
    mine = next(airing for airing in bare.airings() if airing.script_id == script_id)
    assert (mine.result, {one.zone_code for one in mine.deliveries}) == (Result.FULL, {"TDP1"})
    assert mine.started_at is not None
    heard = [sink.samples(frame_at(mine.started_at), mine.heard_ms // 20) for sink in bare.sinks.values()]
    music = bare.library.samples(_armed(bare, mine)["filler"]["audio_sha256"])
    assert _armed(bare, mine)["filler"]["outputs"] == ["Đường 2"]
    assert [likeness(samples[RATE : 3 * RATE], music)[0] > 0.9 for samples in heard] == [False, True]
    assert not any("filler" in _armed(bare, other) for other in bare.airings() if other.item_id != mine.item_id)


def _armed(house: House, airing: Airing) -> dict[str, Any]:
    query = select(LogEntry.body).where(LogEntry.item_id == airing.item_id, LogEntry.event == Event.ITEM_ARMED)
    with house.scene.database.reading() as session:
        body: dict[str, Any] = json.loads(session.scalars(query).one())
        return body


def test_quiet_hours_are_asked_when_arming(house: House) -> None:
    with house.scene.database.writing() as session:
        for key, value in (("quiet_from", "08:00"), ("quiet_to", "09:00")):
            settings.put(session, house.scene.station_id, key, value, changed_by="x", now=house.scene.clock.now())
    house.go(10 + 60)
    assert {airing.reason for airing in house.airings()} == {Reason.QUIET}
    assert all(not sink.samples().any() for sink in house.sinks.values())
    with house.scene.database.reading() as session:
        assert session.scalars(select(LogEntry.event).where(LogEntry.event == Event.QUIET_REFUSED)).first()


def test_a_late_player_starts_late_and_says_what_no_longer_fits(house: House) -> None:
    house.wait(10 + 155)
    house.go(120)
    assert {airing.reason for airing in house.airings()} == {None, Reason.LATE}
    assert any(airing.result is Result.FULL for airing in house.airings())
    assert house.programme().state is ProgrammeState.CLOSED


def test_a_player_that_slept_past_the_start_starts_late_and_says_it_slept(house: House) -> None:
    """Máy vắng thì trễ không phải là lý do: mục nào hết chỗ nói máy đã ngủ."""
    house.scene.clock.advance(10 + 155)
    house.go(120)
    airings = house.airings()
    assert {airing.reason for airing in airings} == {None, Reason.POWER}
    assert any(airing.result is Result.FULL for airing in airings)
    assert house.programme().state is ProgrammeState.CLOSED
    with house.scene.database.reading() as session:
        told = {session.get_one(Item, airing.item_id).reason for airing in airings if airing.reason}
    assert told == {"Buổi bắt đầu trễ. Máy phát đứng hình hoặc ngủ."}


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_a_missed_slot_is_told_item_by_item(house: House) -> None:
    house.scene.clock.advance(3600)
    house.keep_up()
    assert house.programme().state is ProgrammeState.LOCKED, "máy phát có thể vừa dậy: đợi nó kể đã vắng"
    house.scene.clock.advance(2)
    house.keep_up()
    programme = house.programme()
    assert programme.state is ProgrammeState.MISSED
    assert "dấu hiệu sống" in programme.reason
    assert {(airing.result, airing.reason) for airing in house.airings()} == {(Result.NONE, Reason.POWER)}


@pytest.mark.parametrize("seed", range(5))
def test_a_killed_player_goes_on_where_it_stopped_and_ends_every_item_once(house: House, seed: int) -> None:
    chance = random.Random(seed)
    house.go(5)
    for _ in range(4):
        house.go(chance.uniform(1, 25), step=0.2)
        house.crash(chance.uniform(0.5, 3))
    house.go(200)
    with house.scene.database.reading() as session:
        entries = list(session.scalars(select(LogEntry).order_by(LogEntry.seq)))
        states = set(session.scalars(select(Item.state).where(Item.state != ItemState.DROPPED)))
    armed = [(entry.run_id, entry.item_id) for entry in entries if entry.event is Event.ITEM_ARMED]
    ended = [(entry.run_id, entry.item_id) for entry in entries if entry.event is Event.ITEM_ENDED]
    assert len(armed) == len(set(armed)), "không mục nào được hẹn hai lần"
    assert sorted(armed) == sorted(ended), "mỗi mục đã chuẩn bị có đúng một kết thúc"
    assert states <= {ItemState.AIRED, ItemState.SKIPPED}, "đứt ngắn thì mục nào cũng phát trọn hoặc nhường chỗ"
    assert next(airing for airing in house.airings() if airing.script_id).result is Result.FULL
    assert house.programme().state is ProgrammeState.CLOSED
    assert verify(house.scene.database, house.scene.station_id).faults == ()


def _sounded(house: House, airing: Airing) -> float:
    """Biên độ trung bình ở loa trong lúc mục vang, đọc từ loa chứ không từ nhật ký."""
    assert airing.started_at is not None
    sink = next(iter(house.sinks.values()))
    samples = sink.samples(frame_at(airing.started_at), airing.heard_ms // 20)
    return float(np.abs(samples.astype(np.int32)).mean())
