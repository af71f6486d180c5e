"""Phát qua một chương trình con đọc tiếng thô ở stdin: ``aplay`` (ALSA) hoặc ``pw-play`` (PipeWire)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import subprocess
import sys
import termios
import time

from broadcaster.sound.frames import FRAME, RATE, SILENCE, Samples
from broadcaster.sound.outputs.cards.drift import TARGET

_PIPE_BYTES = 16_384
"""Ống nhỏ (8 khung rưỡi): tiếng không nằm đọng, và mực nước trong ống đo được độ lệch đồng hồ."""
_IN_CARD = TARGET - 2 * FRAME
_STUCK_S = 1.0
_OPEN_S = 5.0
_LOOK_S = 0.005
_DRAIN_S = 1.0
_COMMANDS = {
    "aplay": [
        *("aplay", "-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", str(RATE)),
        *("--buffer-time", "100000", "--period-time", "20000"),
    ],
    "pw-play": ["pw-play", "--raw", "--format", "s16", "--channels", "1", "--rate", str(RATE), "--latency", "60ms"],
}
_DEVICE = {"aplay": ["-D"], "pw-play": ["--target"]}


class PipeDevice:
    """Một chương trình con đang phát; nó chết, kẹt hay không nhận tiếng đều thành ``OSError``."""

    def __init__(self, program: str, device: str) -> None:
        """``device`` rỗng là thiết bị mặc định. Lỗi: ``OSError`` kèm lời của chương trình khi không mở được."""
        command = [*_COMMANDS[program], *([*_DEVICE[program], device] if device else [])]
        if program == "pw-play":
            command.append("-")
        self._process = subprocess.Popen(  # noqa: S603  tên chương trình của ta, tên thiết bị là một tham số
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        assert self._process.stdin is not None
        self._fd = self._process.stdin.fileno()
        self._left = b""
        os.set_blocking(self._fd, False)
        with contextlib.suppress(OSError, AttributeError):  # chỉ Linux mới thu nhỏ được ống
            fcntl.fcntl(self._fd, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._await_playing()

    def _await_playing(self) -> None:
        """Mở xong là khi chương trình con đã lấy khung đầu tiên; chưa lấy mà giao tiếng thì tiếng đọng lại, muộn suốt buổi."""
        deadline = time.monotonic() + _OPEN_S
        self.write(SILENCE)
        while self._in_pipe():
            if self._process.poll() is not None:
                raise self._gone()
            if time.monotonic() >= deadline:
                self.close()
                raise OSError("thiết bị không nhận tiếng trong năm giây")
            time.sleep(_LOOK_S)

    @property
    def pid(self) -> int:
        """Số hiệu tiến trình con."""
        return self._process.pid

    def write(self, samples: Samples) -> None:
        """Giao hết hoặc ném lỗi; kẹt quá một giây thì giết."""
        self._left += samples.tobytes()
        try:
            self._pour()
        except BrokenPipeError as error:
            raise self._gone() from error

    def ready(self) -> bool:
        """Trong tay không còn gì. Lỗi: ``BrokenPipeError`` khi chương trình con đã chết."""
        return not self._left or self._poured()

    def offer(self, samples: Samples) -> None:
        """Đổ ngay phần ống chứa nổi, phần dư giữ trong tay tới lần sau. Lỗi như ``ready``."""
        self._left += samples.tobytes()
        self._poured()

    def _pour(self) -> None:
        deadline = time.monotonic() + _STUCK_S
        while not self._poured():
            self._await_room(deadline)

    def _poured(self) -> bool:
        """Đổ một lần, không chờ; trả về đã hết chưa."""
        with contextlib.suppress(BlockingIOError):
            self._left = self._left[os.write(self._fd, self._left) :]
        return not self._left

    def _await_room(self, deadline: float) -> None:
        _, ready, _ = select.select([], [self._fd], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            self._kill()
            raise OSError("thiết bị không nhận tiếng quá một giây")
        time.sleep(0.002)  # ống chỉ còn chỗ cho ít hơn một trang

    def pending(self) -> int:
        """Số mẫu còn trong tay, trong ống, và trong bộ đệm của cạc: phần sau luôn đầy, nên trong ống chỉ cần vài khung."""
        return self._in_pipe() + self.held() + _IN_CARD

    def held(self) -> int:
        """Số mẫu còn trong tay: tiến trình này chết thì chúng mất, còn phần đã vào ống vẫn vang."""
        return len(self._left) // 2

    def _in_pipe(self) -> int:
        held = fcntl.ioctl(self._fd, termios.FIONREAD, bytes(4))
        return int.from_bytes(held, sys.byteorder) // 2

    def close(self) -> None:
        """Đóng ống, đợi phát nốt, quá hạn thì giết."""
        stdin, stderr = self._process.stdin, self._process.stderr
        assert stdin is not None
        assert stderr is not None
        with contextlib.suppress(OSError):
            self._pour()
            stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_DRAIN_S)
        self._kill()
        stderr.close()

    def _kill(self) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._left = b""

    def _gone(self) -> OSError:
        self._kill()
        assert self._process.stderr is not None
        said = self._process.stderr.read().decode("utf-8", "replace").strip().splitlines()
        self.close()
        return OSError(said[-1] if said else f"chương trình phát đã dừng (mã {self._process.returncode})")
