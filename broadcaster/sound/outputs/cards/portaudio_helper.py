"""Chương trình con của một cạc qua PortAudio: ``list`` kể thiết bị, ``play TÊN`` phát tiếng thô nhận ở stdin.

Mỗi cạc một tiến trình: trình điều khiển kẹt hay chết chỉ mang theo chính cạc ấy, và tiến trình mới luôn thấy cạc vừa cắm. Chạy
bằng đường dẫn tệp, chỉ cần ``sounddevice``: không nạp phần còn lại của đài nên khởi động nhanh, tốn ít bộ nhớ.
"""

from __future__ import annotations

import importlib
import json
import struct
import sys
from pathlib import Path
from typing import Any

RATE, FRAME, FRAME_BYTES, LATENCY_S = 48_000, 960, 1920, 0.1
_ASOUND, _SYSFS = Path("/proc/asound"), Path("/sys/class/sound")


def identity(host: str, name: str, *, asound: Path = _ASOUND, sysfs: Path = _SYSFS) -> str:
    """Danh tính bền của một thiết bị: cạc ALSA theo mã cạc và chỗ cắm, thiết bị khác theo hệ âm thanh và tên."""
    head, found, numbers = name.rpartition("(hw:")
    if host != "ALSA" or not found:
        return f"{host}:{name}"
    card, _, device = numbers.rstrip(")").partition(",")
    try:
        code = (asound / f"card{card}" / "id").read_text().strip()
        place = str((sysfs / f"card{card}" / "device").resolve(strict=True)).partition("/devices/")[2]
    except OSError:
        return f"{host}:{head.strip()}"
    return f"{host}:CARD={code},DEV={device}@{place}"


def devices(library: Any) -> list[dict[str, Any]]:
    """Mọi thiết bị phát: ``name`` là danh tính, ``label`` cho người đọc."""
    hosts, default = library.query_hostapis(), library.default.device[1]
    return [
        {
            "index": one["index"],
            "name": identity(hosts[one["hostapi"]]["name"], one["name"]),
            "label": one["name"],
            "default": one["index"] == default,
        }
        for one in library.query_devices()
        if one["max_output_channels"] > 0
    ]


def chosen(library: Any, wanted: str) -> int | None:
    """Số của đúng thiết bị ấy; rỗng là mặc định (``None``). Lỗi: ``OSError`` khi không có, hay có hai."""
    if not wanted:
        return None
    found = [one["index"] for one in devices(library) if wanted in (one["name"], one["label"])]
    if len(found) != 1:
        raise OSError(f"có {len(found)} thiết bị cùng mang tên “{wanted}”" if found else f"không thấy thiết bị “{wanted}”")
    index: int = found[0]
    return index


def play(library: Any, wanted: str) -> None:
    """Phát tới khi stdin đóng. Ra stdout: một số 4 byte sau khi mở và sau mỗi khung, là số mẫu thiết bị còn giữ."""
    stream = library.RawOutputStream(
        samplerate=RATE, channels=1, dtype="int16", device=chosen(library, wanted), blocksize=FRAME, latency=LATENCY_S
    )
    stream.start()
    capacity = stream.write_available
    _tell(0)
    while len(block := sys.stdin.buffer.read(FRAME_BYTES)) == FRAME_BYTES:
        stream.write(block)
        _tell(max(0, capacity - stream.write_available))
    stream.stop()
    stream.close()


def _tell(pending: int) -> None:
    sys.stdout.buffer.write(struct.pack("<I", pending))
    sys.stdout.buffer.flush()


def main() -> int:
    """Mã thoát khác 0 và một dòng ở stderr khi không làm được."""
    try:
        library = importlib.import_module("sounddevice")  # thiếu PortAudio là chuyện thường, phải nói được bằng lời
        if sys.argv[1] == "list":
            sys.stdout.write(json.dumps(devices(library)))
        else:
            play(library, sys.argv[2])
    except Exception as error:  # chương trình con: mọi lỗi là một câu cho người giữ cạc
        sys.stderr.write(str(error) or repr(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
