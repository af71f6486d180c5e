"""Điều trang web cần từ phần còn lại của ngôi nhà; nơi lắp ráp dựng, phép thử dựng bản của mình."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import select

from broadcaster.accounts.actor import Actor
from broadcaster.accounts.tables import Station
from broadcaster.accounts.throttle import CodeGuesses
from broadcaster.airlog.anchors import typed as typed_mark
from broadcaster.clock import Clock, SystemClock
from broadcaster.config import Config
from broadcaster.database import Database
from broadcaster.errors import NotFound
from broadcaster.newsroom.reading_aloud import Manner
from broadcaster.newsroom.submitting import ReadText
from broadcaster.playout.urgent.orders import Order
from broadcaster.reports.jobs import LONG
from broadcaster.service.airlog_commands import Checked, verify_one
from broadcaster.service.anchor_keeping import Keeper
from broadcaster.service.anchoring import Sent, anchor, places
from broadcaster.sound.frames import Samples
from broadcaster.sound.library import Library
from broadcaster.sound.parts import PartStore
from broadcaster.studio.announcing import Announcer
from broadcaster.traffic.loading import PlanBook


class PlayoutPort(Protocol):
    """Cửa của phòng phát sóng; mọi việc có thể báo ``OutputFailed`` khi phòng ấy không chạy, hay là của đài khác."""

    def of(self, actor: Actor) -> PlayoutPort:
        """Cửa ấy cho đài của người này; mọi trang, mọi nút đều đi qua đây."""
        ...

    def state(self, *, alert: bool = False) -> dict[str, Any]:
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
        """Ra lệnh khẩn cấp; cùng khoá thì cùng một lệnh. ``lift``: bỏ im lặng ở các đường ra của lệnh rồi mới phát."""
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


class Anchors:
    """Mốc nhật ký khi không có nơi nào được cấu hình; máy thật dùng ``ConfiguredAnchors``."""

    places: Sequence[str] = ()
    """Tên các nơi mốc được gửi tới."""
    remind_after = timedelta(days=3)
    keeper: Keeper = Keeper(Path(), SystemClock(), {})
    """Nơi giữ hộ mốc của đài khác."""

    def send(self) -> list[Sent]:
        """Gửi mốc tới mọi nơi, trả về từng nơi ra sao."""
        return []

    def check(self, station_id: int, typed: str) -> Checked:
        """Kiểm nhật ký của đài với mọi mốc tìm được, và mốc ``typed`` nếu có. Lỗi: ``Invalid`` khi mốc sai dạng."""
        raise NotFound("Trang này chạy không có cấu hình máy nên không tìm được mốc nào.")


class ConfiguredAnchors(Anchors):
    """Theo ``[anchors]`` của config.toml."""

    def __init__(self, config: Config, database: Database, clock: Clock) -> None:
        """``config``: máy này."""
        self._config, self._database, self._clock = config, database, clock
        self.places = places(config)
        self.remind_after = timedelta(days=config.anchors.remind_days)
        secrets = {one.code: partial(config.secret, one.secret_file) for one in config.anchors.receive}
        self.keeper = Keeper(config.data_folder / "neo-giu-ho", clock, secrets)

    def send(self) -> list[Sent]:
        """Như ``Anchors.send``."""
        return anchor(self._config, self._database, self._clock)

    def check(self, station_id: int, typed: str) -> Checked:
        """Như ``Anchors.check``."""
        with self._database.reading() as session:
            code, name = session.execute(select(Station.code, Station.name).where(Station.id == station_id)).one()
        against = [typed_mark(typed)] if typed.strip() else []
        return verify_one(self._config, self._database, station_id, code, name, marks=against)


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
    captures: Path
    """Bản thu những gì đã phát, trên máy này."""
    beats: Path
    """Nhịp của các tiến trình trên máy này."""
    packs: Path = Path("goi")
    """Các gói minh chứng phòng thu đã làm."""
    site: str = ""
    """Thư mục trang Nghe lại; chưa khai thì trống."""
    names: tuple[str, ...] = ()
    """Tên miền hay địa chỉ khác được phép mở trang."""
    https: bool = False
    amplifiers: tuple[str, ...] = ()
    """Tên các máy tăng âm trong config.toml, để trang chọn."""
    anchors: Anchors = field(default_factory=Anchors)
    """Mốc nhật ký."""
    long_log: int = LONG
    """Tệp nhật ký nhiều dòng hơn thế thì phòng thu làm."""
    session_hours: int = 12
    book: PlanBook = field(default_factory=PlanBook)
    """Lịch đã xếp, để trang hỏi *vì sao* mà không xếp lại."""
    guesses: CodeGuesses = field(default_factory=CodeGuesses)
    """Lần gõ mã điện thoại, nhớ tới khi tiến trình trang dừng."""
