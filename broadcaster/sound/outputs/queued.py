"""Hàng đợi có hạn và luồng ghi riêng cho một đầu ra: bộ bơm không chờ thiết bị, thiết bị kẹt không chạm tới đầu ra khác.

Thiết bị nào nhận ngay được thì bộ bơm đưa thẳng (``offer``), khỏi đánh thức luồng ghi: ba mươi cạc là ba trăm lần một giây.
Lỗi thì đóng, đợi 0,2 tới 10 giây rồi mở lại. Đầy hàng đợi thì bỏ khối cũ nhất: tiếng mới quan trọng hơn tiếng đã muộn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from queue import Empty, SimpleQueue

import structlog

from broadcaster.clock import Clock
from broadcaster.loop import Loop
from broadcaster.sound.frames import Samples, frames_in
from broadcaster.sound.outputs import Health, SinkState, Writer

_FIRST_BACK_OFF_S = 0.2
_LAST_BACK_OFF_S = 10.0
_TURN_ORDERS = 50
_IDLE_S = 10.0

_log = structlog.get_logger(__name__)

_Order = tuple[int, Samples]
_REST = "rest"
_CLOSE = "close"


class QueuedSink:
    """Treo một ``Writer`` chậm dưới kênh."""

    def __init__(
        self,
        name: str,
        writer: Writer,
        clock: Clock,
        *,
        limit_frames: int = 100,
        gather_s: float = 0.0,
        keep_backlog: bool = False,
        wants_idle: bool = False,
        patience_s: float = 5.0,
        lost: Callable[[], int] | None = None,
        offer: Callable[[int, Samples], bool] | None = None,
        held: Callable[[], int] | None = None,
    ) -> None:
        """``gather_s``: gom khung rồi mới ghi, đỡ đánh thức luồng (ghi lưu không cần nhanh).

        ``offer``: như ``Writer.write`` nhưng không bao giờ chờ, gọi ở luồng bơm khi không còn gì xếp hàng hay đang ghi; trả về
        ``False`` hay ném lỗi nghĩa là chưa nhận gì, khối ấy vào hàng đợi và luồng ghi lo tiếp.

        ``keep_backlog``: sau lỗi vẫn ghi phần còn trong hàng đợi (ghi lưu); đường phát trực tiếp thì bỏ, vì tiếng đã muộn.
        ``lost``: số khung mà chính ``writer`` đã bỏ, để tính cùng số khung hàng đợi bỏ.
        ``held``: số khung ``writer`` còn cầm trong tay mà thiết bị chưa lấy: tiến trình chết lúc này thì không ai nghe chúng.
        ``patience_s``: lúc đóng chờ thiết bị kẹt tối đa chừng này.
        """
        self.name = name
        self.wants_idle = wants_idle
        self._writer = writer
        self._clock = clock
        self._limit = limit_frames
        self._gather_s = gather_s
        self._keep_backlog = keep_backlog
        self._patience_s = patience_s
        self._lost = lost
        self._offer = offer
        self._in_hand = held
        self._queue: SimpleQueue[_Order | str] = SimpleQueue()
        self._pushed = self._taken = self._finished = self._pushed_out = 0
        """Số khung đã xếp hàng, luồng ghi đã lấy, đã xong (ghi hay bỏ), bộ bơm đã đẩy ra vì đầy: mỗi số chỉ một luồng viết."""
        self._closing = threading.Event()
        self._held: _Order | None = None
        self._wrote = False
        self._dropped = 0
        self._state = SinkState.CLOSED
        self._error: str | None = None
        self._since: datetime | None = None
        self._opened = self._ending = False
        self._back_off_s = 0.0
        self._loop = Loop(f"ghi {name}", self._turn, clock, pulse_s=0)

    def open(self) -> None:
        """Chạy luồng ghi; thiết bị được mở trong luồng đó nên lỗi mở chỉ hiện ở ``health``."""
        self._become(SinkState.WORKING)
        self._loop.start()

    def push(self, frame_number: int, block: Samples) -> bool:
        """Đưa thẳng nếu được, không thì xếp hàng; đầy thì bỏ khối cũ nhất."""
        if self._closing.is_set():
            return False
        if self._handed(frame_number, block):
            return True
        if self.waiting() >= self._limit:
            self._pushed_out += self._drop_oldest()
        self._pushed += frames_in(block)
        self._queue.put((frame_number, block))
        return self._state is not SinkState.FAILED

    def waiting(self) -> int:
        """Số khung còn xếp hàng sau khối đang ghi: tiếng đang muộn chừng ấy, dù đồng hồ máy có bị chỉnh."""
        return self._pushed - self._taken - self._pushed_out

    def rest(self) -> None:
        """Nhắn luồng ghi khép đoạn."""
        self._queue.put(_REST)

    def close(self) -> None:
        """Ghi nốt hàng đợi rồi đóng; ``Writer`` kẹt quá ``patience_s`` thì bỏ mặc (luồng nền)."""
        self._closing.set()
        self._queue.put(_CLOSE)
        self._loop.wake.set()
        if not self._loop.ended(self._patience_s):
            _log.warning("đầu ra kẹt nên không đóng được", sink=self.name)
        self._become(SinkState.CLOSED)

    @property
    def opening(self) -> bool:
        """Thiết bị đang mở, chưa xong cũng chưa hỏng."""
        return self._state is SinkState.WORKING and not self._opened

    def health(self) -> Health:
        """Tình trạng hiện tại."""
        state = self._state
        if state is SinkState.WORKING and self.waiting() >= self._limit:
            state = SinkState.BEHIND
        dropped = self._dropped + (self._lost() if self._lost else 0)
        in_hand = self._in_hand() if self._in_hand else 0
        return Health(state, dropped, self._error, self._since, self.waiting() + in_hand)

    def _handed(self, frame_number: int, block: Samples) -> bool:
        """Thiết bị nhận ngay. Chỉ khi luồng ghi không còn gì trong tay: khối sau không được vượt khối trước."""
        calm = self._opened and self._state is SinkState.WORKING and self._pushed == self._finished + self._pushed_out
        if self._offer is None or not calm:
            return False
        try:
            taken = self._offer(frame_number, block)
        except OSError:  # luồng ghi gặp lại đúng lỗi ấy và lo: đóng, đợi, mở lại
            return False
        self._wrote = self._wrote or taken
        return taken

    def _drop_oldest(self) -> int:
        """Bỏ khối đứng đầu hàng; trả về số khung đã bỏ."""
        try:
            oldest = self._queue.get_nowait()
        except Empty:
            return 0
        if isinstance(oldest, str):  # lời nhắn khép đoạn không được mất: xếp lại, sai chỗ vài khung cũng không sao
            self._queue.put(oldest)
            return 0
        gone = frames_in(oldest[1])
        self._dropped += gone
        return gone

    def _become(self, state: SinkState, error: str | None = None) -> None:
        if state is not self._state:
            self._since = self._clock.now()
        self._state, self._error = state, error

    def _turn(self) -> float:
        """Mở nếu chưa mở, ghi một loạt; lỗi thì đóng, và trả về quãng đợi (lâu dần) trước khi mở lại."""
        try:
            if not self._opened:
                self._open()
            for _ in range(_TURN_ORDERS):
                order = self._take()
                if order is None or not self._obey(order):
                    break
        except Exception as error:  # thiết bị và thư viện ngoài ném đủ loại lỗi; luồng này phải sống
            return self._fail(error)
        if self._ending:
            self._finish()
        return 0.0

    def _open(self) -> None:
        if self._back_off_s and not self._keep_backlog:
            self._discard_backlog()
        self._writer.open()
        self._opened = True

    def _fail(self, error: Exception) -> float:
        _log.warning("đầu ra hỏng, sẽ tự thử lại", sink=self.name, error=repr(error))
        self._become(SinkState.FAILED, str(error) or repr(error))
        if self._closing.is_set():
            self._finish()
            return 0.0
        self._close_writer()
        self._back_off_s = _FIRST_BACK_OFF_S if self._wrote else min(self._back_off_s * 2 or _FIRST_BACK_OFF_S, _LAST_BACK_OFF_S)
        self._wrote = False
        return self._back_off_s

    def _finish(self) -> None:
        self._close_writer()
        self._loop.stop()

    def _take(self) -> _Order | str | None:
        """Việc kế tiếp: khối đã ghi hỏng lần trước, rồi tới hàng đợi; lâu không có gì thì ``None``."""
        if self._held is not None:
            return self._held
        try:
            return self._counted(self._queue.get_nowait())
        except Empty:
            pass
        try:
            order = self._queue.get(timeout=_IDLE_S)
        except Empty:
            return None
        if self._gather_s:
            self._clock.wait(self._closing, self._gather_s)
        return self._counted(order)

    def _counted(self, order: _Order | str) -> _Order | str:
        self._taken += 0 if isinstance(order, str) else frames_in(order[1])
        return order

    def _obey(self, order: _Order | str) -> bool:
        """Làm một việc; trả về có làm tiếp không."""
        if isinstance(order, str):
            self._writer.rest()
            self._ending = order is _CLOSE
            return not self._ending
        self._held = order
        self._writer.write(*order)
        self._held, self._wrote = None, True
        self._finished += frames_in(order[1])
        if self._state is SinkState.FAILED:
            self._become(SinkState.WORKING)
        return True

    def _close_writer(self) -> None:
        self._opened = False
        try:
            self._writer.close()
        except Exception as error:  # đóng thứ đã hỏng thì hỏng tiếp là thường
            _log.warning("đầu ra đóng không trọn", sink=self.name, error=repr(error))

    def _discard_backlog(self) -> None:
        """Bỏ tiếng đã muộn, giữ lời nhắn."""
        gone = 0 if self._held is None else frames_in(self._held[1])
        self._dropped, self._finished, self._held = self._dropped + gone, self._finished + gone, None
        for _ in range(self._queue.qsize()):
            dropped = self._drop_oldest()
            self._taken, self._finished = self._taken + dropped, self._finished + dropped
