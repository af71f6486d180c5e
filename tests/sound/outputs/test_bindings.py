"""Đường ra gắn với đúng một cạc: vắng thì báo vắng, bị gỡ thì dừng, kẹt thì chỉ mình nó chết; không bao giờ phát ra cạc khác."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from broadcaster.clock import SystemClock
from broadcaster.sound.frames import FRAME, Samples
from broadcaster.sound.outputs import SinkState
from broadcaster.sound.outputs.cards import card_sink, devices
from broadcaster.sound.outputs.cards.helper import HelperDevice
from broadcaster.sound.outputs.cards.portaudio_helper import chosen, identity
from broadcaster.sound.outputs.queued import QueuedSink
from tests.conftest import leave_out
from tests.support.cards import CardMissing, alsa, received
from tests.support.waiting import eventually


def speech(frames: int) -> Samples:
    return np.random.default_rng(3).integers(1_000, 20_000, frames * FRAME, dtype=np.int16)


class Pulse:
    """Một PulseAudio thật với các loa rỗng của riêng phép thử."""

    def __init__(self, folder: Path, *sinks: str) -> None:
        self.address = f"unix:{folder / 'loa.sock'}"
        modules = [f"module-null-sink sink_name={name}" for name in sinks]
        modules += ["module-rescue-streams", f"module-native-protocol-unix socket={folder / 'loa.sock'} auth-anonymous=1"]
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm"]
        self._env = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PULSE_SERVER": self.address}
        server = {name: value for name, value in self._env.items() if name != "PULSE_SERVER"}
        self._process = subprocess.Popen(
            [*command, *(f"--load={module}" for module in modules)], env=server, stderr=subprocess.DEVNULL
        )

    def running(self) -> bool:
        return "loa" in self.ctl("list", "short", "sinks")

    def ctl(self, *words: str) -> str:
        return subprocess.run(["pactl", *words], env=self._env, capture_output=True, text=True, check=False).stdout

    def playing_on(self) -> list[str]:
        """Tên loa của từng dòng đang phát."""
        names = {line.split()[0]: line.split()[1] for line in self.ctl("list", "short", "sinks").splitlines()}
        return [names[line.split()[1]] for line in self.ctl("list", "short", "sink-inputs").splitlines()]

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


@pytest.fixture
def pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    if not shutil.which("pulseaudio") or not shutil.which("pactl"):
        leave_out("PulseAudio (gói pulseaudio và pulseaudio-utils của Debian, Ubuntu)")
    server = Pulse(tmp_path, "loaA", "loaA2")
    monkeypatch.setenv("PULSE_SERVER", server.address)
    try:
        eventually(server.running, what="PulseAudio chạy")
        yield server
    finally:
        server.stop()


def playing(sink: QueuedSink, until: Callable[[], bool], *, seconds: float, what: str) -> float:
    """Bơm đều như bộ bơm tới khi ``until``; trả về mất mấy giây."""
    began, number = time.monotonic(), 0

    def turn() -> bool:
        nonlocal number
        sink.push(number, speech(1))
        number += 1
        return until()

    eventually(turn, seconds=seconds, what=what)
    return time.monotonic() - began


def test_a_removed_pulse_sink_stops_the_stream_instead_of_moving_it(pulse: Pulse) -> None:
    """Gỡ loa đang phát: tiếng không được sang loa khác, và đường ra báo hỏng trong hai giây."""
    assert {one.name for one in devices.find("pulse")} == {"pulse:loaA", "pulse:loaA2"}
    sink = card_sink(lambda: devices.open_device("pulse:loaA"), SystemClock())
    sink.open()
    try:
        playing(sink, lambda: pulse.playing_on() == ["loaA"], seconds=15, what="phát ra loaA")
        module = next(line.split()[0] for line in pulse.ctl("list", "short", "modules").splitlines() if "sink_name=loaA" in line)
        pulse.ctl("unload-module", module)
        lasted = playing(sink, lambda: sink.health().state is SinkState.FAILED, seconds=15, what="báo hỏng")
        assert lasted < 2
        playing(sink, lambda: "không" in (sink.health().error or ""), seconds=5, what="nói không thấy loa")
        assert pulse.playing_on() == []
    finally:
        sink.close()


def test_a_stream_bound_to_an_absent_pulse_sink_never_plays_on_one_with_a_longer_name(pulse: Pulse) -> None:
    with pytest.raises(OSError, match="loa"):
        devices.open_device("pulse:loa")
    assert pulse.playing_on() == []


@pytest.mark.parametrize(
    "name",
    ["tee:null,'|touch {0}',raw", "tee:null,{0},raw", "file:{0},raw", "file:'|touch {0}',raw", "tee:null,co,raw@cho-cam"],
)
def test_a_card_name_never_becomes_a_command_nor_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """ALSA hiểu tên như ``tee:null,'|lệnh',raw`` là chạy lệnh ấy: người gõ tên cạc trên trang sẽ thành chủ máy."""
    try:
        alsa(tmp_path / "alsa", monkeypatch.setenv, "loa", using="aplay")
    except CardMissing as missing:
        leave_out(str(missing))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match="không phải một cạc"):
        devices.open_device(name.format(tmp_path / "co"), "aplay")
    assert not (tmp_path / "co").exists()


@pytest.mark.parametrize(
    "name", ["default", "hw:0,0", "plughw:CARD=Device_1,DEV=0", "sysdefault:CARD=PCH", "iec958:CARD=PCH,DEV=0"]
)
def test_a_cards_own_name_is_asked_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OSError, match="aplay"):
        devices.open_device(name, "aplay")


@pytest.fixture
def cards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    try:
        return alsa(tmp_path / "alsa", monkeypatch.setenv, "loaA2", "loaB", using="portaudio")
    except CardMissing as missing:
        leave_out(str(missing))
        raise


@pytest.mark.parametrize("name", ["loaA", "loa", "A2", "ALSA:loaA"])
def test_an_absent_card_is_absent_even_when_another_name_contains_it(cards: dict[str, Path], name: str) -> None:
    with pytest.raises(OSError, match="không thấy thiết bị"):
        devices.open_device(name, "portaudio")
    assert not cards["loaA2"].exists() or not received(cards["loaA2"]).any()


def test_a_card_plugged_in_while_another_plays_is_found_without_closing_it(cards: dict[str, Path], tmp_path: Path) -> None:
    conf = tmp_path / "alsa" / "asound.conf"
    whole = conf.read_text()
    conf.write_text(whole.replace("pcm.loaB ", "pcm.khac "))
    first = devices.open_device("loaA2", "portaudio")
    with pytest.raises(OSError, match="không thấy"):
        devices.open_device("loaB", "portaudio")
    conf.write_text(whole)
    assert "loaB" in {one.label for one in devices.find("portaudio")}
    second = devices.open_device("loaB", "portaudio")
    for device in (first, second):
        device.write(speech(3))
        device.close()
    assert all(received(cards[name]).any() for name in ("loaA2", "loaB"))


def test_a_stuck_driver_is_killed_within_seconds_and_its_neighbour_never_waits(cards: dict[str, Path]) -> None:
    """Trình điều khiển kẹt khi đang phát và khi đang đóng: chỉ tiến trình con của nó chết."""
    stuck, neighbour = (devices.open_device(name, "portaudio") for name in ("loaA2", "loaB"))
    assert isinstance(stuck, HelperDevice)
    stuck.write(speech(2))
    os.kill(stuck.pid, signal.SIGSTOP)
    with pytest.raises(OSError, match="không nhận tiếng"):
        stuck.write(speech(30))
    began = time.monotonic()
    neighbour.write(speech(5))
    assert time.monotonic() - began < 1
    stuck.close()
    closing = devices.open_device("loaA2", "portaudio")
    assert isinstance(closing, HelperDevice)
    os.kill(closing.pid, signal.SIGSTOP)
    began = time.monotonic()
    closing.close()
    assert time.monotonic() - began < 4
    neighbour.close()


def test_an_alsa_card_is_known_by_its_id_and_its_place_not_by_its_number(tmp_path: Path) -> None:
    """Cạc 1 hôm qua là cạc 0 hôm nay: danh tính không đổi."""
    for number, place in (("0", "usb1/1-2"), ("1", "usb1/1-3")):
        real = tmp_path / "sys" / "devices" / place
        real.mkdir(parents=True)
        (tmp_path / "class" / f"card{number}").mkdir(parents=True)
        (tmp_path / "class" / f"card{number}" / "device").symlink_to(real)
        (tmp_path / "asound" / f"card{number}").mkdir(parents=True)
        (tmp_path / "asound" / f"card{number}" / "id").write_text("Device\n" if number == "0" else "Device_1\n")
    places = {"asound": tmp_path / "asound", "sysfs": tmp_path / "class"}
    assert identity("ALSA", "USB Audio: - (hw:1,0)", **places) == "ALSA:CARD=Device_1,DEV=0@usb1/1-3"
    assert identity("Windows WASAPI", "Loa (2- USB)") == "Windows WASAPI:Loa (2- USB)"


@pytest.mark.parametrize(
    ("told", "off"),
    [
        ("Simple mixer control 'Master',0\n  Mono: Playback 87 [100%] [0.00dB] [off]\n", True),
        ("Simple mixer control 'Master',0\n  Left: Playback 1 [off]\n  Right: Playback 1 [on]\n", False),
        ("Simple mixer control 'Mic',0\n  Mono: Capture [off]\nSimple mixer control 'PCM',0\n  Mono: 255 [on]\n", False),
        ("", False),
    ],
)
def test_a_muted_mixer_is_seen_where_alsa_tells_it(told: str, off: bool) -> None:
    assert devices.mixer_off(told) is off


class Library:
    """Thư viện có hai thiết bị trùng tên."""

    class default:  # noqa: N801  như sounddevice
        device = (0, 0)

    @staticmethod
    def query_hostapis() -> list[dict[str, str]]:
        return [{"name": "ALSA"}]

    @staticmethod
    def query_devices() -> list[dict[str, object]]:
        return [{"index": n, "hostapi": 0, "name": "loa", "max_output_channels": 2} for n in range(2)]


def test_two_cards_under_one_name_are_refused_rather_than_guessed() -> None:
    with pytest.raises(OSError, match="2 thiết bị"):
        chosen(Library, "loa")
