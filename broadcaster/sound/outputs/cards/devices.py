"""Máy này có cạc nào, mở bằng cách nào: loa của PulseAudio hay PipeWire, PortAudio, không thì ``aplay`` hoặc ``pw-play``.

Đường ra gắn với *danh tính* của cạc (mã cạc ALSA và chỗ cắm, tên loa, hệ âm thanh và tên), khớp đúng từng chữ: cạc vắng thì báo
vắng, không bao giờ phát ra cạc khác.
"""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path

from broadcaster.sound.outputs.cards.helper import HelperDevice, listed
from broadcaster.sound.outputs.cards.writer import Device

DEFAULT = ""
"""Tên của thiết bị mặc định."""
PULSE = "pulse:"
_PROGRAMS = ("aplay", "pw-play")
_LIST_S = 5.0
_CARD = re.compile(r"^(\S+)\n((?:[ \t]+.*\n?)*)", re.MULTILINE)
_KEY = r"(?:CARD|DEV|SUBDEV|PROFILE|AES[0-3])=[\w:-]+"
_ALSA = re.compile(rf"[\w-]+(?::{_KEY}(?:,{_KEY})*)?|(?:plug)?hw:\d+(?:,\d+)*")
"""Tên chỉ đúng một cạc. ALSA còn hiểu tên như một cấu hình: ``tee:null,'|lệnh',raw`` là chạy lệnh, ``file:…`` là ghi tệp."""
_ID = re.compile(r"CARD=([^,@]+)")
_OFF = re.compile(r"\[(on|off)\]")
_SYSFS = Path("/sys/class/sound")
_MIXERS = ("Master", "PCM", "Speaker", "Headphone", "Front")


@dataclass(frozen=True)
class Found:
    """Một thiết bị; ``name`` là danh tính để lưu và mở, ``label`` cho người đọc, ``muted``: máy nói nó đang tắt tiếng."""

    name: str
    label: str
    default: bool = False
    muted: bool = False


def backend() -> str:
    """Cách mở máy này dùng cho cạc không nêu hệ âm thanh: ``portaudio``, ``aplay``, ``pw-play``; không có thì rỗng."""
    if _has_portaudio():
        return "portaudio"
    return next((program for program in _PROGRAMS if shutil.which(program)), "")


def find(using: str | None = None) -> list[Found]:
    """Thiết bị phát của máy, mặc định đứng đầu; máy chủ không có cạc thì rỗng. Không đụng tới cạc nào đang mở."""
    if using is None:
        return [*_told("pulse"), *find(backend())]
    if using in ("portaudio", "pulse"):
        return _told(using)
    if using == "aplay":
        return _alsa_devices()
    return [Found(DEFAULT, "Thiết bị mặc định (PipeWire)", default=True)] if using == "pw-play" else []


def none_found() -> str:
    """Một câu cho trang và ``doctor`` khi máy không có cạc."""
    if backend():
        return "Máy này chưa có cạc âm thanh nào; đài vẫn chạy, tiếng nghe được trong trình duyệt và được ghi lưu."
    return "Máy này chưa có chương trình phát ra cạc (PortAudio, aplay hay pw-play); tiếng vẫn nghe được trong trình duyệt."


def open_device(name: str, using: str | None = None) -> Device:
    """Mở đúng thiết bị mang danh tính ấy. Lỗi: ``OSError`` khi không có, đang bận, hoặc máy không có cách nào mở."""
    if name.startswith(PULSE):
        return HelperDevice("pulse", name.removeprefix(PULSE))
    using = backend() if using is None else using
    if using == "portaudio":
        return HelperDevice("portaudio", name)
    if not using:
        raise OSError("máy này không có chương trình phát ra cạc âm thanh")
    if using == "pw-play" and name:
        raise OSError("pw-play không giữ được đúng một loa: hãy cài libpulse0 rồi chọn lại cạc")
    alsa = _plugged(name)
    if alsa and not _ALSA.fullmatch(alsa):
        raise OSError("tên đã lưu không phải một cạc của máy: hãy chọn lại cạc ở trang đường ra")
    pipe = importlib.import_module("broadcaster.sound.outputs.cards.pipe")  # chỉ POSIX
    opened: Device = partial(pipe.PipeDevice, using)(alsa)
    return opened


def muted(name: str) -> bool:
    """Một núm chính của cạc ALSA ấy đang tắt tiếng; không biết thì coi như không. Loa PulseAudio thì xem ``Found.muted``."""
    card, program = _ID.search(name), shutil.which("amixer")
    if card is None or program is None:
        return False
    return mixer_off(_ran([program, "-D", f"hw:CARD={card[1]}", "scontents"]))


def is_muted(name: str) -> bool:
    """Cạc mang danh tính ấy có đang tắt tiếng không, hỏi đúng nơi biết điều đó; có thể mất vài giây."""
    if name.startswith(PULSE):
        return any(one.muted for one in _told("pulse") if one.name == name)
    return muted(name)


def mixer_off(told: str) -> bool:
    """Điều ``amixer scontents`` kể: có một núm chính mà mọi kênh của nó đều tắt."""
    blocks = {block.partition("'")[2].partition("'")[0]: _OFF.findall(block) for block in told.split("Simple mixer control ")}
    return any(set(states) == {"off"} for name, states in blocks.items() if name in _MIXERS)


@cache
def _has_portaudio() -> bool:
    return find_spec("sounddevice") is not None and listed("portaudio") is not None


def _told(program: str) -> list[Found]:
    found = [Found(one["name"], one["label"], one["default"], one.get("muted", False)) for one in listed(program) or ()]
    return sorted(found, key=lambda one: not one.default)


def _alsa_devices() -> list[Found]:
    told = _ran([shutil.which("aplay") or "aplay", "-L"])
    names = [(match[1], " ".join(match[2].split())) for match in _CARD.finditer(told)]
    real = [(name, said) for name, said in names if name != "null"]
    found = [Found(_placed(name), f"{name} · {said}" if said else name, default=name == "default") for name, said in real]
    return sorted(found, key=lambda one: not one.default)


def _placed(name: str) -> str:
    """Tên ALSA kèm chỗ cắm: hai cạc giống hệt nhau đổi mã cho nhau theo thứ tự cắm, chỗ cắm thì không."""
    card = _ID.search(name)
    place = _place_of(card[1]) if card else ""
    return f"{name}@{place}" if place else name


def _plugged(name: str) -> str:
    """Tên ALSA lúc này của cạc đã lưu. Lỗi: ``OSError`` khi ở chỗ ấy không còn đúng cạc ấy."""
    alsa, _, place = name.partition("@")
    card = _ID.search(alsa)
    if not place or card is None:
        return alsa
    kind = card[1].rpartition("_")[0] or card[1]
    for code in _codes():
        if (code == kind or code.startswith(f"{kind}_")) and _place_of(code) == place:
            return alsa.replace(card[0], f"CARD={code}")
    raise OSError(f"không thấy cạc {card[1]} ở chỗ cắm đã gắn: hãy cắm lại đúng chỗ, hoặc chọn lại cạc ở trang đường ra")


def _codes() -> list[str]:
    paths = sorted(Path("/proc/asound").glob("card[0-9]*/id"))
    return [path.read_text().strip() for path in paths]


def _place_of(code: str) -> str:
    for path in Path("/proc/asound").glob("card[0-9]*/id"):
        if path.read_text().strip() == code:
            return os.path.realpath(_SYSFS / path.parent.name / "device").partition("/devices/")[2]
    return ""


def _ran(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_LIST_S, check=False).stdout  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
