"""Sau sự cố: đọc sổ trực và vòng đã nghe; mục dở được phát tiếp, mục chưa vang hẹn lại, mục quá trễ có kết thúc. Không đoán."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from broadcaster.airlog.enums import Reason, Result
from broadcaster.errors import BadRecording, Conflict, NotFound
from broadcaster.playout import absences, lineup, preflight, records
from broadcaster.playout.air_state import ItemStatus, RunStatus
from broadcaster.playout.booth import Booth
from broadcaster.playout.director import Director, play_key
from broadcaster.playout.heard import Heard, heard_of, seen_at
from broadcaster.playout.journal import boot_id
from broadcaster.playout.lineup import Refusal
from broadcaster.playout.on_air import ActiveItem, ActiveRun, resumed_when
from broadcaster.playout.records import Measured
from broadcaster.playout.rules import EXACT_RESUME, GAP_TOLD, LATE_START, LONGEST_RESUME, SLACK
from broadcaster.playout.rundown import Rundown, RundownItem, quiet_at
from broadcaster.playout.station_log import StationLog
from broadcaster.sound.frames import RATE, frame_at, frames_of_ms, wall_of
from broadcaster.sound.pauses import sentence_start
from broadcaster.sound.sources import Source
from broadcaster.traffic.clock_fit import fit

log = structlog.get_logger(__name__)

NOTE = "Máy phát dừng đột ngột giữa chừng."
TOLERANCE_MS = 200
"""Bị giết ngang: vòng đã nghe ghi hai mươi lăm lần một giây, cộng bộ đệm của đường ra."""
POWER_TOLERANCE_MS = 1500
"""Mất điện: vòng xuống đĩa mỗi giây một lần."""
_FADE_MS = 10
_LATE_FRAMES = frames_of_ms(int(LATE_START.total_seconds() * 1000))


class Fate(StrEnum):
    """Một mục dở thì làm gì với nó."""

    RETRY = "retry"
    """Chưa vang: hẹn lại, vẫn là lần phát ấy."""
    RESUME = "resume"
    """Phát tiếp, cùng lần phát, thành nhiều phần."""
    AGAIN = "again"
    """Kết thúc dở dang rồi phát lại từ đầu, thành lần phát khác."""
    END = "end"
    """Kết thúc dở dang."""


@dataclass(frozen=True)
class Trace:
    """Mục đã ra loa tới đâu theo vòng đã nghe; chưa ra thì ``until`` rỗng. ``parts``: các phần trước, giờ vang lại đo được."""

    heard_ms: int = 0
    position_ms: int = 0
    until: datetime | None = None
    outputs: frozenset[int] = frozenset()
    parts: tuple[Mapping[str, Any], ...] = ()


def fate_of(trace: Trace, now: datetime, *, airs: bool, fits: bool, loops: bool) -> Fate:
    """``airs``: buổi còn giờ và mục còn được phép vang; ``fits``: phần giờ còn lại còn chỗ; ``loops``: nhạc đệm. Thuần."""
    if not airs or (not fits and (trace.until is None or loops)):
        return Fate.END
    if trace.until is None:
        return Fate.RETRY
    if now - trace.until <= LONGEST_RESUME:
        return Fate.RESUME
    return Fate.END if loops or not fits else Fate.AGAIN


@dataclass(frozen=True)
class Part:
    """Phần còn lại của một mục dở, sắp được hẹn: nguồn đã mở, từ chỗ ``start_ms``."""

    item_id: int
    status: ItemStatus
    trace: Trace
    fate: Fate
    source: Source
    start_ms: int


class Recovery:
    """Chạy một lần lúc khởi động, trước khi đạo diễn nhìn lượt đầu."""

    def __init__(self, booth: Booth, director: Director, ring: Path) -> None:
        """``ring``: tệp vòng đã nghe, chưa mục nào của lần chạy này ghi vào."""
        self._clock, self._pump, self._library = booth.clock, booth.pump, booth.library
        self._log, self._shelf = booth.log, booth.shelf
        self._ring, self._director = ring, director
        self._same_boot = _last_boot(booth.log) == boot_id()

    def run(self) -> None:
        """Mọi lượt giữ còn sống được nhận lại, hoặc được khép; quãng máy tắt được kể trước, vì nó là lý do của mọi điều sau."""
        self._tell_absence()
        for run in [one for one in self._log.state.runs.values() if one.live]:
            rundown = self._shelf.rundown(run.programme_id)
            if rundown is None or self._clock.now() >= rundown.ends_at:
                self._end_all(run)
            else:
                self._take_back(run, rundown)

    def _tell_absence(self) -> None:
        seen, now = seen_at(self._ring), self._clock.now()
        if seen is not None and now - seen >= absences.TOLD_OFF:
            self._log.write(records.away((seen, now), absences.OFF, doubted=now - seen > absences.LONGEST_OFF))

    def _end_all(self, run: RunStatus) -> None:
        for item_id, item in run.items.items():
            if item.open:
                self._end(run, item_id, item, self._trace(run, item_id, item))
        self._tell_rest(self._log.state.runs[run.key])
        body = records.closed(run.body["programme"], run.key)
        self._log.write(records.of_run("closed", run.key, self._clock.now(), body={**body, "note": NOTE}))

    def _tell_rest(self, run: RunStatus) -> None:
        """Phần buổi không ai nghe được, từ tiếng cuối cùng tới hết giờ, cũng là một khoảng lặng có nguyên nhân."""
        programme = run.body["programme"]
        starts_at = datetime.fromisoformat(programme["planned_at"])
        ends_at = min(self._clock.now(), starts_at + timedelta(milliseconds=programme["planned_ms"]))
        since = max(run.sound_until or starts_at, starts_at)
        if ends_at - since > GAP_TOLD:
            body = records.gap((since, ends_at), (Reason.POWER, NOTE), list(run.outputs.values()), programme)
            self._log.write(records.of_run("air_gap", run.key, since, body=body))

    def _take_back(self, run: RunStatus, rundown: Rundown) -> None:
        known = self._pump.channels()
        active = ActiveRun(
            key=run.key,
            programme_id=run.programme_id,
            output_ids=tuple(key for key in run.outputs if key in known),
            next_frame=self._pump.frame_now() + _LATE_FRAMES,
            starts_at=rundown.starts_at,
            ends_at=rundown.ends_at,
            sound_until=run.sound_until or rundown.starts_at,
            setback=Refusal(Reason.POWER, NOTE),
        )
        if not active.output_ids:
            self._end_all(run)
            return
        leads = {path.output_id: path.lead_ms for path in rundown.paths}
        for key in active.output_ids:
            ready = self._pump.open_channel(key, lead_ms=leads.get(key, 0), holder=active.holder)
            active.next_frame = max(active.next_frame, ready)
        active.next_frame = max(active.next_frame, frame_at(rundown.starts_at))
        active.last_item = next(iter(run.items), None)
        opened = sorted((item.armed["at"], item_id) for item_id, item in run.items.items() if item.open)
        for _, item_id in opened:
            self._settle(run, active, rundown, item_id)
        self._director.take_over(active)

    def _settle(self, run: RunStatus, active: ActiveRun, rundown: Rundown, item_id: int) -> None:
        status = run.items[item_id]
        trace = self._trace(run, item_id, status)
        item = next((one for one in rundown.items if one.item_id == item_id), None)
        if trace.until is not None:
            active.sound_until = max(active.sound_until or trace.until, trace.until)
        now = self._clock.now()
        fits = item is not None and self._fits(rundown, item, now, trace)
        airs = item is not None and not item.barred and not quiet_at(rundown, now)
        fate = fate_of(trace, now, airs=airs, fits=fits, loops=bool(item and item.loops))
        source = self._source(status, item, rundown, trace, fate) if item and fate in (Fate.RETRY, Fate.RESUME) else None
        if source is None:
            self._end(run, item_id, status, trace, again=fate is Fate.AGAIN)
            return
        self._play(active, rundown, Part(item_id, status, trace, fate, *source))

    def _fits(self, rundown: Rundown, item: RundownItem, now: datetime, trace: Trace) -> bool:
        left = [one.piece(now) for one, _ in lineup.waiting(rundown, self._log.state)]
        rest_ms = max(1, item.planned_ms - trace.position_ms)
        piece = replace(item.piece(now), planned_ms=rest_ms)
        budget_ms = (rundown.ends_at + SLACK - now) // timedelta(milliseconds=1)
        return any(placed.item_id == item.item_id for placed in fit([piece, *left], budget_ms).placed)

    def _source(
        self, status: ItemStatus, item: RundownItem, rundown: Rundown, trace: Trace, fate: Fate
    ) -> tuple[Source, int] | None:
        """(nguồn, chỗ bắt đầu trong nguồn, ms); tệp mất thì ``None``."""
        body = status.armed["body"]["item"]
        planned_ms, sha256 = int(body["planned_ms"]), body.get("audio_sha256") or ""
        start_ms = self._from_ms(sha256, trace, item) if fate is Fate.RESUME else 0
        if item.loops:
            left_ms = (rundown.ends_at - self._clock.now()) // timedelta(milliseconds=1)
            planned_ms = max(start_ms + 1000, min(planned_ms, start_ms + left_ms))
        try:
            length_ms = planned_ms if item.loops else None
            return preflight.open_source(self._library, sha256, start_ms=start_ms, length_ms=length_ms), start_ms
        except (BadRecording, NotFound):
            return None

    def _from_ms(self, sha256: str, trace: Trace, item: RundownItem) -> int:
        """Đứt ngắn thì đúng chỗ đứt; lâu hơn thì từ đầu câu đang đọc dở."""
        gap = self._clock.now() - (trace.until or self._clock.now())
        if gap <= EXACT_RESUME or item.loops:
            return trace.position_ms
        try:
            return sentence_start(self._library.path(sha256), trace.position_ms * RATE // 1000) * 1000 // RATE
        except (OSError, RuntimeError, NotFound):
            return trace.position_ms

    def _play(self, active: ActiveRun, rundown: Rundown, part: Part) -> None:
        status, trace, fate, item_id = part.status, part.trace, part.fate, part.item_id
        outputs = {int(key): name for key, name in status.armed["outputs"].items() if int(key) in active.output_ids}
        body = status.armed["body"]
        sounds_at = datetime.fromisoformat(body["sounds_at"])
        frame = max(active.next_frame, frame_at(sounds_at) if fate is Fate.RETRY else 0)
        item = ActiveItem(
            play=play_key(active.key, item_id, status.attempt, len(status.parts) + (fate is Fate.RESUME)),
            title=body["item"]["title"],
            sounds_at=sounds_at,
            planned_ms=int(body["item"]["planned_ms"]),
            deliveries=body["deliveries"],
            waiting=outputs,
            frames=part.source.frames or 0,
            base_ms=part.start_ms,
            before_ms=max([trace.heard_ms, *(int(part["heard_ms"]) for part in trace.parts)]),
            parts=trace.parts,
            started_at=status.started_at,
            start_logged=status.started_at is not None,
            sent={outputs[key] for key in trace.outputs if key in outputs},
        )
        self._tell(active, rundown, part, item, wall_of(frame))
        active.items[item_id], active.last_item = item, item_id
        ask = partial(preflight.quiet_frame, rundown)
        try:
            self._pump.schedule(list(outputs), item.play, part.source, frame, fade_in_ms=_FADE_MS, ask_until=ask)
        except (Conflict, NotFound) as error:
            log.warning("bộ bơm không nhận mục phát tiếp", item=item_id, loi=error.message)
            part.source.close()
            item.refuse()
        active.next_frame = frame + item.frames
        active.sound_until = wall_of(active.next_frame)

    def _tell(self, active: ActiveRun, rundown: Rundown, part: Part, item: ActiveItem, at: datetime) -> None:
        """Vào sổ trước khi vang: đứt ở đâu, tiếp từ đâu, và khoảng lặng nếu quá hai giây."""
        item_id, trace = part.item_id, part.trace
        bodies: list[Mapping[str, Any]] = []
        names = list(item.names.values())
        if part.fate is Fate.RETRY:
            bodies.append(records.of_item("retried", active.key, item_id, at, records.resumed(at, names, 0)))
        elif trace.until is not None:
            body = records.interrupted(
                started_at=item.started_at,
                at=trace.until,
                resumed_at=at,
                outputs=names,
                heard_ms=item.before_ms,
                from_ms=item.base_ms,
            )
            until = trace.until.isoformat()
            bodies.append(records.of_item("interrupted", active.key, item_id, trace.until, body, until=until))
            item.parts = (*item.parts, body)
        since = active.sound_until
        if since is not None and at - since > GAP_TOLD:
            gap = records.gap((since, at), (Reason.POWER, NOTE), names, rundown.programme)
            bodies.append(records.of_run("air_gap", active.key, since, body=gap))
        active.sound_until = max(at, since) if since else at
        self._log.write(*bodies)

    def _end(self, run: RunStatus, item_id: int, item: ItemStatus, trace: Trace, *, again: bool = False) -> None:
        armed = item.armed["body"]
        heard_ms = max([trace.heard_ms, *(int(part["heard_ms"]) for part in trace.parts)])
        sounded = heard_ms > 0 or item.started_at is not None
        measured = Measured(
            started_at=item.started_at,
            ended_at=trace.until or item.started_at or min(self._clock.now(), datetime.fromisoformat(armed["sounds_at"])),
            planned_ms=int(armed["item"]["planned_ms"]),
            heard_ms=heard_ms,
            result=Result.PARTIAL if sounded else Result.NONE,
            reason=Reason.POWER,
            note=NOTE,
            sent=frozenset(run.outputs[key] for key in trace.outputs if key in run.outputs),
            tolerance_ms=TOLERANCE_MS if self._same_boot else POWER_TOLERANCE_MS,
            parts=trace.parts,
        )
        body = records.ended(measured, armed["deliveries"])
        until = trace.until.isoformat() if trace.until else None
        self._log.write(records.of_item("ended", run.key, item_id, measured.ended_at, body, again=again, until=until))

    def _trace(self, run: RunStatus, item_id: int, item: ItemStatus) -> Trace:
        found = heard_of(self._ring, play_key(run.key, item_id, item.attempt, len(item.parts)))
        return trace_of(found, item.parts)


def trace_of(found: Sequence[Heard], parts: Sequence[Mapping[str, Any]]) -> Trace:
    """Từ vòng đã nghe: chỗ dở là của đường đi chậm nhất, để không đường nào mất một đoạn. Thuần."""
    heard = [one for one in found if one.position_ms]
    base_ms = int(parts[-1]["from_ms"]) if parts else 0
    if not heard and not parts:
        return Trace()
    if not heard:  # phần tiếp chưa kịp vang: vẫn dở ở chỗ cũ
        return Trace(int(parts[-1]["heard_ms"]), base_ms, datetime.fromisoformat(parts[-1]["ended_at"]), parts=tuple(parts))
    sounded_at = min(wall_of(one.first_frame) for one in heard)
    return Trace(
        heard_ms=max((base_ms + one.heard_ms for one in heard if one.heard_ms), default=0),
        position_ms=base_ms + min(one.position_ms for one in heard),
        until=max(wall_of(one.frame) for one in heard),
        outputs=frozenset(one.output_id for one in heard if one.heard_ms),
        parts=resumed_when(parts, sounded_at),
    )


def _last_boot(station: StationLog) -> str:
    known = station.journal.known
    return str(known[-1].body.get("stamp", {}).get("boot", "")) if known else ""
