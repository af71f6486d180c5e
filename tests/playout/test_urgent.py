"""Khẩn cấp từ lệnh tới loa tới nhật ký: bàn, bộ bơm, sổ tạm và cơ sở dữ liệu thật; đồng hồ quay tay."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from broadcaster.airlog.enums import DeliveryState, Event, Mode, Reason, Result
from broadcaster.airlog.tables import LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.errors import Conflict, DatabaseAway, Invalid, NotFound
from broadcaster.playout.enums import UrgentLevel, UrgentState
from broadcaster.playout.tables import Cluster, UrgentOrder
from broadcaster.playout.urgent.composing import Wish, prepare
from broadcaster.playout.urgent.orders import EVERY_MINUTES, Order, next_at
from tests.conftest import BOTH
from tests.support.scene import Scene
from tests.support.urgent_station import Station, voice


@pytest.fixture
def station(scene: Scene, tmp_path: Path) -> Iterator[Station]:
    built = Station(scene, tmp_path)
    yield built
    built.close()


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_an_order_sounds_at_the_next_frame_on_every_path_and_is_logged_like_any_item(station: Station) -> None:
    station.go(1)
    station.desk.order(station.order(), voice(4))
    station.go(10)
    for output_id in station.scene.output_ids:
        assert (station.heard(output_id, 30_000), station.heard(output_id, 20_000)) == (1, 4)
    (airing,) = station.airings()
    assert (airing.result, airing.mode, airing.slot_name, airing.heard_ms) == (Result.FULL, Mode.URGENT, "Khẩn cấp", 5000)
    assert {delivery.state for delivery in airing.deliveries} == {DeliveryState.SENT}
    wanted = [Event.URGENT_ORDERED, Event.ITEM_ARMED, Event.ITEM_STARTED, Event.ITEM_ENDED, Event.URGENT_CLOSED]
    assert station.events() == wanted
    assert verify(station.scene.database, station.scene.station_id).faults == ()
    assert not any(station.pump.is_open(key) for key in station.scene.output_ids)


def test_the_amplifier_is_waited_for_only_where_it_is_off(station: Station) -> None:
    """Lỗi đã gặp khi đo: đường đang phát, máy tăng âm đã bật, mà lời vẫn chờ thêm thời gian bật máy."""
    first, second = station.scene.output_ids
    station.board.lead(3_000)
    station.pump.open_channel(first, lead_ms=3_000, holder="buổi đang phát")
    station.go(4)
    station.desk.order(station.order("a", signal=False, zone_ids=station.scene.zone_ids[:1]), voice(2))
    station.go(4)
    station.desk.order(station.order("b", signal=False, zone_ids=station.scene.zone_ids[1:]), voice(2))
    station.go(8)
    on_air, from_rest = station.airings()
    assert (on_air.heard_ms, from_rest.heard_ms) == (2_000, 5_000)
    assert (station.heard(first, 20_000), station.heard(second, 20_000)) == (2, 2)


def test_who_ordered_it_is_durable_before_any_sound(station: Station) -> None:
    station.desk.order(station.order(), voice(4))
    assert station.waiting() == ["ordered", "armed"]
    assert all(not sink.samples().any() for sink in station.sinks.values())


def test_only_the_neighbourhood_that_was_named_hears_it(station: Station) -> None:
    first, second = station.scene.zone_ids
    station.desk.order(station.order(zone_ids=(second,), zones=("TDP2",)), voice(4))
    station.go(10)
    one, two = station.scene.output_ids
    assert (station.heard(one, 20_000), station.heard(two, 20_000)) == (0, 4)
    assert {delivery.zone_code for delivery in station.airings()[0].deliveries} == {"TDP2"}
    assert first != second


def test_pressed_twice_it_is_one_order(station: Station) -> None:
    answers = [station.desk.order(station.order(), voice(2)) for _ in range(3)]
    station.go(5)
    assert {answer["key"] for answer in answers} == {"a"}
    assert station.desk.order(station.order(), voice(2))["state"] == "done"
    station.go(5)
    assert len(station.airings()) == 1


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_it_repeats_on_the_quarter_hours_until_its_time_and_counts_each_as_an_airing(station: Station) -> None:
    until = station.scene.clock.now() + timedelta(minutes=40)
    station.desk.order(station.order(every_minutes=15, until=until), voice(3))
    station.go(3600)
    airings = station.airings()
    starts = [airing.started_at for airing in airings if airing.started_at]
    assert [(at - starts[0]).total_seconds() for at in starts] == pytest.approx([0, 900, 1800], abs=0.2)
    assert [airing.is_rerun for airing in airings] == [False, True, True]
    assert station.desk.state()[0]["state"] == "done"
    assert verify(station.scene.database, station.scene.station_id).faults == ()


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_one_press_stops_it_and_its_repeats(station: Station) -> None:
    until = station.scene.clock.now() + timedelta(hours=2)
    station.desk.order(station.order(every_minutes=30, until=until), voice(60))
    station.go(5)
    station.desk.stop("a", by="Nguyễn Vận Hành", job_title="")
    station.desk.stop("a", by="Nguyễn Vận Hành", job_title="")
    station.go(7200)
    (airing,) = station.airings()
    assert (airing.result, airing.reason) == (Result.PARTIAL, Reason.STOPPED)
    assert station.events().count(Event.URGENT_STOPPED) == 1
    assert station.events()[-1] is not Event.URGENT_CLOSED
    with station.scene.database.reading() as session:
        assert session.scalars(select(UrgentOrder.state)).all() == [UrgentState.STOPPED]


def test_two_orders_on_one_path_wait_for_a_person(station: Station) -> None:
    _, second = station.scene.zone_ids
    station.desk.order(station.order(), voice(20))
    station.go(3)
    answer = station.desk.order(station.order("b", zone_ids=(second,)), voice(5, 11_000))
    assert (answer["state"], answer["against"]) == ("waiting", ["a"])
    station.go(3)
    assert station.heard(station.scene.output_ids[1], 11_000) == 0
    station.desk.choose("b", "ngay", by="Trần Văn Lãnh", job_title="Chủ tịch")
    station.go(10)
    assert station.heard(station.scene.output_ids[1], 11_000) > 4.8
    results = {airing.title: airing.result for airing in station.airings()}
    assert set(results.values()) <= {Result.FULL, Result.PARTIAL}
    with pytest.raises(Conflict):
        station.desk.choose("b", "sau", by="x", job_title="")
    assert verify(station.scene.database, station.scene.station_id).faults == ()


def test_nobody_choosing_the_newer_order_sounds_when_the_path_is_free(station: Station) -> None:
    station.desk.order(station.order(), voice(20))
    station.go(3)
    station.desk.order(station.order("b"), voice(5, 11_000))
    station.go(40)
    assert [airing.result for airing in station.airings()] == [Result.FULL, Result.FULL]


def test_dropping_the_waiting_order_leaves_it_unsounded_and_told(station: Station) -> None:
    station.desk.order(station.order(), voice(20))
    station.desk.order(station.order("b"), voice(5, 11_000))
    station.desk.choose("b", "bo", by="Trần Văn Lãnh", job_title="")
    station.go(40)
    assert len(station.airings()) == 1
    assert Event.URGENT_STOPPED in station.events()


def test_it_sounds_while_the_database_is_locked_and_enters_the_chain_in_order_afterwards(scene: Scene, tmp_path: Path) -> None:
    station = Station(scene, tmp_path)
    lock = sqlite3.connect(str(scene.database.url.database), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    station.desk.order(station.order(), voice(3))
    station.desk.order(station.order("b"), voice(2, 11_000))
    station.go(20)
    with pytest.raises(DatabaseAway):
        station.enter()
    assert station.heard(scene.output_ids[0], 20_000) == 3
    lock.execute("ROLLBACK")
    lock.close()
    happened = _happened(station)
    assert happened == sorted(happened)
    assert [airing.result for airing in station.airings()] == [Result.FULL, Result.FULL]
    assert verify(scene.database, scene.station_id).faults == ()
    station.close()


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_a_crash_in_the_middle_is_told_and_the_bulletin_sounds_again(station: Station) -> None:
    station.desk.order(replace(station.order(), audio_sha256=_stored(station, 20)))
    station.go(8)
    station.crash()
    station.go(60)
    airings = station.airings()
    assert [(airing.result, airing.reason) for airing in airings] == [
        (Result.PARTIAL, Reason.POWER),
        (Result.FULL, None),
    ]
    assert verify(station.scene.database, station.scene.station_id).faults == ()


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_a_crash_between_entering_and_forgetting_enters_nothing_twice(station: Station) -> None:
    station.desk.order(station.order(), voice(2))
    station.go(5)
    station.enter()
    count = len(station.events())
    station.crash()
    station.go(5)
    assert len(station.events()) == count


def test_repeats_go_on_after_a_crash_without_a_gap_in_the_count(station: Station) -> None:
    until = station.scene.clock.now() + timedelta(minutes=40)
    order = replace(station.order(), audio_sha256=_stored(station, 3), every_minutes=15, until=until)
    station.desk.order(order)
    station.go(60)
    station.enter()
    station.crash()
    station.go(3600)
    assert [airing.position for airing in station.airings()] == [1, 2, 3]


def test_an_order_that_cannot_be_obeyed_is_refused_in_words(station: Station) -> None:
    now = station.scene.clock.now()
    for changes in (
        {"text": "  "},
        {"every_minutes": 7},
        {"every_minutes": 15},
        {"every_minutes": 15, "until": now},
        {"every_minutes": 15, "until": now + timedelta(days=9)},
        {"zone_ids": (999,)},
    ):
        with pytest.raises(Invalid):
            station.desk.order(station.order("x", **changes), voice(1))
    with pytest.raises(Invalid):
        station.desk.order(replace(station.order("y"), audio_sha256="0" * 64))
    with pytest.raises(NotFound):
        station.desk.stop("không có", by="x", job_title="")
    assert station.desk.state() == []
    assert station.events() == []


def test_a_silenced_path_stays_silent_and_the_log_does_not_claim_otherwise(station: Station) -> None:
    first, _ = station.scene.output_ids
    station.pump.silence(first, on=True)
    station.desk.order(station.order(), voice(3))
    station.go(10)
    assert station.heard(first, 20_000) == 0
    states = {delivery.output_name: delivery.state for delivery in station.airings()[0].deliveries}
    assert states == {"Đường 1": DeliveryState.FAILED, "Đường 2": DeliveryState.SENT}


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_what_nobody_can_hear_is_said_before_and_is_never_told_as_aired(station: Station) -> None:
    well = {"silenced": False, "failed": False, "overheard": []}
    paths = [{"id": key, "name": f"Đường {n}", **well} for n, key in _numbered(station)]
    assert station.desk.audience(()) == {"paths": paths, "warning": ""}
    station.pump.silence(None, on=True)
    assert station.desk.audience(())["warning"] == "2/2 đường ra đang im lặng: Đường 1, Đường 2."
    assert station.desk.order(station.order(), voice(3))["unheard"]
    station.go(10)
    (told,) = station.desk.state()
    assert (told["state"], told["number"], told["heard_times"]) == ("unreached", 1, 0)
    assert all(path["silenced"] for path in told["paths"])
    station.enter()
    with station.scene.database.reading() as session:
        (row,) = session.scalars(select(UrgentOrder)).all()
    assert (row.state, row.closed_at is not None) == (UrgentState.UNREACHED, True)


def test_an_order_to_one_tdp_names_and_logs_every_cluster_on_its_path(station: Station) -> None:
    """Hai cụm chung một đường ra: lệnh cho TDP 1 từng nói một cụm và ghi một cụm, cụm kia cũng nghe."""
    scene = station.scene
    with scene.database.writing() as session:
        session.execute(update(Cluster).where(Cluster.id == scene.cluster_ids[1]).values(output_id=scene.output_ids[0]))
    station.crash()
    (path,) = station.desk.audience(scene.zone_ids[:1])["paths"]
    assert [(one["code"], one["zone"]) for one in path["overheard"]] == [("CL02", "TDP2")]
    station.desk.order(station.order(zone_ids=scene.zone_ids[:1]), voice(3))
    station.go(10)
    (airing,) = station.airings()
    told = {(one.cluster_code, one.overheard, one.state) for one in airing.deliveries}
    assert told == {("CL01", False, DeliveryState.SENT), ("CL02", True, DeliveryState.SENT)}


def _numbered(station: Station) -> list[tuple[int, int]]:
    return list(enumerate(station.scene.output_ids, start=1))


@pytest.mark.parametrize("database", BOTH, indirect=True)
def test_the_same_key_after_a_restart_or_a_day_is_still_the_same_order(station: Station) -> None:
    station.desk.order(station.order(), voice(2))
    station.go(5)
    station.crash()
    assert station.desk.order(station.order(), voice(2))["state"] == "done"
    station.scene.clock.advance(2 * 86_400)
    station.crash()
    assert station.desk.order(station.order(), voice(2))["state"] == "done"
    station.go(5)
    assert len(station.airings()) == 1
    assert verify(station.scene.database, station.scene.station_id).faults == ()


def test_a_repeat_whose_zone_lost_its_path_ends_itself_and_nothing_else(station: Station) -> None:
    first, second = station.scene.zone_ids
    until = station.scene.clock.now() + timedelta(hours=1)
    station.desk.order(station.order(every_minutes=15, until=until, zone_ids=(second,)), voice(2))
    station.go(10)
    station.board.lose(station.scene.output_ids[1])
    station.go(900)
    station.desk.order(station.order("b", zone_ids=(first,)), voice(2, 11_000))
    station.go(10)
    assert {view["key"]: view["state"] for view in station.desk.state()} == {"a": "done", "b": "done"}
    assert station.heard(station.scene.output_ids[0], 11_000) == 2
    assert not any(station.pump.is_open(key) for key in station.scene.output_ids)


def test_with_the_disk_refusing_every_write_it_sounds_and_its_lines_come_later(station: Station) -> None:
    with disk_refusing(station.folder / "so"):
        station.desk.order(station.order(), voice(2))
        station.go(4)
    assert station.heard(station.scene.output_ids[0], 20_000) == 2
    assert station.waiting() == []
    station.desk.order(station.order("b"), voice(1))
    station.go(4)
    assert [airing.result for airing in station.airings()] == [Result.FULL, Result.FULL]
    assert station.events()[0] is Event.URGENT_ORDERED


@contextmanager
def disk_refusing(folder: Path) -> Iterator[None]:
    """Tệp sổ đang mở của tiến trình này thành chỉ đọc: hệ điều hành từ chối mọi lần ghi, như ổ đĩa bị gắn lại chỉ đọc."""
    numbers = [int(link.name) for link in Path("/proc/self/fd").iterdir() if _is_segment(link, folder)]
    kept = [os.dup(number) for number in numbers]
    for number in numbers:
        closed = os.open(f"/proc/self/fd/{number}", os.O_RDONLY)
        os.dup2(closed, number)
        os.close(closed)
    yield
    for number, old in zip(numbers, kept, strict=True):
        os.dup2(old, number)
        os.close(old)


def _is_segment(link: Path, folder: Path) -> bool:
    try:
        target = link.readlink()
    except OSError:
        return False
    return target.parent == folder and target.suffix == ".so"


@given(
    st.sampled_from([minutes for minutes in EVERY_MINUTES if minutes]),
    st.integers(1, 4000),
    st.integers(0, 5000),
)
def test_every_repeat_is_a_whole_number_of_steps_after_the_first_and_none_after_the_end(
    every: int, length: int, passed: int
) -> None:
    first = datetime(2026, 8, 1, tzinfo=UTC)
    order = Order(
        "k", "", "", "", first, UrgentLevel.ONE, "", "a", "a", "", every_minutes=every, until=first + timedelta(minutes=length)
    )
    now = first + timedelta(minutes=passed)
    until = first + timedelta(minutes=length)
    found = next_at(order, first, now)
    if found is None:
        assert now + timedelta(minutes=every) > until
    else:
        assert now < found <= until
        assert (found - first) % timedelta(minutes=every) == timedelta(0)
        assert found - now <= timedelta(minutes=every)


def _stored(station: Station, seconds: float) -> str:
    return station.library.put(voice(seconds), tags={"TITLE": "khẩn"}).sha256


def _happened(station: Station) -> list[datetime]:
    station.enter()
    with station.scene.database.reading() as session:
        return list(session.scalars(select(LogEntry.happened_at).order_by(LogEntry.seq)))


def test_an_order_tells_the_log_the_codes_of_every_zone_it_calls_and_people_code_and_name(scene: Scene) -> None:
    """Lọc nhật ký theo TDP phải thấy cả tin khẩn cho cả phường."""
    wish = Wish(key="k", text="Cháy chợ.")
    with scene.database.reading() as session:
        one = prepare(session, scene.leader, replace(wish, zone_ids=scene.zone_ids[:1]), now=scene.clock.now()).order
        everyone = prepare(session, scene.leader, wish, now=scene.clock.now()).order
    assert (one.zones, one.zone_codes) == (("TDP1 · Tổ dân phố số 1",), ("TDP1",))
    assert (everyone.zones, everyone.zone_codes) == ((), ("TDP1", "TDP2"))
    assert Order.from_json(everyone.as_json()) == everyone
