"""Đạo diễn: khép khoảng cách giữa điều phải lên sóng và điều đang lên sóng, sau mỗi tiếng chuông, báo thức hay nhịp.

Ghi nhật ký trước, vang sau: ``item_armed`` đã commit rồi bộ bơm mới nhận mục, nên không tiếng nào vang mà không có dòng.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

import structlog
from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from broadcaster.airlog.bodies import DeliveryBody
from broadcaster.airlog.words import Event, Reason
from broadcaster.airlog.writing import append
from broadcaster.clock import Clock
from broadcaster.database import Database
from broadcaster.database.inserts import insert_if_absent
from broadcaster.errors import DatabaseAway
from broadcaster.playout import recovery, routing
from broadcaster.playout.checking import Refusal, missing, open_source, refusal, sound_of
from broadcaster.playout.rules import ARM_AHEAD, CLAIM_AHEAD, LEASE, first_sound, result_of
from broadcaster.playout.tables import Player, Run
from broadcaster.playout.words import RunState
from broadcaster.sound.channel import Ended, Started
from broadcaster.sound.frames import frame_at, wall_of
from broadcaster.sound.library import Library
from broadcaster.sound.pump import Pump, PumpEvent
from broadcaster.traffic.locking import log_skipped, mode_of
from broadcaster.traffic.snapshots import Line, line_body, lineup, programme_body
from broadcaster.traffic.tables import Item, Programme
from broadcaster.traffic.words import ItemState, ProgrammeState

log = structlog.get_logger(__name__)

_HEARTBEAT_S = 1.0
_PULSE_S = 0.25


@dataclass
class _Sounding:
    """Một mục đã giao cho bộ bơm: còn đợi các kênh nào, đã nghe được bao nhiêu."""

    sounds_at: datetime
    planned_ms: int
    deliveries: list[DeliveryBody]
    waiting: dict[int, str]
    started_at: datetime | None = None
    ended_at: datetime | None = None
    heard_ms: int = 0
    complete: bool = True
    sent: set[str] = field(default_factory=set)


@dataclass
class _Airing:
    """Một buổi đang giữ."""

    run_id: int
    programme_id: int
    output_ids: tuple[int, ...]
    waiting: list[int]
    next_frame: int
    ends_at: datetime
    sounding: dict[int, _Sounding] = field(default_factory=dict)


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
        self._airings: dict[int, _Airing] = {}
        self._beat_at = clock.monotonic()

    def on_event(self, event: PumpEvent) -> None:
        """Bộ bơm gọi ở luồng của nó: chỉ xếp hàng."""
        self._events.put(event)

    def recover(self) -> None:
        """Lúc khởi động: mọi mục mồ côi có kết thúc, buổi dở được phát tiếp, buổi đã qua được ghi là bỏ lỡ."""
        recovery.recover(self._database, self._station_id, self._player_id, now=self._clock.now())

    def run(self, stop: threading.Event, wake: threading.Event) -> None:
        """Làm tới khi ``stop`` bật; mất cơ sở dữ liệu thì tiếng đang vang vẫn vang, dòng kết thúc ghi khi có lại."""
        while not stop.is_set():
            wake.clear()
            try:
                self.step()
            except DatabaseAway:
                log.warning("cơ sở dữ liệu vắng, đạo diễn thử lại")
            self._clock.wait(wake, _PULSE_S)

    def step(self) -> None:
        """Nhìn một lượt và làm điều còn thiếu; gọi thừa bao nhiêu lần cũng vô hại."""
        self._take_events()
        self._end_finished()
        now = self._clock.now()
        for programme_id in self._due(now):
            self._claim(programme_id, now)
        for airing in list(self._airings.values()):
            self._arm_next(airing)
            if not airing.waiting and not airing.sounding:
                self._close(airing)
        self._heartbeat()

    # --- nhận buổi ------------------------------------------------------------------------------------------------

    def _due(self, now: datetime) -> list[int]:
        with self._database.reading() as session:
            query = select(Programme.id).where(
                Programme.station_id == self._station_id,
                Programme.state == ProgrammeState.LOCKED,
                Programme.starts_at <= now + CLAIM_AHEAD,
                Programme.ends_at > now,
            )
            return list(session.scalars(query.order_by(Programme.starts_at)))

    def _claim(self, programme_id: int, now: datetime) -> None:
        with self._database.writing(eager=True) as session:
            programme = _take(session, self._station_id, programme_id)
            if programme is None:
                return
            outputs = self._outputs(session, [zone.id for zone in programme.slot.zones])
            insert_if_absent(
                session,
                Run,
                programme_id=programme_id,
                player_id=self._player_id,
                state=RunState.AIRING,
                holder=self._holder,
                claimed_at=now,
                lease_until=now + LEASE,
                heartbeat_at=now,
                heard={},
            )
            run = session.scalars(
                select(Run).where(Run.programme_id == programme_id, Run.state == RunState.AIRING, Run.holder == self._holder)
            ).one()
            starts_at = first_sound(programme.starts_at, now)
            lines = _waiting_lines(programme, starts_at)
            self._log_programme(session, programme, Event.PROGRAMME_CLAIMED, run.id, now)
            for line in lines:
                if not line.fits:
                    _skip(session, programme, line, Refusal(Reason.LATE, line.reason), now)
            airing = _Airing(
                run_id=run.id,
                programme_id=programme_id,
                output_ids=outputs,
                waiting=[line.item.id for line in lines if line.fits],
                next_frame=frame_at(starts_at),
                ends_at=programme.ends_at,
            )
        for output_id in outputs:
            if not self._pump.is_open(output_id):
                self._pump.open_channel(output_id)
        self._airings[programme_id] = airing

    def _outputs(self, session: Session, zone_ids: list[int]) -> tuple[int, ...]:
        """Đường ra tới các vùng, có trong bộ bơm, và không bận buổi khác."""
        busy = {output_id for airing in self._airings.values() for output_id in airing.output_ids}
        outputs = routing.feeding(routing.outputs_of(session, self._station_id, self._player_id), zone_ids)
        return tuple(output.id for output in outputs if output.id in self._pump.channels() and output.id not in busy)

    # --- chuẩn bị và vang -----------------------------------------------------------------------------------------

    def _arm_next(self, airing: _Airing) -> None:
        while airing.waiting and wall_of(airing.next_frame) - self._clock.now() <= ARM_AHEAD:
            self._arm(airing, airing.waiting.pop(0))

    def _arm(self, airing: _Airing, item_id: int) -> None:
        sounds_at = wall_of(max(airing.next_frame, self._pump.frame_now()))
        with self._database.reading() as session:
            programme, line = _line(session, self._station_id, airing, item_id, sounds_at)
            if line is None:
                return
            sound = sound_of(line.item, line.planned_ms)
            refused = refusal(session, programme, line.item, sounds_at)
        refused = refused or missing(self._library, sound)
        if refused is not None or sound is None:
            self._refuse(airing, item_id, sounds_at, refused or Refusal(Reason.NO_RECORDING, ""))
            return
        source = open_source(self._library.path(sound.sha256), sound)
        heard = self._log_armed(airing, item_id, sounds_at, source.duration_ms or line.planned_ms)
        if heard is None:
            source.close()
            return
        airing.sounding[item_id] = heard
        self._pump.schedule(list(heard.waiting), item_id, source, frame_at(sounds_at))
        airing.next_frame = frame_at(sounds_at) + (source.frames or 0)

    def _log_armed(self, airing: _Airing, item_id: int, sounds_at: datetime, planned_ms: int) -> _Sounding | None:
        with self._database.writing(eager=True) as session:
            programme, line = _line(session, self._station_id, airing, item_id, sounds_at)
            if line is None or not _move_item(session, item_id, ItemState.WAITING, ItemState.ARMED):
                return None
            zone_ids = {zone.id for zone in line.item.zones or programme.slot.zones}
            mine = [one for one in routing.outputs_of(session, self._station_id, self._player_id) if one.id in airing.output_ids]
            outputs = routing.feeding(mine, zone_ids)
            targets = [] if programme.rehearsal else routing.deliveries(outputs, zone_ids)
            body = {
                "programme": programme_body(session, programme),
                "item": {**line_body(session, line), "planned_ms": planned_ms, "planned_at": sounds_at.isoformat()},
                "mode": mode_of(programme).value,
                "operator": "tự động",
                "sounds_at": sounds_at.isoformat(),
                "deliveries": targets,
            }
            self._append(session, airing, Event.ITEM_ARMED, body, at=sounds_at, item_id=item_id)
            return _Sounding(sounds_at, planned_ms, targets, {output.id: output.name for output in outputs})

    def _refuse(self, airing: _Airing, item_id: int, at: datetime, refused: Refusal) -> None:
        now = self._clock.now()
        with self._database.writing(eager=True) as session:
            programme, line = _line(session, self._station_id, airing, item_id, at)
            if line is not None:
                _skip(session, programme, line, refused, now)
                if refused.reason is Reason.QUIET:
                    body = {"programme": programme_body(session, programme), "item_id": item_id, "at": at.isoformat()}
                    self._append(session, airing, Event.QUIET_REFUSED, body, at=now, item_id=item_id)

    # --- điều bộ bơm đo được --------------------------------------------------------------------------------------

    def _take_events(self) -> None:
        while True:
            try:
                event = self._events.get_nowait()
            except Empty:
                return
            if not isinstance(event, (Started, Ended)):
                continue
            for airing in self._airings.values():
                if isinstance(event.item_id, int) and event.item_id in airing.sounding:
                    self._measure(airing, event.item_id, event)

    def _measure(self, airing: _Airing, item_id: int, event: Started | Ended) -> None:
        heard = airing.sounding[item_id]
        if isinstance(event, Started):
            if heard.started_at is None:
                heard.started_at = event.wall
                self._log_started(airing, item_id, event.wall)
            return
        name = heard.waiting.pop(event.channel, None) if isinstance(event.channel, int) else None
        heard.heard_ms = max(heard.heard_ms, event.heard_ms)
        heard.complete = heard.complete and event.complete
        heard.ended_at = max(heard.ended_at or event.wall, event.wall)
        if name is not None and event.heard_ms:
            heard.sent.add(name)

    def _log_started(self, airing: _Airing, item_id: int, at: datetime) -> None:
        with self._database.writing(eager=True) as session:
            _move_item(session, item_id, ItemState.ARMED, ItemState.ON_AIR)
            self._append(session, airing, Event.ITEM_STARTED, {"started_at": at.isoformat()}, at=at, item_id=item_id)

    def _end_finished(self) -> None:
        for airing in self._airings.values():
            for item_id, heard in list(airing.sounding.items()):
                if not heard.waiting:
                    self._log_ended(airing, item_id, heard)
                    del airing.sounding[item_id]

    def _log_ended(self, airing: _Airing, item_id: int, heard: _Sounding) -> None:
        now = self._clock.now()
        ended_at = heard.ended_at or now
        result, reason = result_of(heard_ms=heard.heard_ms, planned_ms=heard.planned_ms, complete=heard.complete)
        state = ItemState.AIRED if reason is None else ItemState.CUT if heard.heard_ms else ItemState.FAILED
        body = {
            "started_at": heard.started_at.isoformat() if heard.started_at else None,
            "ended_at": ended_at.isoformat(),
            "planned_ms": heard.planned_ms,
            "heard_ms": heard.heard_ms,
            "tolerance_ms": 0,
            "result": result.value,
            "reason": reason.value if reason else None,
            "note": "",
            "deliveries": routing.delivered(heard.deliveries, heard.sent, "Đường ra không nhận được tiếng."),
        }
        with self._database.writing(eager=True) as session:
            _set_item(session, item_id, state)
            self._append(session, airing, Event.ITEM_ENDED, body, at=ended_at, item_id=item_id)

    # --- kết thúc và nhịp -----------------------------------------------------------------------------------------

    def _close(self, airing: _Airing) -> None:
        now = self._clock.now()
        with self._database.writing(eager=True) as session:
            programme = _programme(session, self._station_id, airing.programme_id)
            programme.state = ProgrammeState.CLOSED
            session.execute(update(Run).where(Run.id == airing.run_id).values(state=RunState.CLOSED, closed_at=now))
            self._log_programme(session, programme, Event.PROGRAMME_CLOSED, airing.run_id, now)
        for output_id in airing.output_ids:
            self._pump.close_channel(output_id)
        del self._airings[airing.programme_id]

    def _heartbeat(self) -> None:
        if self._clock.monotonic() - self._beat_at < _HEARTBEAT_S:
            return
        self._beat_at = self._clock.monotonic()
        now = self._clock.now()
        with self._database.writing(eager=True) as session:
            session.execute(
                update(Player).where(Player.id == self._player_id, Player.station_id == self._station_id).values(seen_at=now)
            )
            for airing in self._airings.values():
                found = {str(item_id): self._pump.progress(item_id) for item_id in airing.sounding}
                heard = {item_id: progress.heard_ms for item_id, progress in found.items() if progress}
                values = {"heartbeat_at": now, "lease_until": now + LEASE, "heard": heard}
                session.execute(update(Run).where(Run.id == airing.run_id, Run.state == RunState.AIRING).values(**values))

    def _log_programme(self, session: Session, programme: Programme, event: Event, run_id: int, now: datetime) -> None:
        body = {"programme": programme_body(session, programme), "holder": self._holder}
        append(session, self._station_id, event, body, happened_at=now, now=now, run_id=run_id)

    def _append(
        self, session: Session, airing: _Airing, event: Event, body: Mapping[str, object], *, at: datetime, item_id: int
    ) -> None:
        now = self._clock.now()
        append(session, self._station_id, event, body, happened_at=at, now=now, run_id=airing.run_id, item_id=item_id)


def _take(session: Session, station_id: int, programme_id: int) -> Programme | None:
    """Giành buổi: chỉ người đổi được trạng thái từ đã chốt sang đang phát mới được phát."""
    result = session.execute(
        update(Programme)
        .where(Programme.id == programme_id, Programme.station_id == station_id, Programme.state == ProgrammeState.LOCKED)
        .values(state=ProgrammeState.AIRING)
    )
    assert isinstance(result, CursorResult)
    return _programme(session, station_id, programme_id) if result.rowcount == 1 else None


def _programme(session: Session, station_id: int, programme_id: int) -> Programme:
    query = select(Programme).where(Programme.id == programme_id, Programme.station_id == station_id)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _waiting_lines(programme: Programme, starts_at: datetime) -> list[Line]:
    budget = (programme.ends_at - starts_at) // timedelta(milliseconds=1)
    waiting = [item for item in programme.items if item.state is ItemState.WAITING]
    return lineup(waiting, starts_at, max(0, budget))


def _line(session: Session, station_id: int, airing: _Airing, item_id: int, at: datetime) -> tuple[Programme, Line | None]:
    """Mục đang chờ với vị trí và giờ vang của nó; đã bị gỡ thì không còn dòng."""
    programme = _programme(session, station_id, airing.programme_id)
    order = [item for item in programme.items if item.state is not ItemState.DROPPED]
    for position, item in enumerate(order, start=1):
        if item.id == item_id and item.state is ItemState.WAITING:
            return programme, Line(item, position, at, item.planned_ms, fits=True)
    return programme, None


def _skip(session: Session, programme: Programme, line: Line, refused: Refusal, now: datetime) -> None:
    log_skipped(session, programme, line, refused.reason, refused.note, now=now)
    _set_item(session, line.item.id, ItemState.SKIPPED, reason=refused.note)


def _move_item(session: Session, item_id: int, old: ItemState, new: ItemState) -> bool:
    result = session.execute(update(Item).where(Item.id == item_id, Item.state == old).values(state=new))
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _set_item(session: Session, item_id: int, state: ItemState, *, reason: str = "") -> None:
    session.execute(update(Item).where(Item.id == item_id).values(state=state, reason=reason))
