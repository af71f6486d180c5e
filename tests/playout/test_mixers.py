"""Bộ trộn tắt tiếng: thấy ngay lúc máy phát lên, một dòng và một cảnh báo; bật lại hay bỏ đường ra thì khép."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from broadcaster.accounts.audit import open_alerts
from broadcaster.airlog.enums import Event
from broadcaster.airlog.tables import LogEntry
from broadcaster.playout.entering.forwarder import Forwarder
from broadcaster.playout.faults import PathFaults
from broadcaster.playout.journal import Journal
from broadcaster.playout.mixers import ERROR, MixerWatch
from broadcaster.playout.station_log import StationLog
from broadcaster.sound.outputs.simulated import ManualPump
from tests.support.scene import Scene

CARD = "hw:CARD=PCH@pci0"


class Desk:
    """Sổ trực và nhật ký thật; cạc nào tắt tiếng thì phép thử nói."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self.scene, self.folder, self.off = scene, folder, {CARD}
        self.cards = {scene.output_ids[0]: ("Loa chợ", CARD), scene.output_ids[1]: ("Loa đình", "hw:CARD=USB@usb1")}
        place = {"station_id": scene.station_id, "player_id": scene.player_id}
        self.forwarder = Forwarder(scene.database, scene.clock, **place, journal=folder, ring=folder / "khong")

    def look(self) -> tuple[list[Event], list[str]]:
        """Máy phát lên, xem một lần; trả về các dòng và các cảnh báo đang mở."""
        journal = Journal(self.folder, self.scene.player_id, self.scene.clock)
        station = StationLog(journal)
        faults = PathFaults(self.scene.clock, ManualPump(self.scene.clock, lambda _event: None), station, str)
        MixerWatch(self.scene.clock, station, lambda: self.cards, self.off.__contains__).step()
        for _ in range(2):
            self.scene.clock.advance(5)
            faults.step()
        journal.close()
        self.forwarder.step()
        with self.scene.database.reading() as session:
            events = session.scalars(select(LogEntry.event).order_by(LogEntry.seq)).all()
            return list(events), [one.message for one in open_alerts(session, self.scene.station_id)]


def test_a_muted_mixer_is_an_alert_at_the_start_and_stays_one_until_it_sounds_again(scene: Scene, tmp_path: Path) -> None:
    desk = Desk(scene, tmp_path)
    for _ in range(2):  # máy phát chạy lại mà bộ trộn vẫn tắt: vẫn một dòng, một cảnh báo
        events, [message] = desk.look()
        assert events == [Event.PATH_SILENT]
        assert "“Loa chợ”" in message
        assert ERROR in message
    desk.off.clear()
    assert desk.look() == ([Event.PATH_SILENT, Event.PATH_BACK], [])


def test_an_output_that_is_gone_leaves_no_alert_behind(scene: Scene, tmp_path: Path) -> None:
    desk = Desk(scene, tmp_path)
    desk.look()
    desk.cards.clear()
    assert desk.look() == ([Event.PATH_SILENT, Event.PATH_BACK], [])
