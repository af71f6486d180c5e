"""Canh các tiến trình con: khởi động bằng dòng lệnh, chết thì dựng lại ngay, chết mãi mới lùi dần, tắt thì tắt êm."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from broadcaster.clock import Clock
from broadcaster.loop import Loop
from broadcaster.service.process import STOP

log = structlog.get_logger(__name__)

AT_ONCE = 3
"""Chừng ấy lần chết đầu thì dựng lại ngay: mỗi giây nghỉ là một giây loa im."""
_FIRST_BACKOFF_S = 0.5
LAST_BACKOFF_S = 15.0
QUIET_S = 60.0
"""Sống êm chừng này thì những lần chết trước được quên."""
_GRACE_S = 8.0
_LOOK_S = 0.05


@dataclass(frozen=True)
class Command:
    """Một tiến trình con: tên và dòng lệnh."""

    name: str
    argv: Sequence[str]
    last_backoff_s: float = LAST_BACKOFF_S
    """Chết mãi thì nghỉ nhiều nhất chừng này: tiến trình phát thì mỗi giây nghỉ là một giây loa im."""


def rest_before_restart(deaths: int, longest_s: float = LAST_BACKOFF_S) -> float:
    """Số giây nghỉ trước khi dựng lại sau lần chết liên tiếp thứ ``deaths`` (từ 1)."""
    if deaths <= AT_ONCE:
        return 0.0
    return min(_FIRST_BACKOFF_S * 2.0 ** min(deaths - AT_ONCE - 1, 10), longest_s)


class _Child:
    """Một tiến trình con đang được canh."""

    def __init__(self, command: Command, clock: Clock) -> None:
        self._command = command
        self._clock = clock
        self._deaths = 0
        self._restart_at = 0.0
        self._started_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def look(self) -> None:
        """Chưa chạy mà tới giờ thì chạy; vừa chết thì hẹn giờ chạy lại, lần đầu là ngay bây giờ."""
        if self._process is not None:
            code = self._process.poll()
            if code is None:
                return
            self._bury(f"mã {code}")
        if self._clock.monotonic() >= self._restart_at:
            self._start()

    def ask_to_stop(self) -> None:
        """Bảo con dừng rồi đóng ống; ống đóng mà chưa bảo thì con hiểu là người canh đã bị giết."""
        if self._process is not None and self._process.stdin is not None:
            with suppress(OSError):  # con vừa chết
                self._process.stdin.write(STOP)
                self._process.stdin.flush()
            with suppress(OSError):
                self._process.stdin.close()

    def make_stop(self, until: float) -> None:
        """Đợi con dừng tới ``until`` (giây đơn điệu); quá hạn thì buộc dừng."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, until - self._clock.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("tiến trình con không dừng kịp, buộc dừng", con=self._command.name)
            self._process.kill()
            self._process.wait()

    def _start(self) -> None:
        self._started_at = self._clock.monotonic()
        try:
            self._process = subprocess.Popen(self._command.argv, stdin=subprocess.PIPE)  # noqa: S603  dòng lệnh của chính ta
        except OSError as error:  # hết bộ nhớ, hết chỗ cho tiến trình: cũng như vừa chết
            self._bury(repr(error))
        else:
            log.info("đã chạy tiến trình con", con=self._command.name, pid=self._process.pid)

    def _bury(self, why: str) -> None:
        self.ask_to_stop()
        self._process = None
        now = self._clock.monotonic()
        self._deaths = 1 if now - self._started_at > QUIET_S else self._deaths + 1
        rest_s = rest_before_restart(self._deaths, self._command.last_backoff_s)
        self._restart_at = now + rest_s
        log.error("tiến trình con đã dừng, sẽ chạy lại", con=self._command.name, vi=why, lan=self._deaths, sau_s=rest_s)


class Supervisor:
    """Canh một nhóm tiến trình tới khi được bảo dừng."""

    def __init__(self, commands: Sequence[Command], clock: Clock) -> None:
        """``commands`` được chạy theo thứ tự và dừng cùng lúc."""
        self._clock = clock
        self._children = [_Child(command, clock) for command in commands]
        self._loop = Loop("canh tiến trình", self._look, clock, pulse_s=_LOOK_S)

    def stop(self) -> None:
        """Thôi canh; gọi từ luồng nào cũng được."""
        self._loop.stop()

    def run(self) -> None:
        """Canh tới khi ``stop``, rồi dừng êm mọi con."""
        try:
            self._loop.run()
        finally:
            for child in self._children:
                child.ask_to_stop()
            until = self._clock.monotonic() + _GRACE_S  # một hạn chung: ba con treo không thành ba lần đợi
            for child in self._children:
                child.make_stop(until)

    def _look(self) -> None:
        for child in self._children:
            child.look()
