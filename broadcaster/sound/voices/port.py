"""Cổng của mọi giọng đọc: câu chữ đã chuẩn hoá vào, tiếng 48 kHz cùng chỗ bắt đầu từng câu ra.

Quy ước: mỗi phần tử là một câu; câu kết bằng dấu xuống dòng là hết đoạn và được nghỉ dài hơn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from broadcaster.errors import VoiceFailed
from broadcaster.sound.pcm import Samples, length_ms

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Speech:
    """Tiếng đọc 48 kHz một kênh 16 bit; ``starts_ms`` có đúng một mốc cho mỗi câu đã đưa vào."""

    samples: Samples
    starts_ms: tuple[int, ...]

    @property
    def duration_ms(self) -> int:
        """Độ dài, mili giây."""
        return length_ms(self.samples)


class Voice(Protocol):
    """Một giọng đọc tiếng Việt."""

    @property
    def name(self) -> str:
        """Mã bền để lưu và để đánh dấu tệp, như ``espeak:vi-bac``."""
        ...

    @property
    def label(self) -> str:
        """Tên cho người chọn giọng đọc."""
        ...

    @property
    def version(self) -> str:
        """Phiên bản máy đọc; đổi phiên bản là tiếng khác, phải đọc lại."""
        ...

    @property
    def online(self) -> bool:
        """Có cần mạng không."""
        ...

    def speak(
        self,
        sentences: Sequence[str],
        *,
        on_progress: Progress | None = None,
        cancelled: threading.Event | None = None,
    ) -> Speech:
        """Đọc trọn mọi câu hoặc báo ``VoiceFailed``; không bao giờ trả tiếng thiếu câu.

        ``on_progress(xong, tổng)`` được gọi sau mỗi phần; ``cancelled`` bật lên thì dừng ở phần kế tiếp.
        """
        ...


def stop_if(cancelled: threading.Event | None) -> None:
    """Báo ``VoiceFailed`` nếu người gọi đã xin dừng."""
    if cancelled is not None and cancelled.is_set():
        raise VoiceFailed("Đã dừng đọc theo yêu cầu. Bấm tạo lại bản thu khi cần.")
