"""Đạo diễn: khép khoảng cách giữa bản phát và điều đang lên sóng. Không hỏi cơ sở dữ liệu ở bước nào.

Vào sổ trực trước, vang sau: bản ghi ``armed`` đã xuống đĩa rồi bộ bơm mới nhận mục, nên không tiếng nào vang mà không có dòng.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

import structlog

from broadcaster.airlog.enums import Reason
from broadcaster.errors import Conflict, NotFound, OutputFailed
from broadcaster.playout import absences, filler, lineup, preflight, records
from broadcaster.playout.booth import Booth
from broadcaster.playout.clock_watch import STARTED_LATE, ClockWatch
from broadcaster.playout.lineup import Next, Refusal
from broadcaster.playout.measuring import write_item
from broadcaster.playout.network import Path
from broadcaster.playout.on_air import ActiveItem, ActiveRun, view
from broadcaster.playout.paths import busy_until, divided, is_healthy, is_silenced
from broadcaster.playout.rules import ARM_AHEAD, GAP_TOLD, LATE_START, claim_from, first_sound
from broadcaster.playout.rundown import Rundown
from broadcaster.sound.events import ClockJumped, Ended, EndReason, Gap, Held, PumpEvent, Resumed, SinkChanged, Started
from broadcaster.sound.frames import FRAME_MS, frame_at, frames_of_ms, wall_of
from broadcaster.sound.outputs import SinkState

log = structlog.get_logger(__name__)

_BEAT_S = 1.0
_OPENING_FADE_MS = 40
"""Mục đầu buổi to dần từ im lặng: loa không nổ một tiếng lúc mở."""
_ARM_FRAMES = frames_of_ms(int(ARM_AHEAD.total_seconds() * 1000))
_LATE_FRAMES = frames_of_ms(int(LATE_START.total_seconds() * 1000))
_GAVE_WAY = Refusal(Reason.URGENT, "Không còn đủ thời lượng vì buổi đã nhường tin khẩn cấp.")
_BETWEEN = "Mục kế tiếp chưa kịp vang."


class Director:
    """Đạo diễn của một trạm phát; mọi phương thức trừ ``on_event`` và ``on_air`` chạy ở một luồng."""

    def __init__(self, booth: Booth) -> None:
        """Chưa giữ buổi nào."""
        self._clock, self._pump, self._library = booth.clock, booth.pump, booth.library
        self._log, self._shelf, self._ring = booth.log, booth.shelf, booth.ring
        self._events: SimpleQueue[PumpEvent] = SimpleQueue()
        self._runs: dict[int, ActiveRun] = {}
        self._watch = ClockWatch(booth.clock, booth.log)
        self._beat_at = booth.clock.monotonic() - _BEAT_S

    def on_event(self, event: PumpEvent) -> None:
        """Bộ bơm gọi ở luồng của nó: chỉ xếp hàng."""
        self._events.put(event)

    def take_over(self, run: ActiveRun) -> None:
        """Nhận lại một lượt giữ mà phục hồi đã dựng xong."""
        self._runs[run.programme_id] = run

    def step(self) -> float:
        """Nhìn một lượt và làm điều còn thiếu; gọi thừa bao nhiêu lần cũng vô hại. Trả về số giây tới lúc cần nhìn lại.

        Lỗi: ``OutputFailed`` khi đĩa không chịu ghi: buổi thường lệ đã được dừng, vì tiếng không có dòng thì không được vang.
        """
        self._pump.heed_clock()
        self._take_events()
        self._shelf.refresh()
        try:
            self._write_measured()
            if not self._watch.gate_shut(self._shelf.network):
                self._claim_due()
                for run in list(self._runs.values()):
                    self._arm_next(run)
            self._close_finished()
        except OutputFailed:
            self._fall_silent()
            raise
        self._beat()
        return self._until_next()

    def drain(self) -> None:
        """Sau khi bộ bơm đã dừng: ghi nốt điều đo được. Lỗi: ``OutputFailed``.

        Mục mà việc tắt máy cắt ngang thì để dở trong sổ: máy chạy lại ngay thì nó được phát tiếp, lâu quá thì phục hồi khép nó.
        """
        self._take_events()
        for run in self._runs.values():
            for active in run.items.values():
                if active.ending is EndReason.CLOSED:
                    active.waiting = dict(active.names)
        self._write_measured()

    def idle(self) -> bool:
        """Không giữ buổi nào."""
        return not self._runs

    def on_air(self) -> dict[int, dict[str, Any]]:
        """Đường ra → mục đang vang, cho trang trực tiếp; gọi được từ luồng khác."""
        return view(list(self._runs.values()), self._pump, self._shelf)

    # --- nhận buổi ------------------------------------------------------------------------------------------------

    def _claim_due(self) -> None:
        now = self._clock.now()
        for rundown in self._shelf.rundowns():
            lead_ms = max((path.lead_ms for path in rundown.paths), default=0)
            if claim_from(rundown.starts_at, lead_ms) <= now < rundown.ends_at and self._unclaimed(rundown):
                self._claim(rundown, now)

    def _unclaimed(self, rundown: Rundown) -> bool:
        known = self._log.state.of_programme(rundown.programme_id)
        return not rundown.off and rundown.programme_id not in self._runs and not known

    def _claim(self, rundown: Rundown, now: datetime) -> None:
        """Giữ buổi rồi mở kênh; chưa có đường ra nào rỗi thì để lần nhìn sau."""
        paths = self._free(rundown)
        if not paths:
            return
        programme_id = rundown.programme_id
        key = f"{programme_id}-{uuid.uuid4().hex[:12]}"
        outputs = {str(path.output_id): path.name for path in paths}
        body = records.claimed(rundown.programme, rundown.mode, key, list(outputs.values()))
        told = {"programme_id": programme_id, "outputs": outputs, "plan": lineup.plan_of(rundown)}
        self._log.write(records.of_run("claimed", key, now, body=body, **told))
        run = ActiveRun(
            key=key,
            programme_id=programme_id,
            output_ids=tuple(path.output_id for path in paths),
            next_frame=frame_at(first_sound(rundown.starts_at, now)),
            starts_at=rundown.starts_at,
            ends_at=rundown.ends_at,
            sound_until=rundown.starts_at,
            setback=self._watch.late_start(rundown.starts_at, now),
        )
        self._runs[programme_id] = run
        for path in paths:
            ready = self._pump.open_channel(path.output_id, lead_ms=path.lead_ms, holder=run.holder)
            run.next_frame = max(run.next_frame, ready)

    def _free(self, rundown: Rundown) -> list[Path]:
        """Đường ra có trong bộ bơm và không bận buổi khác; buổi sắp hết thì được nối tiếp ngay sau nó."""
        busy = {
            output_id
            for run in self._runs.values()
            if run.ends_at > rundown.starts_at and not run.finished
            for output_id in run.output_ids
        }
        known = self._pump.channels()
        return [path for path in rundown.paths if path.output_id in known and path.output_id not in busy]

    # --- chuẩn bị và vang -----------------------------------------------------------------------------------------

    def _arm_next(self, run: ActiveRun) -> None:
        rundown = self._shelf.rundown(run.programme_id)
        if rundown is None or rundown.off:
            self._halt(run)
            return
        while not run.finished and run.settled:
            frame = self._start_frame(run)
            if frame is None:
                run.gave_way, run.setback = True, _GAVE_WAY
            if frame is None or frame - self._pump.frame_now() > _ARM_FRAMES:
                return
            self._arm(run, rundown, frame)

    def _halt(self, run: ActiveRun) -> None:
        """Cả buổi bị dừng: tiếng đang vang nhỏ dần rồi thôi, không mục nào nữa."""
        run.finished = True
        for active in run.items.values():
            if not active.halted:
                active.halted = True
                self._pump.cut(active.play)
                filler.lift(self._pump, active.play)

    def _start_frame(self, run: ActiveRun) -> int | None:
        """Khung của mục kế tiếp: nối khít, sau buổi trước trên cùng đường ra, và không bao giờ trong quá khứ.

        ``None``: mọi đường ra của buổi đang nhường khẩn cấp, chưa biết tới bao giờ.
        """
        free = [until for key in run.output_ids if (until := busy_until(self._pump, key)) is not None]
        if not free:
            return None
        before = [
            other.next_frame
            for other in self._runs.values()
            if other is not run and other.starts_at < run.starts_at and set(other.output_ids) & set(run.output_ids)
        ]
        frame, now = max([run.next_frame, min(free), *before]), self._pump.frame_now()
        return frame if frame >= now else now + _LATE_FRAMES

    def _arm(self, run: ActiveRun, rundown: Rundown, frame: int) -> None:
        one = lineup.next_item(rundown, self._log.state, wall_of(frame))
        if one is None:
            run.finished = True
            return
        free, taken = divided(self._pump, [path for path in rundown.paths if path.output_id in run.output_ids], frame)
        refused = lineup.refusal(rundown, one, free, taken, setback=run.setback)
        sound = None if refused else preflight.sound_of(self._library, one)
        if isinstance(sound, preflight.Sound):
            self._air(run, rundown, preflight.Cue(one, frame, free, taken, sound))
        else:
            self._skip(run, rundown, one, refused or sound or Refusal(Reason.NO_RECORDING, preflight.LOST))

    def _air(self, run: ActiveRun, rundown: Rundown, cue: preflight.Cue) -> None:
        """Vào sổ rồi mới hẹn; sổ không ghi được thì đóng nguồn, mục còn chờ nguyên."""
        one, source = cue.one, cue.sound.source
        mine = lineup.mine_of(cue.free, one.item)
        planned_ms = source.duration_ms or one.planned_ms
        network = self._shelf.network
        hour = None if network is None else network.hour(one.at)
        bed = filler.bed_for(network, [path for path in cue.free if path not in mine], planned_ms)
        active = ActiveItem(
            play=play_key(run.key, one.item.item_id, one.attempt),
            title=one.item.body["title"],
            sounds_at=one.at,
            planned_ms=planned_ms,
            deliveries=preflight.targets(rundown, one.item, mine, lineup.mine_of(cue.taken, one.item), hour=hour),
            waiting={path.output_id: path.name for path in mine},
            bedded=bed is not None,
            frames=source.frames or 0,
        )
        item = cue.sound.told(one.body(planned_ms))
        music = bed.body() if bed else None
        body = records.armed(rundown.programme, item, rundown.mode, one.at, active.deliveries, filler=music)
        more = {"attempt": one.attempt, "outputs": {str(key): name for key, name in active.names.items()}}
        try:
            self._tell_gap(run, rundown, one.at)
            self._log.write(records.of_item("armed", run.key, one.item.item_id, one.at, body, **more))
        except BaseException:
            source.close()
            raise
        run.items[one.item.item_id] = active
        self._schedule(run, rundown, active, cue)
        run.last_item = one.item.item_id
        if bed is not None:
            filler.lay(self._pump, self._library, bed, active.play, cue.frame, ask_until=partial(preflight.quiet_frame, rundown))

    def _schedule(self, run: ActiveRun, rundown: Rundown, active: ActiveItem, cue: preflight.Cue) -> None:
        fade_ms, ask = 0 if run.last_item else _OPENING_FADE_MS, partial(preflight.quiet_frame, rundown)
        try:
            keys, source = list(active.waiting), cue.sound.source
            self._pump.schedule(keys, active.play, source, cue.frame, fade_in_ms=fade_ms, ask_until=ask)
            run.next_frame = cue.frame + active.frames
        except (Conflict, NotFound) as error:  # kênh vừa bị gỡ giữa lúc ghi: mục đã có dòng thì phải có kết thúc
            log.warning("bộ bơm không nhận mục", play=active.play, error=error.message)
            cue.sound.source.close()
            active.refuse()

    def _skip(self, run: ActiveRun, rundown: Rundown, one: Next, refused: Refusal) -> None:
        body = records.skipped(rundown.programme, one.body(), rundown.mode, refused.reason, refused.note)
        self._log.write(records.of_item("skipped", run.key, one.item.item_id, self._clock.now(), body, attempt=one.attempt))

    def _tell_gap(self, run: ActiveRun, rundown: Rundown, start: datetime) -> None:
        """Chỗ hở quá hai giây trước tiếng sắp ra là một dòng, có nguyên nhân."""
        since = wall_of(run.next_frame) if run.items else run.sound_until
        if since is None or start - since <= GAP_TOLD or run.gave_way:
            return
        usual = Refusal(Reason.OTHER, _BETWEEN) if run.last_item else Refusal(Reason.LATE, STARTED_LATE)
        cause = self._watch.why_late(since, start) or usual
        self._gap(run, rundown, (since, start), (cause.reason, cause.note))

    def _gap(self, run: ActiveRun, rundown: Rundown, span: tuple[datetime, datetime], cause: tuple[Reason, str]) -> None:
        names = [path.name for path in rundown.paths if path.output_id in run.output_ids]
        body = records.gap(span, cause, names, rundown.programme)
        self._log.write(records.of_run("air_gap", run.key, span[0], body=body))
        run.sound_until = span[1]

    # --- điều bộ bơm đo được --------------------------------------------------------------------------------------

    def _take_events(self) -> None:
        """Chỉ vào bộ nhớ, không thể hỏng: sổ viết sau, và viết lại được."""
        for run in self._runs.values():
            for active in run.items.values():
                active.silenced |= any(is_silenced(self._pump, key) for key in active.waiting)
        while True:
            try:
                event = self._events.get_nowait()
            except Empty:
                return
            if isinstance(event, SinkChanged):
                self._break(event)
            elif isinstance(event, Gap):
                self._slept(event)
            elif isinstance(event, ClockJumped):
                self._jumped(event)
            else:
                self._measure(event)

    def _break(self, event: SinkChanged) -> None:
        """Đường ra thật vừa hỏng: mục đang vang trên đó không tới đủ, dù lúc hết đường đã lành."""
        if event.health.state is SinkState.FAILED and not is_healthy(self._pump, event.channel):
            for run in self._runs.values():
                for active in run.items.values():
                    if isinstance(event.channel, int) and event.channel in active.waiting:
                        active.broken.add(event.channel)

    def _slept(self, event: Gap) -> None:
        span = self._watch.slept(event)
        for run in self._runs.values():
            run.asleep(span)

    def _jumped(self, event: ClockJumped) -> None:
        """Tiếng không hụt, chỉ giờ đổi: điều đo từ đây theo giờ mới, điều đã ghi giữ nguyên, mục đang vang nói có chuyện ấy."""
        self._watch.jumped(event)
        for run in self._runs.values():
            run.jumped(event.frames)

    def _measure(self, event: Started | Ended | Held | Resumed) -> None:
        run, item_id = self._owner(str(event.item_id))
        if run is None:
            return
        active = run.items[item_id]
        if isinstance(event, Held | Resumed):
            run.gave_way, run.setback = True, _GAVE_WAY
            active.turns.append(event)
            return
        if isinstance(event, Started):
            active.begin(event)
            if run.last_item == item_id:
                run.next_frame = event.first_frame + active.frames
            return
        active.finish(event, healthy=is_healthy(self._pump, event.channel))
        if active.over and active.bedded:
            filler.lift(self._pump, active.play)
        if active.over and event.reason is not EndReason.FINISHED and run.last_item == item_id:
            run.next_frame = event.last_frame + 1

    def _owner(self, play: str) -> tuple[ActiveRun | None, int]:
        found = ((run, key) for run in self._runs.values() for key, one in run.items.items() if one.play == play)
        return next(found, (None, 0))

    def _write_measured(self) -> None:
        self._watch.write()
        for run in self._runs.values():
            for item_id, active in list(run.items.items()):
                write_item(self._log, run, item_id, active, now=self._clock.now())
            rundown = self._shelf.rundown(run.programme_id)
            while run.slept and rundown is not None:
                self._gap(run, rundown, run.slept[0], absences.ASLEEP)
                run.slept.pop(0)

    # --- kết thúc và nhịp -----------------------------------------------------------------------------------------

    def _close_finished(self) -> None:
        for run in list(self._runs.values()):
            if run.finished and not run.items:
                self._close(run)

    def _close(self, run: ActiveRun) -> None:
        """Khép buổi, trừ khi người vận hành vừa thêm mục vào phút chót."""
        now, rundown = self._clock.now(), self._shelf.rundown(run.programme_id)
        if rundown is not None and not rundown.off and lineup.next_item(rundown, self._log.state, now) is not None:
            run.finished = False
            return
        programme = self._log.state.runs[run.key].body["programme"]
        self._log.write(records.of_run("closed", run.key, now, body=records.closed(programme, run.key)))
        self._let_go(run)

    def _let_go(self, run: ActiveRun) -> None:
        """Thôi giữ buổi; kênh đóng khi không buổi nào khác và không tin khẩn cấp nào còn dùng."""
        del self._runs[run.programme_id]
        for output_id in run.output_ids:
            if output_id in self._pump.channels():
                self._pump.close_channel(output_id, holder=run.holder)

    def _fall_silent(self) -> None:
        """Đĩa không chịu ghi: tiếng thường lệ không có dòng thì không được vang; điều đã đo thì giữ để ghi sau."""
        for run in self._runs.values():
            for active in run.items.values():
                self._pump.cut(active.play)
                filler.lift(self._pump, active.play)

    def _beat(self) -> None:
        monotonic = self._clock.monotonic()
        if monotonic - self._beat_at >= _BEAT_S:
            self._beat_at = monotonic
            try:
                self._ring.alive(self._clock.now())
            except OSError as error:
                log.warning("vòng đã nghe chưa xuống được đĩa", loi=str(error))

    def _until_next(self) -> float:
        """Không quá một nhịp; sớm hơn khi có mục sắp phải chuẩn bị."""
        frames = [
            frame - self._pump.frame_now() - _ARM_FRAMES
            for run in self._runs.values()
            if not run.finished and run.settled and (frame := self._start_frame(run)) is not None
        ]
        soonest = min(frames, default=_BEAT_S * 1000 / FRAME_MS) * FRAME_MS / 1000
        return max(0.02, min(_BEAT_S, soonest))


def play_key(run: str, item_id: int, attempt: int, part: int = 0) -> str:
    """Khoá của một phần của một lần phát trong bộ bơm và trong vòng đã nghe."""
    return f"{run}/{item_id}/{attempt}/{part}"
