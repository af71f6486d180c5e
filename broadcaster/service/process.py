"""Đời của một tiến trình: nhật ký máy, nhịp, lệnh dừng, chờ tới lượt, và sống tiếp khi người canh chết.

Người canh bảo dừng bằng một byte trên ống stdin rồi đóng ống. Ống đóng mà không có byte ấy nghĩa là người canh đã bị giết:
tiến trình vẫn làm việc, nói là mình mồ côi, và chỉ nhường chỗ khi người thay nó đã nạp xong và đang chờ tới lượt, nên quãng không
có ai làm chỉ là một nhịp chờ. Cách này chạy được cả trên Windows.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING

import structlog
from filelock import FileLock, Timeout

from broadcaster.clock import Clock, SystemClock
from broadcaster.loop import Loop, guard_process
from broadcaster.service import logs
from broadcaster.service.beats import BEAT_S, BeatFile
from broadcaster.service.log_volume import RollingFile

if TYPE_CHECKING:
    from broadcaster.config import Config
    from broadcaster.service.place import Place

log = structlog.get_logger(__name__)

SUPERVISOR = "serve"
STOP = b"."
"""Lời người canh bảo con dừng."""
_LOOK_S = 0.1
_KNOCK_S = 1.0
"""Người đứng chờ cả năm mà gõ cửa mười lần một giây thì mòn đĩa."""


def beats_folder(config: Config | Place) -> Path:
    """Nơi các tiến trình của máy này ghi nhịp."""
    return config.data_folder / "beats"


def open_log(config: Config | Place, name: str) -> None:
    """Nhật ký máy của tiến trình này."""
    path = config.data_folder / "logs" / f"{name}.log"
    logs.configure(config.log.level, name, RollingFile(path, mb=config.log.file_mb, keep=config.log.files))


class Process:
    """Dùng bằng ``with``, rồi ``take_turn``; ``stop`` bật khi phải dừng. ``supervised``: có cha ở đầu kia của stdin."""

    def __init__(self, config: Config | Place, name: str, *, supervised: bool, clock: Clock | None = None) -> None:
        """``name``: mỗi thư mục dữ liệu chỉ một tiến trình mang tên ấy tới lượt làm việc."""
        self.clock = clock or SystemClock()
        self.stop = threading.Event()
        self.idle: Callable[[], bool] = lambda: True
        """Mồ côi mà có người thay thì chỉ nhường chỗ khi đang rỗi."""
        self._config, self._name, self._supervised = config, name, supervised
        self._waiting = beats_folder(config) / f"{name}.waiting"
        self._lock = FileLock(config.data_folder / f"{name}.lock")
        self._orphaned_at: float | None = None
        self._knocked_at = -_KNOCK_S
        self._calls: list[Callable[[], None]] = [self.stop.set]
        self._told: SimpleQueue[None] = SimpleQueue()
        self._beat: BeatFile | None = None
        self._loop = Loop("nhịp", self._turn, self.clock, pulse_s=BEAT_S, known=(OSError,))

    def __enter__(self) -> Process:
        open_log(self._config, self._name)
        self._config.data_folder.mkdir(parents=True, exist_ok=True)
        self._listen()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.join()
        if self._beat is not None:
            self._beat.close()
        self._lock.release()

    def take_turn(self, *, wait: bool = True) -> bool:
        """Giữ lượt của tên này; người khác đang giữ thì chờ (``wait``) tới khi họ xong. Trả về đã tới lượt chưa.

        Có lệnh dừng, hoặc mất người canh lúc còn chờ, thì thôi. Từ lúc tới lượt: có nhịp, và lỗi lạ ở bất kỳ luồng nào dừng cả
        tiến trình với mã ``loop.DIED``.
        """
        gc.freeze()  # mã đã nạp sống mãi: không quét lại nó mỗi lần dọn rác, mỗi lần đứng hình chừng trăm mili giây
        while not self.stop.is_set() and self._orphaned_at is None:
            try:
                self._lock.acquire(timeout=0)
            except Timeout:
                if not wait:
                    return False
                self._knock()
                self.clock.wait(self.stop, _LOOK_S)
            else:
                self._waiting.unlink(missing_ok=True)
                self._beat = BeatFile(beats_folder(self._config), self._name, self.clock, supervised=self._supervised)
                guard_process(self._beat.last_words)
                self._loop.start()
                return True
        return False

    def _knock(self) -> None:
        """Để lại lời: người thay đã sẵn sàng lúc này."""
        if self.clock.monotonic() - self._knocked_at < _KNOCK_S:
            return
        self._knocked_at = self.clock.monotonic()
        with suppress(OSError):  # đĩa đầy: người đang làm cứ làm tiếp
            self._waiting.parent.mkdir(parents=True, exist_ok=True)
            self._waiting.write_text(f"{self.clock.monotonic()}", "ascii")

    def on_stop(self, call: Callable[[], None]) -> None:
        """Gọi thêm ``call`` khi phải dừng; đã có lệnh dừng thì gọi ngay."""
        self._calls.append(call)
        if self.stop.is_set():
            _stop_one(call)

    def _listen(self) -> None:
        """Lệnh dừng tới bằng tín hiệu, hoặc bằng ống của cha (được canh thì bỏ qua Ctrl+C: cha nhận nó và lo thứ tự)."""
        for name in ("SIGINT", "SIGHUP", "SIGTERM"):  # Windows không có SIGHUP
            ignored = self._supervised and name != "SIGTERM"
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN if ignored else lambda *_: self._told.put(None))
        threading.Thread(target=self._obey, name="nghe lệnh dừng", daemon=True).start()
        if self._supervised:
            threading.Thread(target=self._hear_parent, name="nghe người canh", daemon=True).start()

    def _obey(self) -> None:
        """Ở luồng riêng: bật một ``Event`` ngay trong bộ xử lý tín hiệu có thể kẹt mãi với luồng chính đang cầm khoá của nó."""
        self._told.get()
        for call in self._calls:
            _stop_one(call)

    def _hear_parent(self) -> None:
        # Đọc thẳng, không qua bộ đệm: luồng này còn cầm khoá của bộ đệm lúc tiến trình tắt thì Python huỷ ngang.
        said = b""
        with suppress(OSError, ValueError):  # ống hỏng cũng là mất người canh, không phải một luồng chết mà không ai hay
            said = os.read(0, 1)
        if said == STOP:
            self._told.put(None)
            return
        log.error("người canh đã mất; vẫn chạy và chờ người canh mới")
        self._orphaned_at = self.clock.monotonic()
        self._loop.wake.set()

    def _turn(self) -> None:
        if self._orphaned_at is not None and self._relieved(self._orphaned_at) and self.idle():
            log.info("người thay đã sẵn sàng, nhường chỗ")
            self._told.put(None)
        if self._beat is not None:
            self._beat.publish(orphan=self._orphaned_at is not None)

    def _relieved(self, since: float) -> bool:
        """Sau lúc người canh mất, có một tiến trình cùng tên đang chờ tới lượt."""
        try:
            knocked_at = float(self._waiting.read_text("ascii"))
        except (OSError, ValueError):
            return False
        return since < knocked_at and self.clock.monotonic() - knocked_at < BEAT_S


def _stop_one(call: Callable[[], None]) -> None:
    """Một phòng không dừng được thì các phòng khác vẫn phải được bảo."""
    try:
        call()
    except Exception as error:
        log.error("một việc lúc dừng hỏng", loi=repr(error))
