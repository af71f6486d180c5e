"""Bàn khẩn cấp: nhận lệnh, ghi sổ trực, chiếm đường ra ở khung kế tiếp; nhắc lại, dừng, và chọn giữa hai lệnh chạm nhau.

Không hỏi cơ sở dữ liệu ở bất kỳ bước nào. Lệnh đang ở đâu thì sổ trực nói; ở đây chỉ giữ tiếng và điều bộ bơm đang đo.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from broadcaster.airlog.enums import Reason, Result
from broadcaster.clock import Clock
from broadcaster.errors import BadRecording, Conflict, Invalid, NotFound
from broadcaster.playout import records
from broadcaster.playout.air_state import OrderStatus
from broadcaster.playout.enums import UrgentState
from broadcaster.playout.heard import Heard
from broadcaster.playout.network import Path
from broadcaster.playout.on_air import ActiveItem
from broadcaster.playout.outputs import OutputBoard
from broadcaster.playout.paths import is_healthy, is_silenced
from broadcaster.playout.records import Measured
from broadcaster.playout.station_log import StationLog
from broadcaster.playout.urgent import active_order as lines
from broadcaster.playout.urgent.active_order import ActiveOrder, play_key
from broadcaster.playout.urgent.orders import Order, check, next_at
from broadcaster.sound.events import Ended, PumpEvent, Started
from broadcaster.sound.frames import FRAME_MS, Samples, wall_of
from broadcaster.sound.library import Library
from broadcaster.sound.pump import Pump
from broadcaster.sound.sources import ArraySource, ChainSource, FileSource, SilenceSource, Source

log = structlog.get_logger(__name__)

REPEAT_LOST = timedelta(minutes=10)
"""Lần vang bị mất điện cắt mà mới chừng này thì vang lại từ đầu khi máy chạy lại."""
NOTE = "Máy phát dừng đột ngột khi đang phát tin khẩn cấp."
_KEEP = timedelta(days=1)
_PULSE_S = 1.0
CHOICES = ("ngay", "sau", "bo")
"""Người chọn cho lệnh đang chờ: phát ngay thay tin kia, phát sau khi tin kia hết, hay bỏ."""


class UrgentDesk:
    """Một bàn cho một trạm phát; gọi được từ mọi luồng."""

    def __init__(
        self,
        clock: Clock,
        pump: Pump,
        board: OutputBoard,
        library: Library,
        station: StationLog,
        *,
        signal: Samples,
        zone: ZoneInfo,
    ) -> None:
        """``signal``: hiệu lệnh đã nằm sẵn trong bộ nhớ; ``zone``: múi giờ của đài, để dòng nhật ký thuộc đúng ngày."""
        self._clock = clock
        self._pump = pump
        self._board = board
        self._library = library
        self._log = station
        self._signal = signal
        self._zone = zone
        self._active: dict[str, ActiveOrder] = {}
        self._events: SimpleQueue[Started | Ended] = SimpleQueue()
        self._lock = threading.RLock()

    # --- lệnh của người -------------------------------------------------------------------------------------------

    def order(self, order: Order, pcm: Samples | None = None) -> dict[str, Any]:
        """Ra lệnh; gọi lại với cùng khoá (kể cả sau khi máy chạy lại) thì trả về đúng lệnh ấy.

        Đường ra đang có tin khẩn khác: lệnh này chờ người chọn. Lỗi: ``Invalid`` (không hợp lệ, không có đường ra hay tiếng).
        """
        with self._lock:
            known = self._log.state.orders.get(order.key)
            if known is not None:
                return self._view(self._active.get(order.key) or ActiveOrder(Order.from_json(known.order)))
            now = self._clock.now()
            one = ActiveOrder(order.at(now), pcm)
            check(one.order, now=now)
            self._message(one).close()
            against = self._against(one)
            if against:
                told = {"against": [other.order.title for other in against]}
                keys = [other.key for other in against]
                waiting = records.of_order("waiting", one.key, 0, now, told, keys=keys)
                self._log.write(lines.ordered(one.order), waiting, must=False)
            else:
                self._sound(one, [lines.ordered(one.order)])
            self._active[one.key] = one
            return self._view(one)

    def stop(self, key: str, *, by: str, job_title: str, by_id: int | None = None) -> None:
        """Dừng lệnh: tiếng đang vang nhỏ dần rồi thôi, không nhắc lại nữa. Đã dừng thì thôi. Lỗi: ``NotFound``."""
        with self._lock:
            one = self._known(key)
            if not self._status(one).state.over:
                self._pump.cut(play_key(key, self._status(one).number))
                self._close(one, "stopped", {"by": by, "job_title": job_title, "by_id": by_id})

    def choose(self, key: str, choice: str, *, by: str, job_title: str, by_id: int | None = None) -> None:
        """Người quyết lệnh đang chờ: một trong ``CHOICES``. Lỗi: ``NotFound``, ``Conflict`` khi lệnh không còn chờ."""
        if choice == "bo":
            self.stop(key, by=by, job_title=job_title, by_id=by_id)
            return
        with self._lock:
            one = self._known(key)
            if self._status(one).state not in (UrgentState.WAITING, UrgentState.QUEUED) or choice not in CHOICES:
                raise Conflict("Lệnh này không còn chờ chọn. Hãy tải lại trang để xem tình trạng mới nhất.")
            body = {"by": by, "job_title": job_title, "by_id": by_id, "choice": choice}
            chosen = records.of_order("chosen", key, self._status(one).number, self._clock.now(), body)
            if choice == "sau":
                self._log.write(chosen, must=False)
                return
            for other in self._against(one):
                self._pump.cut(play_key(other.key, self._status(other).number))
            self._sound(one, [chosen])

    def audience(self, zone_ids: Collection[int]) -> dict[str, Any]:
        """Ai sẽ nghe nếu ra lệnh bây giờ: từng đường ra (``paths``), và lời ``warning`` khi có đường không nghe được."""
        paths = self._audible(self._board.serving(zone_ids), zone_ids)
        return {"paths": paths, "warning": lines.warning(paths)}

    def state(self) -> list[dict[str, Any]]:
        """Mọi lệnh còn đứng và lệnh đã xong trong một ngày, mới nhất trước."""
        with self._lock:
            found = sorted(self._active.values(), key=lambda one: one.order.ordered_at, reverse=True)
            return [self._view(one) for one in found]

    # --- nhịp -----------------------------------------------------------------------------------------------------

    def on_event(self, event: PumpEvent) -> None:
        """Bộ bơm gọi ở luồng của nó: chỉ xếp hàng."""
        if isinstance(event, Started | Ended) and str(event.item_id).startswith("khan-"):
            self._events.put(event)

    def step(self) -> float:
        """Ghi điều đo được, cho vang lần đã tới giờ. Trả về số giây tới lúc cần nhìn lại."""
        with self._lock:
            self._take_events()
            now = self._clock.now()
            for one in list(self._active.values()):
                self._write_measured(one)
                if not self._status(one).state.over:
                    self._try(one, now)
            for key in [key for key, one in self._active.items() if self._old(one, now)]:
                del self._active[key]
            due = [(one.next_at - now).total_seconds() for one in self._active.values() if one.next_at]
            return max(0.05, min([_PULSE_S, *due]))

    def restore(self, heard: Mapping[str, Sequence[Heard]]) -> None:
        """Đọc lại các lệnh từ sổ trực lúc khởi động; lần vang bị cắt ngang có kết thúc, mới thì vang lại.

        ``heard``: khoá của lần vang dở → điều vòng đã nghe biết về nó.
        """
        with self._lock:
            now = self._clock.now()
            for status in self._log.state.orders.values():
                one = ActiveOrder(Order.from_json(status.order))
                if self._old(one, now):
                    continue
                self._active[one.key] = one
                if status.armed:
                    self._end_interrupted(one, status, heard.get(play_key(one.key, status.number), ()))
                    fresh = status.sounded_at is not None and now - status.sounded_at < REPEAT_LOST
                    one.next_at = now if fresh else self._next(one, now)
                elif status.state is UrgentState.RESTING:
                    one.next_at = self._next(one, now)

    # --- bên trong ------------------------------------------------------------------------------------------------

    def _try(self, one: ActiveOrder, now: datetime) -> None:
        """Lần nhắc tới giờ, hoặc lệnh đang chờ mà đường đã trống: vang. Không còn lần nào: kết thúc.

        Lần nhắc mà vùng mất đường, tệp mất tiếng thì chính lệnh ấy kết thúc và nói vì sao; các lệnh khác không hề gì.
        """
        state = self._status(one).state
        waiting = state in (UrgentState.WAITING, UrgentState.QUEUED)
        if state is UrgentState.RESTING and one.next_at is None:
            self._close(one, "closed", {"soundings": self._status(one).number, "heard_times": self._status(one).heard_times})
        elif waiting or (state is UrgentState.RESTING and one.next_at is not None and one.next_at <= now):
            try:
                if not self._against(one):
                    self._sound(one, [])
            except (Invalid, BadRecording, NotFound, Conflict) as error:
                note = next(iter(error.problems.values()), error.message) if isinstance(error, Invalid) else error.message
                log.error("lệnh khẩn cấp không vang được", key=one.key, loi=note)
                status = self._status(one)
                told = {"soundings": status.number, "heard_times": status.heard_times, "note": note}
                self._close(one, "closed", told)

    def _sound(self, one: ActiveOrder, first: list[dict[str, Any]]) -> None:
        """Vào sổ (các bản ghi ``first`` rồi bản ghi hẹn), rồi mới chiếm đường ra."""
        order, paths, message = one.order, self._paths(one), self._message(one)
        number = self._status(one).number + 1 if one.key in self._log.state.orders else 1
        holder = play_key(one.key, number)
        ready = [self._pump.open_channel(path.output_id, lead_ms=path.lead_ms, holder=holder) for path in paths]
        source = self._source(order, message, wait_ms=(max(ready) - self._pump.frame_now()) * FRAME_MS)
        at = wall_of(self._pump.frame_now())
        hour = at.astimezone(self._zone).hour
        targets = [body for path in paths for body in path.targets(order.zone_ids, hour=hour)]
        names = {path.output_id: path.name for path in paths}
        sounding = ActiveItem(holder, order.title, at, source.duration_ms or 0, targets, names)
        sounding.silenced = any(is_silenced(self._pump, key) for key in names)
        try:
            self._log.write(*first, lines.armed(order, number, sounding, self._zone), must=False)
            self._pump.preempt(list(names), holder, source)
        except BaseException:
            source.close()
            self._let_go(names, holder)
            raise
        one.sounding, one.next_at = sounding, None

    def _take_events(self) -> None:
        """Chỉ vào bộ nhớ; bản ghi viết sau, và viết lại được khi đĩa hỏng một lúc."""
        while True:
            try:
                event = self._events.get_nowait()
            except Empty:
                return
            soundings = (one.sounding for one in self._active.values() if one.sounding is not None)
            sounding = next((found for found in soundings if found.play == event.item_id), None)
            if sounding is not None and isinstance(event, Started):
                sounding.begin(event)
            elif sounding is not None and isinstance(event, Ended):
                sounding.silenced |= is_silenced(self._pump, event.channel)
                sounding.finish(event, healthy=is_healthy(self._pump, event.channel))

    def _write_measured(self, one: ActiveOrder) -> None:
        sounding, number = one.sounding, self._status(one).number
        if sounding is None:
            return
        if sounding.started_at is not None and not sounding.start_logged:
            began = records.started(sounding.started_at)
            self._log.write(records.of_order("started", one.key, number, sounding.started_at, began), must=False)
            sounding.start_logged = True
        if sounding.over:
            now = self._clock.now()
            ended_at = sounding.ended_at or now
            body = dict(sounding.ended_body(ended_at))
            self._log.write(records.of_order("ended", one.key, number, ended_at, body), must=False)
            self._let_go(sounding.names, sounding.play)
            one.sounding = None
            one.next_at = None if self._status(one).state.over else self._next(one, now)

    def _end_interrupted(self, one: ActiveOrder, status: OrderStatus, heard: Sequence[Heard]) -> None:
        armed, outputs = status.armed["body"], {int(key): name for key, name in status.armed["outputs"].items()}
        heard_ms = max((found.heard_ms for found in heard), default=0)
        until = max((wall_of(found.frame) for found in heard), default=None)
        measured = Measured(
            started_at=status.started_at,
            ended_at=until or status.started_at or self._clock.now(),
            planned_ms=int(armed["item"]["planned_ms"]),
            heard_ms=heard_ms,
            result=Result.PARTIAL if heard_ms or status.started_at else Result.NONE,
            reason=Reason.POWER,
            note=NOTE,
            sent=frozenset(outputs[found.output_id] for found in heard if found.heard_ms and found.output_id in outputs),
        )
        body = records.ended(measured, armed["deliveries"])
        self._log.write(records.of_order("ended", one.key, status.number, measured.ended_at, body), must=False)

    def _close(self, one: ActiveOrder, what: str, body: dict[str, Any]) -> None:
        self._log.write(records.of_order(what, one.key, self._status(one).number, self._clock.now(), body), must=False)
        one.next_at = None

    def _let_go(self, keys: Iterable[int], holder: str) -> None:
        known = self._pump.channels()
        for key in keys:
            if key in known:
                self._pump.close_channel(key, holder=holder)

    def _next(self, one: ActiveOrder, now: datetime) -> datetime | None:
        first = self._status(one).first_at
        return next_at(one.order, first, now) if first else now

    def _paths(self, one: ActiveOrder) -> list[Path]:
        paths = self._board.serving(one.order.zone_ids)
        if not paths:
            raise Invalid(problems={"tdp": "Chưa có đường ra nào tới các TDP này. Hãy chọn TDP khác hoặc thêm đường ra."})
        return paths

    def _against(self, one: ActiveOrder) -> list[ActiveOrder]:
        """Các lệnh khác đang vang trên một đường ra mà lệnh này cần."""
        mine = {path.output_id for path in self._paths(one)}
        others = [other for other in self._active.values() if other is not one and other.sounding is not None]
        return [other for other in others if other.sounding is not None and mine & set(other.sounding.names)]

    def _message(self, one: ActiveOrder) -> Source:
        """Lời của lệnh. Lỗi: ``Invalid`` khi không có tiếng nào."""
        if one.pcm is not None:
            return ArraySource(one.pcm)
        try:
            return FileSource(self._library.path(one.order.audio_sha256 or ""))
        except (BadRecording, NotFound) as error:
            raise Invalid(problems={"noi_dung": "Tệp tiếng không còn. Hãy chọn bản ghi khác hoặc gõ lời."}) from error

    def _source(self, order: Order, message: Source, *, wait_ms: int) -> Source:
        """Hiệu lệnh vang ngay; lời chờ tới khi máy tăng âm chậm nhất đã lên nguồn. Đường đang phát thì không phải chờ."""
        signal = [ArraySource(self._signal)] if order.signal else []
        wait_ms = max(0, wait_ms - sum(one.duration_ms or 0 for one in signal))
        return ChainSource([*signal, SilenceSource(wait_ms), message])

    def _known(self, key: str) -> ActiveOrder:
        found = self._active.get(key)
        if found is None:
            raise NotFound("Không có lệnh khẩn cấp này, hoặc lệnh đã xong từ lâu. Hãy tải lại trang.")
        return found

    def _status(self, one: ActiveOrder) -> OrderStatus:
        return self._log.state.orders[one.key]

    def _old(self, one: ActiveOrder, now: datetime) -> bool:
        closed_at = self._status(one).closed_at
        return closed_at is not None and now - closed_at > _KEEP and one.sounding is None

    def _audible(self, paths: Iterable[Path], zone_ids: Collection[int]) -> list[dict[str, Any]]:
        return [
            {
                "id": path.output_id,
                "name": path.name,
                "silenced": is_silenced(self._pump, path.output_id),
                "failed": not is_healthy(self._pump, path.output_id),
                "overheard": [one for one in path.targets(zone_ids) if one.get("overheard")],
            }
            for path in paths
        ]

    def _view(self, one: ActiveOrder) -> dict[str, Any]:
        progress = self._pump.progress(one.sounding.play) if one.sounding else None
        paths = self._audible(self._board.serving(one.order.zone_ids), one.order.zone_ids)
        return lines.view(one, self._status(one), heard_ms=progress.heard_ms if progress else 0, paths=paths)
