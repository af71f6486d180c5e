"""Bàn khẩn cấp: nhận lệnh, ghi sổ tạm, chiếm đường ra ở khung kế tiếp; nhắc lại, dừng, và chọn giữa hai lệnh chạm nhau.

Không hỏi cơ sở dữ liệu ở bất kỳ bước nào: đường ra lấy từ bảng trong bộ nhớ, dòng nhật ký bền trong sổ tạm trước khi vang.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from broadcaster.clock import Clock
from broadcaster.errors import BadRecording, Conflict, Invalid, NotFound
from broadcaster.playout.enums import UrgentState
from broadcaster.playout.on_air import Sounding
from broadcaster.playout.outputs import OutputBoard, Path
from broadcaster.playout.paths import is_healthy, is_silenced
from broadcaster.playout.spool import Spool
from broadcaster.playout.urgent import active_order as lines
from broadcaster.playout.urgent.active_order import Standing
from broadcaster.playout.urgent.orders import Order, check, next_at
from broadcaster.sound.channel import Ended, Started
from broadcaster.sound.frames import FRAME_MS, Samples, wall_of
from broadcaster.sound.library import Library
from broadcaster.sound.pump import Pump, PumpEvent
from broadcaster.sound.sources import ArraySource, ChainSource, FileSource, SilenceSource, Source

log = structlog.get_logger(__name__)

REPEAT_LOST = timedelta(minutes=10)
"""Lần vang bị mất điện cắt mà mới chừng này thì vang lại từ đầu khi máy chạy lại."""
_KEEP = timedelta(days=1)
_PULSE_S = 1.0
CHOICES = ("ngay", "sau", "bo")
"""Người chọn cho lệnh đang chờ: phát ngay thay tin kia, phát sau khi tin kia hết, hay bỏ."""


class UrgentDesk:
    """Một bàn cho một trạm phát; gọi được từ mọi luồng."""

    def __init__(
        self, clock: Clock, pump: Pump, board: OutputBoard, library: Library, spool: Spool, *, signal: Samples, zone: ZoneInfo
    ) -> None:
        """``signal``: hiệu lệnh đã nằm sẵn trong bộ nhớ; ``zone``: múi giờ của đài, để dòng nhật ký thuộc đúng ngày."""
        self._clock = clock
        self._pump = pump
        self._board = board
        self._library = library
        self._spool = spool
        self._signal = signal
        self._zone = zone
        self._standings: dict[str, Standing] = {}
        self._events: SimpleQueue[Started | Ended] = SimpleQueue()
        self._lock = threading.RLock()

    # --- lệnh của người -------------------------------------------------------------------------------------------

    def order(self, order: Order, pcm: Samples | None = None) -> dict[str, Any]:
        """Ra lệnh; gọi lại với cùng khoá thì trả về đúng lệnh ấy. Đường ra đang có tin khẩn khác: lệnh này chờ người chọn.

        Lỗi: ``Invalid`` (lệnh không hợp lệ, không có đường ra, không có tiếng), ``OutputFailed`` khi không ghi được sổ tạm.
        """
        with self._lock:
            known = self._standings.get(order.key)
            if known is not None:
                return self._view(known)
            now = self._clock.now()
            order = order.at(now)
            check(order, now=now)
            standing = Standing(order, pcm, UrgentState.RESTING)
            self._message(standing).close()
            against = self._against(standing)
            if against:
                standing.state, standing.against = UrgentState.WAITING, tuple(one.key for one in against)
                waiting = lines.record("waiting", standing, {"against": [one.order.title for one in against]}, at=now)
                self._spool.append([lines.ordered(standing), waiting])
            else:
                self._sound(standing, [lines.ordered(standing)])
            self._standings[order.key] = standing
            return self._view(standing)

    def stop(self, key: str, *, by: str, job_title: str) -> None:
        """Dừng lệnh: tiếng đang vang nhỏ dần rồi thôi, không nhắc lại nữa. Đã dừng thì thôi. Lỗi: ``NotFound``."""
        with self._lock:
            standing = self._known(key)
            if standing.alive:
                self._pump.cut(standing.play)
                self._close(standing, UrgentState.STOPPED, "stopped", {"by": by, "job_title": job_title})

    def choose(self, key: str, choice: str, *, by: str, job_title: str) -> None:
        """Người quyết lệnh đang chờ: một trong ``CHOICES``. Lỗi: ``NotFound``, ``Conflict`` khi lệnh không còn chờ."""
        if choice == "bo":
            self.stop(key, by=by, job_title=job_title)
            return
        with self._lock:
            standing = self._known(key)
            if standing.state not in (UrgentState.WAITING, UrgentState.QUEUED) or choice not in CHOICES:
                raise Conflict("Lệnh này không còn chờ chọn. Hãy tải lại trang để xem tình trạng mới nhất.")
            body = {"by": by, "job_title": job_title, "choice": choice}
            chosen = lines.record("chosen", standing, body, at=self._clock.now())
            if choice == "sau":
                self._spool.append([chosen])
                standing.state = UrgentState.QUEUED
                return
            for other in self._against(standing):
                self._pump.cut(other.play)
            self._sound(standing, [chosen])

    def audience(self, zone_ids: Collection[int]) -> dict[str, Any]:
        """Ai sẽ nghe nếu ra lệnh bây giờ: từng đường ra (``paths``), và lời ``warning`` khi có đường không nghe được."""
        paths = self._audible(self._board.serving(zone_ids))
        return {"paths": paths, "warning": warning(paths)}

    def state(self) -> list[dict[str, Any]]:
        """Mọi lệnh còn đứng và lệnh đã xong trong một ngày, mới nhất trước."""
        with self._lock:
            found = sorted(self._standings.values(), key=lambda one: one.order.ordered_at, reverse=True)
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
            for standing in list(self._standings.values()):
                self._write_measured(standing)
                if standing.alive:
                    self._try(standing, now)
            forgotten = [key for key, one in self._standings.items() if one.closed_at and now - one.closed_at > _KEEP]
            for key in forgotten:
                del self._standings[key]
            due = [(one.next_at - now).total_seconds() for one in self._standings.values() if one.alive and one.next_at]
            return max(0.05, min([_PULSE_S, *due]))

    def restore(self, standings: Iterable[Standing]) -> None:
        """Nhớ lại các lệnh sau khi tiến trình chạy lại; lần vang bị cắt ngang được ghi kết thúc, mới thì vang lại."""
        with self._lock:
            now = self._clock.now()
            for standing in standings:
                if standing.key in self._standings:
                    continue
                if standing.state is UrgentState.SOUNDING:
                    standing.state = UrgentState.RESTING
                    fresh = standing.sounded_at is not None and now - standing.sounded_at < REPEAT_LOST
                    standing.next_at = now if fresh else self._next(standing, now)
                elif standing.state is UrgentState.RESTING:
                    standing.next_at = self._next(standing, now)
                self._standings[standing.key] = standing

    # --- bên trong ------------------------------------------------------------------------------------------------

    def _try(self, standing: Standing, now: datetime) -> None:
        """Lần nhắc tới giờ, hoặc lệnh đang chờ mà đường đã trống: vang. Không còn lần nào: kết thúc."""
        waiting = standing.state in (UrgentState.WAITING, UrgentState.QUEUED)
        resting = standing.state is UrgentState.RESTING
        due = standing.next_at is not None and standing.next_at <= now
        if resting and standing.next_at is None:
            heard = standing.heard_times
            state = UrgentState.DONE if heard else UrgentState.UNREACHED
            self._close(standing, state, "closed", {"soundings": standing.number, "heard_times": heard})
        elif (waiting or (resting and due)) and not self._against(standing):
            try:
                self._sound(standing, [])
            except (Invalid, BadRecording, NotFound) as error:
                log.error("lệnh khẩn cấp không vang được", key=standing.key, loi=error.message)
                self._close(standing, UrgentState.STOPPED, "closed", {"soundings": standing.number, "note": error.message})

    def _sound(self, standing: Standing, first: list[dict[str, Any]]) -> None:
        """Ghi sổ (các dòng ``first`` rồi dòng chuẩn bị) bền trên đĩa, rồi mới chiếm đường ra."""
        order = standing.order
        paths = self._paths(standing)
        message = self._message(standing)
        standing.number += 1
        holder = standing.play
        ready = [self._pump.open_channel(path.output_id, lead_ms=path.lead_ms, holder=holder) for path in paths]
        source = self._source(order, message, wait_ms=(max(ready) - self._pump.frame_now()) * FRAME_MS)
        at = wall_of(self._pump.frame_now())
        targets = [body for path in paths for body in path.targets(order.zone_ids)]
        names = {path.output_id: path.name for path in paths}
        sounding = Sounding(order.title, at, source.duration_ms or 0, targets, names)
        sounding.silenced = any(is_silenced(self._pump, key) for key in names)
        try:
            self._spool.append([*first, lines.armed(standing, sounding, self._zone)])
            self._pump.preempt(list(names), holder, source)
        except BaseException:
            source.close()
            standing.number -= 1
            self._let_go(names, holder)
            raise
        standing.sounding, standing.state, standing.sounded_at = sounding, UrgentState.SOUNDING, at
        standing.first_at, standing.against, standing.next_at = standing.first_at or at, (), None

    def _take_events(self) -> None:
        """Chỉ vào bộ nhớ; dòng ghi sau, và ghi lại được khi đĩa hỏng một lúc."""
        while True:
            try:
                event = self._events.get_nowait()
            except Empty:
                return
            sounding = next((one.sounding for one in self._standings.values() if one.play == event.item_id), None)
            if sounding is not None and isinstance(event, Started):
                sounding.begin(event)
            elif sounding is not None and isinstance(event, Ended):
                sounding.silenced |= is_silenced(self._pump, event.channel)
                sounding.finish(event, healthy=is_healthy(self._pump, event.channel))

    def _write_measured(self, standing: Standing) -> None:
        sounding = standing.sounding
        if sounding is None:
            return
        if sounding.started_at is not None and not sounding.start_logged:
            self._spool.append([lines.started(standing, sounding.started_at)])
            sounding.start_logged = True
        if sounding.over:
            now = self._clock.now()
            self._spool.append([lines.ended(standing, sounding, now)])
            standing.heard_times += bool(sounding.sent)
            self._let_go(sounding.names, standing.play)
            standing.sounding = None
            if standing.alive:
                standing.state, standing.next_at = UrgentState.RESTING, self._next(standing, now)

    def _close(self, standing: Standing, state: UrgentState, what: str, body: dict[str, Any]) -> None:
        now = self._clock.now()
        self._spool.append([lines.record(what, standing, body, at=now)])
        standing.state, standing.next_at, standing.closed_at = state, None, now

    def _let_go(self, keys: Iterable[int], holder: str) -> None:
        known = self._pump.channels()
        for key in keys:
            if key in known:
                self._pump.close_channel(key, holder=holder)

    def _next(self, standing: Standing, now: datetime) -> datetime | None:
        return next_at(standing.order, standing.first_at, now) if standing.first_at else now

    def _paths(self, standing: Standing) -> list[Path]:
        paths = self._board.serving(standing.order.zone_ids)
        if not paths:
            raise Invalid(problems={"tdp": "Chưa có đường ra nào tới các TDP này. Hãy chọn TDP khác hoặc thêm đường ra."})
        return paths

    def _against(self, standing: Standing) -> list[Standing]:
        """Các lệnh khác đang vang trên một đường ra mà lệnh này cần."""
        mine = {path.output_id for path in self._paths(standing)}
        return [
            other
            for other in self._standings.values()
            if other is not standing and other.sounding is not None and mine & set(other.sounding.names)
        ]

    def _message(self, standing: Standing) -> Source:
        """Lời của lệnh. Lỗi: ``Invalid`` khi không có tiếng nào."""
        if standing.pcm is not None:
            return ArraySource(standing.pcm)
        try:
            return FileSource(self._library.path(standing.order.audio_sha256 or ""))
        except (BadRecording, NotFound) as error:
            raise Invalid(problems={"noi_dung": "Tệp tiếng không còn. Hãy chọn bản ghi khác hoặc gõ lời."}) from error

    def _source(self, order: Order, message: Source, *, wait_ms: int) -> Source:
        """Hiệu lệnh vang ngay; lời chờ tới khi máy tăng âm chậm nhất đã lên nguồn. Đường đang phát thì không phải chờ."""
        signal = [ArraySource(self._signal)] if order.signal else []
        wait_ms = max(0, wait_ms - sum(one.duration_ms or 0 for one in signal))
        return ChainSource([*signal, SilenceSource(wait_ms), message])

    def _known(self, key: str) -> Standing:
        found = self._standings.get(key)
        if found is None:
            raise NotFound("Không có lệnh khẩn cấp này, hoặc lệnh đã xong từ lâu. Hãy tải lại trang.")
        return found

    def _audible(self, paths: Iterable[Path]) -> list[dict[str, Any]]:
        return [
            {
                "id": path.output_id,
                "name": path.name,
                "silenced": is_silenced(self._pump, path.output_id),
                "failed": not is_healthy(self._pump, path.output_id),
            }
            for path in paths
        ]

    def _view(self, standing: Standing) -> dict[str, Any]:
        if standing.alive:
            standing.paths = tuple(self._audible(self._board.serving(standing.order.zone_ids)))
        progress = self._pump.progress(standing.play) if standing.sounding else None
        return standing.view(progress.heard_ms if progress else 0)


def warning(paths: Sequence[Mapping[str, Any]]) -> str:
    """Lời báo khi không phải mọi đường ra đều nghe được; rỗng là mọi đường đều nghe."""
    told = [
        f"{len(names)}/{len(paths)} đường ra {what}: {', '.join(names)}."
        for what, key in (("đang im lặng", "silenced"), ("đang hỏng", "failed"))
        if (names := [str(path["name"]) for path in paths if path[key]])
    ]
    return " ".join(told)
