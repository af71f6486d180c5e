"""CPU và bộ nhớ của tiến trình phát bên cạnh Liquidsoap: cùng nốt, cùng số đường, đầu ra là ``cat``."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import soundfile

from broadcaster.sound.pcm import RATE
from tests.end_to_end.heard_station import station, tone

_NOTE_S = 20.0
_CAT = "#!/bin/sh\nexec cat > /dev/null\n"


def cost(folder: Path, *, zones: Sequence[int], seconds: float) -> dict[str, Any]:
    """Tỉ số lớn nhất trong các cỡ ``zones``; ``None`` khi máy này không có Liquidsoap."""
    found: dict[str, Any] = {"cpu_ratio_liquidsoap": None, "memory_ratio_liquidsoap": None}
    ratios = []
    for count in zones:
        ours = _our_cost(folder / f"ta-{count}", count, seconds)
        found[f"ours_{count}_cpu_percent"], found[f"ours_{count}_mb"] = ours
        theirs = _liquidsoap_cost(folder / f"lq-{count}", count, seconds)
        if theirs is not None:
            found[f"liquidsoap_{count}_cpu_percent"], found[f"liquidsoap_{count}_mb"] = theirs
            ratios.append((ours[0] / theirs[0], ours[1] / theirs[1]))
    if ratios:
        found["cpu_ratio_liquidsoap"] = round(max(cpu for cpu, _ in ratios), 2)
        found["memory_ratio_liquidsoap"] = round(max(memory for _, memory in ratios), 2)
    return found


def _our_cost(folder: Path, count: int, seconds: float) -> tuple[float, float]:
    with station(folder, seconds=seconds + 12, cards=count, item_s=_NOTE_S, card=_CAT) as place:
        time.sleep(max(0.0, place.starts + 1 - time.time()))
        return _weigh(psutil.Process(place.pid()), seconds)


def _liquidsoap_cost(folder: Path, count: int, seconds: float) -> tuple[float, float] | None:
    liquidsoap = shutil.which("liquidsoap")
    if liquidsoap is None:
        return None
    folder.mkdir(parents=True)
    tune = folder / "not.flac"
    soundfile.write(tune, np.concatenate([tone(number, _NOTE_S) for number in range(3)]), RATE, subtype="PCM_16")
    outputs = "\n".join('output.external(%wav(stereo=false), "cat > /dev/null", s)' for _ in range(count))
    script = f"settings.init.allow_root.set(true)\nsettings.frame.audio.samplerate.set({RATE})\n"
    (folder / "dai.liq").write_text(f'{script}s = mksafe(single("{tune}"))\n{outputs}\n', "utf-8")
    with (folder / "dai.log").open("wb") as log:
        process = subprocess.Popen([liquidsoap, str(folder / "dai.liq")], stdout=log, stderr=log)
        try:
            time.sleep(6)
            return _weigh(psutil.Process(process.pid), seconds) if process.poll() is None else None
        finally:
            process.terminate()
            process.wait(20)


def _weigh(process: psutil.Process, seconds: float) -> tuple[float, float]:
    process.cpu_percent()
    time.sleep(seconds)
    return round(process.cpu_percent(), 2), round(process.memory_full_info().pss / 1e6, 1)
