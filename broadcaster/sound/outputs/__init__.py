"""Cổng đường ra: mọi nơi tiếng đi tới (nghe thử, ghi lưu, rồi card tiếng, RTP, Icecast...) đều treo dưới kênh qua cổng này.

Bộ bơm chỉ biết ``push`` và không bao giờ phải chờ; việc chậm nằm trong ``Writer``, ở luồng riêng của từng đường (``queued``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from broadcaster.sound.frames import Samples

BESIDE = ("capture", "monitor")
"""Đầu ra bên cạnh loa: ghi lưu và nghe thử; chúng nhận đủ không có nghĩa là loa đã kêu."""


class SinkState(StrEnum):
    """Tình trạng một đường ra."""

    CLOSED = "closed"
    WORKING = "working"
    BEHIND = "behind"
    """Đường ra nhận chậm: khung cũ nhất đang bị bỏ."""
    FAILED = "failed"
    """Lần ghi gần nhất hỏng; đang tự thử lại."""


@dataclass(frozen=True)
class Health:
    """Sức khoẻ một đường ra; ``since`` là lúc vào tình trạng này, ``error`` là lỗi gần nhất còn hiệu lực."""

    state: SinkState
    dropped_frames: int = 0
    error: str | None = None
    since: datetime | None = None
    waiting_frames: int = 0
    """Số khung đã nhận mà chưa tới thiết bị."""


class SinkPort(Protocol):
    """Một đầu ra treo dưới kênh. Không phương thức nào trừ ``close`` được phép chờ."""

    @property
    def name(self) -> str:
        """Tên ngắn để hiện và ghi nhật ký: ``monitor``, ``capture``..."""
        ...

    @property
    def wants_idle(self) -> bool:
        """Kênh đóng vẫn muốn nhận khung lặng (luồng nghe thử) hay không (ghi lưu)."""
        ...

    def open(self) -> None:
        """Chuẩn bị nhận tiếng; gọi một lần khi gắn vào kênh."""
        ...

    def push(self, frame_number: int, block: Samples) -> bool:
        """Nhận một khối khung liền nhau (960 mẫu int16 một khung, chỉ đọc); trả về có nhận không. Không chờ, không ném lỗi."""
        ...

    def rest(self) -> None:
        """Kênh vừa đóng: có thể khép lại đoạn đang dở."""
        ...

    def close(self) -> None:
        """Xả nốt rồi thôi; chờ có hạn."""
        ...

    def health(self) -> Health:
        """Tình trạng hiện tại; rẻ, gọi từ luồng nào cũng được."""
        ...


class Writer(Protocol):
    """Phần chậm của một đường ra: chạy trong một luồng riêng, được chờ và được ném lỗi (luồng sẽ đóng, đợi rồi mở lại)."""

    def open(self) -> None:
        """Mở thiết bị, tệp, kết nối."""
        ...

    def write(self, frame_number: int, block: Samples) -> None:
        """Ghi một khối khung bắt đầu ở ``frame_number``; số khung nhảy cách nghĩa là có khung đã bị bỏ."""
        ...

    def rest(self) -> None:
        """Kênh đóng, tạm hết tiếng."""
        ...

    def close(self) -> None:
        """Đóng lại; gọi được cả sau khi lỗi."""
        ...
