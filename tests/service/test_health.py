"""Sức khoẻ đọc từ nhịp của các tiến trình: nói đúng vòng muộn nhất, phần im, người canh mất; cảnh báo mở rồi tự đóng."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from broadcaster.accounts.audit import open_alerts
from broadcaster.clock import ManualClock
from broadcaster.errors import DatabaseAway
from broadcaster.loop import GRACE_S, Loop
from broadcaster.playout.tables import Output, Player
from broadcaster.service.beats import SILENT_S, BeatFile, read_beats
from broadcaster.service.health import AWAY_S, NO_SUPERVISOR, HealthWatch, alerts_of, judge, machine_health
from tests.support.scene import Scene


def _publish(folder: Path, clock: ManualClock, process: str, *, orphan: bool = False, supervised: bool = True) -> None:
    beat = BeatFile(folder, process, clock, supervised=supervised)
    beat.publish(orphan=orphan)
    beat.close()


def test_the_latest_loop_of_every_process_is_told_from_another_process(tmp_path: Path, clock: ManualClock) -> None:
    for process, seconds in (("studio", 60.0), ("playout", 90.0)):
        _stick(tmp_path, clock, process, seconds)
        late = judge({process: read_beats(tmp_path)[process]}, clock.monotonic()).late
        assert [(one.process, one.loop, one.overdue_s) for one in late] == [(process, f"vòng {process}", seconds - GRACE_S)]


def test_the_latest_loop_stands_first(tmp_path: Path, clock: ManualClock) -> None:
    _stick(tmp_path, clock, "studio", 40)
    _stick(tmp_path, clock, "playout", 35)
    _publish(tmp_path, clock, "web")
    beats = {name: replace(beat, at=clock.monotonic()) for name, beat in read_beats(tmp_path).items()}
    assert [one.process for one in judge(beats, clock.monotonic()).late] == ["studio", "playout"]


def _stick(folder: Path, clock: ManualClock, process: str, seconds: float) -> None:
    """Một vòng thật có một lượt dài ``seconds`` giây; nhịp ghi đúng lúc nó còn kẹt."""

    def step() -> None:
        clock.advance(seconds)
        loop.stop()
        _publish(folder, clock, process)

    loop = Loop(f"vòng {process}", step, clock, pulse_s=5)
    loop.run()


def test_a_process_without_a_beat_is_silent_and_so_is_one_from_before_the_machine_was_started(
    tmp_path: Path, clock: ManualClock
) -> None:
    clock.advance(1000)
    _publish(tmp_path, clock, "studio")
    assert machine_health(tmp_path, clock).ok
    clock.advance(SILENT_S + 1)
    assert machine_health(tmp_path, clock).silent == ("studio",)
    rebooted = ManualClock(clock.now())
    assert machine_health(tmp_path, rebooted).silent == ("studio",)


def test_the_supervisor_is_missed_only_by_those_it_guards(tmp_path: Path, clock: ManualClock) -> None:
    _publish(tmp_path, clock, "serve")
    clock.advance(SILENT_S + 1)
    _publish(tmp_path, clock, "web", supervised=False)
    assert machine_health(tmp_path, clock).ok
    _publish(tmp_path, clock, "playout")
    assert machine_health(tmp_path, clock).silent == ("serve",)
    _publish(tmp_path, clock, "playout", orphan=True)
    health = machine_health(tmp_path, clock)
    assert (health.orphaned, health.silent, health.ok) == (True, (), False)


def test_a_beat_read_while_it_is_written_or_cut_off_is_nothing_rather_than_a_lie(tmp_path: Path, clock: ManualClock) -> None:
    _publish(tmp_path, clock, "web")
    whole = (tmp_path / "web.json").read_bytes()
    for cut in (0, 10, whole.index(b"\n")):
        (tmp_path / "web.json").write_bytes(whole[:cut].ljust(100))
        assert (read_beats(tmp_path).get("web") is None) == (cut < whole.index(b"\n"))


def test_a_shorter_beat_over_a_longer_one_leaves_no_tail(tmp_path: Path, clock: ManualClock) -> None:
    beat = BeatFile(tmp_path, "studio", clock, supervised=True)
    beat.last_words("làm bản ghi", KeyError("x" * 400))
    beat.publish()
    beat.close()
    beat = BeatFile(tmp_path, "studio", clock, supervised=True)
    beat.last_words("làm bản ghi", KeyError("ngắn"))
    beat.close()
    found = read_beats(tmp_path).get("studio")
    assert found is not None
    assert found.death is not None
    assert (found.death.error, found.death.times) == ("KeyError('ngắn')", 2)


def test_the_alert_of_a_stumbling_loop_opens_once_and_closes_when_it_runs_again(
    scene: Scene, clock: ManualClock, tmp_path: Path
) -> None:
    watch = HealthWatch(scene.database, clock, tmp_path, scene.player_id)
    heard: list[list[tuple[str, str, int]]] = []

    def step() -> None:
        _publish(tmp_path, clock, "studio")
        watch.step()
        with scene.database.reading() as session:
            found = open_alerts(session, scene.station_id)
        heard.append([(alert.subject, alert.message, alert.count) for alert in found])
        if len(heard) == 4:
            loop.stop()
        elif len(heard) < 3:
            raise DatabaseAway("đĩa đầy")

    loop = Loop("làm bản ghi", step, clock, pulse_s=2, known=(DatabaseAway,))
    loop.run()
    told = ("loop:studio:làm bản ghi", "Vòng “làm bản ghi” của phòng thu đang vấp và tự thử lại: đĩa đầy", 1)
    assert heard == [[], [told], [told], []]


def test_a_player_on_another_machine_that_stops_reporting_is_told_and_forgiven_when_it_comes_back(
    scene: Scene, clock: ManualClock, tmp_path: Path
) -> None:
    """Giờ tường của máy kia lệch cả ngày cũng không sao: chỉ xem dấu sống của nó có nhích."""
    with scene.database.writing() as session:
        other = Player(station_id=scene.station_id, name="Máy nhà văn hoá")
        session.add(other)
        session.flush()
        session.get_one(Output, scene.output_ids[1]).player_id = other.id
        other_id = other.id
    watch = HealthWatch(scene.database, clock, tmp_path, scene.player_id)

    def report() -> None:
        with scene.database.writing() as session:
            session.get_one(Player, other_id).seen_at = clock.now() - timedelta(days=1)

    def told() -> list[str]:
        watch.step()
        with scene.database.reading() as session:
            return [alert.message for alert in open_alerts(session, scene.station_id)]

    report()
    assert told() == []
    clock.advance(AWAY_S)
    report()
    assert told() == []
    clock.advance(AWAY_S + 1)
    (message,) = told()
    assert "Máy nhà văn hoá" in message
    report()
    assert told() == []


def test_a_process_still_loading_when_the_house_starts_is_no_alert_but_later_it_is(
    scene: Scene, clock: ManualClock, tmp_path: Path
) -> None:
    _publish(tmp_path, clock, "web", supervised=False)
    clock.advance(SILENT_S + 1)
    watch, heard = HealthWatch(scene.database, clock, tmp_path, scene.player_id), []
    for _ in range(2):
        watch.step()
        with scene.database.reading() as session:
            heard.append([alert.subject for alert in open_alerts(session, scene.station_id)])
        clock.advance(61)
    assert heard == [[], ["process:web"]]


def test_a_death_is_told_until_somebody_has_seen_it(scene: Scene, clock: ManualClock, tmp_path: Path) -> None:
    beat = BeatFile(tmp_path, "playout", clock, supervised=True)
    beat.last_words("giữ lịch", KeyError("thong_bao_ai"))
    beat.publish()
    beat.close()
    HealthWatch(scene.database, clock, tmp_path, scene.player_id).step()
    with scene.database.reading() as session:
        [alert] = open_alerts(session, scene.station_id)
    assert alert.subject == "process:playout:died"
    assert "Phòng phát sóng đã dừng vì lỗi lạ ở “giữ lịch”" in alert.message


@pytest.mark.parametrize("orphan", [False, True])
def test_a_lost_supervisor_is_an_alert_that_says_what_to_do(tmp_path: Path, clock: ManualClock, *, orphan: bool) -> None:
    _publish(tmp_path, clock, "playout", orphan=orphan)
    assert alerts_of(machine_health(tmp_path, clock)) == ({"process:serve": NO_SUPERVISOR} if orphan else {})
