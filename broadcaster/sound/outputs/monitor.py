"""Nghe thử: luồng MP3 trực tiếp cho trình duyệt, đúng tiếng vừa gửi ra kênh.

Mỗi kênh một bộ mã hoá, chỉ chạy khi có người nghe; người nghe chậm bị bỏ tiếng cũ rồi bị ngắt, không ai phải chờ ai.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache
from queue import Empty, SimpleQueue

from broadcaster.clock import Clock
from broadcaster.sound.frames import FRAMES_PER_SECOND, RATE, SILENCE, Samples
from broadcaster.sound.outputs.queued import QueuedSink

BIT_RATE_KBPS = 96
CONTENT_TYPE = "audio/mpeg"

_MP3_FRAME = 144 * BIT_RATE_KBPS * 1000 // RATE  # byte; bit-rate cố định nên khung nào cũng dài bằng nhau
_BROWSER_READ = 32 * 1024  # Chromium đọc từng khối chừng này byte: thiếu thì nó đợi 3 giây mới phát, có thì 0,2 giây
_QUALITY = 7  # nhanh nhất còn tốt: 0,3 % một lõi cho một kênh
_LIMIT_FRAMES = FRAMES_PER_SECOND // 2
_LISTENER_CHUNKS = 170  # khoảng 4 giây
_LISTENER_PATIENCE = 420  # bỏ liên tiếp khoảng 10 giây tiếng thì coi như người nghe đã đi


class Listener(Iterator[bytes]):
    """Một người nghe: lặp để lấy các mẩu MP3 (mỗi mẩu là một số nguyên khung), ``close`` để thôi."""

    def __init__(self, fan: Mp3Fan) -> None:
        """Tạo qua ``MonitorSink.subscribe``."""
        self._fan = fan
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._missed = 0
        self._closed = False

    def __next__(self) -> bytes:
        """Chờ tới khi có tiếng; hết khi bị ngắt hoặc kênh bị gỡ."""
        chunks = [self._queue.get()]
        while self._queue.qsize():
            chunks.append(self._queue.get())
        self._missed = 0
        if chunks[-1] is None:
            self._queue.put(None)
            chunks.pop()
        if not chunks:
            raise StopIteration
        return b"".join(chunk for chunk in chunks if chunk)

    def close(self) -> None:
        """Thôi nghe; gọi từ luồng nào cũng được, gọi lại không sao."""
        if not self._closed:
            self._closed = True
            self._fan.leave(self)
            self._queue.put(None)

    def offer(self, chunk: bytes) -> None:
        """Nhận một mẩu, không chờ: đầy thì bỏ mẩu cũ nhất, bỏ quá lâu thì tự ngắt."""
        if self._queue.qsize() >= _LISTENER_CHUNKS:
            self._drop_oldest()
            self._missed += 1
        if self._missed > _LISTENER_PATIENCE:
            self.close()
        elif not self._closed:
            self._queue.put(chunk)

    def _drop_oldest(self) -> None:
        try:
            self._queue.get_nowait()
        except Empty:  # người nghe vừa lấy hết
            return


class Mp3Fan:
    """``Writer`` của nghe thử: mã hoá một lần, chia cho mọi người nghe."""

    def __init__(self) -> None:
        """Chưa có ai nghe."""
        self._listeners: tuple[Listener, ...] = ()
        self._encoder: _Mp3 | None = None
        self._lock = threading.Lock()
        self._shut = False

    @property
    def listeners(self) -> int:
        """Số người đang nghe."""
        return len(self._listeners)

    def subscribe(self, *, head_start: bool = False) -> Listener:
        """Thêm một người nghe, bắt đầu ở khung MP3 kế tiếp; ``head_start``: có sẵn một khối lặng để trình duyệt phát ngay."""
        listener = Listener(self)
        head = _head_start() if head_start else b""
        with self._lock:
            if not self._shut:
                if head:
                    listener.offer(head)
                self._listeners = (*self._listeners, listener)
                return listener
        listener.close()
        return listener

    def leave(self, listener: Listener) -> None:
        """Bớt một người nghe; người cuối đi thì bỏ luôn bộ mã hoá."""
        with self._lock:
            self._listeners = tuple(one for one in self._listeners if one is not listener)
            if not self._listeners:
                self._encoder = None

    def shut(self) -> None:
        """Ngắt mọi người nghe và không nhận ai nữa."""
        with self._lock:
            self._shut = True
        for listener in self._listeners:
            listener.close()

    def open(self) -> None:
        """Không có gì để mở: bộ mã hoá sinh ra cùng người nghe đầu tiên."""

    def write(self, frame_number: int, block: Samples) -> None:
        """Mã hoá một khối rồi chia ra."""
        listeners = self._listeners
        if not listeners:
            return
        encoder = self._encoder
        if encoder is None:
            encoder = self._encoder = _Mp3()
        chunk = encoder.encode(block)
        for listener in listeners if chunk else ():
            listener.offer(chunk)

    def rest(self) -> None:
        """Kênh đóng: luồng vẫn chạy với khung lặng để trình duyệt không ngắt."""

    def close(self) -> None:
        """Bỏ bộ mã hoá."""
        self._encoder = None


class MonitorSink(QueuedSink):
    """Đầu ra nghe thử của một kênh."""

    def __init__(self, clock: Clock) -> None:
        """Không ai nghe thì ``push`` gần như không tốn gì."""
        self._fan = Mp3Fan()
        super().__init__("monitor", self._fan, clock, limit_frames=_LIMIT_FRAMES, wants_idle=True)

    @property
    def listeners(self) -> int:
        """Số người đang nghe."""
        return self._fan.listeners

    def subscribe(self, *, head_start: bool = True) -> Listener:
        """Người nghe mới; phát cho trình duyệt với kiểu ``CONTENT_TYPE``. Kênh đã gỡ thì người nghe hết ngay.

        ``head_start`` sai: bỏ khối lặng mở đầu 2,7 giây; trình duyệt thì cần nó, vì đằng nào cũng chậm hơn loa từng ấy.
        """
        return self._fan.subscribe(head_start=head_start)

    def push(self, frame_number: int, block: Samples) -> bool:
        """Xếp hàng nếu có người nghe."""
        return super().push(frame_number, block) if self._fan.listeners else True

    def close(self) -> None:
        """Dừng luồng mã hoá rồi ngắt mọi người nghe."""
        super().close()
        self._fan.shut()


class _Mp3:
    """Bộ mã hoá LAME trả ra từng khung MP3 nguyên vẹn, để người vào sau bắt đầu đúng đầu khung."""

    def __init__(self) -> None:
        import lameenc  # chỉ khi có người nghe

        self._lame = lameenc.Encoder()
        self._lame.silence()
        self._lame.set_bit_rate(BIT_RATE_KBPS)
        self._lame.set_in_sample_rate(RATE)
        self._lame.set_channels(1)
        self._lame.set_quality(_QUALITY)
        self._tail = b""

    def encode(self, block: Samples) -> bytes:
        stream = self._tail + bytes(self._lame.encode(block.tobytes()))
        whole = len(stream) - len(stream) % _MP3_FRAME
        self._tail = stream[whole:]
        return stream[:whole]


@cache
def _head_start() -> bytes:
    """Các khung MP3 lặng vừa đủ một khối đọc của trình duyệt."""
    encoder, stream = _Mp3(), b""
    while len(stream) < _BROWSER_READ:
        stream += encoder.encode(SILENCE)
    return stream
