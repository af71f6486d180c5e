"""Phần chậm của một cạc âm thanh: mở thiết bị, giữ đệm vừa đủ, sửa lệch đồng hồ; treo dưới kênh bằng ``QueuedSink``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np

from broadcaster.clock import Clock
from broadcaster.sound.frames import FRAME, FRAMES_PER_SECOND, SILENCE, Samples, split
from broadcaster.sound.outputs.cards.drift import LATE_FRAMES, TARGET, Drift, Step, quiet_frames
from broadcaster.sound.outputs.queued import QueuedSink

NAME = "card"
_LIMIT_FRAMES = FRAMES_PER_SECOND


class Device(Protocol):
    """Một thiết bị đang mở, mono 16 bit 48 kHz."""

    def write(self, samples: Samples) -> None:
        """Giao tiếng; chờ được nhưng có hạn. Lỗi: ``OSError`` khi thiết bị rút, bận hoặc kẹt."""
        ...

    def pending(self) -> int:
        """Số mẫu đã giao mà chưa phát, theo chỗ thiết bị đo được."""
        ...

    def close(self) -> None:
        """Phát nốt trong chốc lát rồi thả thiết bị."""
        ...


@runtime_checkable
class PromptDevice(Device, Protocol):
    """Thiết bị nhận ngay được một khối mà không phải chờ; lỗi của cả hai: ``OSError``."""

    def ready(self) -> bool:
        """``offer`` được chưa."""
        ...

    def offer(self, samples: Samples) -> None:
        """Giao một khối, không chờ: phần chưa giao được thì thiết bị giữ."""
        ...

    def held(self) -> int:
        """Số mẫu nó còn giữ."""
        ...


class CardWriter:
    """``Writer`` của một cạc: ``open_device`` mở thiết bị (ném ``OSError``)."""

    def __init__(self, open_device: Callable[[], Device], waiting: Callable[[], int]) -> None:
        """Thiết bị chỉ mở khi luồng ghi chạy; ``waiting``: số khung còn xếp hàng, tức là tiếng đang muộn mấy khung."""
        self._open_device = open_device
        self._waiting = waiting
        self._joining = False
        self._device: Device | None = None
        self._prompt: PromptDevice | None = None
        """Chính thiết bị ấy, khi nó biết nhận ngay."""
        self._drift = Drift()
        self.lost = 0
        """Số khung có tiếng đã bỏ vì thiết bị mở chậm."""

    def open(self) -> None:
        """Mở và đệm sẵn khoảng lặng, để một nhịp trễ của máy không làm vấp tiếng."""
        self._device, self._drift, self._joining = self._open_device(), Drift(), True
        self._device.write(np.zeros(TARGET, np.int16))
        self._prompt = self._device if isinstance(self._device, PromptDevice) else None

    def write(self, frame_number: int, block: Samples) -> None:
        """Ghi một khối; bỏ hay nhân đôi một khung trong đó khi là khoảng lặng và đồng hồ đã lệch.

        Khung xếp hàng trong lúc thiết bị còn đang mở thì bỏ hết: vào giữa chừng phải vào đúng giờ.
        """
        assert self._device is not None
        self._device.write(self._shaped(self._device, block))

    def offer(self, frame_number: int, block: Samples) -> bool:
        """Như ``write`` nhưng không chờ; ``False``: thiết bị chưa nhận gì."""
        if self._prompt is None or not self._prompt.ready():
            return False
        self._prompt.offer(self._shaped(self._prompt, block))
        return True

    def held(self) -> int:
        """Số khung đã nhận mà thiết bị chưa lấy."""
        prompt = self._prompt  # luồng ghi có thể đang đóng thiết bị
        return 0 if prompt is None else -(-prompt.held() // FRAME)

    def _shaped(self, device: Device, block: Samples) -> Samples:
        late = self._waiting()
        self._joining = self._joining and late > LATE_FRAMES
        quiet = quiet_frames(block)
        if self._joining:
            self.lost += quiet.count(False)
            return block[:0]
        pending = device.pending() if all(quiet) else TARGET  # giữa lời thì không sửa, khỏi đo
        steps = [self._drift.step(pending, quiet=one, late_frames=late) for one in quiet]
        if steps.count(Step.WRITE) == len(steps):
            return block
        taken = [SILENCE[:0]]
        for frame, step in zip(split(block), steps, strict=True):
            taken += [frame] * (step is not Step.DROP) + [SILENCE] * (step is Step.DOUBLE)
        return np.concatenate(taken)

    def rest(self) -> None:
        """Kênh nghỉ: thiết bị vẫn mở và nhận khoảng lặng, nên buổi sau vang ngay và hỏng thì biết trước."""

    def close(self) -> None:
        """Thả thiết bị."""
        device, self._device, self._prompt = self._device, None, None
        if device is not None:
            device.close()


def card_sink(open_device: Callable[[], Device], clock: Clock) -> QueuedSink:
    """Đầu ra cạc âm thanh: lỗi thì tự mở lại với khoảng đợi dài dần, đường khác không hề gì."""

    def waiting() -> int:
        return sink.waiting()

    writer = CardWriter(open_device, waiting)
    lost = lambda: writer.lost  # noqa: E731  hỏi lại mỗi lần
    sink = QueuedSink(
        NAME, writer, clock, limit_frames=_LIMIT_FRAMES, wants_idle=True, lost=lost, offer=writer.offer, held=writer.held
    )
    return sink
