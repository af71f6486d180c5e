"""Giờ máy không tin được và máy không chạy: lùi, nhảy, ngủ, tắt mười ngày; buổi lỡ được kể đúng sự thật."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from broadcaster.accounts.audit import open_alerts
from broadcaster.airlog.enums import DeliveryState, Event, Reason, Result
from broadcaster.airlog.writing import append
from broadcaster.errors import Conflict, NotAllowed, NotFound
from broadcaster.playout import clock_gate
from broadcaster.playout.tables import Player
from broadcaster.sound.frames import frame_at
from broadcaster.traffic.enums import ProgrammeState
from broadcaster.traffic.tables import Programme, Slot
from tests.conftest import BOTH
from tests.playout.hard_times import alerts, entries, first_script, log_lines, sound
from tests.support.radio_house import House
from tests.support.scene import Scene


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
        assert f"clock:{scene.player_id}" not in {one.subject for one in open_alerts(session, scene.station_id)}
    house.scene.clock.step(-3600)
    house.go(5)
    assert len(entries(house, Event.CLOCK_STEPPED)) == 2, "lùi trước lúc đã xác nhận thì lại ngừng"
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


def test_a_programme_four_minutes_late_keeps_its_planned_times_and_is_told(house: House) -> None:
    scene = house.scene
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
    lines = len(log_lines(house))
    scene.clock.step(-21 * 86_400)
    for _ in range(3):
        house.go(5)
        house.settle()
        scene.clock.advance(86_400)
        house.start()
    with scene.database.reading() as session:
        assert session.scalars(select(Programme).where(Programme.day < house.programme().day)).all() == []
    told = [entry.event for entry in log_lines(house)[lines:]]
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


def test_a_clock_set_back_again_after_a_person_confirmed_it_once_shuts_the_gate_again(house: House) -> None:
    """Dòng mang giờ sai còn ở đầu nhật ký hàng tuần: lần lùi sau phải so với những gì đã ghi từ lúc xác nhận."""
    scene = house.scene
    scene.clock.step(9 * 86_400)
    house.go(3)
    scene.clock.step(-9 * 86_400)
    house.go(3)
    _confirm(house)
    house.go(20)
    assert entries(house, Event.ITEM_STARTED)
    count = len(entries(house, Event.CLOCK_STEPPED))
    scene.clock.step(-15)
    house.go(3)
    assert len(entries(house, Event.CLOCK_STEPPED)) == count + 1
    house.settle()
    with scene.database.reading() as session:
        assert clock_gate.is_shut(session, scene.station_id, scene.clock.now()), "phòng lịch cũng phải biết"
    house.go(160)
    assert house.programme().state is ProgrammeState.CLOSED
    sound(house)


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_a_clock_that_leaps_months_stops_routine_airing_until_a_person_speaks_and_costs_nothing(house: House) -> None:
    """Không buổi nào của những tháng chưa tới thành “lỡ”, mục đang vang không bị cắt; chỉnh lại và xác nhận thì phát nốt."""
    scene, leap_s = house.scene, 90 * 86_400
    with scene.database.writing() as session:
        session.execute(update(Slot).values(weekdays="1234567"))
    house.go(15)
    scene.clock.step(leap_s)
    for _ in range(3):
        house.go(5)
        house.settle()
    assert not entries(house, Event.PROGRAMME_MISSED)
    assert "Giờ máy phát vượt quá xa" in _gate_message(house)
    scene.clock.step(-leap_s)
    house.go(3)
    house.settle()
    _confirm(house)
    house.go(170)
    assert f"clock:{scene.player_id}" not in alerts(house)
    first, *_later = house.airings()
    assert (first.result, first.reason) == (Result.FULL, None)
    assert house.programme().state is ProgrammeState.CLOSED
    assert not entries(house, Event.PROGRAMME_MISSED)
    sound(house)


def test_a_leap_of_months_that_a_person_says_is_right_tells_every_slot_between_as_missed_by_the_clock(house: House) -> None:
    house.go(2)
    with house.scene.database.writing() as session:
        session.execute(update(Slot).values(weekdays="1234567"))
    house.settle()
    house.scene.clock.step(12 * 86_400 + 3600)
    house.go(40)
    house.settle()
    assert not entries(house, Event.PROGRAMME_MISSED)
    _confirm(house)
    house.go(40)
    house.settle()
    house.go(10)
    missed = [json.loads(entry.body) for entry in entries(house, Event.PROGRAMME_MISSED)]
    assert len(missed) >= 12
    assert {one["reason"] for one in missed} == {Reason.CLOCK}
    assert not house.log.state.gate_shut
    sound(house)


def test_a_network_clock_that_arrives_just_after_boot_is_believed(scene: Scene, tmp_path: Path) -> None:
    """Máy không pin đồng hồ: lần nào bật cũng nhảy, không ai có mặt để xác nhận."""
    house = House(scene, tmp_path)
    house.go(20)
    scene.clock.step(20 * 86_400)
    house.go(5)
    assert not house.log.state.gate_shut
    assert not entries(house, Event.CLOCK_STEPPED)


def test_a_station_switched_on_after_more_than_a_month_asks_whether_the_time_is_right(house: House) -> None:
    house.go(2)
    house.crash(40 * 86_400)
    house.go(5)
    house.settle()
    assert "Giờ máy phát vượt quá xa" in _gate_message(house)
    assert not entries(house, Event.PROGRAMME_MISSED)
    _confirm(house)
    house.go(40)
    house.settle()
    house.go(10)
    assert {json.loads(one.body)["reason"] for one in entries(house, Event.PROGRAMME_MISSED)} == {Reason.POWER}
    sound(house)


def test_hours_that_a_wrong_clock_showed_explain_no_later_miss(house: House) -> None:
    """Giờ nhảy tới rồi được chỉnh lùi: mười ngày ấy chưa hề qua, buổi lỡ sau đó vì mất điện phải nói là mất điện."""
    scene = house.scene
    with scene.database.writing() as session:
        session.execute(update(Slot).values(weekdays="1234567"))
    house.go(2)
    scene.clock.step(10 * 86_400)
    house.go(3)
    scene.clock.step(-10 * 86_400)
    house.go(3)
    _confirm(house)
    house.go(190)
    house.settle()
    house.crash(2 * 86_400)
    house.settle()
    house.go(10)
    missed = [json.loads(entry.body) for entry in entries(house, Event.PROGRAMME_MISSED)]
    assert [one["reason"] for one in missed] == [Reason.POWER] * 2
    sound(house)


def _confirm(house: House) -> None:
    scene = house.scene
    with scene.database.writing() as session:
        clock_gate.confirm_clock(session, scene.operator, scene.player_id, now=scene.clock.now())


def _gate_message(house: House) -> str:
    with house.scene.database.reading() as session:
        about = f"clock:{house.scene.player_id}"
        return next((one.message for one in open_alerts(session, house.scene.station_id) if one.subject == about), "")
