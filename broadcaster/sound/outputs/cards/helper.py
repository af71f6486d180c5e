"""Một cạc trong tiến trình con của riêng nó: kẹt thì giết, chết thì ``OSError``; cách nào chạy được trên mọi hệ điều hành.

Cha gửi từng khung 20 ms vào stdin của con, con trả lời mỗi khung một số: thiết bị còn giữ mấy mẫu. Không bao giờ quá hai khung
nằm trong ống, nên ghi vào ống không kẹt, và không trả lời quá một giây là con đã kẹt.
"""

from __future__ import annotations

import contextlib
import json
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

from broadcaster.sound.frames import FRAME, Samples

_OPEN_S = 5.0
_STUCK_S = 1.0
_DRAIN_S = 1.0
_LIST_S = 10.0
_WINDOW = 2
_ACK = struct.Struct("<I")
_FOLDER = Path(__file__).parent


def listed(program: str) -> list[dict[str, Any]] | None:
    """Thiết bị mà chương trình con thấy lúc này; không chạy được (thiếu thư viện, không có máy chủ âm thanh) thì ``None``."""
    command = [*_command(program), "list"]
    with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
        done = subprocess.run(command, capture_output=True, timeout=_LIST_S, check=True)  # noqa: S603  chương trình của ta
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found
    return None


def _command(program: str) -> list[str]:
    return [sys.executable, str(_FOLDER / f"{program}_helper.py")]


class HelperDevice:
    """Một chương trình con đang giữ một thiết bị."""

    def __init__(self, program: str, device: str) -> None:
        """``program``: ``portaudio``, ``pulse``; ``device``: danh tính, rỗng là mặc định. Lỗi: ``OSError`` khi không mở được."""
        command = [*_command(program), "play", device]
        self._process = subprocess.Popen(  # noqa: S603  chương trình của ta, tên thiết bị là một tham số
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
        self._heard = threading.Condition()
        self._sent, self._answers, self._held, self._over = 0, 0, 0, False
        self._listener = threading.Thread(target=self._listen, name="nghe cạc", daemon=True)
        self._listener.start()
        self._await(1, _OPEN_S, "thiết bị không mở được trong năm giây")

    @property
    def pid(self) -> int:
        """Số hiệu tiến trình con."""
        return self._process.pid

    def write(self, samples: Samples) -> None:
        """Từng khung một; con không nhận quá một giây thì giết."""
        data = samples.tobytes()
        for start in range(0, len(data), FRAME * 2):
            self._await(self._sent + 2 - _WINDOW, _STUCK_S, "thiết bị không nhận tiếng quá một giây")
            try:
                _of(self._process.stdin).write(data[start : start + FRAME * 2])
            except OSError as error:
                raise self._gone("thiết bị đã mất") from error
            self._sent += 1

    def pending(self) -> int:
        """Khung còn trong ống, cộng phần thiết bị còn giữ."""
        with self._heard:
            return (self._sent + 1 - self._answers) * FRAME + self._held

    def close(self) -> None:
        """Đóng ống, đợi phát nốt, quá hạn thì giết."""
        with contextlib.suppress(OSError):
            _of(self._process.stdin).close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_DRAIN_S)
        self._kill()

    def _listen(self) -> None:
        """Tới khi con đóng stdout: nó chết hay xong thì người đang đợi được gọi dậy."""
        out = _of(self._process.stdout)
        try:
            while len(answer := out.read(_ACK.size)) == _ACK.size:
                with self._heard:
                    self._answers, self._held = self._answers + 1, _ACK.unpack(answer)[0]
                    self._heard.notify_all()
        except (OSError, ValueError):
            pass  # ống đã đóng
        finally:
            with self._heard:
                self._over = True
                self._heard.notify_all()

    def _await(self, answers: int, limit_s: float, late: str) -> None:
        until = time.monotonic() + limit_s
        with self._heard:
            while self._answers < answers:
                if self._over or not self._heard.wait(max(0.0, until - time.monotonic())):
                    break
            reached, over = self._answers >= answers, self._over
        if not reached or over:
            raise self._gone(late)

    def _gone(self, otherwise: str) -> OSError:
        """Giết con, rồi lỗi mang lời cuối của nó."""
        said: list[str] = []
        self._kill(said)
        return OSError(said[-1] if said else otherwise)

    def _kill(self, said: list[str] | None = None) -> None:
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()
        err = _of(self._process.stderr)
        if said is not None and not err.closed:
            said += err.read().decode("utf-8", "replace").strip().splitlines()
        self._listener.join(_STUCK_S)
        for pipe in (self._process.stdin, self._process.stdout, err):
            with contextlib.suppress(OSError):
                _of(pipe).close()


def _of(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
