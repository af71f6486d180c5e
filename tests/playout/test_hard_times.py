"""Những lúc khó: mất cơ sở dữ liệu, đứt giữa chừng, máy ngủ, đồng hồ nhảy, buổi sát nhau, nút đỏ, người sửa lúc đang phát."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
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
from broadcaster.playout import clock_gate, network_admin
from broadcaster.playout.enums import OutputKind
from broadcaster.playout.tables import Cluster, Output, Player
from broadcaster.sound.frames import FRAME_MS, frame_at
from broadcaster.traffic.editing import drop
from broadcaster.traffic.enums import ItemState, ProgrammeState
from broadcaster.traffic.tables import Item, Programme, Slot
from tests.conftest import BOTH
from tests.support.radio_house import House
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


def alerts(house: House) -> set[str]:
    """Khoá của các cảnh báo đang mở."""
    with house.scene.database.reading() as session:
        return {one.subject for one in open_alerts(session, house.scene.station_id)}


def spans(house: House) -> list[tuple[datetime, datetime]]:
    """Các khoảng thật sự có tiếng, theo giờ."""
    return sorted((one.started_at, one.ended_at) for one in house.airings() if one.started_at and one.ended_at)


def first_script(house: House) -> Airing:
    return next(airing for airing in house.airings() if airing.script_id)


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
    cut = next(item for item in _items(house) if item.state is ItemState.ON_AIR)
    house.crash(40)
    house.go(170)
    again = next(item for item in _items(house) if item.repeat_of_id == cut.id)
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


def test_a_pc_that_sleeps_over_part_of_a_programme_says_how_long_it_was_silent(house: House) -> None:
    house.go(10 + 5)
    house.scene.clock.advance(8)
    house.go(150)
    gaps = [json.loads(entry.body) for entry in entries(house, Event.AIR_GAP)]
    assert [pytest.approx(8000, abs=600)] == [gap["ms"] for gap in gaps]
    assert house.programme().state is ProgrammeState.CLOSED
    sound(house)


@pytest.mark.parametrize("after_s", [0.5, 2.5, 3600])
def test_a_machine_that_wakes_after_the_slot_says_it_was_asleep_not_that_it_had_no_output(house: House, after_s: float) -> None:
    """Máy phát vừa tỉnh đã ghi dấu sống, phòng lịch đọc dấu ấy trước khi xét buổi lỡ: lý do vẫn phải là điều đã xảy ra."""
    ends_at = house.programme().ends_at
    house.scene.clock.advance((ends_at - house.scene.clock.now()).total_seconds() + after_s)
    for _ in range(8):
        house.director.step()
        house.keep_up()
        house.scene.clock.advance(1.1)
    programme = house.programme()
    assert programme.state is ProgrammeState.MISSED
    assert "không có đường ra" not in programme.reason, programme.reason
    assert {(airing.result, airing.reason) for airing in house.airings()} == {(Result.NONE, Reason.POWER)}


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


def _items(house: House) -> list[Item]:
    with house.scene.database.reading() as session:
        return list(session.scalars(select(Item).order_by(Item.id)))


def _armed_but_silent(house: House) -> int | None:
    """Mục đã có dòng chuẩn bị, còn hơn một giây nữa mới vang, khi mục trước nó đang vang."""
    with house.scene.database.reading() as session:
        states = {item.id: item.state for item in session.scalars(select(Item))}
    if ItemState.ON_AIR not in states.values():
        return None
    return next((item_id for item_id, state in states.items() if state is ItemState.ARMED), None)


def test_a_clock_stepped_back_stops_new_items_until_it_has_caught_up(house: House) -> None:
    house.go(12)
    house.scene.clock.step(-40)
    house.go(20)
    assert len(entries(house, Event.CLOCK_STEPPED)) == 1
    assert f"clock:{house.scene.player_id}" in alerts(house)
    count = len(entries(house, Event.ITEM_ARMED))
    house.go(10)
    assert len(entries(house, Event.ITEM_ARMED)) == count
    house.go(160)
    assert len(entries(house, Event.CLOCK_STEPPED)) == 1
    assert f"clock:{house.scene.player_id}" not in alerts(house), "giờ đuổi kịp thì cảnh báo của cổng tự đóng"
    with house.scene.database.reading() as session:
        assert session.get_one(Player, house.scene.player_id).gate_closed_at is None
    assert first_script(house).result is Result.FULL
    assert house.programme().state is ProgrammeState.CLOSED
    sound(house)


@pytest.mark.parametrize("database", BOTH, indirect=True)
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


def test_a_clock_set_forward_during_a_programme_cuts_no_item_and_is_told_in_the_log_and_in_words(house: House) -> None:
    """Mục đang vang vang nốt, mang giờ mới từ chỗ nhảy; mục vì thế hết chỗ thì nói đúng là vì đồng hồ."""
    house.go(15)
    before = house.scene.clock.now()
    house.scene.clock.step(7200)
    house.go(150)
    (line,) = [json.loads(entry.body) for entry in entries(house, Event.CLOCK_JUMPED)]
    assert (line["from"], line["ms"]) == (before.isoformat(), 7_200_000)
    first, *later = house.airings()
    assert (first.result, first.reason) == (Result.FULL, None)
    assert first.started_at == house.programme().starts_at, "điều đã ghi theo giờ cũ giữ nguyên"
    assert first.ended_at is not None
    assert first.ended_at - first.started_at == timedelta(seconds=7200, milliseconds=first.heard_ms)
    assert {(one.result, one.reason) for one in later} == {(Result.NONE, Reason.CLOCK)}
    assert not entries(house, Event.AIR_GAP)
    assert f"jumped:{house.scene.player_id}" in alerts(house)
    sound(house)


def test_a_clock_that_jumps_into_quiet_hours_silences_the_next_frame(house: House) -> None:
    """Đang phát thì giờ nhảy từ 08:10 qua 21:00: không một khung nào nữa có tiếng."""
    house.go(15)
    house.scene.clock.step(13 * 3600)
    jumped = frame_at(house.scene.clock.now())
    house.go(20)
    for sink in house.sinks.values():
        assert all(not frame.any() for number, frame in sink.frames if number > jumped)
    first, *later = house.airings()
    assert (first.result, first.reason) == (Result.PARTIAL, Reason.QUIET)
    assert {one.result for one in later} == {Result.NONE}
    sound(house)


@pytest.mark.parametrize(
    ("upset", "reason", "words"),
    [
        (lambda house: house.scene.clock.advance(600), Reason.POWER, "ngủ"),
        (lambda house: house.scene.clock.step(600), Reason.CLOCK, "nhảy"),
    ],
    ids=["ngủ", "nhảy"],
)
def test_a_slot_missed_while_the_process_lived_says_what_really_happened(
    house: House, upset: Callable[[House], None], reason: Reason, words: str
) -> None:
    """Dấu sống sau khi máy dậy không được thành “không có đường ra nào rỗi”; dòng lỡ có TDP, cụm loa, chỗ trong buổi."""
    upset(house)
    house.go(10)
    programme = house.programme()
    assert programme.state is ProgrammeState.MISSED
    assert words in programme.reason
    lost = house.airings()
    assert {(one.result, one.reason) for one in lost} == {(Result.NONE, reason)}
    assert [one.position for one in lost] == [1, 2, 3, 4, 5, 6]
    assert {tuple(one.zones) for one in lost} == {("TDP1", "TDP2")}
    told = {(one.cluster_code, one.state, one.note) for airing in lost for one in airing.deliveries}
    assert told == {(code, DeliveryState.FAILED, programme.reason) for code in ("CL01", "CL02")}
    sound(house)


def test_a_programme_four_minutes_late_keeps_its_planned_times_and_is_told(scene: Scene, tmp_path: Path) -> None:
    house = House(scene, tmp_path)
    house.script("Tin một")
    house.slot()
    house.settle()
    house.wait(590)
    house.scene.clock.advance(70)  # máy ngủ qua giờ phát một phút
    house.go(150)
    aired = [one for one in house.airings() if one.started_at]
    starts_at = house.programme().starts_at
    assert aired[0].planned_at == starts_at
    assert [one.planned_at for one in aired] == sorted(one.planned_at for one in aired)
    late = {round((one.started_at - one.planned_at).total_seconds()) for one in aired if one.started_at}
    assert late <= {60, 61}
    with scene.database.reading() as session:
        (message,) = [one.message for one in open_alerts(session, scene.station_id) if one.subject.startswith("late:")]
    assert "trễ 1 phút" in message
    gaps = [json.loads(entry.body) for entry in entries(house, Event.AIR_GAP)]
    assert [(one["cause"], round(one["ms"], -3)) for one in gaps] == [(Reason.POWER, 60_000)]
    sound(house)


def test_a_clock_two_weeks_back_stops_routine_airing_and_a_person_starts_it_again(house: House) -> None:
    house.scene.clock.step(-14 * 86_400)
    house.go(20)
    assert not entries(house, Event.ITEM_ARMED)
    assert len(entries(house, Event.CLOCK_STEPPED)) == 1
    house.scene.clock.step(14 * 86_400)
    house.go(150)
    assert entries(house, Event.ITEM_ARMED)
    sound(house)


def test_while_the_clock_gate_is_shut_the_planner_waits_and_tells_no_false_misses(house: House) -> None:
    """Pin đồng hồ hết: máy bật lên ở ba tuần trước. Không lên lịch, không ghi lỡ, cho tới khi có người xác nhận."""
    scene = house.scene
    house.go(2)
    with scene.database.writing() as session:
        session.execute(update(Slot).values(weekdays="1234567", valid_from=date(2026, 1, 1)))
    lines = len(_lines(house))
    scene.clock.step(-21 * 86_400)
    for _ in range(3):
        house.go(5)
        house.settle()
        scene.clock.advance(86_400)
        house.start()
    with scene.database.reading() as session:
        assert session.scalars(select(Programme).where(Programme.day < house.programme().day)).all() == []
    told = [entry.event for entry in _lines(house)[lines:]]
    assert set(told) <= {Event.CLOCK_STEPPED, Event.CLOCK_JUMPED, Event.MACHINE_AWAY}
    with scene.database.writing() as session:
        clock_gate.confirm_clock(session, scene.operator, scene.player_id, now=scene.clock.now())
    house.settle()
    with scene.database.reading() as session:
        assert session.scalars(select(Programme).where(Programme.day < house.programme().day)).all()
    sound(house)


def test_a_machine_off_for_ten_days_leaves_a_line_for_every_slot_of_every_day(house: House) -> None:
    """Lịch chỉ nhìn trước bảy ngày: ba ngày cuối chưa từng được lên lịch cũng phải có dòng."""
    house.go(2)
    with house.scene.database.writing() as session:
        session.execute(update(Slot).values(weekdays="1234567"))
    house.settle()
    house.crash(10 * 86_400 + 3600)
    house.settle()
    house.go(10)
    with house.scene.database.reading() as session:
        past = session.scalars(select(Programme).where(Programme.ends_at <= house.scene.clock.now()).order_by(Programme.day))
        told = [(programme.day, programme.state) for programme in past]
    first = told[0][0]
    assert [day for day, _ in told] == [first + timedelta(days=number) for number in range(11)]
    assert {state for _, state in told} == {ProgrammeState.MISSED}
    missed = [json.loads(entry.body) for entry in entries(house, Event.PROGRAMME_MISSED)]
    assert {one["reason"] for one in missed} == {Reason.POWER}
    assert len(missed) == 11
    assert all("dấu hiệu sống cuối cùng: 08:09 ngày 02/03/2026" in one["note"] for one in missed), missed
    sound(house)


def _lines(house: House) -> list[LogEntry]:
    with house.scene.database.reading() as session:
        return list(session.scalars(select(LogEntry).order_by(LogEntry.seq)))


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
