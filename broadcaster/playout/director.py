"""Đạo diễn: khép khoảng cách giữa điều phải lên sóng và điều đang lên sóng, sau mỗi tiếng chuông, báo thức hay nhịp.

Ghi nhật ký trước, vang sau: ``item_armed`` đã commit rồi bộ bơm mới nhận mục, nên không tiếng nào vang mà không có dòng.
"""

from __future__ import annotations

import threading
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Any

import structlog

from broadcaster.airlog.enums import Reason
from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.errors import BadRecording, Conflict, DatabaseAway, NotFound
from broadcaster.playout import clock_gate, filler, recovery, routing, run_store
from broadcaster.playout.measuring import write_measured
from broadcaster.playout.on_air import Airing, Cue, Sounding
from broadcaster.playout.paths import busy_until, held_of, is_healthy, is_silenced, paths_at, unfit
from broadcaster.playout.preflight import Refusal, Sound, missing, open_source, quiet_start, refusal, sound_of
from broadcaster.playout.rules import ARM_AHEAD, LATE_START, LEASE, first_sound
from broadcaster.playout.tables import Output
from broadcaster.sound.channel import Ended, EndReason, Held, Resumed, Started
from broadcaster.sound.frames import FRAME_MS, frame_at, frames_of_ms, wall_of
from broadcaster.sound.library import Library
from broadcaster.sound.outputs import SinkState
from broadcaster.sound.pump import Pump, PumpEvent, SinkChanged
from broadcaster.sound.sources import Source
from broadcaster.traffic.tables import Programme

log = structlog.get_logger(__name__)

_HEARTBEAT_S = 1.0
_ALIVE_S = 5.0
_RETRY_S = 0.2
_OPENING_FADE_MS = 40
"""Mục đầu buổi to dần từ im lặng: loa không nổ một tiếng lúc mở."""
_ARM_FRAMES = frames_of_ms(int(ARM_AHEAD.total_seconds() * 1000))
_LATE_FRAMES = frames_of_ms(int(LATE_START.total_seconds() * 1000))


class Director:
    """Đạo diễn của một trạm phát; mọi phương thức trừ ``on_event`` chạy ở một luồng."""

    def __init__(
        self, database: Database, clock: Clock, pump: Pump, library: Library, *, player_id: int, station_id: int, holder: str
    ) -> None:
        """``holder``: mã riêng của tiến trình này. Kênh của bộ bơm mang khoá ``Output.id``."""
        self._database = database
        self._clock = clock
        self._pump = pump
        self._library = library
        self._player_id = player_id
        self._station_id = station_id
        self._holder = holder
        self._events: SimpleQueue[PumpEvent] = SimpleQueue()
        self._airings: dict[int, Airing] = {}
        self._beat_at = self._alive_at = clock.monotonic()

    def on_event(self, event: PumpEvent) -> None:
        """Bộ bơm gọi ở luồng của nó: chỉ xếp hàng."""
        self._events.put(event)

    def recover(self, *, sole_owner: bool = True) -> None:
        """Mọi mục mồ côi có kết thúc, buổi dở được phát tiếp, buổi đã qua được ghi là bỏ lỡ.

        ``sole_owner``: chắc chắn không còn tiến trình nào khác của trạm này (lúc khởi động, dưới khoá tệp), nên không
        phải đợi quyền giữ cũ hết hạn.
        """
        mine = frozenset(airing.run_id for airing in self._airings.values())
        now, station_id, player_id = self._clock.now(), self._station_id, self._player_id
        recovery.recover(self._database, station_id, player_id, now=now, mine=mine, only_expired=not sole_owner)

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Làm tới khi ``stop`` bật; mất cơ sở dữ liệu thì tiếng đang vang vẫn vang, dòng kết thúc ghi khi có lại."""
        while not stop.is_set():
            wake.clear()
            self._clock.wait(wake, self.step())

    def step(self) -> float:
        """Nhìn một lượt và làm điều còn thiếu; gọi thừa bao nhiêu lần cũng vô hại. Trả về số giây tới lúc cần nhìn lại."""
        self._take_events()
        self._leave_lapsed()
        try:
            self._write_measured()
            self._keep_alive()
            if not clock_gate.is_shut(self._database, self._station_id, self._player_id, now=self._clock.now()):
                self._claim_due()
                for airing in list(self._airings.values()):
                    self._arm_next(airing)
            self._close_finished()
        except DatabaseAway:
            log.warning("cơ sở dữ liệu vắng, đạo diễn thử lại")
            return _RETRY_S
        return self._until_next()

    def drain(self) -> None:
        """Sau khi bộ bơm đã dừng: ghi nốt điều đo được. Mất cơ sở dữ liệu thì lần khởi động sau phục hồi từ nhịp cuối."""
        self._take_events()
        try:
            self._write_measured()
        except DatabaseAway:
            log.warning("cơ sở dữ liệu vắng lúc tắt; lần khởi động sau sẽ ghi kết thúc")

    def on_air(self) -> dict[int, dict[str, Any]]:
        """Đường ra → mục đang vang, cho trang trực tiếp; gọi được từ luồng khác."""
        found: dict[int, dict[str, Any]] = {}
        for airing in list(self._airings.values()):
            for item_id, sounding in list(airing.sounding.items()):
                progress = self._pump.progress(item_id)
                if sounding.started_at is None or progress is None:
                    continue
                item = {"item_id": item_id, "programme_id": airing.programme_id, "title": sounding.title}
                item |= {"heard_ms": progress.heard_ms, "planned_ms": sounding.planned_ms}
                found |= dict.fromkeys(list(sounding.waiting), item)
        return found

    # --- nhận buổi ------------------------------------------------------------------------------------------------

    def _claim_due(self) -> None:
        now = self._clock.now()
        with self._database.reading() as session:
            due = run_store.due(session, self._station_id, self._player_id, now)
        for programme_id in due:
            self._claim(programme_id)

    def _claim(self, programme_id: int) -> None:
        """Giữ buổi rồi mở kênh; chưa có đường ra nào rỗi thì để lần nhìn sau."""
        now = self._clock.now()
        with self._database.reading() as session:
            programme = run_store.programme_of(session, self._station_id, programme_id)
            outputs = self._free(programme, run_store.outputs_for(session, programme, self._player_id))
        if not outputs:
            return
        held_until = self._clock.monotonic() + LEASE.total_seconds()
        with self._database.writing(eager=True) as session:
            taken = run_store.take(session, self._station_id, programme_id, now=now)
            if taken is None:
                return
            run = run_store.open_run(session, taken, self._player_id, self._holder, outputs, now=now)
            airing = Airing(
                run_id=run.id,
                programme_id=programme_id,
                output_ids=tuple(output.id for output in outputs),
                next_frame=frame_at(first_sound(taken.starts_at, now)),
                starts_at=taken.starts_at,
                ends_at=taken.ends_at,
                held_until=held_until,
            )
        self._airings[programme_id] = airing
        for output in outputs:
            ready = self._pump.open_channel(output.id, lead_ms=output.lead_ms, holder=airing.holder)
            airing.next_frame = max(airing.next_frame, ready)

    def _free(self, programme: Programme, outputs: list[Output]) -> list[Output]:
        """Đường ra có trong bộ bơm và không bận buổi khác; buổi sắp hết thì được nối tiếp ngay sau nó."""
        busy = {
            output_id
            for airing in self._airings.values()
            if airing.ends_at > programme.starts_at and not airing.finished
            for output_id in airing.output_ids
        }
        known = self._pump.channels()
        return [output for output in outputs if output.id in known and output.id not in busy]

    # --- chuẩn bị và vang -----------------------------------------------------------------------------------------

    def _arm_next(self, airing: Airing) -> None:
        while not airing.finished and airing.settled:
            frame = self._start_frame(airing)
            airing.gave_way |= frame is None
            if frame is None or frame - self._pump.frame_now() > _ARM_FRAMES:
                return
            self._arm(airing, frame)

    def _start_frame(self, airing: Airing) -> int | None:
        """Khung của mục kế tiếp: nối khít, sau buổi trước trên cùng đường ra, và không bao giờ trong quá khứ.

        ``None``: mọi đường ra của buổi đang nhường khẩn cấp, chưa biết tới bao giờ.
        """
        free = [until for key in airing.output_ids if (until := busy_until(self._pump, key)) is not None]
        if not free:
            return None
        before = [
            other.next_frame
            for other in self._airings.values()
            if other is not airing and other.starts_at < airing.starts_at and set(other.output_ids) & set(airing.output_ids)
        ]
        frame, now = max([airing.next_frame, min(free), *before]), self._pump.frame_now()
        return frame if frame >= now else now + _LATE_FRAMES

    def _arm(self, airing: Airing, frame: int) -> None:
        at = wall_of(frame)
        with self._database.reading() as session:
            programme, line = run_store.next_line(session, self._station_id, airing.programme_id, at)
            if line is None:
                airing.finished = True
                return
            sound = sound_of(line.item, line.planned_ms)
            held = held_of(routing.outputs_of(session, self._station_id, self._player_id), airing.output_ids)
            paths = paths_at(self._pump, held, frame)
            refused = unfit(line, paths, gave_way=airing.gave_way) or refusal(session, programme, line.item, at)
            until = quiet_start(session, programme, at)
        refused = refused or missing(self._library, sound)
        if refused and refused.reason is Reason.NO_RECORDING and self._fall_back(line.item.id):
            return  # mục còn chờ nguyên, vòng sau hẹn nó bằng giọng máy
        source = None if refused else self._open(sound)
        if source is None:
            self._refuse(airing, line.item.id, at, refused or Refusal(Reason.NO_RECORDING, "Tệp âm thanh không mở được."))
            return
        self._air(airing, Cue(line.item.id, frame, paths, frame_at(until) if until else None), source)

    def _fall_back(self, item_id: int) -> bool:
        with self._database.writing(eager=True) as session:
            return run_store.use_made_voice(session, self._station_id, item_id, now=self._clock.now())

    def _open(self, sound: Sound | None) -> Source | None:
        try:
            return open_source(self._library.path(sound.sha256), sound) if sound else None
        except (BadRecording, NotFound):
            return None

    def _air(self, airing: Airing, cue: Cue, source: Source) -> None:
        """Commit rồi mới hẹn; chưa commit được thì đóng nguồn, mục còn chờ nguyên trong cơ sở dữ liệu."""
        try:
            sounding = self._log_armed(airing, cue, source)
        except BaseException:
            source.close()
            raise
        if sounding is None:
            source.close()
            return
        fade_ms = 0 if airing.last_item else _OPENING_FADE_MS
        item_id = airing.last_item = cue.item_id
        airing.sounding[item_id] = sounding
        try:
            self._pump.schedule(
                list(sounding.waiting), item_id, source, cue.frame, fade_in_ms=fade_ms, until_frame=cue.until_frame
            )
            airing.next_frame = cue.frame + sounding.frames
            if sounding.bed is not None:
                filler.lay(self._pump, self._library, sounding.bed, item_id, cue.frame)
        except (Conflict, NotFound) as error:  # kênh vừa bị gỡ giữa lúc ghi: mục đã có dòng thì phải có kết thúc
            log.warning("bộ bơm không nhận mục", item=item_id, error=error.message)
            source.close()
            sounding.refuse()

    def _log_armed(self, airing: Airing, cue: Cue, source: Source) -> Sounding | None:
        at, now = wall_of(cue.frame), self._clock.now()
        with self._database.writing(eager=True) as session:
            programme, line = run_store.next_line(session, self._station_id, airing.programme_id, at)
            if line is None or line.item.id != cue.item_id:
                return None
            refused = unfit(line, cue.paths, gave_way=airing.gave_way) or refusal(session, programme, line.item, at)
            if refused is not None:
                run_store.skip(session, programme, line, refused, run_id=airing.run_id, now=now)
                return None
            planned_ms = source.duration_ms or line.planned_ms
            sounding = run_store.arm(session, programme, line, cue.paths, planned_ms, run_id=airing.run_id, now=now)
        if sounding is not None:
            sounding.frames = source.frames or 0
        return sounding

    def _refuse(self, airing: Airing, item_id: int, at: datetime, refused: Refusal) -> None:
        with self._database.writing(eager=True) as session:
            programme, line = run_store.next_line(session, self._station_id, airing.programme_id, at)
            if line is not None and line.item.id == item_id:
                run_store.skip(session, programme, line, refused, run_id=airing.run_id, now=self._clock.now())

    # --- điều bộ bơm đo được --------------------------------------------------------------------------------------

    def _take_events(self) -> None:
        """Chỉ vào bộ nhớ, không thể hỏng: dòng nhật ký viết sau, và viết lại được."""
        for airing in self._airings.values():
            for sounding in airing.sounding.values():
                sounding.silenced |= any(is_silenced(self._pump, key) for key in sounding.waiting)
        while True:
            try:
                event = self._events.get_nowait()
            except Empty:
                return
            if isinstance(event, SinkChanged):
                self._break(event)
            if isinstance(event, Started | Ended | Held | Resumed) and isinstance(event.item_id, int):
                self._measure(event.item_id, event)

    def _break(self, event: SinkChanged) -> None:
        """Đường ra thật vừa hỏng: mục đang vang trên đó không tới đủ, dù lúc hết đường đã lành."""
        if event.health.state is SinkState.FAILED and not is_healthy(self._pump, event.channel):
            for airing in self._airings.values():
                for sounding in airing.sounding.values():
                    if isinstance(event.channel, int) and event.channel in sounding.waiting:
                        sounding.broken.add(event.channel)

    def _measure(self, item_id: int, event: Started | Ended | Held | Resumed) -> None:
        airing = next((one for one in self._airings.values() if item_id in one.sounding), None)
        if airing is None:
            return
        sounding = airing.sounding[item_id]
        if isinstance(event, Held | Resumed):
            airing.gave_way = True
            sounding.turns.append(event)
            return
        if isinstance(event, Started):
            sounding.begin(event)
            if airing.last_item == item_id:
                airing.next_frame = event.first_frame + sounding.frames
            return
        sounding.finish(event, healthy=is_healthy(self._pump, event.channel))
        if sounding.over:
            filler.lift(self._pump, item_id)
        if sounding.over and event.reason is not EndReason.FINISHED and airing.last_item == item_id:
            airing.next_frame = event.last_frame + 1

    def _write_measured(self) -> None:
        for airing in self._airings.values():
            write_measured(self._database, self._clock, self._station_id, airing)

    # --- kết thúc và nhịp -----------------------------------------------------------------------------------------

    def _close_finished(self) -> None:
        for airing in list(self._airings.values()):
            if airing.finished and not airing.sounding:
                self._close(airing)

    def _close(self, airing: Airing) -> None:
        """Khép buổi, trừ khi người vận hành vừa thêm mục vào phút chót."""
        station_id, programme_id, run_id, now = self._station_id, airing.programme_id, airing.run_id, self._clock.now()
        with self._database.writing(eager=True) as session:
            _, line = run_store.next_line(session, station_id, programme_id, now)
            if line is not None:
                airing.finished = False
                return
            recovery.end_orphans(session, station_id, programme_id, run_id, heard={}, now=now)
            run_store.close(session, station_id, programme_id, run_id, self._holder, now=now)
        self._let_go(airing)

    def _let_go(self, airing: Airing) -> None:
        """Thôi giữ buổi; kênh đóng khi không buổi nào khác và không tin khẩn cấp nào còn dùng."""
        del self._airings[airing.programme_id]
        for output_id in airing.output_ids:
            if output_id in self._pump.channels():
                self._pump.close_channel(output_id, holder=airing.holder)

    def _leave_lapsed(self) -> None:
        """Quá hạn giữ mà chưa ghi được nhịp nào: máy khác có thể đã nhận buổi, nên im ngay."""
        for airing in list(self._airings.values()):
            if self._clock.monotonic() >= airing.held_until:
                self._lose(airing)

    def _lose(self, airing: Airing) -> None:
        log.error("mất quyền giữ buổi, dừng phát", programme=airing.programme_id, run=airing.run_id)
        for item_id in airing.sounding:
            self._pump.cut(item_id)
            filler.lift(self._pump, item_id)
        self._let_go(airing)

    def _keep_alive(self) -> None:
        monotonic, now = self._clock.monotonic(), self._clock.now()
        if self._airings and monotonic - self._beat_at >= _HEARTBEAT_S:
            self._beat_at = monotonic
            for airing in list(self._airings.values()):
                with self._database.writing(eager=True) as session:
                    held = run_store.beat(session, airing.run_id, self._holder, self._heard(airing), now=now)
                if held:
                    airing.held_until = monotonic + LEASE.total_seconds()
                else:
                    self._lose(airing)
        if monotonic - self._alive_at >= _ALIVE_S:
            self._alive_at = monotonic
            with self._database.writing(eager=True) as session:
                run_store.seen(session, self._station_id, self._player_id, now=now)
            self.recover(sole_owner=False)

    def _heard(self, airing: Airing) -> dict[str, int]:
        found = {item_id: self._pump.progress(item_id) for item_id in airing.sounding}
        return {
            str(item_id): progress.heard_ms if progress else airing.sounding[item_id].heard_ms
            for item_id, progress in found.items()
        }

    def _until_next(self) -> float:
        """Không quá một nhịp; sớm hơn khi có mục sắp phải chuẩn bị."""
        frames = [
            frame - self._pump.frame_now() - _ARM_FRAMES
            for airing in self._airings.values()
            if not airing.finished and airing.settled and (frame := self._start_frame(airing)) is not None
        ]
        soonest = min(frames, default=_HEARTBEAT_S * 1000 / FRAME_MS) * FRAME_MS / 1000
        return max(0.02, min(_HEARTBEAT_S, soonest))
