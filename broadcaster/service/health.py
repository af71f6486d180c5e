"""Đài có khoẻ không: đọc nhịp mọi tiến trình, nói phần nào im, vòng nào muộn nhất, và nêu cảnh báo cho người ở đài."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcaster.accounts.tables import Station
from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.errors import DatabaseAway
from broadcaster.loop import Loop
from broadcaster.playout.tables import Output, Player
from broadcaster.service.beats import Beat, Death, read_beats
from broadcaster.service.process import SUPERVISOR
from broadcaster.traffic.alerting import alert_gap, settle_alerts

NAMES = {
    SUPERVISOR: "người canh",
    "web": "trang web",
    "studio": "phòng thu",
    "playout": "phòng phát sóng",
    "traffic": "phòng lịch phát",
}
NO_SUPERVISOR = (
    "Người canh (broadcaster serve) đã dừng đột ngột. Đài vẫn phát, nhưng phần nào hỏng thêm sẽ không có ai dựng lại. "
    "Hãy chạy lại scripts/run trên máy phát; cài hẳn một lần bằng broadcaster install thì máy tự canh."
)
_FAMILIES = ("loop:", "process:", "player:")
_LOOK_S = 5.0
_SETTLE_S = 60.0
AWAY_S = 60.0
"""Trạm phát ở máy khác mà dấu sống không nhích chừng này là đã mất."""


@dataclass(frozen=True)
class LateLoop:
    """Một vòng quá hẹn (``overdue_s`` giây) hoặc đang vấp lỗi quen."""

    process: str
    loop: str
    overdue_s: float
    fault: str | None

    @property
    def told(self) -> str:
        """Một câu cho người ở đài."""
        where = f"Vòng “{self.loop}” của {name_of(self.process)}"
        if self.fault:
            return f"{where} đang vấp và tự thử lại: {self.fault}"
        return f"{where} đã quá hẹn mà chưa xong lượt nào."


@dataclass(frozen=True)
class MachineHealth:
    """Sức khoẻ các tiến trình trên máy này."""

    silent: tuple[str, ...]
    """Tiến trình không còn nhịp."""
    orphaned: bool
    """Người canh đã mất mà các con vẫn chạy."""
    late: tuple[LateLoop, ...]
    """Vòng muộn, muộn nhất trước; của những tiến trình còn nhịp."""
    failing: tuple[LateLoop, ...]
    """Vòng đang vấp lỗi quen, chưa chắc đã muộn."""
    deaths: Mapping[str, Death]
    """Tiến trình → lần chết vì lỗi lạ gần nhất."""

    @property
    def ok(self) -> bool:
        """Mọi tiến trình có nhịp, có người canh, không vòng nào muộn."""
        return not (self.silent or self.orphaned or self.late)


def name_of(process: str) -> str:
    """Tên tiến trình cho người đọc."""
    return NAMES.get(process, process)


def judge(beats: Mapping[str, Beat], now: float) -> MachineHealth:
    """Xét nhịp lúc ``now`` (giây đơn điệu). Người canh im chỉ là chuyện khi còn có con trông vào nó."""
    alive = [beat for beat in beats.values() if not beat.silent(now)]
    guarded = any(beat.supervised for beat in alive) and not any(beat.orphan for beat in alive)
    loops = [LateLoop(beat.process, loop.name, now - loop.due_at, loop.fault) for beat in alive for loop in beat.loops]
    return MachineHealth(
        silent=tuple(beat.process for beat in beats.values() if beat not in alive and (beat.process != SUPERVISOR or guarded)),
        orphaned=any(beat.orphan for beat in alive),
        late=tuple(sorted((loop for loop in loops if loop.overdue_s > 0), key=lambda loop: -loop.overdue_s)),
        failing=tuple(loop for loop in loops if loop.fault),
        deaths={beat.process: beat.death for beat in beats.values() if beat.death},
    )


def machine_health(folder: Path, clock: Clock) -> MachineHealth:
    """Sức khoẻ lúc này theo các tệp nhịp."""
    return judge(read_beats(folder), clock.monotonic())


def troubles(health: MachineHealth) -> dict[str, str]:
    """Khoá → lời của những điều đang không ổn lúc này."""
    told = {f"loop:{one.process}:{one.loop}": one.told for one in (*health.late, *health.failing)}
    for process in health.silent:
        told[f"process:{process}"] = f"{name_of(process).capitalize()} không còn nhịp: có thể đã dừng hoặc bị treo."
    if health.orphaned:
        told[f"process:{SUPERVISOR}"] = NO_SUPERVISOR
    return told


def alerts_of(health: MachineHealth) -> dict[str, str]:
    """Khoá → lời của những cảnh báo phải đang mở: điều không ổn, và lần chết vì lỗi lạ gần nhất của từng tiến trình."""
    told = troubles(health)
    for process, death in health.deaths.items():
        told[f"process:{process}:died"] = (
            f"{name_of(process).capitalize()} đã dừng vì lỗi lạ ở “{death.loop}” lúc {death.at:%d/%m %H:%M} UTC "
            f"(lần thứ {death.times}) và được dựng lại: {death.error}. Nếu lặp lại, hãy gửi nhật ký máy cho người hỗ trợ."
        )
    return told


class OtherPlayers:
    """Trạm phát ở những máy khác: dấu sống của chúng qua cơ sở dữ liệu còn nhích không, theo giờ đơn điệu của máy này.

    Đồng hồ hai máy lệch nhau bao nhiêu cũng được: chỉ hỏi con số có đổi, không so nó với giờ ở đây.
    """

    def __init__(self, clock: Clock, mine: int) -> None:
        """``mine``: trạm phát của máy này, đã có nhịp của chính nó."""
        self._clock, self._mine = clock, mine
        self._seen: dict[int, tuple[datetime | None, float]] = {}

    def away(self, session: Session, station_id: int) -> dict[str, str]:
        """Khoá → lời cho từng trạm phát đang nuôi đường ra mà không báo về."""
        feeding = select(Output.player_id).where(Output.station_id == station_id, Output.retired_at.is_(None))
        query = select(Player.id, Player.name, Player.seen_at)
        query = query.where(Player.station_id == station_id, Player.id != self._mine, Player.id.in_(feeding))
        return {
            f"player:{player_id}": _gone(name) for player_id, name, seen in session.execute(query) if self._still(player_id, seen)
        }

    def _still(self, player_id: int, seen: datetime | None) -> bool:
        now = self._clock.monotonic()
        known = self._seen.get(player_id)
        if known is None or known[0] != seen:
            known = self._seen[player_id] = seen, now
        return now - known[1] > AWAY_S


def _gone(name: str) -> str:
    return (
        f"Trạm phát “{name}” ở máy khác không báo về: máy ấy có thể đã tắt, treo, hoặc mất đường tới cơ sở dữ liệu, "
        "và các cụm loa của nó có thể đang im. Hãy xem máy ấy có chạy không."
    )


class HealthWatch:
    """Vòng giữ cho cảnh báo của đài khớp với sức khoẻ của máy; chỉ một tiến trình trên máy cần chạy nó."""

    def __init__(self, database: Database, clock: Clock, folder: Path, player_id: int) -> None:
        """``folder``: các tệp nhịp; ``player_id``: trạm phát của máy này."""
        self._others = OtherPlayers(clock, player_id)
        self._database, self._clock, self._folder = database, clock, folder
        self._settled_at = clock.monotonic() + _SETTLE_S
        self._loop = Loop("trông sức khoẻ", self.step, clock, pulse_s=_LOOK_S, known=(DatabaseAway,))

    def start(self) -> None:
        """Chạy ở luồng nền."""
        self._loop.start()

    def stop(self) -> None:
        """Thôi."""
        self._loop.join()

    def step(self) -> None:
        """Nêu và đóng cảnh báo ở mọi đài dùng cơ sở dữ liệu này. Lỗi: ``DatabaseAway``."""
        health = machine_health(self._folder, self._clock)
        if self._clock.monotonic() < self._settled_at:  # cả đài vừa bật: phần khác còn đang nạp, nhịp cũ chưa nói gì
            health = replace(health, silent=())
        wanted = alerts_of(health)
        with self._database.reading() as session:
            stations = list(session.scalars(select(Station.id)))
            away = {station_id: self._others.away(session, station_id) for station_id in stations}
            gaps = {one: alert_gap(session, one, _FAMILIES, wanted | told) for one, told in away.items()}
        for station_id, gap in gaps.items():
            if gap.needed:
                with self._database.writing() as session:
                    settle_alerts(session, station_id, gap, now=self._clock.now())
