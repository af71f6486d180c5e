"""Vòng lặp: mọi việc chạy mãi của đài là một ``Loop``, nên không việc nào chết mà không ai hay.

Lỗi quen (vòng tự kể tên) thì lùi dần rồi thử lại, và hiện ở tình trạng cho tới lượt trọn kế tiếp. Lỗi lạ thì cả tiến trình
dừng với mã ``DIED``: người canh dựng lại ngay, vì một nửa tiến trình sống là thứ im lặng mà trang sức khoẻ vẫn xanh.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from broadcaster.clock import Clock

log = structlog.get_logger(__name__)

DIED = 70
"""Mã thoát của một tiến trình dừng vì lỗi lạ (EX_SOFTWARE của sysexits.h): không lẫn với mã nào khác của ta."""
GRACE_S = 30.0
"""Quá hẹn chừng này mà chưa có lượt trọn nào thì vòng là muộn."""
_FIRST_BACK_OFF_S = 0.5
_LAST_BACK_OFF_S = 15.0

_lock = threading.Lock()
_running: dict[int, Loop] = {}


@dataclass(frozen=True)
class LoopState:
    """Một vòng lúc vừa hỏi; giờ là giây đơn điệu của máy, nên tiến trình khác trên cùng máy so được."""

    name: str
    good_at: float
    """Lượt trọn gần nhất (chưa có thì lúc bắt đầu)."""
    due_at: float
    """Sau lúc này mà vẫn chưa có lượt trọn mới thì vòng là muộn."""
    fault: str | None
    """Lỗi quen đang vấp; ``None`` khi lượt gần nhất trọn."""


class Loop:
    """Gọi ``step`` mãi; nó trả về số giây chờ tới lượt sau (``None``: theo nhịp), ``wake`` reo thì khỏi chờ."""

    def __init__(
        self,
        name: str,
        step: Callable[[], float | None],
        clock: Clock,
        *,
        pulse_s: float,
        rest_s: float = 0.0,
        known: tuple[type[Exception], ...] = (),
        grace_s: float = GRACE_S,
        back_off_s: float = _LAST_BACK_OFF_S,
        wake: threading.Event | None = None,
    ) -> None:
        """``known``: lỗi vòng này biết cách sống qua; ``rest_s``: nghỉ ít nhất chừng ấy dù chuông reo liên tục.

        ``back_off_s``: quãng lùi dài nhất sau lỗi quen; trong quãng lùi, chuông không rút ngắn được.
        """
        self.name = name
        self.wake = wake or threading.Event()
        self._step, self._clock, self._known = step, clock, known
        self._pulse_s, self._rest_s, self._grace_s, self._last_back_off_s = pulse_s, rest_s, grace_s, back_off_s
        self._back_off_s = _FIRST_BACK_OFF_S
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._good_at, self._due_at, self._fault = 0.0, 0.0, ""

    @property
    def stopping(self) -> bool:
        """Đã có lệnh dừng: lượt dài thì nên thôi sớm."""
        return self._stop.is_set()

    def start(self) -> None:
        """Chạy ở một luồng nền của riêng vòng."""
        self._thread = threading.Thread(target=self.run, name=self.name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Xin dừng sau lượt này; gọi được từ luồng nào và từ bộ xử lý tín hiệu cũng được."""
        self._stop.set()
        self.wake.set()

    def join(self, timeout_s: float = 10.0) -> bool:
        """Xin dừng rồi đợi luồng xong; trả về luồng đã xong chưa."""
        self.stop()
        return self.ended(timeout_s)

    def ended(self, timeout_s: float) -> bool:
        """Đợi luồng tự xong (nó đang làm nốt việc); trả về đã xong chưa."""
        if self._thread is None or self._thread is threading.current_thread():
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def alive(self) -> None:
        """Lượt đang chạy còn dài nhưng vẫn tiến: tính như một lượt trọn."""
        self._mark(0.0)

    def state(self) -> LoopState:
        """Tình trạng lúc này."""
        return LoopState(self.name, self._good_at, self._due_at, self._fault or None)

    def run(self) -> None:
        """Chạy ở luồng này tới khi được bảo dừng. Lỗi lạ: tiến trình dừng (nếu đã ``guard_process``) hoặc lỗi bay lên."""
        self._mark(0.0)
        with _lock:
            _running[id(self)] = self
        try:
            while not self._stop.is_set():
                self._turn()
        finally:
            with _lock:
                del _running[id(self)]

    def _turn(self) -> None:
        self.wake.clear()
        if self._stop.is_set():  # lệnh dừng tới đúng giữa hai dòng trên không được chờ hết nhịp
            return
        try:
            wait_s = self._step()
        except self._known as error:
            self._stumble(error)
            return
        except Exception as error:
            end_process(self.name, error)
            raise
        self._settle(self._pulse_s if wait_s is None else wait_s)

    def _settle(self, wait_s: float) -> None:
        if self._fault:
            log.info("vòng đã chạy lại được", vong=self.name)
        self._fault, self._back_off_s = "", _FIRST_BACK_OFF_S
        self._mark(self._rest_s + wait_s)
        if self._rest_s:
            self._clock.wait(self._stop, self._rest_s)
        if wait_s > 0:
            self._clock.wait(self.wake, wait_s)

    def _stumble(self, error: Exception) -> None:
        """Lỗi quen: nhớ lại để ai hỏi thì biết, lùi; chuông reo dồn cũng không làm thành vòng quay hết tốc lực."""
        self._fault = str(error) or repr(error)
        log.warning("vòng vấp, sẽ thử lại", vong=self.name, loi=self._fault, sau_s=self._back_off_s)
        self._clock.wait(self._stop, min(self._back_off_s, self._last_back_off_s))
        self._back_off_s = min(self._back_off_s * 2, self._last_back_off_s)

    def _mark(self, wait_s: float) -> None:
        self._good_at = self._clock.monotonic()
        self._due_at = self._good_at + wait_s + self._grace_s


def running() -> list[LoopState]:
    """Mọi vòng đang chạy trong tiến trình này."""
    with _lock:
        loops = list(_running.values())
    return [loop.state() for loop in loops]


_last_words: Callable[[str, BaseException], None] | None = None


def guard_process(last_words: Callable[[str, BaseException], None]) -> None:
    """Từ đây lỗi lạ ở vòng nào, luồng nào cũng dừng cả tiến trình với mã ``DIED``; gọi một lần lúc khởi động.

    ``last_words(tên, lỗi)``: để lại lời kể cho lần chạy sau; phải ngắn, vấp thì bỏ qua.
    """
    global _last_words  # noqa: PLW0603  một tiến trình một cách chết
    _last_words = last_words
    threading.excepthook = _on_thread_death


def _on_thread_death(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        end_process(args.thread.name if args.thread else "luồng", args.exc_value)


def end_process(name: str, error: BaseException) -> None:
    """Lỗi lạ ở ``name``: ghi lại rồi dừng cả tiến trình với mã ``DIED``, nếu đã ``guard_process``."""
    log.critical("lỗi lạ", vong=name, exc_info=error)
    if _last_words is None:
        return
    try:
        _last_words(name, error)
    finally:
        sys.stderr.flush()
        os._exit(DIED)  # không dọn dẹp: dọn có thể kẹt, mà mọi điều cần giữ đã xuống đĩa trước khi có tiếng
