"""Canh tiến trình thật: chết thì dựng lại ngay, chết mãi mới lùi, bảo dừng thì dừng êm; người canh chết thì đài vẫn chạy."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from broadcaster.clock import SystemClock
from broadcaster.config import Config, load
from broadcaster.loop import DIED
from broadcaster.service.beats import Beat, read_beats
from broadcaster.service.health import NO_SUPERVISOR, alerts_of, machine_health
from broadcaster.service.logs import hide_secrets
from broadcaster.service.process import STOP, beats_folder
from broadcaster.service.supervisor import AT_ONCE, Command, Supervisor, rest_before_restart
from tests.support.waiting import eventually

DIES = "import pathlib, sys; p = pathlib.Path(sys.argv[1]); p.write_text(p.read_text() + 'x'); sys.exit(3)"
LIVES = "import pathlib, sys; told = sys.stdin.buffer.read(); pathlib.Path(sys.argv[1]).write_bytes(told)"
SAMPLE = Path(__file__).parent.parent.parent / "config.toml"

CHILD = """
import sys
from pathlib import Path
from broadcaster.config import load
from broadcaster.loop import Loop
from broadcaster.service.process import Process

config, name = load(Path(sys.argv[1])), sys.argv[2]
broken = config.data_folder / "hong"

def step():
    try:
        broken.unlink()  # hai con cùng nhìn: chỉ một con lấy được
    except FileNotFoundError:
        return
    raise KeyError("lạ")

with Process(config, name, supervised=True) as process:
    if process.take_turn():
        (config.data_folder / f"{name}.turns").open("a").write("x")
        loop = Loop("việc", step, process.clock, pulse_s=0.02)
        process.on_stop(loop.stop)
        loop.run()
        (config.data_folder / f"{name}.farewell").write_text("dừng êm")
"""
STUMBLES = CHILD.replace("process.on_stop(loop.stop)", "process.on_stop(lambda: 1 / 0); process.on_stop(loop.stop)")
SERVE = """
import sys
from pathlib import Path
from broadcaster.config import load
from broadcaster.service.process import SUPERVISOR, Process
from broadcaster.service.supervisor import Command, Supervisor

config = load(Path(sys.argv[1]))
with Process(config, SUPERVISOR, supervised=False) as process:
    assert process.take_turn(wait=False)
    argv = [sys.executable, "-c", sys.argv[2], sys.argv[1]]
    supervisor = Supervisor([Command(name, [*argv, name]) for name in ("web", "playout")], process.clock)
    process.on_stop(supervisor.stop)
    supervisor.run()
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    (tmp_path / "config.toml").write_bytes(SAMPLE.read_bytes())
    (tmp_path / "data").mkdir()
    return load(tmp_path / "config.toml")


@pytest.fixture
def start(config: Config) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Một người canh thật với hai con thật; mọi tiến trình từng có nhịp bị dọn khi xong."""
    with ExitStack() as stack:

        def serve() -> subprocess.Popen[bytes]:
            process = subprocess.Popen([sys.executable, "-c", SERVE, str(config.file), CHILD], stderr=subprocess.PIPE)
            stack.push(process)
            stack.callback(process.kill)
            return process

        yield serve
    for beat in read_beats(beats_folder(config)).values():  # người canh đi trước: còn sống thì nó dựng lại con vừa bị giết
        if Path(f"/proc/{beat.pid}").exists():
            os.kill(beat.pid, signal.SIGKILL)


def beats_of(config: Config) -> dict[str, Beat]:
    """Nhịp của mọi tiến trình đã có vòng chạy."""
    return {name: beat for name, beat in read_beats(beats_folder(config)).items() if beat.loops}


def _living(config: Config) -> dict[str, Beat]:
    return eventually(lambda: _complete(beats_of(config)), what="hai con có nhịp và vòng việc")


def _complete(beats: dict[str, Beat]) -> dict[str, Beat]:
    working = all(any(loop.name == "việc" for loop in beats[name].loops) for name in ("web", "playout") if name in beats)
    return beats if working and {"web", "playout", "serve"} <= beats.keys() else {}


def test_the_first_deaths_are_mended_at_once_then_the_rests_grow_to_a_bound() -> None:
    assert [rest_before_restart(deaths) for deaths in range(1, 11)] == [0, 0, 0, 0.5, 1, 2, 4, 8, 15, 15]
    assert rest_before_restart(10**6) == 15


def test_a_dead_child_is_started_again_and_a_living_one_stops_gently(tmp_path: Path) -> None:
    deaths, farewell = tmp_path / "deaths", tmp_path / "farewell"
    deaths.write_text("")
    commands = [
        Command("chết", [sys.executable, "-c", DIES, str(deaths)]),
        Command("sống", [sys.executable, "-c", LIVES, str(farewell)]),
        Command("không có", [str(tmp_path / "khong-co")]),
    ]
    supervisor = Supervisor(commands, SystemClock())
    thread = threading.Thread(target=supervisor.run)
    thread.start()
    try:
        eventually(lambda: len(deaths.read_text()) > AT_ONCE, what="con chết được dựng lại")
        assert not farewell.exists()
    finally:
        supervisor.stop()
        thread.join(120)
    assert farewell.read_bytes() == b".", "được bảo dừng, không phải mất cha"


def test_a_strange_fault_in_one_child_restarts_that_child_alone_and_leaves_its_last_words(
    config: Config, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    start()
    before = _living(config)
    (config.data_folder / "hong").touch()
    after = eventually(
        lambda: next((beat for beat in beats_of(config).values() if beat.death and beat.at > 0 and beat.loops), None),
        what="con dựng lại kể lời của lần trước",
    )
    assert after.death is not None
    assert (after.death.loop, after.death.error, after.death.times) == ("việc", "KeyError('lạ')", 1)
    eventually(lambda: beats_of(config)[after.process].pid != before[after.process].pid, what="tiến trình mới")
    other = ({"web", "playout"} - {after.process}).pop()
    assert beats_of(config)[other].pid == before[other].pid
    assert f"process:{after.process}:died" in alerts_of(machine_health(beats_folder(config), SystemClock()))


def test_children_outlive_a_killed_supervisor_say_so_and_hand_over_to_the_next_one(
    config: Config, start: Callable[[], subprocess.Popen[bytes]]
) -> None:
    first = start()
    before = _living(config)
    first.kill()
    first.wait(120)
    assert first.stderr is not None
    first.stderr.close()  # cửa sổ của người canh cũ cũng mất: ghi nhật ký máy hỏng không được giết ai
    eventually(lambda: all(beats_of(config)[name].orphan for name in ("web", "playout")), what="hai con nói mình mồ côi")
    assert {name: beats_of(config)[name].pid for name in ("web", "playout")} == {
        name: before[name].pid for name in ("web", "playout")
    }
    health = machine_health(beats_folder(config), SystemClock())
    assert (health.orphaned, health.ok) == (True, False)
    assert alerts_of(health)["process:serve"] == NO_SUPERVISOR

    second = start()
    eventually(lambda: _handed_over(config, before), what="hai con của người canh mới")
    assert machine_health(beats_folder(config), SystemClock()).ok
    for name in ("web", "playout"):
        assert (config.data_folder / f"{name}.farewell").read_text() == "dừng êm"
        turns = config.data_folder / f"{name}.turns"
        eventually(lambda turns=turns: turns.read_text() == "xx", what="con mới tới lượt")  # type: ignore[misc]
    second.terminate()
    assert second.wait(120) == 0
    for name in ("web", "playout"):
        assert (config.data_folder / f"{name}.turns").read_text() == "xx", "mỗi người canh một lượt, không ai chạy đôi"


def _handed_over(config: Config, before: dict[str, Beat]) -> bool:
    now = beats_of(config)
    return all(now[name].pid != before[name].pid and not now[name].orphan for name in ("web", "playout"))


def test_a_child_waiting_for_its_turn_obeys_sigterm(config: Config, start: Callable[[], subprocess.Popen[bytes]]) -> None:
    start()
    _living(config)
    argv = [sys.executable, "-c", CHILD, str(config.file), "playout"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as standby:
        try:
            eventually(lambda: _catches_term(standby.pid), what="người chờ đã nghe lệnh dừng")
            standby.terminate()
            assert standby.wait(120) == 0
        finally:
            standby.kill()
    assert (config.data_folder / "playout.turns").read_text() == "x"


def _catches_term(pid: int) -> bool:
    """Theo nhân Linux: tiến trình đã gắn bộ xử lý SIGTERM."""
    caught = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)


def test_one_room_that_cannot_stop_does_not_keep_the_others_from_being_told(config: Config) -> None:
    with subprocess.Popen([sys.executable, "-c", STUMBLES, str(config.file), "web"], stdin=subprocess.PIPE) as child:
        try:
            eventually(lambda: "web" in beats_of(config), seconds=60, what="con đã tới lượt")
            child.communicate(STOP, timeout=60)
        finally:
            child.kill()
    assert child.returncode == 0
    assert (config.data_folder / "web.farewell").read_text() == "dừng êm"


@pytest.mark.skipif(os.name == "nt", reason="đóng hẳn ống stdin bằng sh")
def test_a_broken_pipe_to_the_supervisor_is_a_lost_supervisor_not_a_dead_thread(config: Config) -> None:
    argv = ["sh", "-c", 'exec "$0" "$@" <&-', sys.executable, "-c", CHILD, str(config.file), "web"]
    with subprocess.Popen(argv, stderr=subprocess.PIPE) as child:

        def noticed() -> bool:
            beat = beats_of(config).get("web")
            return child.poll() == 0 or (beat is not None and beat.orphan)

        try:
            eventually(noticed, seconds=60, what="con biết mình mồ côi")
        finally:
            child.terminate()
            said = child.communicate(timeout=60)[1].decode()
    assert "Traceback" not in said, said


def test_the_exit_code_of_a_strange_fault_is_its_own(config: Config) -> None:
    (config.data_folder / "hong").touch()
    argv = [sys.executable, "-c", CHILD, str(config.file), "web"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as child:
        assert child.wait(60) == DIED


def test_no_secret_reaches_the_machine_log() -> None:
    event = hide_secrets(None, "info", {"event": "x", "session_token": "abc", "Password": "abc", "user": "lan"})
    assert event == {"event": "x", "session_token": "***", "Password": "***", "user": "lan"}
