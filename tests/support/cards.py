"""Cạc âm thanh của phép thử: phần chèn ``file`` của ALSA ghi mọi mẫu nhận được vào một tệp."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from broadcaster.sound.frames import Samples
from broadcaster.sound.outputs.cards.devices import find


class CardMissing(Exception):
    """Máy này không có ALSA hoặc PortAudio để thử."""


def alsa(folder: Path, setting: Callable[[str, str], None], *names: str, using: str) -> dict[str, Path]:
    """Dựng các cạc ``names``; ``setting`` đặt biến môi trường. Trả về tệp thô của từng cạc. Lỗi: ``CardMissing``."""
    if not shutil.which("aplay") or not Path("/usr/share/alsa/alsa.conf").exists():
        raise CardMissing("ALSA (gói alsa-utils của Debian, Ubuntu)")
    folder.mkdir(parents=True, exist_ok=True)
    files = {name: folder / f"{name}.raw" for name in names}
    cards = "".join(
        f'pcm.{name} {{ type file slave.pcm "null" file "{path}" format "raw" hint {{ show on description "{name}" }} }}\n'
        for name, path in files.items()
    )
    (folder / "asound.conf").write_text(f"</usr/share/alsa/alsa.conf>\n{cards}")
    setting("ALSA_CONFIG_PATH", str(folder / "asound.conf"))
    if using == "portaudio" and not {*names} <= {one.label for one in find("portaudio")}:
        raise CardMissing("PortAudio (gói libportaudio2 của Debian, Ubuntu và sounddevice của pip)")
    return files


def received(path: Path) -> Samples:
    """Mọi mẫu cạc đã nhận."""
    data = path.read_bytes()
    return np.frombuffer(data[: len(data) // 2 * 2], np.int16)
