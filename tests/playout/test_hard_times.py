"""Những lúc khó: mất cơ sở dữ liệu, mất quyền giữ, đồng hồ lùi, buổi sát nhau, chưa kịp chốt, nút đỏ, người sửa lúc đang phát."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select, update

from broadcaster.accounts import settings
from broadcaster.accounts.audit import open_alerts
from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.airlog.writing import append
from broadcaster.errors import Conflict, NotAllowed, NotFound
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import Revision
from broadcaster.playout import clock_gate
from broadcaster.playout.enums import OutputKind, RunState
from broadcaster.playout.tables import Output, Player, Run
from broadcaster.sound.frames import frame_at
from broadcaster.traffic.editing import drop
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.tables import Item, Programme
from tests.playout.test_director import House
from tests.support.scene import Scene
from tests.traffic import build


@pytest.fixture
def house(scene: Scene, tmp_path: Path) -> House:
    """Một bản tin, một buổi lúc 08:10, đã chuẩn bị; bây giờ là 08:09:50."""
    made = House(scene, tmp_path)
    made.script("Tin một")
    made.slot()
    made.settle()
    made.wait(590)
    return made


def sound(house: House) -> None:
    """Nhật ký nguyên vẹn: chuỗi, cặp chuẩn bị và kết thúc, bảng chiếu."""
    assert verify(house.scene.database, house.scene.station_id).faults == ()


def entries(house: House, event: Event) -> list[LogEntry]:
    with house.scene.database.reading() as session:
        return list(session.scalars(select(LogEntry).where(LogEntry.event == event).order_by(LogEntry.seq)))


def spans(house: House) -> list[tuple[datetime, datetime]]:
    """Các khoảng thật sự có tiếng, theo giờ."""
    return sorted((one.started_at, one.ended_at) for one in house.airings() if one.started_at and one.ended_at)


def first_script(house: House) -> Airing:
    return next(airing for airing in house.airings() if airing.script_id)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_locked_database_costs_no_line_and_no_item(house: House) -> None:
    house.go(9)
    house.pump.run_until(house.scene.clock.now() + timedelta(seconds=2))
    blocker = sqlite3.connect(str(house.scene.database.url.database), isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    assert house.director.step() < 1, "còn việc phải ghi: thử lại sớm"
    assert not entries(house, Event.ITEM_STARTED)
    blocker.execute("ROLLBACK")
    blocker.close()
    house.go(130)
    assert {airing.result for airing in house.airings()} == {Result.FULL}
    assert len(entries(house, Event.ITEM_STARTED)) == len(house.airings()) == 6
    sound(house)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_programme_starts_on_its_second_although_the_one_before_runs_to_its_last(house: House) -> None:
    house.slot(at="08:13:00")
    house.script("Tin của buổi sau")
    house.settle()
    house.wait(110)
    house.go(400)
    with house.scene.database.reading() as session:
        programmes = session.scalars(select(Programme).order_by(Programme.starts_at)).all()
    assert [programme.state for programme in programmes] == [ProgrammeState.CLOSED] * 2
    second = [airing for airing in house.airings() if airing.programme_id == programmes[1].id]
    assert second[0].started_at is not None
    assert second[0].started_at - programmes[1].starts_at <= timedelta(seconds=1)
    assert all(before[1] <= after[0] for before, after in pairwise(spans(house))), "hai buổi không đè tiếng nhau"
    sound(house)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_programme_nobody_locked_still_airs(scene: Scene, tmp_path: Path) -> None:
    house = House(scene, tmp_path)
    house.script("Tin một")
    house.slot(at="08:20:00")
    house.settle()
    assert house.programme().state is ProgrammeState.PLANNED
    house.wait(1190)
    house.go(140)
    assert house.programme().state is ProgrammeState.CLOSED
    assert first_script(house).result is Result.FULL
    assert entries(house, Event.PROGRAMME_LOCKED)
    sound(house)


def test_an_item_cut_off_before_its_first_sample_is_put_back_as_a_new_item(house: House) -> None:
    while not (armed := _armed_but_silent(house)):
        house.go(0.5)
    house.start()
    house.director.recover()
    house.go(170)
    with house.scene.database.reading() as session:
        again = session.scalars(select(Item).where(Item.repeat_of_id == armed)).one()
        assert (again.state, again.why) == (ItemState.AIRED, "Xếp lại: máy phát dừng đột ngột khi mục chưa kịp vang.")
        assert session.get_one(Item, armed).state is ItemState.FAILED
    results = {airing.item_id: (airing.result, airing.reason) for airing in house.airings()}
    assert results[armed] == (Result.NONE, Reason.POWER)
    assert results[again.id] == (Result.FULL, None)
    assert house.programme().state is ProgrammeState.CLOSED
    sound(house)


def _armed_but_silent(house: House) -> int | None:
    """Mục đã có dòng chuẩn bị, còn hơn một giây nữa mới vang, khi mục trước nó đang vang."""
    with house.scene.database.reading() as session:
        states = {item.id: item.state for item in session.scalars(select(Item))}
    if ItemState.ON_AIR not in states.values():
        return None
    return next((item_id for item_id, state in states.items() if state is ItemState.ARMED), None)


def test_who_loses_the_lease_falls_silent_at_once_and_the_orphan_is_ended_when_it_expires(house: House) -> None:
    house.go(15)
    with house.scene.database.writing() as session:
        session.execute(update(Run).values(holder="máy dự phòng"))
    lost_at = house.scene.clock.now()
    house.go(5)
    for sink in house.sinks.values():
        assert not sink.samples(frame_at(lost_at + timedelta(seconds=2))).any()
    assert house.programme().state is ProgrammeState.AIRING, "máy giữ quyền mới được khép buổi"
    house.go(190)
    with house.scene.database.reading() as session:
        assert session.scalars(select(Run.state)).all() == [RunState.LOST]
    armed, ended = entries(house, Event.ITEM_ARMED), entries(house, Event.ITEM_ENDED)
    assert sorted(one.item_id or 0 for one in armed) == sorted(one.item_id or 0 for one in ended)
    assert house.programme().state is ProgrammeState.CLOSED
    assert Reason.POWER in {airing.reason for airing in house.airings()}
    sound(house)


def test_a_clock_stepped_back_stops_new_items_until_it_has_caught_up(house: House) -> None:
    house.go(12)
    house.scene.clock.step(-40)
    house.go(20)
    assert len(entries(house, Event.CLOCK_STEPPED)) == 1
    with house.scene.database.reading() as session:
        assert [one.subject for one in open_alerts(session, house.scene.station_id)] == [f"clock:{house.scene.player_id}"]
    count = len(entries(house, Event.ITEM_ARMED))
    house.go(10)
    assert len(entries(house, Event.ITEM_ARMED)) == count
    house.go(160)
    assert len(entries(house, Event.CLOCK_STEPPED)) == 1
    with house.scene.database.reading() as session:
        assert not open_alerts(session, house.scene.station_id)
        assert session.get_one(Player, house.scene.player_id).gate_closed_at is None
    assert first_script(house).result is Result.FULL
    assert house.programme().state is ProgrammeState.CLOSED
    sound(house)


def test_a_named_person_says_the_clock_is_right_and_the_station_goes_on(house: House) -> None:
    """Giờ từng chạy trước một ngày: không ai xác nhận thì đài câm cả ngày chờ giờ đuổi kịp."""
    scene = house.scene
    with scene.database.writing() as session:
        tomorrow = scene.clock.now() + timedelta(days=1)
        append(session, scene.station_id, Event.PATH_TESTED, {"by": "thử"}, happened_at=tomorrow, now=tomorrow)
    house.go(20)
    assert not entries(house, Event.ITEM_ARMED)
    with scene.database.reading() as session:
        assert [player.id for player in clock_gate.shut_players(session, scene.clerk)] == [scene.player_id]
    for actor, error in ((scene.clerk, NotAllowed), (scene.stranger, NotFound)):
        with scene.database.writing() as session, pytest.raises(error):
            clock_gate.confirm_clock(session, actor, scene.player_id, now=scene.clock.now())
    with scene.database.writing() as session:
        clock_gate.confirm_clock(session, scene.operator, scene.player_id, now=scene.clock.now())
        with pytest.raises(Conflict):
            clock_gate.confirm_clock(session, scene.operator, scene.player_id, now=scene.clock.now())
    house.go(160)
    assert entries(house, Event.ITEM_ARMED)
    (corrected,) = entries(house, Event.CLOCK_CORRECTED)
    assert json.loads(corrected.body)["by"] == scene.operator.name
    with scene.database.reading() as session:
        assert not open_alerts(session, scene.station_id)
    house.scene.clock.step(-3600)
    house.go(5)
    assert len(entries(house, Event.CLOCK_STEPPED)) == 2, "lùi trước lúc đã xác nhận thì lại ngừng"
    sound(house)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_rehearsal_sounds_in_quiet_hours_but_never_opens_a_loudspeaker(scene: Scene, tmp_path: Path) -> None:
    house = House(scene, tmp_path)
    house.script("Tin một")
    house.slot(rehearsal=True)
    house.settle()
    with scene.database.writing() as session:
        session.execute(update(Output).where(Output.id == scene.output_ids[1]).values(kind=OutputKind.SOUND_CARD))
        for key, value in (("quiet_from", "08:00"), ("quiet_to", "09:00")):
            settings.put(session, scene.station_id, key, value, changed_by="x", now=scene.clock.now())
    house.wait(590)
    house.go(140)
    heard, loudspeaker = (house.sinks[output_id] for output_id in scene.output_ids)
    assert heard.samples().any()
    assert not loudspeaker.frames
    assert {(airing.mode, airing.result) for airing in house.airings()} == {(Mode.REHEARSAL, Result.FULL)}
    sound(house)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_output_silenced_by_hand_is_never_told_as_aired(house: House) -> None:
    house.pump.silence(None, on=True)
    house.go(140)
    assert {(one.result, one.reason, one.heard_ms) for one in house.airings()} == {(Result.NONE, Reason.STOPPED, 0)}
    assert {delivery.state for one in house.airings() for delivery in one.deliveries} == {DeliveryState.FAILED}
    sound(house)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_broken_output_fails_its_own_clusters_only(house: House) -> None:
    broken, whole = house.scene.output_ids
    house.sinks[broken].fail("mất kết nối")
    house.go(140)
    states = {delivery.output_name: delivery.state for one in house.airings() for delivery in one.deliveries}
    assert states == {"Đường 1": DeliveryState.FAILED, "Đường 2": DeliveryState.SENT}
    assert {(one.result, one.reason) for one in house.airings()} == {(Result.PARTIAL, Reason.DEVICE)}
    assert house.sinks[whole].samples().any()
    sound(house)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_operator_drops_an_item_while_the_programme_is_on_air(house: House) -> None:
    house.go(12)
    with house.scene.database.writing() as session:
        item = session.scalars(select(Item).where(Item.revision_id.is_not(None), Item.state == ItemState.WAITING)).one()
        programme = item.programme
        now = house.scene.clock.now()
        drop(session, house.scene.operator, programme.id, item.id, version=programme.version, now=now)
    house.go(130)
    assert first_script(house).result is Result.NONE
    assert {airing.result for airing in house.airings() if not airing.script_id} == {Result.FULL}
    gaps = [after[0] - before[1] for before, after in pairwise(spans(house))]
    assert max(gaps) <= timedelta(milliseconds=20), "mục sau nối khít, không chờ chỗ trống"
    sound(house)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_programme_without_any_output_is_missed_and_says_so(house: House) -> None:
    for output_id in house.scene.output_ids:
        house.pump.remove_channel(output_id)
    house.go(230, step=1.0)
    programme = house.programme()
    assert programme.state is ProgrammeState.MISSED
    assert "không có đường ra" in programme.reason
    assert {(airing.result, airing.reason) for airing in house.airings()} == {(Result.NONE, Reason.DEVICE)}
    sound(house)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_an_amplifier_that_wakes_slowly_is_opened_early_and_the_programme_is_still_on_its_second(house: House) -> None:
    with house.scene.database.writing() as session:
        session.execute(update(Output).where(Output.id == house.scene.output_ids[0]).values(lead_ms=4000))
    house.go(2)
    assert house.pump.is_open(house.scene.output_ids[0]), "08:09:52: mở trước giờ phát hơn năm giây"
    house.go(130)
    assert house.airings()[0].started_at == house.programme().starts_at
    sound(house)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("newer", "expected"), [(RevisionState.APPROVED, Result.FULL), (RevisionState.WITHDRAWN, Result.NONE)])
def test_a_locked_programme_keeps_the_old_text_only_while_the_new_one_stands(
    house: House, newer: RevisionState, expected: Result
) -> None:
    with house.scene.database.writing() as session:
        script_id = session.scalars(select(Revision.script_id)).one()
        made = build.script(session, house.scene, "Tin một, bản sửa", script_id=script_id)
        session.get_one(Revision, made.revision_id).state = newer
    house.go(140)
    assert first_script(house).result is expected
    sound(house)


def test_a_clean_stop_writes_the_measured_end_and_the_next_start_goes_on(house: House) -> None:
    house.go(12)
    house.pump.stop()
    house.director.drain()
    cut = house.airings()[0]
    assert (cut.result, cut.reason) == (Result.PARTIAL, Reason.POWER)
    assert 1500 <= cut.heard_ms <= 2500
    house.start()
    house.director.recover()
    house.go(130)
    assert len(house.airings()) == 6
    assert [one.result for one in house.airings()[1:]] == [Result.FULL] * 5
    assert house.programme().state is ProgrammeState.CLOSED
    sound(house)
