"""Máy này có cạc nào, mở bằng cách nào: PortAudio nếu có, không thì ``aplay`` hoặc ``pw-play``; không có gì là chuyện thường."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import partial
from typing import Any

from broadcaster.sound.outputs.cards.portaudio import LOCK, PortAudioDevice, look_again
from broadcaster.sound.outputs.cards.writer import Device

DEFAULT = ""
"""Tên của thiết bị mặc định."""
_PROGRAMS = ("aplay", "pw-play")
_LIST_S = 5.0
_CARD = re.compile(r"^(\S+)\n((?:[ \t]+.*\n?)*)", re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """Một thiết bị; ``name`` để lưu và mở, ``label`` cho người đọc."""

    name: str
    label: str
    default: bool = False


def backend() -> str:
    """Cách mở máy này dùng: ``portaudio``, ``aplay``, ``pw-play``; không có cách nào thì rỗng."""
    if _portaudio() is not None:
        return "portaudio"
    return next((program for program in _PROGRAMS if shutil.which(program)), "")


def find(using: str | None = None) -> list[Found]:
    """Thiết bị phát của máy, mặc định đứng đầu; máy chủ không có cạc thì rỗng."""
    using = backend() if using is None else using
    if using == "portaudio":
        return _portaudio_devices(_portaudio())
    if using == "aplay":
        return _alsa_devices()
    return [Found(DEFAULT, "Thiết bị mặc định (PipeWire)", default=True)] if using == "pw-play" else []


def none_found() -> str:
    """Một câu cho trang và ``doctor`` khi máy không có cạc."""
    if backend():
        return "Máy này chưa có cạc âm thanh nào; đài vẫn chạy, tiếng nghe được trong trình duyệt và được ghi lưu."
    return "Máy này chưa có chương trình phát ra cạc (PortAudio, aplay hay pw-play); tiếng vẫn nghe được trong trình duyệt."


def open_device(name: str, using: str | None = None) -> Device:
    """Mở thiết bị theo tên. Lỗi: ``OSError`` khi không có, đang bận, hoặc máy không có cách nào mở."""
    using = backend() if using is None else using
    if using == "portaudio":
        return PortAudioDevice(_portaudio(), name)
    if not using:
        raise OSError("máy này không có chương trình phát ra cạc âm thanh")
    pipe = importlib.import_module("broadcaster.sound.outputs.cards.pipe")  # chỉ POSIX
    opened: Device = partial(pipe.PipeDevice, using)(name)
    return opened


def _portaudio() -> Any:
    try:
        return importlib.import_module("sounddevice")
    except (ImportError, OSError):  # OSError: có gói mà thiếu thư viện PortAudio
        return None


def _portaudio_devices(library: Any) -> list[Found]:
    with LOCK:
        look_again(library)
    default = library.default.device[1]
    found = [
        Found(one["name"], one["name"], default=one["index"] == default)
        for one in library.query_devices()
        if one["max_output_channels"] > 0
    ]
    return sorted(found, key=lambda one: not one.default)


def _alsa_devices() -> list[Found]:
    command = [shutil.which("aplay") or "aplay", "-L"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=_LIST_S, check=False).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return []
    names = [(match[1], " ".join(match[2].split())) for match in _CARD.finditer(told)]
    real = [(name, said) for name, said in names if name != "null"]
    found = [Found(name, f"{name} · {said}" if said else name, default=name == "default") for name, said in real]
    return sorted(found, key=lambda one: not one.default)
