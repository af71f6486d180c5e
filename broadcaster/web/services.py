"""Điều trang web cần từ phần còn lại của ngôi nhà; nơi lắp ráp dựng, phép thử dựng bản của mình."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from broadcaster.accounts.actor import Actor
from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.newsroom.reading_aloud import Manner
from broadcaster.newsroom.submitting import ReadText
from broadcaster.playout.urgent.orders import Order
from broadcaster.sound.frames import Samples
from broadcaster.sound.library import Library
from broadcaster.sound.parts import PartStore
from broadcaster.studio.announcing import Announcer


class PlayoutPort(Protocol):
    """Cửa của phòng phát sóng; mọi việc có thể báo ``OutputFailed`` khi phòng ấy không chạy, hay là của đài khác."""

    def of(self, actor: Actor) -> PlayoutPort:
        """Cửa ấy cho đài của người này; mọi trang, mọi nút đều đi qua đây."""
        ...

    def state(self) -> dict[str, Any]:
        """Đang phát gì, mức tiếng, tình trạng từng đường ra."""
        ...

    def silence(self, output_id: int | None, *, on: bool, by: Actor) -> None:
        """Cho im lặng hoặc gỡ; ``None`` là mọi đường ra. Người gọi đã hỏi quyền."""
        ...

    def devices(self) -> dict[str, Any]:
        """Cạc âm thanh của máy phát (``devices``), hoặc một câu nói vì sao không có (``none``)."""
        ...

    def test(self, output_id: int, sound: Samples, *, spoken: str, by: Actor) -> None:
        """Thử loa trên một đường rỗi; ``spoken``: lời của tiếng ấy, vào nhật ký."""
        ...

    def order_urgent(self, order: Order, pcm: Samples | None = None, *, lift: bool = False) -> dict[str, Any]:
        """Ra lệnh khẩn cấp; cùng khoá thì cùng một lệnh. ``lift``: gỡ im lặng ở các đường ra của lệnh rồi mới phát."""
        ...

    def audience(self, zone_ids: Collection[int]) -> dict[str, Any]:
        """Ai sẽ nghe tin khẩn cấp tới các TDP ấy: ``paths`` và lời ``warning``."""
        ...

    def stop_urgent(self, key: str, *, by: Actor) -> None:
        """Dừng một lệnh."""
        ...

    def choose_urgent(self, key: str, choice: str, *, by: Actor) -> None:
        """Quyết một lệnh đang chờ."""
        ...

    def monitor(self, output_id: int) -> Iterator[bytes]:
        """Dòng MP3 đang ra của một đường."""
        ...


@dataclass(frozen=True)
class Services:
    """Mọi phần mà trang web dùng."""

    database: Database
    clock: Clock
    library: Library
    playout: PlayoutPort
    reader: Callable[[str, Manner], ReadText]
    """Chữ viết → cách đọc theo cách của đài; chậm, gọi ngoài giao dịch ghi."""
    speak: Callable[[str], bytes]
    """Một câu ngắn → MP3 bằng giọng trên máy, để nghe thử một chỗ. Lỗi: ``VoiceFailed``."""
    announcer: Announcer
    """Lời của tin khẩn cấp thành tiếng ngay, bằng giọng trên máy."""
    parts: PartStore
    """Lần thu giọng người đang gửi lên."""
    exports: Path
    """Thư mục tạm cho tệp xuất."""
    beats: Path
    """Nhịp của các tiến trình trên máy này."""
    names: tuple[str, ...] = ()
    """Tên miền hay địa chỉ khác được phép mở trang."""
    https: bool = False
    amplifiers: tuple[str, ...] = ()
    """Tên các máy tăng âm trong config.toml, để trang chọn."""
    session_hours: int = 12
