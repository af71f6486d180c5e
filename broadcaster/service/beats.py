"""Nhịp của từng tiến trình: mỗi tiến trình ghi tình trạng các vòng của nó vào một tệp nhỏ, ai trên máy cũng đọc được.

Tệp chứ không phải cơ sở dữ liệu: tình trạng phải đọc được đúng lúc cơ sở dữ liệu khoá hay đĩa đầy. Chỗ của tệp cấp sẵn và ghi
đè tại chỗ, nên đĩa đầy không làm nhịp ngừng. Giờ là giây đơn điệu, chung cho mọi tiến trình của máy từ lúc bật.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from broadcaster.clock import Clock
from broadcaster.loop import LoopState, running

_ROOM = 65_536
_END = b"\n"
BEAT_S = 2.0
"""Khoảng giữa hai nhịp."""
SILENT_S = 10.0
"""Không có nhịp chừng này thì tiến trình là im: đã chết, bị treo, hay máy vừa ngủ dậy."""


@dataclass(frozen=True)
class Death:
    """Lần chết vì lỗi lạ gần nhất của một tiến trình."""

    at: datetime
    loop: str
    error: str
    times: int
    """Lần thứ mấy kể từ khi dựng đài."""


@dataclass(frozen=True)
class Beat:
    """Nhịp gần nhất của một tiến trình; ``at`` là giây đơn điệu, ``death`` là lời kể của lần chạy trước."""

    process: str
    pid: int
    at: float
    supervised: bool
    """Có người canh, hoặc đã có."""
    orphan: bool
    """Người canh đã mất."""
    loops: tuple[LoopState, ...]
    death: Death | None = None

    def silent(self, now: float) -> bool:
        """Không còn nhịp; giờ đơn điệu đã lùi nghĩa là máy vừa bật lại, nhịp này của lần bật trước."""
        return not 0 <= now - self.at <= SILENT_S


class BeatFile:
    """Tệp nhịp của một tiến trình, giữ lời kể của lần chạy trước."""

    def __init__(self, folder: Path, process: str, clock: Clock, *, supervised: bool) -> None:
        """Chưa mở gì: đĩa hỏng lúc khởi động cũng không ngăn tiến trình chạy."""
        self._path, self._clock = _path(folder, process), clock
        before = _read(self._path)
        self._beat = Beat(process, os.getpid(), 0.0, supervised, False, (), before.death if before else None)
        self._file: int | None = None
        self._lock = threading.Lock()

    def publish(self, *, orphan: bool = False) -> None:
        """Ghi tình trạng lúc này. Lỗi: ``OSError``."""
        self._put(replace(self._beat, at=self._clock.monotonic(), orphan=orphan, loops=tuple(running())))

    def last_words(self, loop: str, error: BaseException) -> None:
        """Chết vì lỗi lạ: để lại lời kể cho người đọc nhịp và cho lần chạy sau."""
        times = self._beat.death.times + 1 if self._beat.death else 1
        self._put(replace(self._beat, death=Death(self._clock.now(), loop, repr(error)[:500], times)))

    def close(self) -> None:
        """Dừng êm: nhịp cuối ở lại, sẽ thành im."""
        with self._lock:
            if self._file is not None:
                os.close(self._file)
            self._file = None

    def _put(self, beat: Beat) -> None:
        with self._lock:
            self._beat = beat
            if self._file is None:
                self._file = self._open()
            body = json.dumps(asdict(beat), ensure_ascii=False, default=str).encode() + _END
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, body)

    def _open(self) -> int:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        os.lseek(file, os.fstat(file).st_size, os.SEEK_SET)
        os.write(file, b" " * (_ROOM - os.fstat(file).st_size))  # giữ chỗ ngay lúc đĩa còn
        return file


def read_beats(folder: Path) -> dict[str, Beat]:
    """Nhịp gần nhất của mọi tiến trình từng chạy ở thư mục dữ liệu này: tên → nhịp."""
    found = (_read(path) for path in sorted(folder.glob("*.json")))
    return {beat.process: beat for beat in found if beat is not None}


def _path(folder: Path, process: str) -> Path:
    return folder / f"{process}.json"


def _read(path: Path) -> Beat | None:
    """Đọc đúng lúc đang ghi đè thì đọc lại; tệp hỏng hay của bản khác thì coi như chưa có."""
    for _ in range(3):
        try:
            return _beat(json.loads(path.read_bytes().partition(_END)[0]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None


def _beat(told: dict[str, Any]) -> Beat:
    death = told["death"]
    loops: Iterable[dict[str, Any]] = told["loops"]
    return Beat(
        told["process"],
        told["pid"],
        told["at"],
        told["supervised"],
        told["orphan"],
        tuple(LoopState(**loop) for loop in loops),
        Death(**{**death, "at": datetime.fromisoformat(death["at"])}) if death else None,
    )
