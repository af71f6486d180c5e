"""Bản mô phỏng của cổng đường ra và của nhịp bơm: quay nhiều ngày phát sóng trong vài giây, không luồng, không thiết bị."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import numpy as np

from broadcaster.clock import ManualClock
from broadcaster.sound.events import PumpEvent
from broadcaster.sound.frames import RATE, Samples, frames_in, split, wall_of
from broadcaster.sound.outputs import Health, SinkState, Writer
from broadcaster.sound.pump import Beat, Pump


class RecordingSink:
    """Đầu ra giữ mọi khung nhận được trong bộ nhớ, kèm số khung."""

    def __init__(self, name: str = "recording", *, wants_idle: bool = False, keep: bool = True) -> None:
        """``keep`` sai: chỉ đếm, cho mô phỏng nhiều ngày."""
        self.name = name
        self.wants_idle = wants_idle
        self.count = 0
        self.takes = 1.0
        """Cạc lấy kịp chừng này số khung; phần còn lại bị bỏ mà không ai báo lỗi."""
        self.waiting_frames = 0
        """Cạc còn để đọng chừng này khung."""
        self._dropped, self._owed = 0, 0.0
        self.rests = 0
        self.frames: list[tuple[int, Samples]] = []
        self._keep = keep
        self._state = SinkState.CLOSED
        self._error: str | None = None
        self._since: datetime | None = None

    def open(self) -> None:
        """Sẵn sàng."""
        self._state = SinkState.WORKING

    def push(self, frame_number: int, block: Samples) -> bool:
        """Giữ lại từng khung, trừ khi đang giả vờ hỏng."""
        if self._state is not SinkState.WORKING:
            return False
        for number, frame in enumerate(split(block), frame_number):
            self.take(number, frame)
        return True

    def take(self, number: int, frame: Samples) -> None:
        """Một khung của khối vừa nhận."""
        self._owed += 1.0 - self.takes
        if self._owed >= 1.0:
            self._owed, self._dropped = self._owed - 1.0, self._dropped + 1
            return
        self.count += 1
        if self._keep:
            self.frames.append((number, frame))

    def rest(self) -> None:
        """Đếm số lần kênh đóng."""
        self.rests += 1

    def close(self) -> None:
        """Thôi nhận."""
        self._state = SinkState.CLOSED

    def health(self) -> Health:
        """Tình trạng hiện tại."""
        return Health(self._state, self._dropped, self._error, self._since, self.waiting_frames)

    def fail(self, error: str | None, *, since: datetime | None = None) -> None:
        """Giả vờ hỏng với lời ``error``, hoặc lành lại khi ``None``, từ lúc ``since``."""
        self._error, self._since = error, since
        self._state = SinkState.WORKING if error is None else SinkState.FAILED

    def numbers(self) -> list[int]:
        """Số các khung đã nhận, theo thứ tự nhận."""
        return [number for number, _ in self.frames]

    def samples(self, first_frame: int | None = None, frames: int | None = None) -> Samples:
        """Tiếng đã nhận nối liền; ``first_frame`` và ``frames`` để chọn một đoạn."""
        first = first_frame if first_frame is not None else -(2**62)
        last = first + frames if frames is not None else 2**62
        kept = [frame for number, frame in self.frames if first <= number < last]
        return np.concatenate(kept) if kept else np.zeros(0, np.int16)


class DirectSink:
    """Treo thẳng một ``Writer`` dưới kênh, không luồng, không hàng đợi: cho bộ bơm quay tay."""

    wants_idle = False

    def __init__(self, writer: Writer, name: str = "direct") -> None:
        """``writer`` ném lỗi thì đầu ra báo hỏng và bỏ khung đó."""
        self.name = name
        self._writer = writer
        self._dropped = 0
        self._error: str | None = None
        self._open = False

    def open(self) -> None:
        """Mở ``writer``."""
        self._open = self._try(self._writer.open)

    def push(self, frame_number: int, block: Samples) -> bool:
        """Ghi ngay."""
        taken = self._open and self._try(lambda: self._writer.write(frame_number, block))
        self._dropped += 0 if taken else frames_in(block)
        return taken

    def rest(self) -> None:
        """Khép đoạn."""
        self._try(self._writer.rest)

    def close(self) -> None:
        """Đóng ``writer``."""
        self._try(self._writer.close)
        self._open = False

    def health(self) -> Health:
        """Hỏng nếu lần gọi gần nhất hỏng."""
        state = SinkState.FAILED if self._error else SinkState.WORKING if self._open else SinkState.CLOSED
        return Health(state, self._dropped, self._error)

    def _try(self, call: Callable[[], None]) -> bool:
        try:
            call()
        except (OSError, RuntimeError) as error:
            self._error = str(error)
            return False
        self._error = None
        return True


class SimulatedCard:
    """Cạc giả có đồng hồ chạy sai ``error`` (0,0002 là nhanh 0,02 %), theo đồng hồ đặt tay; đếm những gì đã phát."""

    def __init__(self, clock: ManualClock, *, error: float = 0.0) -> None:
        """Bắt đầu phát từ lần ghi đầu."""
        self._clock = clock
        self._rate = RATE * (1.0 + error)
        self._seen: float | None = None
        self._played = 0.0
        self.written = 0
        self.gaps = 0
        """Số lần cạn đệm."""
        self.failure: str | None = None
        """Khác ``None``: thiết bị như vừa bị rút."""

    def write(self, samples: Samples) -> None:
        """Nhận ngay."""
        if self.failure is not None:
            raise OSError(self.failure)
        self._advance()
        self.written += len(samples)

    def pending(self) -> int:
        """Đã nhận mà chưa phát."""
        self._advance()
        return round(self.written - self._played)

    def close(self) -> None:
        """Không có gì để thả."""

    def _advance(self) -> None:
        now = self._clock.monotonic()
        if self._seen is not None and self.written:
            self._played += (now - self._seen) * self._rate
            if self._played > self.written:
                self.gaps += 1
                self._played = float(self.written)
        self._seen = now


class ManualPump(Pump):
    """Cũng bộ bơm ấy, quay bằng đồng hồ đặt tay: không luồng, nguồn tệp được chờ, thời gian rỗi nhảy qua."""

    _wait_for_sources = True

    def __init__(
        self, clock: ManualClock, on_event: Callable[[PumpEvent], None], on_beat: Beat | None = None, *, block_frames: int = 1
    ) -> None:
        """``run_until`` đẩy ``clock``; ai khác đẩy quá 2 giây khi kênh mở thì giống như máy đứng hình."""
        super().__init__(clock, on_event, on_beat, block_frames=block_frames)
        self._manual = clock

    def run_until(self, wall: datetime) -> None:
        """Làm mọi khung bắt đầu trước ``wall`` và đẩy đồng hồ tới đúng ``wall``; sự kiện đến ngay trong lúc chạy."""
        while (left := (wall - self._manual.now()).total_seconds()) > 0:
            self.tick()
            until_due = self._frames.due(self._next) - self._manual.monotonic()
            busy = self._busy()
            self._manual.advance(min(left, until_due) if busy else left)
            if not busy:  # máy thức suốt quãng rỗi ấy, chỉ là không ai cần từng khung
                self._next = self._frames.upcoming()
        self._deliver()

    def run_frames(self, frames: int) -> None:
        """Làm ``frames`` khung kế tiếp."""
        self.run_until(wall_of(self.frame_now() + frames))
