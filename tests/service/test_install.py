"""Giao đài cho máy tự canh: tệp systemd và việc Task Scheduler viết đúng, lệnh chạy đúng thứ tự, máy thiếu thì nói ra."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from broadcaster.config import Config, load
from broadcaster.errors import Conflict
from broadcaster.service.install import install, task_text, uninstall, unit_name, unit_text

SAMPLE = Path(__file__).parent.parent.parent / "config.toml"
PYTHON = "/opt/đài $HOME/100%/python"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    folder = tmp_path / 'đài "phường" & 50%'
    folder.mkdir()
    (folder / "config.toml").write_bytes(SAMPLE.read_bytes())
    return load(folder / "config.toml")


class Machine:
    """Máy ghi lại mọi lệnh; ``refused``: chữ đầu của lệnh nào thì từ chối."""

    def __init__(self, *refused: str) -> None:
        self.refused, self.ran = refused, list[str]()

    def __call__(self, command: Sequence[str]) -> int:
        self.ran.append(" ".join(command))
        return int(any(word in self.ran[-1] for word in self.refused))


def _parsed(config: Config) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(unit_text(config, PYTHON))
    return parser


def test_the_unit_restarts_at_once_for_ever_and_leaves_the_children_to_their_supervisor(config: Config) -> None:
    service = _parsed(config)["Service"]
    assert (service["Restart"], service["RestartSec"], service["KillMode"]) == ("always", "1", "process")
    assert _parsed(config)["Unit"]["StartLimitIntervalSec"] == "0"
    assert _parsed(config)["Install"]["WantedBy"] == "default.target"


def test_odd_paths_reach_the_command_unchanged(config: Config) -> None:
    """Hiểu ExecStart như systemd: ngoặc kép, gạch chéo ngược, ``%%`` và ``$$``."""
    command = _parsed(config)["Service"]["ExecStart"]
    parts = [part.replace('\\"', '"').replace("%%", "%").replace("$$", "$") for part in command[1:-1].split('" "')]
    assert parts == [PYTHON, "-m", "broadcaster", "serve", "--config", str(config.file)]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="máy này thiếu: systemd-analyze")
def test_systemd_itself_accepts_the_unit(config: Config, tmp_path: Path) -> None:
    path = tmp_path / unit_name(config)
    path.write_text(unit_text(config, shutil.which("python3") or ""), "utf-8")
    env = {**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)}
    checked = subprocess.run(["systemd-analyze", "verify", "--user", path], capture_output=True, text=True, check=False, env=env)
    assert checked.stderr == ""


def test_the_scheduled_task_is_whole_and_never_cut_off(config: Config) -> None:
    space = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
    task = ElementTree.fromstring(task_text(config, r"C:\Đài\python.exe").replace('encoding="UTF-16"', ""))  # chữ, chưa phải byte
    found = {one.tag.removeprefix(space): one.text for one in task.iter()}
    assert found["Command"] == r"C:\Đài\python.exe"
    assert str(config.file).replace('"', r"\"") in (found["Arguments"] or "")
    assert (found["ExecutionTimeLimit"], found["MultipleInstancesPolicy"], found["Interval"]) == ("PT0S", "IgnoreNew", "PT1M")


def test_installing_writes_the_unit_whole_then_hands_it_to_the_machine(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine()
    _with_systemctl(tmp_path, monkeypatch)
    lines = install(config, python=PYTHON, run=machine, home=tmp_path)
    path = tmp_path / ".config" / "systemd" / "user" / unit_name(config)
    assert path.read_text("utf-8") == unit_text(config, PYTHON)
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    assert machine.ran[1:] == [
        "systemctl --user daemon-reload",
        f"systemctl --user enable --now {unit_name(config)}",
        "loginctl enable-linger",
    ]
    assert str(path) in lines[0]
    assert uninstall(config, run=machine, home=tmp_path)[0].startswith("Đã bỏ")
    assert not path.exists()
    assert uninstall(config, run=machine, home=tmp_path) == ["Đài chưa được giao cho máy."]


@pytest.mark.parametrize(
    ("refused", "said"),
    [("show-environment", "crontab -e"), ("enable-linger", "sudo loginctl enable-linger")],
)
def test_what_the_machine_lacks_is_told_with_what_to_do(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str, said: str
) -> None:
    _with_systemctl(tmp_path, monkeypatch)
    assert said in "\n".join(install(config, python=PYTHON, run=Machine(refused), home=tmp_path))


def test_a_refusal_names_the_command(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_systemctl(tmp_path, monkeypatch)
    with pytest.raises(Conflict, match="daemon-reload"):
        install(config, python=PYTHON, run=Machine("daemon-reload"), home=tmp_path)


def _with_systemctl(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Có một tệp systemctl trên PATH; không ai chạy nó, ``Machine`` nhận mọi lệnh."""
    (folder / "bin").mkdir()
    tool = folder / "bin" / "systemctl"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder / "bin"))
