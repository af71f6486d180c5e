"""Canh các tiến trình con: khởi động bằng dòng lệnh, chết thì dựng lại sau một quãng nghỉ dài dần, tắt thì tắt êm.

Con biết cha còn sống nhờ ống stdin: cha chết, ống đóng, con tự dừng; cách này chạy được cả trên Windows.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from broadcaster.clock import Clock

log = structlog.get_logger(__name__)

_FIRST_BACKOFF_S = 0.5
_LAST_BACKOFF_S = 15.0
_HEALTHY_S = 60.0
_GRACE_S = 8.0
_LOOK_S = 0.2


@dataclass(frozen=True)
class Command:
    """Một tiến trình con: tên và dòng lệnh."""

    name: str
    argv: Sequence[str]


class _Child:
    """Một tiến trình con đang được canh."""

    def __init__(self, command: Command, clock: Clock) -> None:
        self._command = command
        self._clock = clock
        self._backoff_s = _FIRST_BACKOFF_S
        self._restart_at = 0.0
        self._started_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Chưa chạy mà tới giờ thì chạy; vừa chết thì hẹn giờ chạy lại."""
        now = self._clock.monotonic()
        if self._process is None:
            if now >= self._restart_at:
                self._start(now)
            return
        code = self._process.poll()
        if code is None:
            return
        self.ask_to_stop()
        self._process = None
        if now - self._started_at > _HEALTHY_S:
            self._backoff_s = _FIRST_BACKOFF_S
        self._restart_at = now + self._backoff_s
        log.error("tiến trình con đã dừng, sẽ chạy lại", con=self._command.name, ma=code, sau_s=self._backoff_s)
        self._backoff_s = min(self._backoff_s * 2, _LAST_BACKOFF_S)

    def ask_to_stop(self) -> None:
        """Đóng ống: con tự dừng êm."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def make_stop(self) -> None:
        """Đợi con dừng; quá hạn thì buộc dừng."""
        if self._process is None:
            return
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            log.warning("tiến trình con không dừng kịp, buộc dừng", con=self._command.name)
            self._process.kill()
            self._process.wait()

    def _start(self, now: float) -> None:
        self._process = subprocess.Popen(self._command.argv, stdin=subprocess.PIPE)  # noqa: S603  dòng lệnh của chính ta
        self._started_at = now
        log.info("đã chạy tiến trình con", con=self._command.name, pid=self._process.pid)


class Supervisor:
    """Canh một nhóm tiến trình tới khi được bảo dừng."""

    def __init__(self, commands: Sequence[Command], clock: Clock) -> None:
        """``commands`` được chạy theo thứ tự và dừng cùng lúc."""
        self._children = [_Child(command, clock) for command in commands]
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Canh tới khi ``stop`` bật, rồi dừng êm mọi con."""
        try:
            while not stop.is_set():
                for child in self._children:
                    child.look()
                self._clock.wait(stop, _LOOK_S)
        finally:
            for child in self._children:
                child.ask_to_stop()
            for child in self._children:
                child.make_stop()


def stop_when_told(on_stop: Callable[[], None], *, supervised: bool) -> None:
    """Gọi ``on_stop`` khi có lệnh dừng: tín hiệu (chạy riêng) hoặc ống của cha đóng (được canh).

    Được canh thì bỏ qua Ctrl+C: cha nhận nó và dừng các con đúng thứ tự.
    """
    if supervised:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        threading.Thread(target=_wait_for_parent, args=(on_stop,), name="parent-watch", daemon=True).start()
    else:
        signal.signal(signal.SIGINT, lambda *_: on_stop())
    signal.signal(signal.SIGTERM, lambda *_: on_stop())


def _wait_for_parent(on_stop: Callable[[], None]) -> None:
    while sys.stdin.buffer.read(1):
        pass
    on_stop()
