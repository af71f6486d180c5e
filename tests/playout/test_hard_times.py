"""Những lúc khó: mất cơ sở dữ liệu, đứt giữa chừng, buổi sát nhau, đường ra hỏng, nút đỏ, người sửa lúc đang phát."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select, update

from broadcaster.accounts import settings
from broadcaster.accounts.audit import open_alerts
from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.newsroom.enums import RevisionState
from broadcaster.newsroom.tables import Revision
from broadcaster.playout import network_admin
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.tables import Cluster, Output
from broadcaster.sound.frames import FRAME_MS, frame_at
from broadcaster.traffic.editing import drop
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.tables import Item, Programme
from tests.conftest import BOTH
from tests.playout.hard_times import alerts, entries, first_script, items, sound, spans
from tests.support.radio_house import House
from tests.support.scene import Scene
from tests.traffic import build


def test_a_database_locked_over_the_start_and_the_whole_programme_costs_no_sound_and_no_line(house: House) -> None:
    house.go(2)
    blocker = sqlite3.connect(str(house.scene.database.url.database), isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    house.go(130)
    heard = house.sinks[house.scene.output_ids[0]].samples().reshape(-1, 960)
    loud = np.flatnonzero(heard.any(axis=1))
    assert np.diff(loud).max() <= 75, "không hở quá một nhịp nghỉ của giọng"
    assert not entries(house, Event.ITEM_STARTED)
    blocker.execute("ROLLBACK")
    blocker.close()
    house.keep_up()
    assert {airing.result for airing in house.airings()} == {Result.FULL}
    assert len(entries(house, Event.ITEM_STARTED)) == len(house.airings()) == 6
    assert house.airings()[0].started_at == house.programme().starts_at
    assert not entries(house, Event.AIR_GAP)
    sound(house)


def test_a_crash_while_the_database_is_away_is_logged_as_it_was_heard(house: House) -> None:
    """Nhật ký không đoán: chỗ đứt và chỗ tiếp là chỗ người nghe nghe thấy, dù lúc ấy chẳng hỏi được cơ sở dữ liệu câu nào."""
    house.go(2)
    blocker = sqlite3.connect(str(house.scene.database.url.database), isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    house.go(8 + 3)
    cut = frame_at(house.scene.clock.now())
    house.crash(1.5)
    house.go(130)
    blocker.execute("ROLLBACK")
    blocker.close()
    house.keep_up()
    (part,) = json.loads(entries(house, Event.ITEM_ENDED)[0].body)["parts"]
    loud = [number for number, frame in house.sinks[house.scene.output_ids[0]].frames if frame.any()]
    last, first = max(number for number in loud if number < cut), min(number for number in loud if number >= cut)
    told = [frame_at(datetime.fromisoformat(part[name])) for name in ("ended_at", "resumed_at")]
    assert abs(told[0] - last) * FRAME_MS <= 250
    assert abs(told[1] - first) * FRAME_MS <= 250
    assert {airing.result for airing in house.airings()} == {Result.FULL}
    sound(house)


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


def test_an_item_armed_but_not_yet_heard_is_simply_tried_again(house: House) -> None:
    while not (armed := _armed_but_silent(house)):
        house.go(0.5)
    house.crash(1)
    house.go(170)
    results = {airing.item_id: (airing.result, airing.reason) for airing in house.airings()}
    assert results[armed] == (Result.FULL, None)
    assert [entry.item_id for entry in entries(house, Event.ITEM_ARMED)].count(armed) == 1
    assert house.programme().state is ProgrammeState.CLOSED
    sound(house)


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_an_item_cut_by_a_long_gap_starts_anew_as_a_repeat(house: House) -> None:
    house.go(10 + 26)
    cut = next(item for item in items(house) if item.state is ItemState.ON_AIR)
    house.crash(40)
    house.go(170)
    again = next(item for item in items(house) if item.repeat_of_id == cut.id)
    results = {airing.item_id: (airing.result, airing.reason, airing.is_rerun) for airing in house.airings()}
    assert results[cut.id] == (Result.PARTIAL, Reason.POWER, False)
    assert results[again.id] == (Result.FULL, None, True)
    (gap,) = [json.loads(entry.body) for entry in entries(house, Event.AIR_GAP)]
    assert 39_000 < gap["ms"] < 42_000
    assert gap["cause"] == Reason.POWER
    sound(house)


def test_a_short_gap_is_one_airing_in_two_parts_and_a_hole_over_two_seconds_is_a_line(house: House) -> None:
    house.go(10 + 5)
    house.crash(1)
    house.go(5)
    house.crash(4)
    house.go(170)
    first = house.airings()[0]
    assert (first.result, first.reason) == (Result.FULL, None)
    ended = json.loads(next(one.body for one in entries(house, Event.ITEM_ENDED) if one.item_id == first.item_id))
    assert [part["heard_ms"] for part in ended["parts"]] == [pytest.approx(5000, abs=120), pytest.approx(9000, abs=1500)]
    assert json.loads(entries(house, Event.ITEM_HELD)[0].body)["heard_ms"] == pytest.approx(5000, abs=120)
    (gap,) = [json.loads(entry.body) for entry in entries(house, Event.AIR_GAP)]
    assert 4000 <= gap["ms"] < 5000
    sound(house)


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_a_programme_that_lost_a_bulletin_names_it_and_offers_to_make_up_for_it(house: House) -> None:
    house.script("Tin hai")
    house.go(10 + 26)
    house.scene.clock.advance(200)
    house.start()
    house.go(5)
    with house.scene.database.reading() as session:
        messages = [alert.message for alert in open_alerts(session, house.scene.station_id)]
    assert any("Tin một" in message and "Phát bù" in message for message in messages), messages


def _armed_but_silent(house: House) -> int | None:
    """Mục đã có dòng chuẩn bị, còn hơn một giây nữa mới vang, khi mục trước nó đang vang."""
    with house.scene.database.reading() as session:
        states = {item.id: item.state for item in session.scalars(select(Item))}
    if ItemState.ON_AIR not in states.values():
        return None
    return next((item_id for item_id, state in states.items() if state is ItemState.ARMED), None)


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


def test_an_output_silenced_by_hand_is_never_told_as_aired(house: House) -> None:
    house.pump.silence(None, on=True)
    house.go(140)
    assert {(one.result, one.reason, one.heard_ms) for one in house.airings()} == {(Result.NONE, Reason.STOPPED, 0)}
    assert {delivery.state for one in house.airings() for delivery in one.deliveries} == {DeliveryState.FAILED}
    sound(house)


def test_a_broken_output_fails_its_own_clusters_only(house: House) -> None:
    broken, whole = house.scene.output_ids
    house.sinks[broken].fail("mất kết nối")
    house.go(140)
    states = {delivery.output_name: delivery.state for one in house.airings() for delivery in one.deliveries}
    assert states == {"Đường 1": DeliveryState.FAILED, "Đường 2": DeliveryState.SENT}
    assert {(one.result, one.reason) for one in house.airings()} == {(Result.PARTIAL, Reason.DEVICE)}
    assert house.sinks[whole].samples().any()
    sound(house)


def test_a_card_that_drops_most_of_its_frames_is_told_as_partial_with_an_alert(house: House) -> None:
    slow, _ = house.scene.output_ids
    house.sinks[slow].takes = 0.25
    house.go(140)
    assert {(one.result, one.reason) for one in house.airings()} == {(Result.PARTIAL, Reason.DEVICE)}
    bodies = [json.loads(entry.body) for entry in entries(house, Event.ITEM_ENDED)]
    assert all(set(body["lost"]) == {"Đường 1"} and "nhận không kịp" in body["note"] for body in bodies)
    assert "dropped:Đường 1" in alerts(house)
    sound(house)


def test_every_cluster_on_the_path_is_in_the_log_addressed_or_not_and_a_broken_one_says_so(scene: Scene, tmp_path: Path) -> None:
    """Hai cụm chung một đường ra: phát cho TDP 1 thì TDP 2 cũng nghe, và nhật ký nói thế."""
    with scene.database.writing() as session:
        session.execute(update(Cluster).where(Cluster.id == scene.cluster_ids[1]).values(output_id=scene.output_ids[0]))
        network_admin.report_fault(session, scene.operator, scene.cluster_ids[1], "đứt dây loa", now=scene.clock.now())
    house = House(scene, tmp_path)
    house.script("Tin một")
    house.slot(zone_ids=scene.zone_ids[:1])
    house.settle()
    house.wait(590)
    house.go(140)
    told = {(one.cluster_code, one.overheard, one.state, one.note) for airing in house.airings() for one in airing.deliveries}
    sent = DeliveryState.SENT
    assert told == {("CL01", False, sent, ""), ("CL02", True, sent, "Cụm đang báo hỏng: đứt dây loa")}
    assert {tuple(airing.zones) for airing in house.airings()} == {("TDP1",)}
    sound(house)


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


def test_a_programme_without_any_output_is_missed_and_says_so(house: House) -> None:
    for output_id in house.scene.output_ids:
        house.pump.remove_channel(output_id)
    house.go(230, step=1.0)
    programme = house.programme()
    assert programme.state is ProgrammeState.MISSED
    assert "không có đường ra" in programme.reason
    assert {(airing.result, airing.reason) for airing in house.airings()} == {(Result.NONE, Reason.DEVICE)}
    sound(house)


def test_an_amplifier_that_wakes_slowly_is_opened_early_and_the_programme_is_still_on_its_second(house: House) -> None:
    with house.scene.database.writing() as session:
        session.execute(update(Output).where(Output.id == house.scene.output_ids[0]).values(lead_ms=4000))
    house.go(2)
    assert house.pump.is_open(house.scene.output_ids[0]), "08:09:52: mở trước giờ phát hơn năm giây"
    house.go(130)
    assert house.airings()[0].started_at == house.programme().starts_at
    sound(house)


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


def test_a_clean_stop_and_start_goes_on_with_the_same_item(house: House) -> None:
    house.go(12)
    house.pump.stop()
    house.director.drain()
    house.crash(1)
    house.go(130)
    assert [one.result for one in house.airings()] == [Result.FULL] * 6
    assert house.programme().state is ProgrammeState.CLOSED
    sound(house)


def test_who_edits_an_item_already_armed_is_told(house: House) -> None:
    house.go(8)
    with house.scene.database.writing() as session:
        item = session.scalars(select(Item).order_by(Item.rank)).first()
        assert item is not None
        item.state = ItemState.DROPPED
        programme_id = item.programme_id
    house.go(150)
    assert house.airings()[0].result is Result.FULL
    with house.scene.database.reading() as session:
        assert f"late-edit:{programme_id}" in [one.subject for one in open_alerts(session, house.scene.station_id)]
