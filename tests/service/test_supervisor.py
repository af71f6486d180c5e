"""Canh tiến trình thật: chết thì dựng lại, bảo dừng thì dừng êm qua ống stdin."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from broadcaster.clock import SystemClock
from broadcaster.service.logs import hide_secrets
from broadcaster.service.supervisor import Command, Supervisor
from tests.support.waiting import eventually

DIES = "import pathlib, sys; p = pathlib.Path(sys.argv[1]); p.write_text(p.read_text() + 'x'); sys.exit(3)"
LIVES = "import pathlib, sys; sys.stdin.buffer.read(); pathlib.Path(sys.argv[1]).write_text('dừng êm')"


def test_a_dead_child_is_started_again_and_a_living_one_stops_gently(tmp_path: Path) -> None:
    deaths, farewell = tmp_path / "deaths", tmp_path / "farewell"
    deaths.write_text("")
    commands = [
        Command("chết", [sys.executable, "-c", DIES, str(deaths)]),
        Command("sống", [sys.executable, "-c", LIVES, str(farewell)]),
    ]
    stop = threading.Event()
    thread = threading.Thread(target=Supervisor(commands, SystemClock()).run, args=(stop,))
    thread.start()
    try:
        eventually(lambda: len(deaths.read_text()) >= 2, what="con chết được dựng lại")
        assert not farewell.exists()
    finally:
        stop.set()
        thread.join(20)
    assert farewell.read_text() == "dừng êm"


def test_no_secret_reaches_the_machine_log() -> None:
    event = hide_secrets(None, "info", {"event": "x", "session_token": "abc", "Password": "abc", "user": "lan"})
    assert event == {"event": "x", "session_token": "***", "Password": "***", "user": "lan"}
