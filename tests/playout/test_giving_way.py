"""Buổi phát nhường tin khẩn cấp: một mục một lượt phát, vùng khác đi tiếp, phần không kịp có lý do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from broadcaster.airlog.enums import DeliveryState, Event, Reason, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.sound.frames import RATE, frame_at
from broadcaster.sound.sources import ArraySource
from broadcaster.traffic.enums import ProgrammeState
from tests.conftest import BOTH
from tests.support.radio_house import House
from tests.support.scene import Scene

BUZZ = 31_000


def buzz(house: House, seconds: float, *outputs: int) -> None:
    """Tin khẩn cấp là một tiếng dễ nhận."""
    for output_id in outputs:
        house.pump.open_channel(output_id, holder="khẩn")
    house.pump.preempt(outputs, "khẩn", ArraySource(np.full(int(RATE * seconds), BUZZ, np.int16)))


def buzzed(house: House, output_id: int) -> float:
    return float((house.sinks[output_id].samples() == BUZZ).sum()) / RATE


def events(house: House, event: Event) -> list[dict]:
    with house.scene.database.reading() as session:
        bodies = session.scalars(select(LogEntry.body).where(LogEntry.event == event).order_by(LogEntry.seq))
        return [json.loads(body) for body in bodies]


def sounded(house: House, airing: Airing, output_id: int, seconds: float) -> np.ndarray:
    assert airing.started_at is not None
    return house.sinks[output_id].samples(frame_at(airing.started_at), int(seconds * 50))


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_an_interrupted_item_is_one_airing_and_the_rest_of_the_programme_follows_without_a_gap(house: House) -> None:
    first, second = house.scene.output_ids
    house.go(10 + 18)
    buzz(house, 7, first, second)
    house.go(130)
    airings = house.airings()
    assert [airing.result for airing in airings] == [Result.FULL] * 6
    assert house.programme().state is ProgrammeState.CLOSED
    held, resumed = events(house, Event.ITEM_HELD), events(house, Event.ITEM_RESUMED)
    assert held[0]["outputs"] == ["Đường 1", "Đường 2"]
    assert resumed[0]["paused_ms"] == 7000
    for output_id in (first, second):
        assert buzzed(house, output_id) == 7
        sound = house.sinks[output_id].samples()
        frames = sound.reshape(-1, 960)
        loud = np.flatnonzero((frames != 0).any(axis=1))
        assert np.diff(loud).max() <= 75, "không chỗ nào hở quá một nhịp nghỉ của giọng"
    assert verify(house.scene.database, house.scene.station_id).faults == ()


def test_one_neighbourhood_gives_way_and_the_others_hear_everything(house: House) -> None:
    first, second = house.scene.output_ids
    house.go(10 + 18)
    buzz(house, 7, second)
    house.go(130)
    airings = house.airings()
    assert [airing.result for airing in airings] == [Result.FULL] * 6
    assert (buzzed(house, first), buzzed(house, second)) == (0, 7)
    interrupted = next(airing for airing in airings if airing.item_id == _held_item(house))
    length = interrupted.planned_ms / 1000
    mine, theirs = (sounded(house, interrupted, one, length + 7) for one in (first, second))
    theirs = theirs[theirs != BUZZ]
    differs = np.flatnonzero(theirs[: int(length * RATE) - 960] != mine[: len(theirs)][: int(length * RATE) - 960])
    assert len(differs) <= RATE // 100, "chỉ đoạn to dần 10 ms khác nhau"
    missed = [one for airing in airings for one in airing.deliveries if one.state is DeliveryState.PREEMPTED]
    assert {one.output_name for one in missed} <= {"Đường 2"}
    assert verify(house.scene.database, house.scene.station_id).faults == ()


def test_what_no_longer_fits_after_giving_way_says_so(house: House) -> None:
    house.go(10 + 18)
    buzz(house, 140, *house.scene.output_ids)
    house.go(240)
    reasons = {airing.reason for airing in house.airings() if airing.result is Result.NONE}
    assert reasons == {Reason.URGENT}
    assert house.programme().state is ProgrammeState.CLOSED
    assert verify(house.scene.database, house.scene.station_id).faults == ()


def test_a_programme_whose_only_path_is_taken_before_it_begins_says_why_it_did_not_air(scene: Scene, tmp_path: Path) -> None:
    house = House(scene, tmp_path)
    _, zone = scene.zone_ids
    house.script("Tin riêng tổ hai", zone_ids=(zone,))
    house.slot(zone_ids=(zone,))
    house.settle()
    house.wait(590)
    house.go(2)
    buzz(house, 200, scene.output_ids[1])
    house.go(260)
    reasons = {airing.reason for airing in house.airings()}
    assert reasons <= {Reason.URGENT, None}
    assert Reason.URGENT in reasons


def _held_item(house: House) -> int:
    with house.scene.database.reading() as session:
        item_id = session.scalars(select(LogEntry.item_id).where(LogEntry.event == Event.ITEM_HELD)).first()
        assert item_id is not None
        return item_id
