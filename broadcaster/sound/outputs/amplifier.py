"""Bật tắt máy tăng âm bằng một lệnh của máy: bật khi kênh mở (đã có thời gian mở trước), tắt khi kênh nghỉ.

Đường ra chỉ mang *tên*; lệnh nằm trong config.toml và được nạp một lần khi tiến trình khởi động (``allow``): ai sửa được
trang hay cơ sở dữ liệu cũng không chạy được lệnh nào khác.
"""

from __future__ import annotations

import shlex
import subprocess
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog

from broadcaster.clock import Clock
from broadcaster.sound.frames import Samples
from broadcaster.sound.outputs import Health, SinkState

NAME = "amplifier"
_LIMIT_S = 10.0
TAIL_S = 1.5
"""Phần tiếng còn đọng sau khung cuối: hàng đợi của cạc giữ tới một giây, thiết bị thêm một phần mười giây."""

_ALLOWED: dict[str, tuple[str, str]] = {}

_log = structlog.get_logger(__name__)


def allow(commands: Mapping[str, tuple[str, str]]) -> None:
    """Những máy tăng âm mà máy này được điều khiển: tên → (lệnh bật, lệnh tắt)."""
    _ALLOWED.clear()
    _ALLOWED.update(commands)


class AmplifierSink:
    """Đầu ra không mang tiếng: chỉ thấy lúc kênh mở và lúc kênh nghỉ. Lệnh hỏng thì báo, tiếng vẫn đi."""

    name = NAME
    wants_idle = False

    def __init__(self, on: str, off: str, clock: Clock) -> None:
        """``on``, ``off``: tên máy tăng âm khi bật và khi tắt; rỗng là không có. Mỗi lệnh chạy không quá 10 giây."""
        self._on, self._off, self._clock = on, off, clock
        self._lit = False
        self._relit = threading.Event()
        self._error: str | None = None
        self._since: datetime | None = None
        self._runner = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tang-am")

    def open(self) -> None:
        """Chưa làm gì: kênh còn đóng."""

    def push(self, frame_number: int, frame: Samples) -> bool:
        """Khung đầu tiên của một lần mở kênh thì bật."""
        if not self._lit:
            self._lit = True
            self._relit.set()
            self._runner.submit(self._run, self._on, 0)
        return False

    def rest(self) -> None:
        """Kênh nghỉ thì tắt, sau khi cạc đã phát nốt phần còn đọng; kênh mở lại trong lúc ấy thì thôi tắt."""
        if self._lit:
            self._lit = False
            self._relit.clear()
            self._runner.submit(self._turn_off)

    def close(self) -> None:
        """Tắt nốt rồi thôi."""
        self.rest()
        self._runner.shutdown(wait=True)

    def health(self) -> Health:
        """Hỏng khi lệnh gần nhất hỏng."""
        return Health(SinkState.FAILED if self._error else SinkState.WORKING, error=self._error, since=self._since)

    def _turn_off(self) -> None:
        if not self._clock.wait(self._relit, TAIL_S):
            self._run(self._off, 1)

    def _run(self, name: str, which: int) -> None:
        if not name.strip():
            return
        error = _failure(_ALLOWED[name][which]) if name in _ALLOWED else f"config.toml không có máy tăng âm tên “{name}”"
        if error != self._error:
            self._since = self._clock.now()
        self._error = error
        if error:
            _log.error("lệnh máy tăng âm hỏng", may=name, loi=error)


def _failure(command: str) -> str | None:
    if not command.strip():
        return None
    try:
        done = subprocess.run(  # noqa: S603  lệnh do người giữ máy ghi trong config.toml
            shlex.split(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"lệnh máy tăng âm chạy quá {_LIMIT_S:.0f} giây"
    except (OSError, ValueError) as error:
        return f"không chạy được lệnh máy tăng âm: {error}"
    return None if done.returncode == 0 else f"lệnh máy tăng âm báo lỗi mã {done.returncode}"
