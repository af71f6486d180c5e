"""Điều xảy ra với cả cái máy: mất điện một lúc mọi thứ, ngủ qua giờ phát, hai máy của một đài. Tiến trình thật, người nghe thật.

Mất điện ở đây là SIGKILL cả nhóm tiến trình cùng lúc: điều hệ điều hành chưa kịp ép xuống đĩa thì nó vẫn giữ hộ, chỗ ấy có
``playout/test_journal.py`` thử riêng bằng nửa bản ghi.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from broadcaster.accounts.audit import open_alerts
from broadcaster.airlog.enums import DeliveryState, Event, Reason
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.airlog.verifying import verify
from broadcaster.config import load
from broadcaster.playout.tables import Output, Player, Run
from broadcaster.service.folders import rundown_folder
from broadcaster.traffic.enums import ProgrammeState
from broadcaster.traffic.make_up import MISSED
from broadcaster.traffic.tables import Item, Programme
from tests.end_to_end.heard_judging import judge
from tests.end_to_end.heard_station import Station, argv_of, guarded, heard_s, laid, lay_programme
from tests.end_to_end.house import free_port
from tests.support.waiting import eventually

CUTS = 3
SLEPT_S = 4.0
pytestmark = pytest.mark.timeout(1200)


class Machine:
    """Mọi tiến trình của một đài trong một nhóm: một tín hiệu tới tất cả cùng lúc."""

    def __init__(self, place: Station) -> None:
        self._place, self._running = place, list[subprocess.Popen[bytes]]()

    def start(self) -> None:
        """Bật máy."""
        group = 0
        for name in ("playout", "playout", "traffic"):
            argv = [part for part in argv_of(self._place.config, name) if part != "--supervised"]
            with (self._place.config.file.parent / f"{name}.log").open("ab") as log:
                process = subprocess.Popen(argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL, process_group=group)
            group = group or process.pid
            self._running.append(process)

    def signal(self, number: signal.Signals) -> None:
        """Cả nhóm, kể cả cạc."""
        os.killpg(self._running[0].pid, number)

    def cut(self) -> None:
        """Mất điện."""
        self.signal(signal.SIGKILL)
        for process in self._running:
            process.wait()
        self._running.clear()


@contextmanager
def machine(place: Station) -> Iterator[Machine]:
    """Một máy đang bật; xong thì tắt."""
    made = Machine(place)
    made.start()
    try:
        eventually(lambda: any(rundown_folder(place.config).glob("network-*.json")), seconds=240, what="máy phát biết mạng loa")
        yield made
    finally:
        made.cut()


def test_the_power_goes_for_everything_at_once_and_nothing_is_doubled_lost_or_untold(tmp_path: Path) -> None:
    chance, pause = random.Random(), threading.Event()
    with laid(tmp_path) as empty, machine(empty) as house:
        place = lay_programme(empty, seconds=30, item_s=3, lead_s=8)
        for _ in range(CUTS):
            place.wait(place.sounding, 60)
            pause.wait(chance.uniform(0.2, 3.0))
            house.cut()
            house.start()
        assert place.finish(180), "buổi khép và mọi dòng vào nhật ký"
        told = judge(place)
        assert [told[key] for key in ("doubles", "unlogged", "without_end", "chain_faults")] == [0, 0, 0, 0], told
        with place.database.reading() as session:
            airings = session.scalars(select(Airing)).all()
        assert all(one.result and (one.reason or one.heard_ms) for one in airings)
        assert len(place.heard()[place.heard()["loud"] > 0]) > 50, "người nghe phải nghe được"


def test_a_machine_asleep_over_the_start_and_again_in_the_middle_says_when_it_was_silent(tmp_path: Path) -> None:
    with laid(tmp_path) as empty, machine(empty) as house:
        place = lay_programme(empty, seconds=20, item_s=3, lead_s=8)
        _asleep(house, place.starts - 2, place.starts + SLEPT_S)
        assert place.wait(place.sounding, 60)
        _asleep(house, time.time() + 1, time.time() + 1 + SLEPT_S)
        assert place.finish(180)
        assert judge(place)["without_end"] == judge(place)["unlogged"] == judge(place)["doubles"] == 0
        heard = place.heard()
        first = float(heard["at"][heard["loud"] > 0][0])
        gaps = _bodies(place, Event.AIR_GAP)
        assert len(gaps) >= 2, "ngủ qua giờ bắt đầu và ngủ giữa buổi là hai khoảng lặng"
        assert {(gap["cause"], gap["note"]) for gap in gaps} == {(Reason.POWER, "Máy phát đứng hình hoặc ngủ.")}
        until = datetime.fromisoformat(gaps[0]["to"]).timestamp()
        assert abs(until - first) < SLEPT_S / 4, "giờ tiếng trở lại trong nhật ký là giờ người nghe nghe thấy"


def test_a_slot_slept_through_is_missed_with_its_reason_and_offered_again(tmp_path: Path) -> None:
    with laid(tmp_path) as empty, machine(empty) as house:
        place = lay_programme(empty, seconds=10, item_s=3, lead_s=8)
        _asleep(house, place.starts - 6, place.starts + 11)
        assert place.finish(180)
        with place.database.reading() as session:
            programme = session.scalars(select(Programme)).one()
            alerts = [alert.subject for alert in open_alerts(session, place.scene.station_id)]
            airings = session.scalars(select(Airing)).all()
            items = session.scalars(select(Item.id)).all()
        assert programme.state is ProgrammeState.MISSED
        assert "không có đường ra" not in programme.reason, programme.reason
        assert f"{MISSED}{programme.id}" in alerts
        assert {one.item_id for one in airings} == set(items)
        assert {one.reason for one in airings} == {Reason.POWER}
        assert not (place.heard()["loud"] > 0).any()


def _asleep(house: Machine, since: float, until: float) -> None:
    pause = threading.Event()
    pause.wait(max(0.0, since - time.time()))
    house.signal(signal.SIGSTOP)
    pause.wait(max(0.0, until - time.time()))
    house.signal(signal.SIGCONT)


def test_two_machines_of_one_station_each_air_their_part_of_one_programme(tmp_path: Path) -> None:
    with laid(tmp_path) as first:
        second = _second_machine(first)
        names = ("playout", "traffic")
        with guarded(first, *names), guarded(second, *names):
            place = lay_programme(first, seconds=14, item_s=3, lead_s=6)
            assert place.finish(180)
            assert eventually(replace(second, starts=place.starts, seconds=place.seconds).settled, seconds=180)
        heard = {card: set(heard_s(place.heard(card))) for card in (0, 1)}
        assert heard[0] == heard[1] == {0, 1, 2, 3}
        with place.database.reading() as session:
            runs = session.scalars(select(Run)).all()
            entries = session.scalars(select(LogEntry).where(LogEntry.event == Event.ITEM_ARMED)).all()
            airings = session.scalars(select(Airing)).all()
            sent = [
                (one.item_id, delivery.cluster_code)
                for one in airings
                for delivery in one.deliveries
                if delivery.state is DeliveryState.SENT
            ]
            assert session.scalars(select(Programme.state)).one() is ProgrammeState.CLOSED
        assert {run.player_id for run in runs} == {first.scene.player_id, second.scene.player_id}
        assert sorted((one.run_id, one.item_id) for one in entries) == sorted({(one.run_id, one.item_id) for one in airings})
        assert sorted(sent) == sorted((item, code) for item in {one.item_id for one in airings} for code in ("CL01", "CL02"))
        assert verify(place.database, place.scene.station_id).faults == ()


def _second_machine(first: Station) -> Station:
    """Máy thứ hai: thư mục dữ liệu, cổng và trạm phát của riêng nó; cùng cơ sở dữ liệu, cùng kho tiếng."""
    with first.database.writing() as session:
        player = Player(station_id=first.scene.station_id, name="Máy thứ hai")
        session.add(player)
        session.flush()
        session.get_one(Output, first.scene.output_ids[1]).player_id = player.id
        player_id = player.id
    folder = first.config.file.parent / "may-hai"
    folder.mkdir()
    (folder / "bin").symlink_to(first.config.file.parent / "bin")
    text = first.config.file.read_text("utf-8")
    changes = {
        'audio = "audio" ': f'audio = "{first.config.audio_folder}" ',
        'database = "" ': f'database = "{first.config.database_url}" ',
        'player = "" ': 'player = "Máy thứ hai" ',
        f"port = {first.config.web.port} ": f"port = {free_port()} ",
        f"port = {first.config.playout.port} ": f"port = {free_port()} ",
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "config.toml").write_text(text, "utf-8")
    return replace(first, config=load(folder / "config.toml"), scene=replace(first.scene, player_id=player_id))


def _bodies(place: Station, event: Event) -> list[dict[str, str]]:
    with place.database.reading() as session:
        bodies = session.scalars(select(LogEntry.body).where(LogEntry.event == event).order_by(LogEntry.seq)).all()
    return [json.loads(body) for body in bodies]
