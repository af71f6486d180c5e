"""Bộ bơm: một luồng, lịch tuyệt đối 20 ms một khung (lúc yên thì từng khối), đẩy tiếng ra mọi kênh mà không bao giờ chờ ai.

Người đạo diễn hẹn mục theo số khung; bộ bơm làm đúng tới từng mẫu và báo lại điều đo được. Lệnh gọi được từ mọi luồng;
sự kiện đến theo đúng thứ tự. Xem ``outputs.simulated.ManualPump`` để quay bộ bơm này bằng tay.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable
from itertools import chain

import structlog

from broadcaster.clock import Clock
from broadcaster.errors import Conflict, Invalid, NotFound
from broadcaster.loop import Loop
from broadcaster.sound.channel import AskUntil, Channel, Leg, Play, until_leg
from broadcaster.sound.events import ClockJumped, EndReason, Gap, Key, Position, Progress, PumpEvent, SinkChanged
from broadcaster.sound.frames import FRAMES_PER_SECOND, FrameClock, frames_of_ms, ms_of_samples, reaches, samples_of_ms, wall_of
from broadcaster.sound.lateness import Lateness, LatenessLog
from broadcaster.sound.levels import Levels, levels_of
from broadcaster.sound.outputs import Health, SinkPort, SinkState
from broadcaster.sound.sources import Source

_GAP_FRAMES = 2 * FRAMES_PER_SECOND
_GAPS_KEPT = 1000
_BEAT_FRAMES = 2
BLOCK_FRAMES = 5
"""Mười lần dậy một giây thay vì năm mươi; lệnh bấm giữa khối phải đợi hết khối ấy, tức là muộn thêm nhiều nhất 80 ms."""

_log = structlog.get_logger(__name__)


Tell = Callable[[PumpEvent], None]
Beat = Callable[[int, Iterable[Position]], None]


class Pump:
    """Bơm tiếng cho mọi kênh của một trạm phát."""

    def __init__(self, clock: Clock, on_event: Tell, on_beat: Beat | None = None, *, block_frames: int = BLOCK_FRAMES) -> None:
        """``on_event`` chạy ngay trong luồng bơm: chỉ nên bỏ sự kiện vào hàng đợi rồi về.

        ``on_beat(khung kế tiếp, chỗ của mọi mục đang vang)``: sau mỗi khối, nhiều nhất 25 lần một giây, cũng ở luồng bơm.
        ``block_frames``: lúc không có gì đổi thì làm trước một khối chừng ấy khung.
        """
        self._clock = clock
        self._on_event = on_event
        self._on_beat = on_beat
        self._frames = FrameClock(clock)
        self._next = self._frames.upcoming()
        self._block_frames, self._alert_until = block_frames, float("-inf")
        self._channels: dict[Key, Channel] = {}
        self._plays: list[Play] = []
        self._outbox: list[PumpEvent] = []
        self._states: dict[tuple[Key, str], SinkState] = {}
        self._gaps: deque[Gap] = deque(maxlen=_GAPS_KEPT)
        self._all_silenced = False
        self._late = LatenessLog()
        self._lock = threading.Lock()
        self._posting = threading.Lock()
        """Giữ thứ tự sự kiện khi hai luồng cùng giao."""
        self._loop = Loop("bộ bơm", self._turn, clock, pulse_s=0)

    # --- vòng đời -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Bắt đầu bơm trong một luồng riêng."""
        self._loop.start()

    def stop(self) -> None:
        """Dừng luồng, khép mọi mục (lý do ``closed``), xả và đóng mọi đầu ra. Gọi lại lần nữa không sao."""
        self._loop.join()
        for key in list(self._channels):
            self.remove_channel(key)
        self._deliver()

    def add_channel(self, key: Key, sinks: Iterable[SinkPort]) -> None:
        """Thêm một kênh (đang đóng) với các đầu ra của nó. Khoá đã có: ``Conflict``."""
        channel = Channel(key, sinks)
        for sink in channel.sinks:
            sink.open()
        with self._lock:
            if key in self._channels:
                raise Conflict(f"Đường ra {key} đã có trong bộ bơm. Hãy gỡ ra trước khi thêm lại.")
            channel.silenced = self._all_silenced
            self._channels[key] = channel

    def remove_channel(self, key: Key) -> None:
        """Khép các mục trên kênh, gỡ kênh rồi đóng các đầu ra (chờ có hạn)."""
        with self._lock:
            channel = self._channel(key)
            if channel.is_open:
                self._close(channel)
            del self._channels[key]
            self._states = {of: state for of, state in self._states.items() if of[0] != key}
        for sink in channel.sinks:
            sink.close()

    def channels(self) -> tuple[Key, ...]:
        """Các kênh đang có."""
        return tuple(self._channels)

    # --- khung và giờ ---------------------------------------------------------------------------------------------

    def frame_now(self) -> int:
        """Khung sớm nhất còn kịp mang tiếng."""
        with self._lock:
            return self._earliest()

    def skew_ms(self) -> int:
        """Giờ máy đi trước giờ của khung bao nhiêu ms: khác 0 nhiều khi giờ bị chỉnh giữa lúc một kênh đang mở."""
        return self._frames.skew_ms()

    def stay_alert(self, seconds: float) -> None:
        """Có người sắp bấm khẩn cấp: chừng ấy giây làm từng khung một, để lần bấm không đợi nốt khối."""
        self._alert_until = self._clock.monotonic() + seconds

    def gaps(self) -> tuple[Gap, ...]:
        """Những lần máy đứng hình quá 2 giây."""
        return tuple(self._gaps)

    def lateness(self) -> Lateness:
        """Luồng bơm dậy trễ bao nhiêu kể từ khi chạy."""
        return self._late.summary()

    # --- kênh -----------------------------------------------------------------------------------------------------

    def open_channel(self, key: Key, *, lead_ms: int = 0, holder: str = "") -> int:
        """Mở kênh: gửi khung lặng ngay, mục chỉ kêu sau ``lead_ms`` (máy tăng âm cần thời gian bật).

        Trả về khung đầu tiên kêu được. Kênh mở tới khi mọi ``holder`` đã thả. Khoá lạ: ``NotFound``.
        """
        with self._lock:
            channel = self._channel(key)
            earliest = self._earliest()
            if not channel.is_open:
                channel.ready_frame = earliest + frames_of_ms(lead_ms)
            channel.holders.add(holder)
            return max(channel.ready_frame, earliest)

    def close_channel(self, key: Key, *, holder: str = "") -> None:
        """``holder`` thả kênh; người cuối thả thì đóng ngay và mọi mục trên kênh kết thúc với lý do ``closed``."""
        with self._lock:
            channel = self._channel(key)
            if channel.holders == {holder}:
                self._close(channel)
            channel.holders.discard(holder)

    def is_open(self, key: Key) -> bool:
        """Kênh có đang mở không."""
        return self._channel(key).is_open

    def silence(self, key: Key | None, *, on: bool) -> None:
        """Nút đỏ: gửi lặng tới khi được bỏ; mục vẫn trôi nhưng không tính là đã nghe. ``None``: mọi kênh, cả kênh thêm sau."""
        with self._lock:
            if key is None:
                self._all_silenced = on
            for channel in self._channels.values() if key is None else [self._channel(key)]:
                channel.silenced = on

    def is_silenced(self, key: Key) -> bool:
        """Nút đỏ của kênh có đang bấm không."""
        return self._channel(key).silenced

    def set_volume(self, key: Key, volume: float) -> None:
        """Hệ số âm lượng của kênh, cho mọi mục trừ tin khẩn cấp."""
        self._channel(key).volume = volume

    def busy_until(self, key: Key) -> int | None:
        """Khung đầu tiên kênh hết mọi mục đã hẹn nếu không có gì đổi; ``None``: chưa biết (đang nhường khẩn cấp, trực tiếp)."""
        with self._lock:
            channel = self._channel(key)
            number = self._earliest()
            ends = [play.ends_by(number) for play in self._plays if any(leg.channel is channel for leg in play.legs)]
        return None if None in ends else max([number, *(end for end in ends if end is not None)])

    def levels(self, key: Key) -> Levels:
        """Mức tiếng giây vừa qua của kênh."""
        with self._lock:
            recent = self._channel(key).recent()
        return levels_of(recent)

    def health(self, key: Key) -> dict[str, Health]:
        """Tình trạng từng đầu ra của kênh, theo tên."""
        return {sink.name: sink.health() for sink in self._channel(key).sinks}

    # --- mục ------------------------------------------------------------------------------------------------------

    def schedule(
        self,
        keys: Key | Collection[Key],
        item_id: Key,
        source: Source,
        at_frame: int,
        *,
        fade_in_ms: int = 0,
        gain_db: float = 0.0,
        until_frame: int | None = None,
        ask_until: AskUntil | None = None,
    ) -> None:
        """Hẹn ``source`` kêu từ mẫu đầu của khung ``at_frame``, cùng một khung trên mọi kênh ``keys``.

        Nhận rồi thì bộ bơm đóng nguồn khi xong; ném lỗi thì nguồn vẫn là của người gọi.

        Khung đã qua thì kêu ở khung kế tiếp; ``Started`` nói khung đo được. ``until_frame``: từ khung này không còn tiếng nữa;
        ``ask_until`` được hỏi lại câu ấy mỗi khi đồng hồ nhảy (trả lời ở luồng bơm, không được chờ).
        Kênh chưa mở hoặc ``item_id`` đang được hẹn: ``Conflict``; khoá lạ: ``NotFound``; không kênh nào: ``Invalid``.
        """
        with self._lock:
            until = ask_until(at_frame) if ask_until is not None else until_frame
            legs = [until_leg(channel, until) for channel in self._ready_channels(keys, item_id)]
            gain, fade_in = 10.0 ** (gain_db / 20.0), samples_of_ms(fade_in_ms)
            self._plays.append(Play(item_id, source, at_frame, legs, gain=gain, fade_in=fade_in, ask_until=ask_until))
            self._reconcile(self._earliest())

    def preempt(self, keys: Collection[Key], item_id: Key, source: Source) -> int:
        """Tin khẩn cấp chiếm các kênh từ khung kế tiếp (trả về khung ấy); mục trên đó nhường, hết tin thì vang nốt.

        Kênh khác của cùng mục vẫn đi tiếp. Lỗi như ``schedule``.
        """
        with self._lock:
            legs = [Leg(channel) for channel in self._ready_channels(keys, item_id)]
            number = self._earliest()
            self._plays.append(Play(item_id, source, number, legs, urgent=True))
            self._reconcile(number)
        return number

    def cut(self, item_id: Key, *, fade_ms: int = 60, keys: Collection[Key] | None = None) -> None:
        """Dừng mục từ khung kế tiếp, nhỏ dần trong ``fade_ms``; ``keys`` chỉ cắt ở các kênh đó. Mục không còn thì thôi."""
        with self._lock:
            earliest = self._earliest()
            for play in self._plays_of(item_id):
                for leg in play.legs:
                    if keys is None or leg.channel.key in keys:
                        fade_frames = frames_of_ms(fade_ms) if leg.first_frame is not None and not play.held else 0
                        leg.stop(earliest, earliest + fade_frames, EndReason.CUT)

    def progress(self, item_id: Key) -> Progress | None:
        """Mục đã đi tới đâu; ``None`` khi mục không còn trên kênh nào (số cuối cùng nằm trong ``Ended``)."""
        with self._lock:
            legs = [leg for play in self._plays_of(item_id) for leg in play.legs]
            if not legs:
                return None
            heard = {leg.channel.key: ms_of_samples(leg.heard) for leg in legs}
            firsts = [leg.first_frame for leg in legs if leg.first_frame is not None]
            return Progress(min(firsts, default=None), max(heard.values()), heard)

    # --- bên trong ------------------------------------------------------------------------------------------------

    def heed_clock(self) -> None:
        """So hai đồng hồ ngay bây giờ, không đợi nhịp: ai sắp quyết theo giờ phải biết trước là máy vừa ngủ hay giờ vừa nhảy."""
        with self._lock:
            self._heed_clock()
        self._deliver()

    _wait_for_sources = False

    def tick(self) -> None:
        """Làm mọi khung đã tới hạn rồi báo sự kiện."""
        with self._lock:
            self._produce_due()
        self._deliver()

    def _turn(self) -> float:
        self.tick()
        return self._frames.due(self._next) - self._clock.monotonic()

    def _produce_due(self) -> None:
        self._heed_clock()
        now = self._frames.now()
        if self._next <= now:
            self._late.note(self._clock.monotonic() - self._frames.due(self._next))
        while self._next <= now:
            end = self._steady_until(self._next)
            self._produce(self._next, end)
            self._next = end

    def _steady_until(self, number: int) -> int:
        """Khối từ khung ``number`` dừng trước khung này: mọi việc đổi khác đều ở đầu một khối, nên vẫn đúng tới từng mẫu."""
        turns = [play.steady_until(number) for play in self._plays]
        most = 1 if self._clock.monotonic() < self._alert_until else self._block_frames
        return min([number - number % most + most, *(turn for turn in turns if turn is not None)])

    def _produce(self, number: int, end: int) -> None:
        plays = list(self._plays)
        for play in plays:
            self._outbox.extend(play.feed(number, end - number, wait=self._wait_for_sources))
        for channel in self._channels.values():
            channel.send(number, end - number)
        for play in plays:
            self._outbox.extend(play.settle(number))
        if any(not play.legs for play in plays):
            self._reconcile(end)
        if reaches(number, end, FRAMES_PER_SECOND):
            self._watch_sinks()
        if reaches(number, end, _BEAT_FRAMES) and self._on_beat is not None:
            self._on_beat(end, chain.from_iterable(play.positions() for play in self._plays))

    def _reconcile(self, number: int) -> None:
        """Từ khung ``number``: mục trên kênh có tin khẩn thì nhường, kênh hết tin khẩn thì vang tiếp; mục hết kênh thì bỏ."""
        self._plays = [play for play in self._plays if play.legs]
        taken = {leg.channel.key for play in self._plays if play.urgent for leg in play.legs}
        for play in [play for play in self._plays if not play.urgent]:
            turned = [leg for leg in play.legs if (leg.channel.key in taken) is not play.held]
            if not turned:
                continue
            turning = play if len(turned) == len(play.legs) else play.split(turned)
            if turning is not play:
                self._plays.append(turning)
            self._outbox.extend(turning.resume(number) if turning.held else turning.hold(number))

    def _heed_clock(self) -> None:
        """So hai đồng hồ ở mỗi nhịp: giờ tường nhảy thì neo lại, máy vừa ngủ dậy thì bỏ các khung đã lỡ; cả hai đều được kể."""
        busy, anchor = self._busy(), self._frames.due(0)
        jumped = self._frames.jump() if busy else self._frames.follow()
        if jumped:
            self._next += jumped
            self._outbox.append(ClockJumped(self._next, jumped))
            for play in self._plays:
                play.shift(jumped, self._next)
            for channel in self._channels.values():
                channel.ready_frame += jumped
        now = self._frames.now()
        if now - self._next >= _GAP_FRAMES:
            self._leap(now)
        elif not busy and self._frames.due(0) != anchor:  # dời ở mỗi nhịp thì lúc rỗi không khung lặng nào tới cạc và người nghe
            self._next = self._frames.upcoming()

    def _leap(self, resume: int) -> None:
        """Nhảy qua các khung đã lỡ để khung và giờ lại khớp nhau."""
        gap = Gap(self._next, resume - self._next, wall_of(self._next))
        self._gaps.append(gap)
        self._outbox.append(gap)
        for play in self._plays:
            play.skip(self._next, resume)
        self._next = resume

    def _watch_sinks(self) -> None:
        for channel in self._channels.values():
            for sink in channel.sinks:
                health = sink.health()
                known = self._states.setdefault((channel.key, sink.name), SinkState.WORKING)
                if health.state is not known:
                    self._states[channel.key, sink.name] = health.state
                    self._outbox.append(SinkChanged(channel.key, sink.name, health))

    def _deliver(self) -> None:
        with self._posting:
            with self._lock:
                events, self._outbox = self._outbox, []
            for event in events:
                try:
                    self._on_event(event)
                except Exception as error:  # người nghe sự kiện sai thì tiếng vẫn phải ra
                    _log.error("người nhận sự kiện của bộ bơm ném lỗi", about=repr(event), error=repr(error))

    def _close(self, channel: Channel) -> None:
        for play in self._plays:
            for leg in [leg for leg in play.legs if leg.channel is channel]:
                self._outbox.append(play.end(leg, self._next - 1, EndReason.CLOSED))
        channel.shut()
        self._reconcile(self._next)

    def _busy(self) -> bool:
        return any(channel.is_open for channel in self._channels.values())

    def _earliest(self) -> int:
        if not self._busy():
            self._heed_clock()
            self._next = max(self._next, self._frames.upcoming())  # bộ bơm chưa chạy (phục hồi) thì không ai dời nó
        return self._next

    def _plays_of(self, item_id: Key) -> list[Play]:
        return [play for play in self._plays if play.item_id == item_id]

    def _ready_channels(self, keys: Key | Collection[Key], item_id: Key) -> list[Channel]:
        channels = [self._channel(key) for key in ([keys] if isinstance(keys, int | str) else dict.fromkeys(keys))]
        if not channels:
            raise Invalid(f"Mục {item_id} chưa có đường ra nào. Hãy chọn ít nhất một đường ra.")
        if closed := [channel.key for channel in channels if not channel.is_open]:
            raise Conflict(f"Đường ra {closed} chưa mở nên chưa nhận được mục phát. Hãy mở đường ra trước.")
        if self._plays_of(item_id):
            raise Conflict(f"Mục {item_id} đã được hẹn phát. Hãy cắt mục đó trước khi hẹn lại.")
        return channels

    def _channel(self, key: Key) -> Channel:
        try:
            return self._channels[key]
        except KeyError:
            raise NotFound(f"Trạm phát này không có đường ra {key}. Hãy kiểm tra danh sách đường ra.") from None
