"""Bàn khẩn cấp của phép thử: bàn, bộ bơm, sổ trực và cơ sở dữ liệu thật; đồng hồ quay tay, loa ghi vào bộ nhớ."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select

from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import Airing, LogEntry
from broadcaster.playout.entering.forwarder import Forwarder
from broadcaster.playout.entering.rundown_writer import path_of
from broadcaster.playout.enums import UrgentLevel
from broadcaster.playout.heard import HeardRing, heard_of
from broadcaster.playout.journal import Journal, read
from broadcaster.playout.outputs import OutputBoard
from broadcaster.playout.routing import outputs_of
from broadcaster.playout.station_log import StationLog
from broadcaster.playout.urgent.active_order import play_key
from broadcaster.playout.urgent.dispatcher import UrgentDesk
from broadcaster.playout.urgent.orders import Order
from broadcaster.sound.events import PumpEvent
from broadcaster.sound.frames import RATE, Samples
from broadcaster.sound.library import Library
from broadcaster.sound.outputs.capture import CaptureStore
from broadcaster.sound.outputs.simulated import ManualPump, RecordingSink
from broadcaster.sound.pump import BLOCK_FRAMES
from tests.support.scene import Scene

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
SIGNAL = np.full(RATE, 30_000, np.int16)


def voice(seconds: float, value: int = 20_000) -> Samples:
    return np.full(int(seconds * RATE), value, np.int16)


class Station:
    """Phòng phát sóng thu nhỏ: bàn khẩn cấp trên bộ bơm quay tay, loa ghi vào bộ nhớ."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.scene, self.folder = scene, folder
        self.library = Library(folder / "kho")
        self.captures = CaptureStore(folder / "thu", scene.clock)
        self.sinks = {output_id: RecordingSink() for output_id in scene.output_ids}
        place = {"station_id": scene.station_id, "player_id": scene.player_id}
        self.forwarder = Forwarder(scene.database, scene.clock, **place, journal=folder / "so", ring=folder / "da-nghe")
        self.start()

    def start(self) -> None:
        scene = self.scene
        self.journal = Journal(self.folder / "so", scene.player_id, scene.clock)
        self.log = StationLog(self.journal)
        ring = HeardRing(self.folder / "da-nghe")
        self.pump = ManualPump(scene.clock, self._tell, ring.note, block_frames=BLOCK_FRAMES)
        self.board = _Board(self.pump, scene, self.sinks)
        with scene.database.reading() as session:
            self.board.sync([path_of(row) for row in outputs_of(session, scene.station_id, scene.player_id)])
        self.desk = UrgentDesk(scene.clock, self.pump, self.board, self.library, self.log, signal=SIGNAL, zone=HANOI)
        heard = {
            play_key(key, order.number): heard_of(self.folder / "da-nghe", play_key(key, order.number))
            for key, order in self.log.state.orders.items()
        }
        self.desk.restore(heard)

    def crash(self) -> None:
        """Tiến trình bị giết: không ai khép gì; tiến trình mới đọc lại sổ, không hỏi cơ sở dữ liệu."""
        self.journal.close()
        self.start()

    def close(self) -> None:
        self.journal.close()
        self.captures.close()

    def _tell(self, event: PumpEvent) -> None:
        self.desk.on_event(event)

    def go(self, seconds: float) -> None:
        end = self.scene.clock.now() + timedelta(seconds=seconds)
        while self.scene.clock.now() < end:
            wait = self.desk.step()
            self.pump.run_until(min(end, self.scene.clock.now() + timedelta(seconds=wait)))
        self.desk.step()

    def enter(self) -> int:
        return self.forwarder.step()

    def waiting(self) -> list[str]:
        """Điều trong sổ trên đĩa, đọc bằng mắt của tiến trình khác."""
        return [record.body["what"] for record in read(self.folder / "so", self.scene.player_id)]

    def airings(self) -> list[Airing]:
        self.enter()
        with self.scene.database.reading() as session:
            found = list(session.scalars(select(Airing).order_by(Airing.planned_at, Airing.id)))
            for airing in found:
                assert airing.deliveries is not None
            return found

    def events(self) -> list[Event]:
        self.enter()
        with self.scene.database.reading() as session:
            return list(session.scalars(select(LogEntry.event).order_by(LogEntry.seq)))

    def heard(self, output_id: int, value: int) -> float:
        return float((self.sinks[output_id].samples() == value).sum()) / RATE

    def order(self, key: str = "a", **changes: object) -> Order:
        order = Order(
            key=key,
            by="Trần Văn Lãnh",
            job_title="Chủ tịch UBND",
            via="web",
            ordered_at=self.scene.clock.now(),
            level=UrgentLevel.THREE,
            title="Bão số 9",
            text="Bão số 9 đang tới.",
            spoken="Bão số chín đang tới.",
            unit="Phường Đường Hào",
        )
        return replace(order, **changes)  # type: ignore[arg-type]


class _Board(OutputBoard):
    """Bảng đường ra với loa ghi vào bộ nhớ thay cho nghe thử và ghi lưu."""

    def __init__(self, pump: ManualPump, scene: Scene, sinks: dict[int, RecordingSink]) -> None:
        self._pump, self._paths = pump, {}
        self._sinks = sinks

    def sync(self, wanted: object, **_: object) -> None:
        self._paths = {path.output_id: path for path in wanted}  # type: ignore[attr-defined]
        for output_id in self._paths:
            self._pump.add_channel(output_id, [self._sinks[output_id]])

    def lose(self, output_id: int) -> None:
        """Đường ra bị bỏ khỏi mạng loa."""
        del self._paths[output_id]

    def lead(self, milliseconds: int) -> None:
        """Mọi máy tăng âm cần chừng này để lên nguồn."""
        self._paths = {key: replace(path, lead_ms=milliseconds) for key, path in self._paths.items()}
